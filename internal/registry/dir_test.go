package registry_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/registry/registrytest"
	"github.com/muster-ci/muster/internal/result"
)

func newDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "registry")
	if err := registry.InitDir(t.Context(), dir, registrytest.Pipeline); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string) *registry.Registry {
	t.Helper()
	reg, err := registry.OpenDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func add(t *testing.T, dir, content string) result.Version {
	t.Helper()
	store := registrytest.NewStore(t)
	v, err := open(t, dir).Add(t.Context(), store, registrytest.NewVersion(t, store, content))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func move(t *testing.T, dir, from, to string) {
	t.Helper()
	if _, err := open(t, dir).Move(t.Context(), registry.Promotion{Alias: "production", From: from, To: to, By: "ann"}); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes a file that the registry wrote read-only.
func rewrite(t *testing.T, path string, change func(string) string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(change(string(data))), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	registrytest.Run(t, func(t *testing.T) registrytest.Place {
		t.Helper()
		dir := t.TempDir()
		return registrytest.Place{
			Open: func(*testing.T) registry.Backend { return registry.NewDir(dir) },
			Damage: func(t *testing.T, name string, change func([]byte) []byte) func() {
				t.Helper()
				backend := registry.NewDir(dir)
				path := backend.Path(name)
				if digest, ok := strings.CutPrefix(name, "objects/"); ok {
					path = backend.ObjectPath(digest)
				}
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				damageFile(t, path, change)
				return func() { restoreFile(t, path, whole) }
			},
		}
	})
}

// restoreFile writes a file as it was before it was damaged or removed.
func restoreFile(t *testing.T, path string, whole []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole, 0o444); err != nil {
		t.Fatal(err)
	}
}

// damageFile changes a file that the registry wrote read-only, or removes it.
func damageFile(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	if change == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	rewrite(t, path, func(text string) string { return string(change([]byte(text))) })
}

func TestInit(t *testing.T) {
	dir := newDir(t)
	if err := registry.InitDir(t.Context(), dir, registrytest.Pipeline); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if err := registry.InitDir(t.Context(), dir, "churn"); err == nil || !strings.Contains(err.Error(), `"churn"`) {
		t.Errorf("another pipeline: error is %v", err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := registry.InitDir(t.Context(), foreign, "tumour"); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("a folder with other files: error is %v", err)
	}
	if _, err := registry.OpenDir(t.Context(), foreign); !errors.Is(err, registry.ErrMissing) {
		t.Errorf("Open of a folder with other files: error is %v, want ErrMissing", err)
	}
	if _, err := registry.OpenDir(t.Context(), filepath.Join(foreign, "missing")); !errors.Is(err, registry.ErrMissing) {
		t.Errorf("Open of no folder: error is %v, want ErrMissing", err)
	}
}

func TestInitAfterAKill(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".muster-tmp-ABC"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := registry.InitDir(t.Context(), dir, "tumour"); err != nil {
		t.Error(err)
	}
}

// damage is what happens to one file of a registry; a nil change removes it.
type damage struct {
	path   func(dir string, v result.Version) string
	change func(string) string
}

func at(elem ...string) func(string, result.Version) string {
	return func(dir string, _ result.Version) string { return filepath.Join(append([]string{dir}, elem...)...) }
}

func replace(before, after string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, before, after) }
}

func damages() map[string]damage {
	half := func(s string) string { return s[:len(s)/2] }
	marker, version := at("registry.json"), at("versions", "v2.json")
	firstMove, lastMove := at("aliases", "production", "000001.json"), at("aliases", "production", "000002.json")
	object := func(dir string, v result.Version) string {
		digest := v.Model.Files[0].SHA256
		return filepath.Join(dir, "objects", "sha256", digest[:2], digest[2:])
	}
	return map[string]damage{
		"marker cut off":                {marker, half},
		"marker of another kind":        {marker, func(string) string { return "{}" }},
		"version cut off":               {version, half},
		"version emptied":               {version, func(string) string { return "" }},
		"version lost":                  {version, nil},
		"version with other metrics":    {version, replace(`"roc_auc": 0.9`, `"roc_auc": 0.8`)},
		"version with another file":     {version, replace("weights.bin", "weights.exe")},
		"version with another name":     {version, replace(`"v2"`, `"v1"`)},
		"last move cut off":             {lastMove, half},
		"last move to another version":  {lastMove, replace(`"to": "v2"`, `"to": "v1"`)},
		"last move from elsewhere":      {lastMove, replace(`"from": "v1"`, `"from": "v7"`)},
		"last move of another alias":    {lastMove, replace(`"production"`, `"staging"`)},
		"last move without its digest":  {lastMove, replace("versionSha256", "sha")},
		"first move lost":               {firstMove, nil},
		"first move to another version": {firstMove, replace(`"to": "v1"`, `"to": "v3"`)},
		"model changed":                 {object, strings.ToUpper},
		"model cut off":                 {object, half},
		"model lost":                    {object, nil},
	}
}

// Whatever happens to a file of the registry, the error names it, and the gate
// gets no champion.
func TestDamageIsFound(t *testing.T) {
	for name, test := range damages() {
		t.Run(name, func(t *testing.T) {
			dir := newDir(t)
			add(t, dir, "a")
			v := add(t, dir, "b")
			move(t, dir, "", "v1")
			move(t, dir, "v1", "v2")

			path := test.path(dir, v)
			if test.change != nil {
				rewrite(t, path, test.change)
			} else if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}

			err := useChampion(t, dir)
			if err == nil {
				t.Fatal("nobody noticed")
			}
			base := filepath.Base(path)
			if !strings.Contains(err.Error(), base) && !strings.Contains(err.Error(), strings.TrimSuffix(base, ".json")) {
				t.Errorf("error is %q, want it to name %s", err, path)
			}
		})
	}
}

