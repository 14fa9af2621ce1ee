package starter_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/starter"
)

// look proposes for a repository of one file beside a script that trains, so
// that there is always a pipeline.
func look(tb testing.TB, name string, data []byte) *starter.Proposal {
	tb.Helper()
	dir := unpack(tb, []txtar.File{
		{Name: "train.py", Data: []byte("import sklearn.svm, joblib\njoblib.dump(sklearn.svm.SVC().fit([], []), 'model.pkl')\n")},
		{Name: name, Data: data},
	})
	proposal, err := starter.Look(tb.Context(), dir)
	if err != nil {
		tb.Fatalf("%v\n%.2000s", err, data)
	}
	return proposal
}

func notesOf(p *starter.Proposal) string { return string(said(p)) }

func bomb() []byte {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		at, before := string(rune('a'+i)), string(rune('a'+i-1))
		b.WriteString(at + "0: &" + at + "0 [" + strings.Repeat("*"+before+"0, ", 9) + "]\n")
	}
	return []byte(b.String() + "stages: {s: {cmd: ls, deps: *l0}}\n")
}

// TestHostileFiles wants each file to be said no to, and the rest to be looked at all the same.
func TestHostileFiles(t *testing.T) {
	tests := map[string]struct {
		name string
		data []byte
		want string
	}{
		"a YAML bomb":         {"dvc.yaml", bomb(), "too large or too deep"},
		"deep YAML":           {"dvc.yaml", []byte("stages: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), "too large or too deep"},
		"a circle of aliases": {"dvc.yaml", []byte("stages: &a {s: *a}"), "not read"},
		"50 MB of YAML":       {"dvc.yaml", bytes.Repeat([]byte("# x\n"), 50<<18), "larger than 1 MiB"},
		"tabs":                {"dvc.yaml", []byte("stages:\n\ts: x\n"), "not read"},
		"not UTF-8":           {"dvc.yaml", []byte("stages: {\"\xff\xfe\": {cmd: 3}}"), "in DVC"},
		"two documents":       {"dvc.yaml", []byte("a: 1\n---\nstages: {}\n"), "no stages"},
		"50 MB of MLproject":  {"MLproject", bytes.Repeat([]byte("# x\n"), 50<<18), "larger than 1 MiB"},
		"50 MB of Makefile":   {"Makefile", bytes.Repeat([]byte("# x\n"), 50<<18), "larger than 1 MiB"},
		"50 MB of Python":     {"evaluate.py", bytes.Repeat([]byte("# x\n"), 50<<18), "larger than 2 MiB"},
		"50 MB of notebook":   {"a.ipynb", bytes.Repeat([]byte("# x\n"), 50<<18), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := look(t, tt.name, tt.data)
			accepted(t, p)
			if got := notesOf(p) + string(p.Config); !strings.Contains(got, tt.want) {
				t.Errorf("no %q in\n%s", tt.want, got)
			}
		})
	}
}

// A line ending, or a mark in front, changes nothing.
func TestLineEndings(t *testing.T) {
	const text = "stages:\n  s:\n    cmd:\n      - echo a\n      - echo b\n    outs: [x]\n"
	want := string(look(t, "dvc.yaml", []byte(text)).Config)
	for name, other := range map[string]string{"CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "BOM": "\ufeff" + text} {
		if got := string(look(t, "dvc.yaml", []byte(other)).Config); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// What looks like YAML, or like the end of a comment, stays what it is.
func TestTextStaysText(t *testing.T) {
	for _, command := range []string{
		"yes", "null", "~", "1e3", "0x1f", "- a", "? a", "a: b", "a #b", "#b", "'", `"`, `'"`, "\\", "%a", "@a", "`a`", "{a}", "[a]", "a,b",
		"a\tb", "line one\nline two\n", "  led by spaces", "x\n  y\n z", "ünï", "a\u2028b", "\u0085 next", "&a", "*a", "!a", "|", ">", "a: |\n b", "<<",
	} {
		p := look(t, "MLproject", []byte("entry_points: {main: {command: "+quoted(command)+"}}"))
		cfg := accepted(t, p)
		stage := cfg.Stages[len(cfg.Stages)-1]
		if got := stage.Run.Shell; strings.TrimSpace(got) != strings.TrimSpace(command) {
			t.Errorf("%q became %q in\n%s", command, got, p.Config)
		}
	}
	for _, text := range []string{"a\nstages: {}", "x\u2028y", "\x1b[31mred", strings.Repeat("word ", 500)} {
		p := look(t, "dvc.yaml", []byte("stages: {s: {cmd: ls, desc: "+quoted(text)+"}}"))
		if cfg := accepted(t, p); len(cfg.Stages) != 2 && len(cfg.Stages) != 1 {
			t.Errorf("%q became a stage:\n%s", text, p.Config)
		}
	}
}

func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch r {
		case '"', '\\':
			b.WriteString(`\` + string(r))
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case 0x1b:
			b.WriteString(`\e`)
		case 0x2028:
			b.WriteString(`\L`)
		case 0x85:
			b.WriteString(`\N`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// Links are not followed, neither out of the repository nor within it.
func TestLinks(t *testing.T) {
	dir := unpack(t, []txtar.File{
		{Name: "train.py", Data: []byte("import sklearn, joblib\nopen('in.csv')\nopen('far/x.csv')\njoblib.dump(m.fit(), 'model.pkl')\n")},
	})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("stages: {leak: {cmd: cat secret}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"dvc.yaml": secret, "in.csv": secret, "far": filepath.Dir(secret), "Makefile": "Makefile", "round": "."} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := starter.Look(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, p)
	if strings.Contains(string(p.Config), "leak") || !strings.Contains(notesOf(p), "input in.csv is a link") || !strings.Contains(notesOf(p), "input far/x.csv is a link, or lies behind one") {
		t.Errorf("%s\n%s", p.Config, notesOf(p))
	}
}

// A Makefile whose variables and needs grow by what they name stays small.
func TestMakefileThatGrows(t *testing.T) {
	names := strings.Repeat("t1 t2 t3 ", 300)
	var b strings.Builder
	b.WriteString("A = " + names + "\nB = " + strings.Repeat("$(A)", 600) + "\nall: t1\n")
	for range 400 {
		b.WriteString("t1 t2 t3: $(B) $(B)\n\tpython train.py $^ " + strings.Repeat("$(A)", 60) + "\n")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p := look(t, "Makefile", []byte(b.String()))
	runtime.ReadMemStats(&after)
	if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 600 {
		t.Errorf("%d KB make it take %d MB of memory", b.Len()>>10, made)
	}
	accepted(t, p)
}

// Names that no file of muster's can have are left out; the rest stands.
func TestHostileNames(t *testing.T) {
	dir := unpack(t, []txtar.File{
		{Name: "train.py", Data: []byte("import sklearn, joblib\nopen('a\"b.csv')\njoblib.dump(m.fit(), 'my \"model\".pkl')\n")},
		{Name: "it's.py", Data: []byte("import sklearn\nm.fit()\n")},
		{Name: "new\nline.py", Data: []byte("import sklearn\nm.fit()\n")},
		{Name: "eval #1: {x}, [y].py", Data: []byte("import sklearn\nopen('out.csv', 'w')\n")},
		{Name: "bad\xff.py", Data: []byte("import sklearn\nm.fit()\n")},
		{Name: "Dockerfile", Data: []byte("FROM python\n")},
	})
	p, err := starter.Look(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, p)
	if !strings.Contains(string(p.Config), "it's.py") {
		t.Errorf("%s", p.Config)
	}
}

// TestManyStages is a dvc.yaml at the limit of its size.
func TestManyStages(t *testing.T) {
	var b strings.Builder
	b.WriteString("stages:\n  loop: {foreach: [" + strings.Repeat("{a: 1}, ", 1000) + "], do: {cmd: ls}}\n  s:\n    cmd: ls\n    deps: [")
	for b.Len() < 300<<10 {
		b.WriteString("d/" + strings.Repeat("x", 3) + string(rune('a'+b.Len()%26)) + string(rune('a'+b.Len()/26%26)) + string(rune('a'+b.Len()/676%26)) + ", ")
	}
	b.WriteString("]\n")
	for range 100 {
		b.WriteString("  t" + string(rune('a'+b.Len()%26)) + string(rune('a'+b.Len()/26%26)) + ": {cmd: ls, deps: [d], outs: [o" + string(rune('a'+b.Len()%26)) + "]}\n")
	}
	p := look(t, "dvc.yaml", []byte(b.String()))
	if !strings.Contains(notesOf(p), "more than 200 stages") {
		t.Error(notesOf(p))
	}
	accepted(t, p)
}

// FuzzDVC wants, of any dvc.yaml, a file that muster takes.
func FuzzDVC(f *testing.F) { fuzz(f, "dvc.yaml") }

// FuzzMLproject wants the same of an MLproject.
func FuzzMLproject(f *testing.F) { fuzz(f, "MLproject") }

// FuzzMakefile wants the same of a Makefile.
func FuzzMakefile(f *testing.F) { fuzz(f, "Makefile") }

// FuzzScript wants the same of a script.
func FuzzScript(f *testing.F) { fuzz(f, "evaluate.py") }

func fuzz(f *testing.F, name string) {
	f.Helper()
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, member := range archive.Files {
			if filepath.Base(member.Name) == name {
				f.Add(member.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		accepted(t, look(t, name, data))
	})
}
