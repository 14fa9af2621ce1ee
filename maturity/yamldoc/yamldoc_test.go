package yamldoc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

func TestValuesKeepTheirLines(t *testing.T) {
	docs, err := yamldoc.Read([]byte("base: &b {x: 1, y: [p, q]}\nreal:\n  <<: *b\n  y: r\nrun: |\n  one\n  two\n---\nsecond: true\n"))
	if err != nil || len(docs) != 2 {
		t.Fatalf("%d documents, error %v", len(docs), err)
	}
	doc := docs[0]
	if got := doc.Get("real", "x").Text(); got != "1" {
		t.Errorf("merged value %q, want 1", got)
	}
	if got := doc.Get("real", "y").Texts(); len(got) != 1 || got[0] != "r" {
		t.Errorf("own value %q, want r", got)
	}
	if run := doc.Get("run"); run.Line() != 5 || run.TextLine() != 6 {
		t.Errorf("block on line %d, its text on %d; want 5 and 6", run.Line(), run.TextLine())
	}
	if doc.Get("no", "such", "key").Exists() || doc.Get("run", "deeper").Exists() {
		t.Error("a value that is not there exists")
	}
	var paths []string
	doc.Scalars(5, func(path string, _ yamldoc.Value) { paths = append(paths, path) })
	if diff := cmp.Diff([]string{"base.x", "base.y", "base.y", "real.y", "run"}, paths); diff != "" {
		t.Errorf("scalars (-want +got):\n%s", diff)
	}
}

func TestABombStaysSmall(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x]\n")
	for i := 1; i < 60; i++ {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		p := string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
		if i == 1 {
			p = "0"
		}
		b.WriteString("a" + n + ": &a" + n + " [*a" + p + ", *a" + p + "]\n")
	}
	docs, err := yamldoc.Read([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	docs[0].Scalars(100, func(string, yamldoc.Value) { count++ })
	if count != 2 {
		t.Errorf("%d scalars, want those that are written down: 2", count)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"a: &a [*a]", "<<: [*x]", "&a {<<: *a}", "- !t x", "? [a]: b", "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		docs, _ := yamldoc.Read(data)
		for _, d := range docs {
			d.Scalars(20, func(string, yamldoc.Value) {})
			d.Get("a", "b").Entries()
			d.StringMap()
		}
	})
}
