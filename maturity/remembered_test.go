package maturity_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// scoredTwice scores with the cache, twice, and without: all must be the same.
func scoredTwice(t *testing.T, dir string, opts maturity.Options) {
	t.Helper()
	without := opts
	without.Cache = maturity.Cache{}
	want := string(encode(t, score(t, dir, without)))
	for _, which := range []string{"first", "second"} {
		if diff := cmp.Diff(want, string(encode(t, score(t, dir, opts)))); diff != "" {
			t.Errorf("the %s score with what is remembered (-without +with):\n%s", which, diff)
		}
	}
}

// kept are the files of one kind in the cache.
func kept(t *testing.T, cache maturity.Cache, kind string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(cache.Dir, "*."+kind))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestRemembered changes what an assessment rests on, one thing after the other.
func TestRemembered(t *testing.T) {
	t.Parallel()
	dir := withFiles(t, attestedReview)
	commitAll(t, dir)
	opts := maturity.Options{Now: proofNow, Kind: result.KindTraining, Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	change := func(name, text string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			write(t, filepath.Join(dir, name), []byte(text))
		}
	}
	for _, step := range []struct {
		what   string
		change func(*testing.T)
	}{
		{"nothing", func(*testing.T) {}},
		{"a file of code", change("src/train.py", "import sklearn\n")},
		{"a file that git does not track", change("src/other.py", "import mlflow\nmlflow.log_metric('a', 1)\n")},
		{"which files there are", func(t *testing.T) { git(t, dir, "add", "-A") }},
		{"a file is gone", func(t *testing.T) {
			if err := os.Remove(filepath.Join(dir, "src", "other.py")); err != nil {
				t.Fatal(err)
			}
		}},
		{"the team's settings", change(".muster/score.yaml", "version: 1\nshares: {own: 80}\n")},
		{"what people attest", change(".muster/attest.yaml", strings.Replace(strings.SplitAfter(attestedReview, "--\n")[1], "Two people", "Three people", 1))},
		{"the day", func(*testing.T) { opts.Now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }},
		{"who asks", func(*testing.T) { opts.NoOverrides = true }},
		{"the commit", func(t *testing.T) {
			git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "more")
		}},
		{"a tag", func(t *testing.T) { git(t, dir, "tag", "churn@v1.0.0") }},
		{"the program", func(*testing.T) { opts.Cache.Build = "two" }},
		{"the repository's own tools", change(".muster/catalogue/own.yaml", "tools:\n  - {id: ours, name: Ours, packages: [ours], uses: [{as: tracking, calls: [ours.log]}]}\n")},
		{"with them", func(*testing.T) { opts.NoOverrides = false }},
		{"what files are", change(".gitattributes", "src/train.py linguist-vendored\n")},
	} {
		step.change(t)
		t.Run(step.what, func(t *testing.T) { scoredTwice(t, dir, opts) })
	}
}

// TestRememberedIsUsed takes away what was found in files: an answer needs none of it.
func TestRememberedIsUsed(t *testing.T) {
	t.Parallel()
	dir := unpack(t, parse(t, filepath.Join("testdata", "level3.txtar")))
	opts := maturity.Options{Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	scoredTwice(t, dir, opts)
	answers, packs := kept(t, opts.Cache, "answer"), kept(t, opts.Cache, "parsed")
	if len(answers) != 1 || len(packs) != 1 {
		t.Fatalf("answers %v, packs %v", answers, packs)
	}
	if err := os.Remove(packs[0]); err != nil {
		t.Fatal(err)
	}
	scoredTwice(t, dir, opts)
	if packs := kept(t, opts.Cache, "parsed"); len(packs) > 0 {
		t.Error("the tree was read again")
	}
	whole, err := os.ReadFile(answers[0])
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"cut": string(whole[:len(whole)/2]), "empty": "", "changed": strings.Replace(string(whole), "level", "devel", 1), "of another": strings.Replace(string(whole), "one", "two", 1),
	} {
		if err := os.WriteFile(answers[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(what, func(t *testing.T) { scoredTwice(t, dir, opts) })
	}
	// An older answer is none, though it is whole.
	write(t, filepath.Join(dir, "README.md"), []byte("# Another\n"))
	if err := os.WriteFile(answers[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	scoredTwice(t, dir, opts)
}

// TestRememberedAtOnce scores a repository several times at once.
func TestRememberedAtOnce(t *testing.T) {
	t.Parallel()
	dir := unpack(t, txtar.Parse([]byte(proofRepo)))
	opts := maturity.Options{Now: proofNow, Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	want := string(encode(t, score(t, dir, maturity.Options{Now: proofNow})))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a, err := scorer(t).Score(t.Context(), dir, opts)
			if err != nil {
				t.Error(err)
				return
			}
			if got := string(encode(t, a)); got != want {
				t.Errorf("scores at once differ:\n%s", cmp.Diff(want, got))
			}
		})
	}
	all.Wait()
}
