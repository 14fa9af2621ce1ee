package git

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// remoteName is what the cache calls its remote. Its address is in no file: it
// may hold a password.
const remoteName = "muster-remote"

// cache is a bare repository that holds what was fetched of a remote, and no
// more. It can be thrown away at any time.
type cache struct {
	dir    string
	remote Remote
	whole  bool // fetch the files of a branch too, and not only their names
}

// openCache is the cache for a remote in a folder of caches.
func openCache(folder string, remote Remote) cache {
	sum := sha256.Sum256([]byte(remote.String()))
	return cache{dir: filepath.Join(folder, hex.EncodeToString(sum[:8])), remote: remote}
}

// lockPause is how long to wait before asking for a lock again.
const lockPause = 10 * time.Millisecond

// use calls do while no other process uses the cache. If that fails in a way
// that a damaged cache can be the reason for, the cache is made again, once.
func (c cache) use(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(filepath.Dir(c.dir), 0o755); err != nil {
		return fmt.Errorf("make cache: %w", err)
	}
	lock := flock.New(c.dir + ".lock")
	if _, err := lock.TryLockContext(ctx, lockPause); err != nil {
		return fmt.Errorf("lock cache: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // closing the file, which it does too, unlocks at the latest
	var damaged *damagedError
	err := c.made(ctx, do)
	if !errors.As(err, &damaged) || ctx.Err() != nil {
		return err
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("make cache again: %w", err)
	}
	return c.made(ctx, do)
}

// maxPacks is how many fetches a cache keeps: git looks through each of them, and
// to fetch the tip again is cheaper than to tidy up.
const maxPacks = 300

// made calls do with a repository in place.
func (c cache) made(ctx context.Context, do func() error) error {
	if packs, err := os.ReadDir(filepath.Join(c.dir, "objects", "pack")); err == nil && len(packs) > 3*maxPacks {
		if err := os.RemoveAll(c.dir); err != nil {
			return fmt.Errorf("make cache again: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "HEAD")); err != nil {
		// Without a template there are no hooks, and nothing else of the user's.
		if _, err := c.run(ctx, nil, "init", "--quiet", "--bare", "--template=", "--", c.dir); err != nil {
			return damage(err)
		}
	}
	return do()
}

// damagedError is a failure that may lie in the cache.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

func damage(err error) error {
	if err == nil {
		return nil
	}
	return &damagedError{err}
}

// run calls git in the cache.
func (c cache) run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = c.env()
	cmd.Stdin = stdin
	cmd.WaitDelay = 5 * time.Second // what git started may hold the pipes longer than git lives
	if info, err := os.Stat(c.dir); err == nil && info.IsDir() {
		cmd.Dir = c.dir
	}
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return stdout.kept.Bytes(), &commandError{args[0], err, withoutUser(strings.TrimSpace(stderr.kept.String()))}
	}
	return stdout.kept.Bytes(), nil
}

// maxOutput bounds what git may say, in bytes: files of a registry are smaller, and so
// is what it says of a large repository. One that is made to flood its reader is given up.
const maxOutput = 256 << 20

var errTooMuch = fmt.Errorf("it says more than %d MB", maxOutput>>20)

// limited keeps what is written to it, up to the limit. Over is true once there was more.
type limited struct {
	kept bytes.Buffer
	over bool
}

func (l *limited) Write(data []byte) (int, error) {
	if l.kept.Len()+len(data) > maxOutput {
		l.over = true
		return 0, errTooMuch
	}
	return l.kept.Write(data)
}

// commandError says that git failed, and what it said.
type commandError struct {
	command string
	err     error
	said    string
}

func (e *commandError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("git %s: %v", e.command, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.command, strings.Join(strings.Fields(e.said), " "))
}

func (e *commandError) Unwrap() error { return e.err }

// local are the variables that point git at some other repository: a hook that
// calls muster has them set (git rev-parse --local-env-vars).
var local = map[string]bool{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES": true, "GIT_CONFIG": true, "GIT_OBJECT_DIRECTORY": true, "GIT_DIR": true,
	"GIT_WORK_TREE": true, "GIT_IMPLICIT_WORK_TREE": true, "GIT_GRAFT_FILE": true, "GIT_INDEX_FILE": true,
	"GIT_REPLACE_REF_BASE": true, "GIT_PREFIX": true, "GIT_SHALLOW_FILE": true, "GIT_COMMON_DIR": true,
	"GIT_NAMESPACE": true, "GIT_QUARANTINE_PATH": true, "GIT_CONFIG_COUNT": true, "LANGUAGE": true,
}

// env is the environment of git in the cache. The settings go through it, and
// not through arguments or files, since they may hold passwords.
func (c cache) env() []string {
	var env []string
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); !local[name] {
			env = append(env, variable)
		}
	}
	env = append(env, "GIT_DIR="+c.dir, "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C")
	// Settings that the caller gives in the same way stay, before ours.
	n, _ := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT"))
	for i, s := range c.settings() {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n+i, s.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n+i, s.value))
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", n+len(c.settings())))
}

func (c cache) settings() []setting {
	all := append([]setting{}, c.remote.settings...)
	all = append(all, setting{"remote." + remoteName + ".url", c.remote.fetch})
	if c.remote.push != "" {
		all = append(all, setting{"remote." + remoteName + ".pushurl", c.remote.push})
	}
	return append(all,
		setting{"core.hooksPath", os.DevNull},
		setting{"push.gpgSign", "false"},
		setting{"push.followTags", "false"},
		setting{"push.recurseSubmodules", "no"},
		setting{"fetch.prune", "false"},
		setting{"fetch.fsckObjects", "true"},
		setting{"protocol.version", "2"},
		// A server that says nothing for a minute is given up.
		setting{"http.lowSpeedLimit", "1"},
		setting{"http.lowSpeedTime", "60"},
		// The cache is made again in place of being tidied up.
		setting{"maintenance.auto", "false"},
		setting{"gc.auto", "0"},
	)
}
