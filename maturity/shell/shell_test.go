package shell_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/shell"
)

// TestSwallowed asks of one command, "check", whether its failure fails the script.
func TestSwallowed(t *testing.T) {
	strict := shell.Options{ErrExit: true}
	for _, tt := range []struct {
		name, src string
		opts      shell.Options
		swallowed bool
	}{
		{"last command", "check", shell.Options{}, false},
		{"not last, no set -e", "check\necho done", shell.Options{}, true},
		{"not last, set -e", "set -e\ncheck\necho done", shell.Options{}, false},
		{"set -euo pipefail", "set -euo pipefail\ncheck | tee log\necho done", shell.Options{}, false},
		{"set -o errexit", "set -o errexit\ncheck\necho done", shell.Options{}, false},
		{"flag of the first line", "#!/bin/bash -e\ncheck\necho done", shell.Options{}, false},
		{"set +e", "set +e\ncheck\necho done", strict, true},
		{"|| true", "check || true", strict, true},
		{"|| :", "check || :", strict, true},
		{"|| echo", "check || echo failed", strict, true},
		{"|| exit 0", "check || exit 0", strict, true},
		{"|| exit 1", "check || exit 1", strict, false},
		{"|| exit 1 without set -e", "check || exit 1\necho done", shell.Options{}, false},
		{"|| a block that leaves", "check || { echo failed; exit 1; }", strict, false},
		{"|| a block that goes on", "check || { echo failed; true; }", strict, true},
		{"; exit 0", "check; exit 0", shell.Options{}, true},
		{"; exit 0 with -e", "check; exit 0", strict, false},
		{"trap that makes it good", "trap 'exit 0' EXIT\ncheck", strict, true},
		{"trap that cleans up", "trap 'rm -rf x' EXIT\ncheck", strict, false},
		{"pipe", "check | tee log", strict, true},
		{"end of a pipe", "cat x | check", strict, false},
		{"pipe with pipefail", "check | tee log", shell.Options{ErrExit: true, PipeFail: true}, false},
		{"background", "check &\nwait", strict, true},
		{"condition", "if check; then echo good; fi", strict, true},
		{"condition that leaves", "if ! check; then exit 1; fi\necho done", shell.Options{}, false},
		{"in a branch", "if [ -f x ]; then check; fi", strict, false},
		{"left of &&, last", "check && echo good", strict, false},
		{"left of &&, not last", "check && echo good\necho done", strict, true},
		{"status kept", "check\ncode=$?\ncleanup\nexit $code", shell.Options{}, false},
		{"status shown", "check\necho $?\n", shell.Options{}, true},
		{"|| a status that is given back", "check || failed=$?\nif [ \"$failed\" ]; then exit $failed; fi\necho done", strict, false},
		{"|| a status that all share", "failed=0\ncheck || failed=1\nexit $failed", shell.Options{}, false},
		{"|| a status that is shown", "check || failed=$?\necho $failed", strict, true},
		{"|| a status that is forgotten", "check || failed=0\nexit $failed", strict, true},
		{"negated", "! check", strict, true},
		{"substitution", "echo $(check)", strict, true},
		{"assignment", "x=$(check)", strict, false},
		{"export", "export x=$(check)", strict, true},
		{"function that is called", "run() { check; }\nrun", strict, false},
		{"subshell", "(cd x && check)", strict, false},
		{"loop", "for d in a b; do check $d; done", strict, false},
		{"loop whose last round counts", "for d in a b; do check $d; done", shell.Options{}, true},
		{"loop of one round", "for d in a; do check $d; done", shell.Options{}, false},
		{"loop over what a run finds", "for d in */; do check $d; done", shell.Options{}, false},
		{"loop that leaves", "for d in a b; do check $d || exit 1; done", shell.Options{}, false},
		{"time", "time check", strict, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			why := swallowed(t, tt.src, tt.opts)
			if got := why != ""; got != tt.swallowed {
				t.Errorf("swallowed %t (%s), want %t", got, why, tt.swallowed)
			}
		})
	}
}

// swallowed says why the failure of the command "check" is lost.
func swallowed(t *testing.T, src string, opts shell.Options) string {
	t.Helper()
	commands, err := shell.Read(src, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		if c.Args[0] == "check" {
			return c.Swallowed
		}
	}
	t.Fatalf("check is not among %v", commands)
	return ""
}

