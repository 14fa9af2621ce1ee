package python_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/python"
)

// everything has something for each field of a module, the last of them in a statement
// that is too long to be read to its end.
var everything = some + "x = [" + strings.Repeat("1,", 1<<17) + "]\n"

const some = `"""Doc."""
import a, b.c as d
from ..e import f
RATE = "0.1"
SCRIPTS = ["tool = a.b:main"]
class C(d.Base):
    size: int = 3
    @a.deco
    def go(self, path="x", *rest):
        with open(path) as h:
            h.write({"key": 1, "more": [1, "two"]}, mode="w")
        if self.auc < best.auc and self.size > 4:
            raise ValueError(f"{path}")
        subprocess.run(["python", "-m", "x"], check=True)
        table["s3"] = "s3://bucket/key"
        os.system("python train.py")
        while path:
            path.step()
        client.post(f"{host}/models/{path}/train")
@a.deco
class D: pass
try:
    import g
    g.start(1)
except ImportError:
    pass
def second(x):
    assert x
    from pathlib import Path
    (Path("data") / "out").write_text("x")
    if x.auc < y.auc and x > 5:
        print("it is worse")
    try:
        check(x)
    except Exception:
        print("never mind that")
    old_auc = 0.5
    if x.auc > old_auc:
        return {"run_id": x.info.run_id, "name": RATE, "at": "/runs/last"}
if __name__ == "__main__":
    C().go(RATE, RATE, -1)
`

func TestBinaryGivesTheSameModule(t *testing.T) {
	want := python.Read([]byte(everything))
	data, err := want.AppendBinary([]byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	var got python.Module
	if err := got.UnmarshalBinary(bytes.TrimPrefix(data, []byte("before"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("module (-want +got):\n%s", diff)
	}
	for n := range data[len("before"):] {
		if err := new(python.Module).UnmarshalBinary(data[len("before") : len("before")+n]); err == nil {
			t.Errorf("%d bytes of %d were read as a module", n, len(data))
		}
	}
}

// TestTheSampleHasEverything: a field that the sample leaves empty could be lost
// on the way without any test saying so.
func TestTheSampleHasEverything(t *testing.T) {
	var empty func(v reflect.Value, name string)
	filled := map[string]bool{}
	empty = func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Pointer:
			empty(v.Elem(), name)
		case reflect.Struct:
			for i := range v.NumField() {
				empty(v.Field(i), name+"."+v.Type().Field(i).Name)
			}
		case reflect.Slice:
			filled[name] = filled[name] || v.Len() > 0
			for i := range v.Len() {
				empty(v.Index(i), name)
			}
		default:
			filled[name] = filled[name] || !v.IsZero()
		}
	}
	empty(reflect.ValueOf(python.Read([]byte(everything))), "Module")
	for name, ok := range filled {
		if !ok && name != "Module.Thresholds.Stops" { // only a branch stops
			t.Errorf("%s is empty everywhere in the sample", name)
		}
	}
}

func FuzzUnmarshalBinary(f *testing.F) {
	data, err := python.Read([]byte(everything)).AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var mod python.Module
		if mod.UnmarshalBinary(data) != nil {
			return
		}
		if _, err := mod.AppendBinary(nil); err != nil {
			t.Error(err)
		}
	})
}
