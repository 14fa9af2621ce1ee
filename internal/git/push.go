package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Commit adds files to the branch as one commit on the tip, and pushes it: all
// of them or none. Without a tip the branch is made, and must not be there. The
// error is [ErrMoved] if the branch is not that tip any more, and a
// [*RefusedError] if the remote does not take the push for another reason.
func (b *Branch) Commit(ctx context.Context, tip *Tip, files map[string][]byte, message string) (*Tip, error) {
	var made *Tip
	err := b.cache.use(ctx, func() error {
		next, err := b.make(ctx, tip, files, message)
		if err == nil {
			made, err = b.push(ctx, tip, next)
		}
		if err == nil { // so that the next look needs no fetch; if it fails, it does
			_, _ = b.cache.run(ctx, nil, "update-ref", b.own(), made.Commit)
		}
		return err
	})
	return made, err
}

// make writes the commit into the cache.
func (b *Branch) make(ctx context.Context, tip *Tip, files map[string][]byte, message string) (*Tip, error) {
	if tip != nil {
		if err := b.hold(ctx, tip); err != nil {
			return nil, err
		}
	}
	out, err := b.cache.run(ctx, b.script(tip, files, message), "fast-import", "--quiet", "--force", "--done", "--date-format=raw")
	if err != nil {
		return nil, damage(fmt.Errorf("make commit for %s: %w", b, err))
	}
	commit := strings.TrimSpace(string(out))
	next := &Tip{Commit: commit, branch: b, blobs: map[string]string{}}
	if tip != nil {
		maps.Copy(next.blobs, tip.blobs)
	}
	for name, content := range files {
		next.blobs[name] = blobName(content, len(commit))
	}
	return next, nil
}

// hold makes sure that the cache has the tip, which another process may have
// left behind, or lost with the whole cache.
func (b *Branch) hold(ctx context.Context, tip *Tip) error {
	if known, err := b.fetched(ctx); err == nil && known == tip.Commit {
		return nil
	}
	if missing, err := b.cache.missing(ctx, []string{tip.Commit}); err == nil && len(missing) == 0 {
		return nil
	}
	newest, err := b.fetch(ctx, tip.Commit)
	if err == nil && newest.Commit != tip.Commit {
		err = fmt.Errorf("%s: %w", b, ErrMoved)
	}
	return err
}

// script says to git fast-import what the commit is.
func (b *Branch) script(tip *Tip, files map[string][]byte, message string) *bytes.Buffer {
	var script bytes.Buffer
	fmt.Fprintf(&script, "commit refs/muster/next\nmark :1\ncommitter %s %d +0000\n", b.cache.remote.author, time.Now().Unix())
	fmt.Fprintf(&script, "data %d\n%s\n", len(message), message)
	if tip != nil {
		fmt.Fprintf(&script, "from %s\n", tip.Commit)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&script, "M 100644 inline %s\ndata %d\n%s\n", quotePath(name), len(files[name]), files[name])
	}
	script.WriteString("\nget-mark :1\ndone\n")
	return &script
}

// quotePath writes a path as git fast-import reads it.
func quotePath(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
}

// contends tells the reasons that git gives where another push was in the way
// (send-pack.c, builtin/receive-pack.c, transport.c).
func contends(reason string) bool {
	switch reason {
	case "fetch first", "non-fast-forward", "failed to update ref", "failed to lock", "reference already exists", "incorrect old value provided":
		return true
	}
	return strings.HasPrefix(reason, "cannot lock ref")
}

// push makes the branch the commit, if it still is the tip. What came of a push
// that failed is read from the branch itself, and not from messages.
func (b *Branch) push(ctx context.Context, tip, next *Tip) (*Tip, error) {
	expected := ""
	if tip != nil {
		expected = tip.Commit
	}
	for tries := 0; ; tries++ {
		out, err := b.cache.run(ctx, nil, "push", "--porcelain", "--no-verify",
			"--force-with-lease="+b.ref()+":"+expected, remoteName, next.Commit+":"+b.ref())
		if err == nil {
			return next, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reason := rejection(string(out))
		if reason == "stale info" {
			return nil, fmt.Errorf("%s: %w", b, ErrMoved) // git looked before it pushed
		}
		now, askErr := b.ask(ctx)
		if askErr != nil && !errors.Is(askErr, ErrNoBranch) {
			return nil, fmt.Errorf("push to %s: %w; whether it was taken is not known, since then it does not answer: %w", b, err, askErr)
		}
		switch {
		case now == next.Commit:
			return next, nil // the answer was lost
		case now != expected:
			return b.overtaken(ctx, now, next, reason)
		case !contends(reason) || tries == 4:
			return nil, &RefusedError{b.cache.remote.String(), b.name, b.why(reason, err)}
		}
		if err := pause(ctx, 50*time.Millisecond<<tries); err != nil {
			return nil, err
		}
	}
}

// overtaken looks whether the push arrived before another one, where nobody
// said that it did not.
func (b *Branch) overtaken(ctx context.Context, now string, next *Tip, reason string) (*Tip, error) {
	moved := fmt.Errorf("%s: %w", b, ErrMoved)
	if reason != "" || now == "" {
		return nil, moved
	}
	newer, err := b.fetch(ctx, now)
	if err != nil {
		return nil, err
	}
	for name, blob := range next.blobs {
		if newer.blobs[name] != blob {
			return nil, moved
		}
	}
	return newer, nil
}

// rejection is the reason in the line of git push --porcelain that says that a
// branch was not updated: ! TAB from:to TAB [summary] (reason). It is empty
// where there is no such line: then the connection broke, or there was none.
func rejection(porcelain string) string {
	for line := range strings.Lines(porcelain) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if fields[0] != "!" || len(fields) < 3 {
			continue
		}
		_, reason, _ := strings.Cut(fields[2], " (")
		return cmp.Or(strings.TrimSuffix(reason, ")"), fields[2])
	}
	return ""
}

// why is what the remote said, besides the reason.
func (b *Branch) why(reason string, err error) string {
	var failed *commandError
	if !errors.As(err, &failed) {
		return cmp.Or(reason, err.Error())
	}
	var said []string
	if reason != "" {
		said = append(said, reason)
	}
	for line := range strings.Lines(failed.said) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "error: failed to push some refs") {
			said = append(said, line)
		}
	}
	return cmp.Or(strings.Join(said, "; "), failed.Error())
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
