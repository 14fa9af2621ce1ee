package yamldoc_test

import (
	"fmt"
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

// A key of a large mapping is found as in a small one.
func TestLargeMappings(t *testing.T) {
	var b strings.Builder
	b.WriteString("base: &b {x: 1, y: 2}\nmore: &m {z: 3}\nlarge:\n  <<: *b\n  k0: first\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "  k%d: v%[1]d\n", i)
	}
	b.WriteString("  y: own\n  <<: *m\n")
	docs, err := yamldoc.Read([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	large := docs[0].Get("large")
	for key, want := range map[string]string{"k0": "first", "k19999": "v19999", "x": "1", "y": "own", "z": "3", "none": ""} {
		if got := large.Get(key).Text(); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if line := large.KeyLine("k19999"); line != 20_005 || docs[0].KeyLine("more") != 2 || large.KeyLine("none") != 0 {
		t.Errorf("k19999 stands on line %d", line)
	}
	for i, e := range large.Entries() {
		if i > 1 && large.Get(e.Key).Text() != e.Value.Text() {
			t.Fatalf("%s is %q", e.Key, large.Get(e.Key).Text())
		}
	}
}

// Mappings that merge three others, which merge three others, are not all looked into.
func TestMergesStayFew(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 {x: 1}\n")
	for i := range 7 {
		fmt.Fprintf(&b, "a%d: &a%[1]d {<<: [%s]}\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 3), ", "))
	}
	docs, err := yamldoc.Read([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if docs[0].Cut() || docs[0].Get("a7", "none").Exists() || docs[0].Get("a7", "x").Text() != "1" {
		t.Error("merged values are not found")
	}
}

// What aliases stand for is given as often as they stand there, up to what a large file
// may hold; then they stand for nothing, and the document says so.
func TestAliasesAreCounted(t *testing.T) {
	list := "a: &a [" + strings.TrimSuffix(strings.Repeat("x, ", 999), ", ") + "]\n"
	text := "a: &a |\n" + strings.Repeat("  line\n", 64_000/5) + "b: &b [*a, *a]\n"
	for name, tt := range map[string]struct {
		src   string
		whole int
		cut   bool
	}{
		"few":         {list + "uses: [" + strings.Repeat("*a, ", 99) + "]\n", 99, false},
		"many":        {list + "uses: [" + strings.Repeat("*a, ", 5000) + "]\n", 100, true},
		"long texts":  {text + "uses: [" + strings.Repeat("*a, ", 5000) + "]\n", 97, true},
		"two deep":    {text + "uses: [" + strings.Repeat("*b, ", 5000) + "]\n", 48, true},
		"itself":      {"uses: &a [x, *a]\n", 1, true},
		"other files": {list + "---\n" + list + "uses: [" + strings.Repeat("*a, ", 100) + "]\n", 100, false},
	} {
		docs, err := yamldoc.Read([]byte(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		doc, whole := docs[len(docs)-1], 0
		for _, use := range doc.Get("uses").Items() {
			if use.Exists() {
				whole++
			}
		}
		if whole != tt.whole || doc.Cut() != tt.cut {
			t.Errorf("%s: %d uses stand for something, cut %t; want %d, %t", name, whole, doc.Cut(), tt.whole, tt.cut)
		}
		kept, err := yamldoc.Decode(yamldoc.Append(nil, docs))
		if err != nil || kept[len(kept)-1].Cut() != tt.cut {
			t.Errorf("%s: what is kept says that it is cut otherwise: %v", name, err)
		}
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
