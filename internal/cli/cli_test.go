package cli_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/muster-ci/muster/internal/cli"
)

// TestMain makes muster a command that scripts can call.
func TestMain(m *testing.M) {
	_ = os.Setenv("XDG_CACHE_HOME", filepath.Join(os.TempDir(), "muster-cli-test-cache")) // not the user's
	testscript.Main(m, map[string]func(){
		"muster": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			context.AfterFunc(ctx, stop)
			os.Exit(cli.Main(ctx, os.Args[1:], cli.Streams{Out: os.Stdout, Err: os.Stderr}, os.LookupEnv))
		},
	})
}

// TestScripts runs testdata/script/*.txtar: each is a page of the command
// line's manual that is executed. They use the process executor; what needs an
// engine is in the docker executor's tests and in the examples'.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:               scripts(t),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			env.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
			env.Setenv("GIT_AUTHOR_NAME", "Ada")
			env.Setenv("GIT_AUTHOR_EMAIL", "ada@example.org")
			env.Setenv("GIT_COMMITTER_NAME", "Ada")
			env.Setenv("GIT_COMMITTER_EMAIL", "ada@example.org")
			env.Values[githubKey{}] = &forge{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":   exitsWith,
			"mlflow": startTracker,
			"github": onGitHub(t),
			"envfile": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: envfile FILE")
				}
				for line := range strings.Lines(ts.ReadFile(args[0])) {
					name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
					ts.Setenv(name, value)
				}
			},
			"signing-key": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: signing-key FILE")
				}
				ts.Setenv("MUSTER_SIGNING_KEY", ts.ReadFile(args[0]))
			},
		},
	})
}

// together are the scripts in which muster does several things at once, and the only
// ones that run under the race detector: it makes muster ten times slower, and a
// script in which one thing comes after the other has no race that the packages' own
// tests would not show. make test runs all of them without it.
var together = []string{
	"ci",           // every step of a job in one process
	"compare",      // sides are read, metrics computed side by side
	"doctor",       // looks are taken at once
	"fetch",        // downloads beside stages
	"gate",         // candidate and champion
	"git-registry", // pushes that collide
	"plan",         // a matrix
	"policy",       // modules are compiled and tested at once
	"progress",     // views follow the events of stages
	"run",          // stages at once, on one cache
	"run-fails",    // one fails while others run
	"run-options",  // and what runs on
	"runs-secrets", // logs are masked as they come
	"tracking",     // a server is told while the run goes on
	"undeclared",   // workspaces are made and taken away
	"when",         // what is due
}

// scripts are the files of TestScripts.
func scripts(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if !watchesForRaces() {
		return all
	}
	var some []string
	for _, name := range together {
		file := filepath.Join("testdata", "script", name+".txtar")
		if !slices.Contains(all, file) {
			t.Errorf("there is no script %s", name)
		}
		some = append(some, file)
	}
	t.Logf("under the race detector: %d of %d scripts", len(some), len(all))
	return some
}

// watchesForRaces reports whether the tests run with the race detector.
func watchesForRaces() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// exitsWith is the command `code N program args...`: it runs a program and
// wants exactly that exit code, where `!` alone would take any failure.
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = exitStatus(err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// exitStatus is the exit code that the error of a finished program holds.
func exitStatus(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}
