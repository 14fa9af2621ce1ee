package maturity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

var update = flag.Bool("update", false, "write want.json into the fixtures")

const wantFile = "want.json"

// want is the part of an assessment that a fixture fixes.
type want struct {
	Kind     result.Kind
	Level    *int
	Summary  string
	Criteria map[string]string `json:",omitempty"`
	// Evidence is the first piece of each criterion.
	Evidence map[string]string `json:",omitempty"`
}

// TestFixtures scores every repository in testdata: one for each level, one
// without machine learning, and those that look like something they are not.
func TestFixtures(t *testing.T) {
	for _, name := range fixtures(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive := parse(t, name)
			want := expected(t, archive)
			got := reduce(score(t, unpack(t, archive), maturity.Options{}), want)
			if *update {
				rewrite(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("assessment (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLevels says in one table what the fixtures are there for.
func TestLevels(t *testing.T) {
	for name, level := range map[string]int{"level0": 0, "level1": 1, "level2": 2, "level3": 3, "level4": 4, "flow-home-made": 4} {
		a := score(t, unpack(t, parse(t, filepath.Join("testdata", name+".txtar"))), maturity.Options{})
		if a.Level == nil || *a.Level != level || a.Kind != result.KindTraining {
			t.Errorf("%s: kind %s, level %v; want training, %d", name, a.Kind, show(a.Level), level)
		}
	}
	for name, kind := range map[string]result.Kind{
		"not-ml": result.KindNotML, "trap-vendored": result.KindNotML, "collection": result.KindCollection,
		"template": result.KindTemplate,
	} {
		a := score(t, unpack(t, parse(t, filepath.Join("testdata", name+".txtar"))), maturity.Options{})
		if a.Kind != kind || a.Level != nil {
			t.Errorf("%s: kind %s, level %v; want %s without a level", name, a.Kind, show(a.Level), kind)
		}
	}
}

// TestEveryCriterionHasItsLookAlike keeps the fixtures complete: each criterion
// is met in one, and in another something looks like it and is not.
func TestEveryCriterionHasItsLookAlike(t *testing.T) {
	met, lookAlike := map[string]bool{}, map[string]bool{}
	var ids []string
	for _, name := range fixtures(t) {
		w := expected(t, parse(t, name))
		for id, answer := range w.Criteria {
			met[id] = met[id] || strings.HasPrefix(answer, "met")
			lookAlike[id] = lookAlike[id] || strings.HasPrefix(answer, "partial")
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		t.Fatal("no fixture has criteria")
	}
	for _, id := range ids {
		if !met[id] || !lookAlike[id] {
			t.Errorf("%s: met in a fixture: %t; look-alike in a fixture: %t", id, met[id], lookAlike[id])
			met[id], lookAlike[id] = true, true
		}
	}
}

func TestSameTreeSameBytes(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level4.txtar")))
	first := encode(t, score(t, dir, maturity.Options{}))
	for range 5 {
		if again := encode(t, score(t, dir, maturity.Options{})); !bytes.Equal(first, again) {
			t.Fatalf("two scores differ:\n%s", cmp.Diff(string(first), string(again)))
		}
	}
}

// load makes one scorer for all tests: compiling the rubric takes longest.
var scorer = sync.OnceValue(maturity.New)

func fixtures(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	return names
}

func parse(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// unpack writes the files of a fixture into a fresh directory.
func unpack(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range archive.Files {
		if f.Name == wantFile {
			continue
		}
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
	}
	return dir
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func score(t *testing.T, dir string, opts maturity.Options) result.Assessment {
	t.Helper()
	a, err := scorer().Score(context.Background(), dir, opts)
	if err != nil {
		t.Fatalf("score: %v", err)
	}
	return a
}

func encode(t *testing.T, a result.Assessment) []byte {
	t.Helper()
	data, err := result.Encode(a)
	if err != nil {
		t.Fatalf("encode assessment: %v", err)
	}
	return data
}

// reduce takes the criteria that the fixture is about: those that it names.
func reduce(a result.Assessment, fixed want) want {
	w := want{Kind: a.Kind, Level: a.Level, Summary: a.Summary}
	for _, c := range a.Roots[0].Criteria {
		if _, ok := fixed.Criteria[c.ID]; !ok {
			continue
		}
		if w.Criteria == nil {
			w.Criteria, w.Evidence = map[string]string{}, map[string]string{}
		}
		w.Criteria[c.ID] = fmt.Sprintf("%s, %s: %s", c.Verdict, c.Strength, c.Reason)
		if len(c.Evidence) > 0 {
			e := c.Evidence[0]
			w.Evidence[c.ID] = fmt.Sprintf("%s:%d %s", e.Path, e.Line, e.Note)
		}
	}
	return w
}

func expected(t *testing.T, archive *txtar.Archive) want {
	t.Helper()
	var w want
	for _, f := range archive.Files {
		if f.Name != wantFile {
			continue
		}
		if err := json.Unmarshal(f.Data, &w); err != nil {
			t.Fatalf("%s: %v", wantFile, err)
		}
		return w
	}
	t.Fatalf("the fixture has no %s: run the test with -update, and read what it wrote", wantFile)
	return w
}

func rewrite(t *testing.T, name string, archive *txtar.Archive, got want) {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if f.Name != wantFile {
			out.Files = append(out.Files, f)
		}
	}
	out.Files = append(out.Files, txtar.File{Name: wantFile, Data: buf.Bytes()})
	write(t, name, txtar.Format(out))
}

func show(level *int) string {
	if level == nil {
		return "none"
	}
	return fmt.Sprint(*level)
}
