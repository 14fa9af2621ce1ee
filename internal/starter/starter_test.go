package starter_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/starter"
)

var update = flag.Bool("update", false, "write the expected files")

// TestLook looks at each repository of testdata. A file NAME.txtar holds it,
// and under want/ what is proposed: the files, and what is said.
func TestLook(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := unpack(t, archive.Files)
			proposal, err := starter.Look(dir)
			if err != nil {
				t.Fatal(err)
			}
			accepted(t, proposal)
			compare(t, file, archive, proposal)
		})
	}
}

// unpack writes the files of a repository, in a folder that is called project.
func unpack(tb testing.TB, files []txtar.File) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name, "want/") {
			continue
		}
		place := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(place, file.Data, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// accepted wants a muster.yaml that muster takes.
func accepted(t *testing.T, p *starter.Proposal) *config.Config {
	t.Helper()
	cfg, err := config.Parse(config.FileName, "project", p.Config)
	if err != nil {
		t.Fatalf("muster does not take what it proposes: %v\n%s", err, p.Config)
	}
	return cfg
}

func compare(t *testing.T, file string, archive *txtar.Archive, p *starter.Proposal) {
	t.Helper()
	got := []txtar.File{{Name: "want/muster.yaml", Data: p.Config}}
	for _, f := range p.Files {
		got = append(got, txtar.File{Name: "want/" + f.Path, Data: f.Text})
	}
	got = append(got, txtar.File{Name: "want/said", Data: said(p)})
	isWant := func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want/") }
	if *update {
		archive.Files = append(slices.DeleteFunc(archive.Files, isWant), got...)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want []txtar.File
	for _, f := range archive.Files {
		if isWant(f) {
			want = append(want, f)
		}
	}
	if diff := cmp.Diff(string(txtar.Format(&txtar.Archive{Files: want})), string(txtar.Format(&txtar.Archive{Files: got}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func said(p *starter.Proposal) []byte {
	var out strings.Builder
	for _, f := range p.Found {
		fmt.Fprintf(&out, "found %s:%d: %s\n", f.Path, f.Line, f.What)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&out, "note %s:%d: %s\n", n.Path, n.Line, n.Message)
	}
	return []byte(out.String())
}

func TestNothingToStartFrom(t *testing.T) {
	for name, files := range map[string][]txtar.File{
		"empty":      nil,
		"a document": {{Name: "README.md", Data: []byte("# Training\n")}},
		"no stages":  {{Name: "dvc.yaml", Data: []byte("vars: [a]\n")}},
		"a library":  {{Name: "lib.py", Data: []byte("import sklearn\ndef f(m):\n  m.fit()\n")}},
	} {
		_, err := starter.Look(unpack(t, files))
		nothing, ok := errors.AsType[*starter.NothingError](err)
		if !ok || nothing.Hint() == "" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
