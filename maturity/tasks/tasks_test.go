package tasks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// show writes targets in one line each: name@line <- needs: lines.
func show(f *tasks.File) []string {
	var out []string
	for _, t := range f.Targets {
		var lines []string
		for _, l := range t.Lines {
			mark := ""
			if l.Ignored {
				mark = "-"
			}
			lines = append(lines, fmt.Sprintf("%d:%s%s", l.Line, mark, l.Text))
		}
		out = append(out, fmt.Sprintf("%s@%d <- %s: %s", t.Name, t.Line, strings.Join(t.Needs, " "), strings.Join(lines, " | ")))
	}
	return out
}

func TestTaskFiles(t *testing.T) {
	toml := func(src string) *tasks.TOML { return tasks.ReadTOML([]byte(src)) }
	taskfile, err := yamldoc.Read([]byte("tasks:\n  default: {deps: [a], cmds: [pytest, {cmd: ruff, ignore_error: true}, {task: b}]}\n  b: go test\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		got  *tasks.File
		want []string
	}{
		"make": {
			tasks.Make([]byte("PY := python3\n.PHONY: all\nall: data train ## everything\n\ndata train:\n\t@$(PY) $@.py\n\t-rm x\n\ntest: ; pytest\nlong:\n\ta \\\n\t  b\n# no: rule\nx = y: z\n")),
			[]string{"all@3 <- data train: ", "data@5 <- : 6:python3 $@.py | 7:-rm x", "train@5 <- : 6:python3 $@.py | 7:-rm x", "test@9 <- : 9:pytest", "long@10 <- : 11:a \\\n  b"},
		},
		"just": {
			tasks.Just([]byte("x := '1'\n# comment\ntest *args: lint\n    @pytest {{args}}\n    -rm x\nlint:\n    ruff check\n")),
			[]string{"test@3 <- lint: 4:pytest {{args}} | 5:-rm x", "lint@6 <- : 7:ruff check"},
		},
		"mise": {
			tasks.Mise(toml("[tasks.test]\nrun = 'uv run pytest'\nalias = \"t\"\n[tasks.\"all:jobs\"]\nrun = [\n  \"a b\",\n  \"c d\",\n]\ndepends = [\"test\"]\n[tasks]\nshort = \"x y\"\n")),
			[]string{"test@2 <- : 2:uv run pytest", "all:jobs@5 <- test: 6:a b | 7:c d", "short@11 <- : 11:x y"},
		},
		"poe": {
			tasks.Poe(toml("[tool.poe.tasks]\ntest = \"pytest -q\"\nall = [\"test\", \"train\"]\ntrain = { cmd = \"python train.py\", help = 'it' }\n[tool.poe.tasks.x]\nsequence = [\"test\"]\n")),
			[]string{"test@2 <- : 2:pytest -q", "all@3 <- test train: ", "train@4 <- : 4:python train.py", "x@6 <- test: "},
		},
		"hatch": {
			tasks.Hatch(toml("[tool.hatch.envs.default.scripts]\ntest = \"pytest\"\n")),
			[]string{"default:test@2 <- : 2:pytest"},
		},
		"taskfile": {tasks.Taskfile(taskfile[0]), []string{"default@2 <- a: 2:pytest | 2:-ruff | 2:task b", "b@3 <- : 3:go test"}},
		"tox": {
			tasks.Tox([]byte("[tox]\ncommands = no\n[testenv]\ndeps = pytest\ncommands =\n  pytest tests\n  - coverage\n[testenv:lint]\ncommands = ruff check\n[other]\ncommands = no\n")),
			[]string{"@3 <- : 4:pip install 'pytest' | 6:pytest tests | 7:-coverage", "lint@8 <- : 9:ruff check"},
		},
		"npm": {tasks.NPM([]byte("{\n \"scripts\": {\n  \"test\": \"jest\"\n }\n}")), []string{"test@3 <- : 3:jest"}},
	} {
		if diff := cmp.Diff(tt.want, show(tt.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTOML(t *testing.T) {
	doc := tasks.ReadTOML([]byte("\ufeff# c\na.b = 1 # c\n[t.\"x y\"]\ns = \"q\\\"\\n\"\nl = ['a', # no ]\n  \"b\"]\nm = \"\"\"one\ntwo\"\"\"\ni = {p = 'q', r = [1, 2]}\nbroken\n[[t.z]]\nk = true\n"))
	got := map[string]string{}
	for _, v := range doc.Values {
		got[strings.Join(v.Key, "/")] = fmt.Sprintf("%d %q%s", v.Line, v.Strings, v.Raw)
	}
	want := map[string]string{
		"a/b": `2 []1`, "t/x y/s": `4 ["q\"\n"]`, "t/x y/l": `5 ["a" "b"]`, "t/x y/m": `7 ["one\ntwo"]`,
		"t/x y/i/p": `9 ["q"]`, "t/x y/i/r": `9 []`, "t/z/k": `12 []true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if v, ok := doc.Get("a", "b"); !ok || v.Raw != "1" {
		t.Errorf("a.b is %+v", v)
	}
}

// Each line of a rule with many targets is one of each of them, and a variable is put in
// as often as it is named: what comes of it is bounded, and that it is cut is known.
func TestMakefilesStaySmall(t *testing.T) {
	var names strings.Builder
	for i := range 2_000 {
		fmt.Fprintf(&names, "t%d ", i)
	}
	value := strings.Repeat("n ", 900)
	for name, src := range map[string]string{
		"lines of many targets": names.String() + ":\n" + strings.Repeat("\techo\n", 2_000),
		"needs of many targets": names.String() + ": " + strings.Repeat("a ", 2_000) + "\n",
		"needs by variables":    "A = " + value + "\n" + strings.Repeat("t: "+strings.Repeat("$(A) ", 50)+"\n", 500),
		"needs two deep":        "A = " + value + "\nB = " + strings.Repeat("$(A) ", 300) + "\n" + strings.Repeat("t: $(B) $(B)\n", 500),
		"targets by variables":  "A = " + names.String()[:1900] + "\n" + strings.Repeat("$(A): $(A)\n\techo\n", 2_000),
		"text by variables":     "A = " + value + "\nt:\n" + strings.Repeat("\techo "+strings.Repeat("$(A)", 2_000)+"\n", 50),
	} {
		file, kept, text := tasks.Make([]byte(src)), 0, 0
		for _, target := range file.Targets {
			kept += 1 + len(target.Needs) + len(target.Lines)
			for _, l := range target.Lines {
				text += len(l.Text)
			}
		}
		if kept > 50_000 || text > 4_000_000 || file.Cut() != (name != "text by variables") {
			t.Errorf("%s: %d targets, needs and lines of %d bytes, cut %t", name, kept, text, file.Cut())
		}
	}
}

// A line that goes on in a hundred thousand others is read as one.
func TestLongMakefiles(t *testing.T) {
	const n = 100_000
	file := tasks.Make([]byte("A = " + strings.Repeat("x \\\n ", n) + "y\nt: a \\\n  b\\\n\n\tone \\\n\t" + strings.Repeat(" two \\\n\t", n) + "three\n"))
	target, _ := file.Get("t")
	if len(target.Lines) != 1 || strings.Count(target.Lines[0].Text, "\\\n two") != n || target.Lines[0].Line != n+5 || !slices.Equal(target.Needs, []string{"a", "b"}) {
		t.Errorf("target %.100v, want one line", target)
	}
}

func FuzzFiles(f *testing.F) {
	for _, s := range []string{"a: b\n\tc\\\n", "a = [\"\n", "[[", "x = {", "'''", "a = $(a)\nb: $(a)\n", "[testenv]\ncommands=\n -", "{\"scripts\": {\"\": \"\"}}", "[tasks.x]\nalias = []\n", "a = {b = {c = [{d = 1}]}}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, src []byte) {
		tasks.Make(src)
		tasks.Just(src)
		tasks.Tox(src)
		tasks.NPM(src)
		doc := tasks.ReadTOML(src)
		for _, read := range []func(*tasks.TOML) *tasks.File{tasks.Mise, tasks.Poe, tasks.Pdm, tasks.Hatch, tasks.Pixi, tasks.Taskipy} {
			read(doc)
		}
		tasks.Scripts(doc)
		if docs, err := yamldoc.Read(src); err == nil && len(docs) > 0 {
			tasks.Taskfile(docs[0])
		}
	})
}
