package python_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/python"
)

// TestKept: what is kept of a file gives the same module, and an outline in which calls
// that name nothing are bare.
func TestKept(t *testing.T) {
	code := everything + `
def third(self):
    logger.info("Three words", 1)
    logger.info("Two words", 2)
    start("make train")
    load("data/x.csv")
    getattr(self, name)
`
	want := python.Read([]byte(code))
	data, err := python.AppendSource(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := python.KeptSource(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, kept.Module(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("module (-want +got):\n%s", diff)
	}
	given := map[string]int{}
	for _, c := range kept.Outline().Calls {
		if want.Funcs[max(c.Func, 0)].Name == "third" {
			given[c.Name] += 1 + 10*len(c.Args)
		}
	}
	if diff := cmp.Diff(map[string]int{"?.info": 1, "start": 11, "load": 11, "getattr": 21}, given); diff != "" {
		t.Errorf("calls in the outline, and ten for each argument (-want +got):\n%s", diff)
	}
	if _, err := python.KeptSource(data[:10]); err == nil {
		t.Error("a part of it is taken for all")
	}
	var none *python.Source
	if none.Module() != nil || none.Outline() != nil {
		t.Error("no file has a module")
	}
}

// TestWithoutDead: a file without its dead functions is the same kept and whole.
func TestWithoutDead(t *testing.T) {
	mod := python.Read([]byte("def a():\n    go('x.py')\ndef b():\n    go('y.py')\n"))
	data, err := python.AppendSource(nil, mod)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := python.KeptSource(data)
	if err != nil {
		t.Fatal(err)
	}
	dead := []bool{true, false}
	if diff := cmp.Diff(mod.Without(dead), kept.Without(dead).Module(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("module (-want +got):\n%s", diff)
	}
	if calls := kept.Without(dead).Outline().Calls; len(calls) != 1 || calls[0].Args[0].Text != "y.py" {
		t.Errorf("calls of the outline: %+v", calls)
	}
}
