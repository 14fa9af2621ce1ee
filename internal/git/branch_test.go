package git_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/git"
)

// bare makes a bare repository, as a host has it, and returns its address.
func bare(t *testing.T) (dir, address string) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	dir = filepath.Join(t.TempDir(), "remote.git")
	run(t, ".", "init", "--quiet", "--bare", dir)
	run(t, dir, "config", "uploadpack.allowFilter", "true")
	return dir, "file://" + dir
}

// branch opens a branch of a remote with a cache of its own.
func branch(t *testing.T, address string) *git.Branch {
	t.Helper()
	return cached(t, address, filepath.Join(t.TempDir(), "cache"))
}

func cached(t *testing.T, address, cache string) *git.Branch {
	t.Helper()
	remote, err := git.FindRemote(t.Context(), t.TempDir(), address)
	if err != nil {
		t.Fatal(err)
	}
	return openBranch(t, remote, cache)
}

func openBranch(t *testing.T, remote git.Remote, cache string) *git.Branch {
	t.Helper()
	b, err := git.OpenBranch(remote, "muster/models", cache)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func push(t *testing.T, b *git.Branch, tip *git.Tip, files ...string) *git.Tip {
	t.Helper()
	next, err := b.Commit(t.Context(), tip, contents(files...), "Add "+strings.Join(files, ", "))
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// contents are files that hold their own name.
func contents(names ...string) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range names {
		files[name] = []byte("content of " + name)
	}
	return files
}

func tip(t *testing.T, b *git.Branch) *git.Tip {
	t.Helper()
	tip, err := b.Tip(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tip
}

func read(t *testing.T, tip *git.Tip, names ...string) {
	t.Helper()
	got, err := tip.Read(t.Context(), names...)
	if diff := cmp.Diff(contents(names...), got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

var odd = []string{"a", "sub/b", "sub/deep/c d", `sub/"quoted\`, "sub/ä\nb", "-x", "sub/--all"}

func TestABranchWithoutAWorkingCopy(t *testing.T) {
	for _, filter := range []string{"true", "false"} {
		dir, address := bare(t)
		run(t, dir, "config", "uploadpack.allowFilter", filter)
		first := push(t, branch(t, address), nil, odd...)
		read(t, first, odd...)
		other := branch(t, address)
		second := push(t, other, tip(t, other), "sub/new")
		third := tip(t, branch(t, address))
		if third.Commit != second.Commit {
			t.Errorf("the tip is %s, and %s was pushed", third.Commit, second.Commit)
		}
		read(t, third, append(odd, "sub/new")...)
		if diff := cmp.Diff([]string{`"quoted\`, "--all", "b", "deep/", "new", "ä\nb"}, third.List("sub")); diff != "" {
			t.Error(diff)
		}
		if names := third.List("nothing"); len(names) > 0 || third.Has("sub") || third.Has("nothing") {
			t.Errorf("there are %v", names)
		}
		if _, err := third.Read(t.Context(), "a", "nothing"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error is %v", err)
		}
		run(t, dir, "fsck", "--full", "--strict")
		if got := output(t, dir, "rev-list", "--count", "muster/models"); got != "2" {
			t.Errorf("the branch has %s commits", got)
		}
	}
}

func TestABranchThatIsNotThereIsNoRemoteThatDoesNotAnswer(t *testing.T) {
	dir, address := bare(t)
	if _, err := branch(t, address).Tip(t.Context()); !errors.Is(err, git.ErrNoBranch) {
		t.Errorf("error is %v, want ErrNoBranch", err)
	}
	run(t, dir, "update-ref", "refs/heads/x/refs/heads/muster/models", head(t, repository(t), dir))
	if _, err := branch(t, address).Tip(t.Context()); !errors.Is(err, git.ErrNoBranch) {
		t.Errorf("a longer name: error is %v, want ErrNoBranch", err)
	}
	for _, address := range []string{"file:///nowhere/at/all", "http://127.0.0.1:1/x.git", "ext::sh -c true"} {
		remote, err := git.FindRemote(t.Context(), t.TempDir(), address)
		if err == nil {
			_, err = openBranch(t, remote, t.TempDir()).Tip(t.Context())
		}
		if err == nil || errors.Is(err, git.ErrNoBranch) {
			t.Errorf("%s: error is %v", address, err)
		}
	}
}

// head copies a working copy's commit into a bare repository.
func head(t *testing.T, from, to string) string {
	t.Helper()
	run(t, from, "push", "--quiet", to, "HEAD:refs/heads/main")
	return output(t, from, "rev-parse", "HEAD")
}

func TestAPushOnAnOldTipIsRefused(t *testing.T) {
	_, address := bare(t)
	a, b := branch(t, address), branch(t, address)
	if _, err := a.Commit(t.Context(), nil, contents("a"), "first"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Commit(t.Context(), nil, contents("b"), "first, too"); !errors.Is(err, git.ErrMoved) {
		t.Errorf("error is %v, want ErrMoved", err)
	}
	old := tip(t, b)
	push(t, a, tip(t, a), "c")
	if _, err := b.Commit(t.Context(), old, contents("d"), "late"); !errors.Is(err, git.ErrMoved) {
		t.Errorf("error is %v, want ErrMoved", err)
	}
	push(t, b, tip(t, b), "d")
	read(t, tip(t, a), "a", "c", "d")
}

func TestManyWritersLoseNothing(t *testing.T) {
	const writers = 12
	dir, address := bare(t)
	push(t, branch(t, address), nil, "first")
	shared := filepath.Join(t.TempDir(), "shared")
	var group sync.WaitGroup
	for i := range writers {
		b := branch(t, address)
		if i%2 == 0 {
			b = cached(t, address, shared)
		}
		group.Go(func() {
			for {
				at, err := b.Tip(t.Context())
				if err == nil {
					_, err = b.Commit(t.Context(), at, contents(fmt.Sprintf("w/%d", i)), "one of many")
				}
				if err == nil {
					return
				}
				if !errors.Is(err, git.ErrMoved) {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if got := len(tip(t, branch(t, address)).List("w")); got != writers {
		t.Errorf("%d of %d files are there", got, writers)
	}
	if got := output(t, dir, "rev-list", "--count", "muster/models"); got != fmt.Sprint(writers+1) {
		t.Errorf("the branch has %s commits", got)
	}
}

func TestARemoteThatTakesNoPush(t *testing.T) {
	dir, address := bare(t)
	b := branch(t, address)
	first := push(t, b, nil, "a")
	hook := "#!/bin/sh\necho 'Protected by the owners.' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "hooks", "pre-receive"), []byte(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := b.Commit(t.Context(), first, contents("b"), "no")
	refused, ok := errors.AsType[*git.RefusedError](err)
	if !ok || !strings.Contains(refused.Reason, "pre-receive hook declined") || !strings.Contains(refused.Reason, "Protected by the owners.") {
		t.Errorf("error is %v, want a RefusedError with the remote's words", err)
	}
	read(t, tip(t, b), "a")
}

func TestHooksAndHabitsOfTheUserDoNotMatter(t *testing.T) {
	_, address := bare(t)
	home := t.TempDir()
	write(t, home, "hooks/pre-push", "#!/bin/sh\nexit 1\n")
	write(t, home, "template/hooks/pre-push", "#!/bin/sh\nexit 1\n")
	write(t, home, "config", "[core]\n\thooksPath = "+home+"/hooks\n[init]\n\ttemplateDir = "+home+"/template\n"+
		"[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n\tdefault = nothing\n\tfollowTags = true\n[fetch]\n\tprune = true\n"+
		"[safe]\n\tbareRepository = explicit\n[user]\n\tname = A <b> C\n\temail = a@example.org\n[core]\n\tautocrlf = true\n")
	for _, hook := range []string{"hooks/pre-push", "template/hooks/pre-push"} {
		if err := os.Chmod(filepath.Join(home, hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(home, "config"))
	t.Setenv("GIT_DIR", "/nowhere") // as a hook that calls muster has it
	t.Setenv("GIT_INDEX_FILE", "/nowhere/index")
	remote, err := git.FindRemote(t.Context(), t.TempDir(), address)
	if err != nil {
		t.Fatal(err)
	}
	b := openBranch(t, remote, t.TempDir())
	first, err := b.Commit(t.Context(), nil, map[string][]byte{"a": []byte("x\r\ny\n")}, "one\n\ntwo")
	if err != nil {
		t.Fatal(err)
	}
	got, err := tip(t, openBranch(t, remote, t.TempDir())).Read(t.Context(), "a")
	if err != nil || string(got["a"]) != "x\r\ny\n" {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("GIT_DIR", "")
	os.Unsetenv("GIT_DIR")
	if said := output(t, ".", "--git-dir="+strings.TrimPrefix(address, "file://"), "log", "--format=%an|%ae|%B", first.Commit); said != "A b C|a@example.org|one\n\ntwo" {
		t.Errorf("the commit says %q", said)
	}
}

func TestADamagedCacheIsMadeAgain(t *testing.T) {
	_, address := bare(t)
	push(t, branch(t, address), nil, odd...)
	damages := map[string]func(t *testing.T, dir string){
		"objects lost":    func(t *testing.T, dir string) { t.Helper(); remove(t, filepath.Join(dir, "objects")) },
		"head lost":       func(t *testing.T, dir string) { t.Helper(); remove(t, filepath.Join(dir, "HEAD")) },
		"refs lost":       func(t *testing.T, dir string) { t.Helper(); remove(t, filepath.Join(dir, "refs")) },
		"a lock was left": func(t *testing.T, dir string) { t.Helper(); write(t, dir, "shallow.lock", "") },
		"no repository":   func(t *testing.T, dir string) { t.Helper(); remove(t, dir); write(t, dir, "HEAD", "x") },
		"packs cut short": func(t *testing.T, dir string) { t.Helper(); cutFiles(t, dir) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			b := cached(t, address, folder)
			old := tip(t, b)
			read(t, old, "a")
			dirs, _ := filepath.Glob(filepath.Join(folder, "*[0-9a-f]"))
			if len(dirs) != 1 {
				t.Fatal(dirs)
			}
			damage(t, dirs[0])
			read(t, old, odd...)
			damage(t, dirs[0])
			read(t, tip(t, b), odd...)
			damage(t, dirs[0])
			if _, err := b.Commit(t.Context(), old, contents("new"), "new"); err != nil && !errors.Is(err, git.ErrMoved) {
				t.Error(err)
			}
			if !tip(t, b).Has("new") {
				push(t, b, tip(t, b), "new")
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// cutFiles cuts every object's file short by half.
func cutFiles(t *testing.T, dir string) {
	t.Helper()
	for path := range objectFiles(t, dir) {
		info, err := os.Stat(path)
		if err == nil {
			err = errors.Join(os.Chmod(path, 0o644), os.Truncate(path, info.Size()/2))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// objectFiles are the files that hold objects, with their contents.
func objectFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(filepath.Join(dir, "objects"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(path, ".idx") && !strings.HasSuffix(path, ".rev") {
			files[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Whichever object of the remote has a flipped bit, Check finds it.
func TestAFlippedBitAtTheRemoteIsFound(t *testing.T) {
	for _, packed := range []bool{false, true} {
		dir, address := bare(t)
		push(t, branch(t, address), nil, "a", "sub/b")
		if packed {
			run(t, dir, "gc", "--quiet")
		}
		if err := branch(t, address).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		files := objectFiles(t, dir)
		for _, path := range slices.Sorted(maps.Keys(files)) {
			if filepath.Base(filepath.Dir(path)) == "info" || packed && !strings.HasSuffix(path, ".pack") {
				continue // found again without them
			}
			flipped := slices.Clone(files[path])
			flipped[len(flipped)*2/3] ^= 4
			if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, flipped, 0o644)); err != nil {
				t.Fatal(err)
			}
			if err := branch(t, address).Check(t.Context()); !errors.Is(err, git.ErrDamaged) {
				t.Errorf("%s has a flipped bit, and nobody sees it: %v", path, err)
			}
			if err := os.WriteFile(path, files[path], 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Of a thousand models only the one that is asked for is fetched.
func TestOnlyWhatIsReadIsFetched(t *testing.T) {
	_, address := bare(t)
	files := map[string][]byte{"small": []byte("x")}
	for _, name := range []string{"a", "b", "c", "d"} {
		files[name] = []byte(strings.Repeat(name, 10_000))
	}
	if _, err := branch(t, address).Commit(t.Context(), nil, files, "models"); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	at := tip(t, cached(t, address, folder))
	for _, names := range [][]string{{"b"}, {"b", "c", "d"}} {
		want := 1 + len(names)
		if got, err := at.Read(t.Context(), names...); err != nil || string(got["b"]) != string(files["b"]) {
			t.Fatal(err)
		}
		dirs, _ := filepath.Glob(filepath.Join(folder, "*[0-9a-f]"))
		objects := output(t, dirs[0], "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
		if got := strings.Count(objects, "blob"); got != want {
			t.Errorf("%d files were fetched", got)
		}
	}
}