func TestWhatNeverRunsIsLeftOut(t *testing.T) {
	commands, err := shell.Read("unused() { check; }\n# check\necho 'check'\nexit 0\ncheck\n", shell.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range commands {
		names = append(names, strings.Join(c.Args, " "))
	}
	if diff := cmp.Diff([]string{"echo check"}, names); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestWords(t *testing.T) {
	commands, err := shell.Read("OPTS=\"-q --tb short\"\nDIR=tests\nA=1 pytest $OPTS \"$DIR/unit\" ${X:-y} $Z 'a b' $(cat f)\n", shell.Options{Env: map[string]string{"Z": "zed"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []shell.Command{
		{Args: []string{"cat", "f"}, Line: 3, Swallowed: "it is a substitution in another command"},
		{Args: []string{"pytest", "-q", "--tb", "short", "tests/unit", "y", "zed", "a b", "$()"}, Env: []string{"A=1"}, Line: 3},
	}
	if diff := cmp.Diff(want, commands); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestLoops(t *testing.T) {
	for src, want := range map[string][]string{
		"for p in lib app; do make -C $p test; done":                         {"make -C lib test", "make -C app test"},
		"D='x y'\nfor p in $D; do t $p; done\nu $p":                          {"t x", "t y", "u $p"},
		"for a in 1 2; do for b in 3 4; do t $a$b; done; done":               {"t 13", "t 14", "t 23", "t 24"},
		"for p in $(ls); do t $p; done":                                      {"t $p"},
		"for ((i = 0; i < 3; i++)); do t $i; done":                           {"t $i"},
		"for p in " + strings.Repeat("a ", shell.MaxSize/8) + "; do t; done": {"t"},
	} {
		commands, err := shell.Read(src, shell.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range commands {
			if c.Args[0] != "ls" {
				got = append(got, strings.Join(c.Args, " "))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("commands of %.60s (-want +got):\n%s", src, diff)
		}
	}
}

func TestHereDocumentsAreScriptsOfShells(t *testing.T) {
	for src, want := range map[string][]string{
		"bash <<E\na\nb c\nE\n":                      {"bash", "-c", "a\nb c"},
		"ssh -i key me@host << 'E'\n  up -d $X\nE\n": {"ssh", "-i", "key", "me@host", "up -d $X"},
		"ssh me@host bash -s <<-E\n\tup -d\n\tE\n":   {"ssh", "me@host", "up -d"},
		"ssh me@host 'bash -es' <<E\nup\nE\n":        {"ssh", "me@host", "up"},
		"bash run.sh <<E\nyes\nE\n":                  {"bash", "run.sh"},
		"cat > f <<E\npytest\nE\n":                   {"cat"},
		"bash <<E\nE\n":                              {"bash"},
	} {
		commands, err := shell.Read(src, shell.Options{})
		if err != nil || len(commands) != 1 {
			t.Fatalf("%q gives %d commands, error %v", src, len(commands), err)
		}
		if diff := cmp.Diff(want, commands[0].Args); diff != "" {
			t.Errorf("%q (-want +got):\n%s", src, diff)
		}
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := shell.Read(strings.Repeat("(", shell.MaxSize+1), shell.Options{}); !errors.Is(err, shell.ErrTooLarge) {
		t.Errorf("error %v, want %v", err, shell.ErrTooLarge)
	}
	if _, err := shell.Read(strings.Repeat("(", shell.MaxSize), shell.Options{}); err == nil {
		t.Error("a script of open brackets was read")
	}
}

// What a script could blow itself up to is bounded.
func TestBounds(t *testing.T) {
	twice := &strings.Builder{}
	for i := range 60 {
		fmt.Fprintf(twice, "f%d() { f%d; f%[2]d; }\n", i, i+1)
	}
	if _, err := shell.Read(twice.String()+"f0\n", shell.Options{}); !errors.Is(err, shell.ErrTooLarge) {
		t.Errorf("functions that call one another twice: %v", err)
	}
	if _, err := shell.Read("a"+strings.Repeat(" &&\n a", 10_000), shell.Options{}); !errors.Is(err, shell.ErrTooLarge) {
		t.Errorf("ten thousand commands that hang together: %v", err)
	}
	if _, err := shell.Read(strings.Repeat("a && b | c || \\\n d\n", 10_000), shell.Options{}); err != nil {
		t.Errorf("many that hang together by three: %v", err)
	}
	commands, err := shell.Read("A="+strings.Repeat("x", 100_000)+"\n"+strings.Repeat("python $A\n", 10_000), shell.Options{})
	size := 0
	for _, c := range commands {
		for _, arg := range c.Args {
			size += len(arg)
		}
	}
	if err != nil || len(commands) != 10_000 || size > 4<<20 {
		t.Errorf("a variable that is used often: %d commands, %d bytes, %v", len(commands), size, err)
	}
	if last := commands[len(commands)-1].Args[1]; last != "$A" {
		t.Errorf("what is left of it is %.20q", last)
	}
	commands, err = shell.Read(strings.Repeat("check\necho $?\n", 15_000)+"exit 1\n", shell.Options{})
	if err != nil || commands[0].Swallowed != "" {
		t.Errorf("a status that is looked at often: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, src := range []string{"a || b && c | d &", "if a; then b; else c; fi", "f() { f; }; f", "x=$x$x; $x", "case $a in b) c;; esac", "cat <<E\n$(a)\nE\n", "ssh h <<E\na\nE\n", "bash -s <<-E\n\ta\n\tE\n", "set -e; a; exit $?", "a() { b; }; b() { a; }; a", "for a in 1 2; do for b in $a 3; do c $b; done; done"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		commands, err := shell.Read(src, shell.Options{ErrExit: true})
		if err != nil {
			return
		}
		for _, c := range commands {
			if len(c.Args) == 0 || c.Line < 1 {
				t.Fatalf("command %+v", c)
			}
		}
	})
}

func TestAfterPython(t *testing.T) {
	for command, want := range map[string]string{
		"python -m pytest -q": "pytest -q", "sudo pip install a": "pip install a", "python3.12 -X dev -m build": "python3.12 -X dev -m build",
		"python -u -m build": "build", "python train.py -m a": "python train.py -m a", "make test": "make test", "python": "python",
	} {
		if got := strings.Join(shell.AfterPython(strings.Fields(command)), " "); got != want {
			t.Errorf("%s is %q, want %q", command, got, want)
		}
	}
}