// useChampion does what the gate does.
func useChampion(t *testing.T, dir string) error {
	t.Helper()
	reg, err := registry.OpenDir(t.Context(), dir)
	if err != nil {
		return err
	}
	version, _, err := reg.Current(t.Context(), "production")
	if err != nil {
		return err
	}
	return reg.Restore(t.Context(), version.Version, registrytest.NewStore(t))
}

func TestADamagedModelIsNotPromoted(t *testing.T) {
	dir := newDir(t)
	digest := add(t, dir, "a").Model.Files[1].SHA256
	rewrite(t, filepath.Join(dir, "objects", "sha256", digest[:2], digest[2:]), strings.ToUpper)
	_, err := open(t, dir).Move(t.Context(), registry.Promotion{Alias: "production", To: "v1"})
	if !errors.Is(err, objects.ErrCorrupt) || !strings.Contains(err.Error(), "model/run.sh") {
		t.Errorf("error is %v, want ErrCorrupt naming the file", err)
	}
	add(t, dir, "a") // adding the model again mends it
	move(t, dir, "", "v1")
}

func TestFilesThatKilledProcessesLeftAreNoVersions(t *testing.T) {
	dir := newDir(t)
	add(t, dir, "a")
	move(t, dir, "", "v1")
	for _, path := range []string{"versions/.muster-tmp-A", "versions/v2.json.orig", "versions/notes.json", "aliases/production/.muster-tmp-B", "aliases/.DS_Store"} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v := add(t, dir, "b"); v.Version != "v2" {
		t.Errorf("the next version is %s", v.Version)
	}
	move(t, dir, "v1", "v2")
	aliases, err := open(t, dir).Aliases(t.Context())
	if err != nil || len(aliases) != 1 || aliases[0] != "production" {
		t.Errorf("Aliases gave %v, %v", aliases, err)
	}
}

// The tests below start this test binary again as a process of its own, which
// does what the flag says instead of running tests.
var role = flag.String("registry-process", "", "what to do in place of tests: a directory, expected and new version, or only a directory")

func TestProcess(t *testing.T) {
	words := strings.Fields(*role)
	switch len(words) {
	case 0:
		return // the tests themselves run
	case 1:
		addAndMoveForEver(t, words[0])
	default:
		from := strings.TrimPrefix(words[1], "-")
		_, err := open(t, words[0]).Move(t.Context(), registry.Promotion{Alias: "production", From: from, To: words[2]})
		if moved := (*registry.MovedError)(nil); errors.As(err, &moved) {
			os.Exit(7)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func addAndMoveForEver(t *testing.T, dir string) {
	t.Helper()
	reg := open(t, dir)
	for i := 0; ; i++ {
		added := add(t, dir, fmt.Sprintf("%d in process %d", i, os.Getpid()))
		from := ""
		if current, _, err := reg.Current(t.Context(), "production"); err == nil {
			from = current.Version
		}
		if _, err := reg.Move(t.Context(), registry.Promotion{Alias: "production", From: from, To: added.Version}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("promoted", added.Version)
	}
}

func process(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$", "-registry-process="+role)
}

func TestTwoProcessesPromoteAtOnce(t *testing.T) {
	dir := newDir(t)
	var rivals []*exec.Cmd
	for i := range 4 {
		to := add(t, dir, fmt.Sprint(i)).Version
		rival := process(t, dir+" - "+to)
		if err := rival.Start(); err != nil {
			t.Fatal(err)
		}
		rivals = append(rivals, rival)
	}
	won := 0
	for _, rival := range rivals {
		err := rival.Wait()
		var exit *exec.ExitError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &exit) || exit.ExitCode() != 7:
			t.Errorf("a process ended with %v", err)
		}
	}
	history, err := open(t, dir).History(t.Context(), "production")
	if err != nil {
		t.Fatal(err)
	}
	if won != 1 || len(history) != 1 {
		t.Errorf("%d processes won, the history has %d moves", won, len(history))
	}
}

// A process that adds and promotes without end is killed at any instant, again
// and again: the registry is whole each time, and the next process goes on.
func TestKilledAtAnyInstant(t *testing.T) {
	dir := newDir(t)
	moves := 0
	for i := range 12 {
		killAfterPromotion(t, dir, time.Duration(3*i)*time.Millisecond)

		reg := open(t, dir)
		versions, err := reg.Versions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			if err := reg.Restore(t.Context(), v.Version, registrytest.NewStore(t)); err != nil {
				t.Fatal(err)
			}
		}
		history, err := reg.History(t.Context(), "production")
		if err != nil {
			t.Fatal(err)
		}
		if len(history) <= moves || len(history) > len(versions) {
			t.Fatalf("%d moves after %d, %d versions", len(history), moves, len(versions))
		}
		moves = len(history)
		if err := useChampion(t, dir); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfterPromotion starts a process, waits for its first promotion and a
// while longer, so that it is killed at some point of the next one.
func killAfterPromotion(t *testing.T, dir string, while time.Duration) {
	t.Helper()
	worker := process(t, dir)
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the process said %q and ended: %v", line, err)
	}
	time.Sleep(while)
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // it was killed: there is no other way for it to end
}
