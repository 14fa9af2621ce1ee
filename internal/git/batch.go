package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// batch is a git that hands out objects one after the other, since each start of
// git takes its time.
type batch struct {
	mutex sync.Mutex
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	err   error // once set, what is read next would be nonsense
	// patience is how long one object may take, silent whether one took longer.
	patience time.Duration
	silent   atomic.Bool
}

// answering is how long git may take to hand out an object: one may be a pipe into which
// nobody ever writes.
const answering = 30 * time.Second

func (r *Repository) startBatch(ctx context.Context) (*batch, error) {
	args := []string{"cat-file", "--batch"}
	if r.untrusted {
		args = append(harmless(), args...)
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(r.environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.Env = append(cmd.Env, noFetch()...)
	cmd.WaitDelay = 2 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	b := &batch{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<16), patience: answering}
	if r.patience > 0 {
		b.patience = min(b.patience, r.patience)
	}
	return b, nil
}

// noFetch keeps git from fetching what a partial clone left out: no protocol is
// allowed. Newer versions of git have a variable for it.
func noFetch() []string { return []string{"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"} }

// read returns a file's object.
func (b *batch) read(object string) ([]byte, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	late := time.AfterFunc(b.patience, func() {
		b.silent.Store(true)
		_ = b.cmd.Process.Kill() // it may just have ended
	})
	data, err := b.ask(object)
	late.Stop()
	if err != nil && b.silent.Load() {
		err = fmt.Errorf("read %.12s: %w", object, ErrSilent)
	}
	if err != nil && !errors.Is(err, errMissing) && !errors.Is(err, errLarge) {
		b.err = err
	}
	return data, err
}

var (
	errMissing = errors.New("this clone does not have it")
	errLarge   = fmt.Errorf("it is larger than %d MB", MaxBlob>>20)
)

// ask sends a name and reads "object SP type SP size LF contents LF".
func (b *batch) ask(object string) ([]byte, error) {
	if _, err := io.WriteString(b.in, object+"\n"); err != nil {
		return nil, fmt.Errorf("ask git for %.12s: %w", object, err)
	}
	head, err := b.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("read %.12s: %w", object, err)
	}
	if strings.HasSuffix(head, " missing\n") {
		return nil, errMissing
	}
	var size int64
	if _, err := fmt.Sscanf(head, object+" blob %d\n", &size); err != nil {
		return nil, fmt.Errorf("read %.12s: git answers %q", object, head)
	}
	if size > MaxBlob {
		if _, err := io.CopyN(io.Discard, b.out, size+1); err != nil {
			return nil, fmt.Errorf("read %.12s: %w", object, err)
		}
		return nil, errLarge
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(b.out, data); err != nil {
		return nil, fmt.Errorf("read %.12s: %w", object, err)
	}
	if _, err := b.out.ReadByte(); err != nil {
		return nil, fmt.Errorf("read %.12s: %w", object, err)
	}
	return data, nil
}

// close ends the git. That nobody waits for its last words is no failure.
func (b *batch) close() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.err = errors.New("the snapshot is closed")
	b.in.Close()
	if err := b.cmd.Wait(); err != nil && !b.silent.Load() {
		return fmt.Errorf("end git cat-file: %w", err)
	}
	return nil
}
