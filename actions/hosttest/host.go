// Package hosttest is a forge in memory, for tests of what is published: it keeps one
// change request with its comments, marks and alerts, and fails where a test says so.
package hosttest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/muster-ci/muster/actions"
)

// Host is a forge with one change request. Its zero value is empty and fails nowhere.
// The fields are set before it is used.
type Host struct {
	// Request is the change request, Reviews are those that approve it.
	Request actions.Change
	Reviews []actions.Approval
	// Source is the change request that brought each commit.
	Source map[string]int
	// Before is called before each request, by the name of the method; an error of it is
	// the answer. Unless it is nil, it may change the host through its methods.
	Before func(method string) error
	// Takes is how long each request takes.
	Takes time.Duration
	// Ago is how long ago what Write adds was written.
	Ago time.Duration
	// NoChecks is a token that may write statuses only.
	NoChecks bool

	mu            sync.Mutex
	next          int64
	comments      map[int64]string
	written       map[int64]time.Time
	marks         map[string][]actions.Mark
	alerts        map[string]actions.Alert
	reads, writes int
	yielded       int
}

var (
	_ actions.Host    = (*Host)(nil)
	_ actions.Counter = (*Host)(nil)
)

// ask is what all requests begin with.
func (h *Host) ask(ctx context.Context, method string, write bool) error {
	h.mu.Lock()
	if write {
		h.writes++
	} else {
		h.reads++
	}
	h.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(h.Takes):
	}
	if h.Before == nil {
		return nil
	}
	return h.Before(method)
}

// Change is the change request.
func (h *Host) Change(ctx context.Context, number int) (actions.Change, error) {
	if err := h.ask(ctx, "Change", false); err != nil {
		return actions.Change{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if number != h.Request.Number {
		return actions.Change{}, actions.ErrNotFound
	}
	return h.Request, nil
}

// Push moves the change request to another commit.
func (h *Host) Push(commit string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Request.Head = commit
}

// Brought is what Source says.
func (h *Host) Brought(ctx context.Context, commit string) (int, error) {
	err := h.ask(ctx, "Brought", false)
	return h.Source[commit], err
}

// Approvals are Reviews.
func (h *Host) Approvals(ctx context.Context, _ int) ([]actions.Approval, error) {
	return h.Reviews, h.ask(ctx, "Approvals", false)
}

// page is how many comments a request lists.
const page = 100

// Comments lists a page in a request, when it is wanted.
func (h *Host) Comments(ctx context.Context, _ int) iter.Seq2[actions.Comment, error] {
	return h.list(ctx, "Comments", 0)
}

// list lists the comments behind one of them.
func (h *Host) list(ctx context.Context, method string, last int64) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		for {
			if err := h.ask(ctx, method, false); err != nil {
				yield(actions.Comment{}, err)
				return
			}
			some := h.after(last)
			for _, comment := range some {
				h.mu.Lock()
				h.yielded++
				h.mu.Unlock()
				last = comment.ID
				if !yield(comment, nil) {
					return
				}
			}
			if len(some) < page {
				return
			}
		}
	}
}

// after is the page of comments behind one of them.
func (h *Host) after(id int64) []actions.Comment {
	h.mu.Lock()
	defer h.mu.Unlock()
	var some []actions.Comment
	for _, next := range slices.Sorted(maps.Keys(h.comments)) {
		if next > id && len(some) < page {
			some = append(some, actions.Comment{ID: next, Body: h.comments[next], URL: url(next), At: h.written[next]})
		}
	}
	return some
}

// Newer lists what was written since then.
func (h *Host) Newer(ctx context.Context, _ int, since time.Time) iter.Seq2[actions.Comment, error] {
	last := int64(0)
	h.mu.Lock()
	for id, at := range h.written {
		if at.Before(since) {
			last = max(last, id)
		}
	}
	h.mu.Unlock()
	return h.list(ctx, "Newer", last)
}

func url(id int64) string { return fmt.Sprintf("https://forge.example/c/%d", id) }

// PutComment writes a comment.
func (h *Host) PutComment(ctx context.Context, _ int, comment actions.Comment) (actions.Comment, error) {
	if err := h.ask(ctx, "PutComment", true); err != nil {
		return actions.Comment{}, err
	}
	if comment.ID == 0 {
		comment.ID, comment.At = h.write(comment.Body, 0)
	} else if !h.Edit(comment.ID, comment.Body) {
		return actions.Comment{}, actions.ErrNotFound
	}
	comment.URL = url(comment.ID)
	return comment, nil
}

// Write adds a comment without a request.
func (h *Host) Write(body string) (id int64) {
	id, _ = h.write(body, h.Ago)
	return id
}

func (h *Host) write(body string, ago time.Duration) (id int64, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.comments == nil {
		h.comments, h.written = map[int64]string{}, map[int64]time.Time{}
	}
	h.next++
	h.comments[h.next], h.written[h.next] = body, time.Now().Add(-ago)
	return h.next, h.written[h.next]
}

// Edit changes a comment without a request, if it is there.
func (h *Host) Edit(id int64, body string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, there := h.comments[id]
	if there {
		h.comments[id] = body
	}
	return there
}

// DeleteComment deletes a comment.
func (h *Host) DeleteComment(ctx context.Context, _ int, id int64) error {
	if err := h.ask(ctx, "DeleteComment", true); err != nil {
		return err
	}
	if !h.Delete(id) {
		return actions.ErrNotFound
	}
	return nil
}

// Delete takes a comment away without a request, if it is there.
func (h *Host) Delete(id int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, there := h.comments[id]
	delete(h.comments, id)
	delete(h.written, id)
	return there
}

// Mark keeps the mark.
func (h *Host) Mark(ctx context.Context, mark actions.Mark) (actions.Marked, error) {
	if err := h.ask(ctx, "Mark", true); err != nil {
		return actions.Marked{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.marks == nil {
		h.marks = map[string][]actions.Mark{}
	}
	h.marks[mark.Commit] = append(h.marks[mark.Commit], mark)
	by := "check"
	if h.NoChecks {
		by = "status"
	}
	return actions.Marked{By: by, URL: "https://forge.example/m/" + mark.Commit}, nil
}

// Alert keeps the alert while it is open.
func (h *Host) Alert(ctx context.Context, alert actions.Alert) (string, error) {
	if err := h.ask(ctx, "Alert", true); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.alerts[alert.Marker]; !there && !alert.Open {
		return "", nil
	}
	if h.alerts == nil {
		h.alerts = map[string]actions.Alert{}
	}
	delete(h.alerts, alert.Marker)
	if alert.Open {
		h.alerts[alert.Marker] = alert
	}
	return "https://forge.example/i/1", nil
}

// Count is how many requests there were.
func (h *Host) Count() (reads, writes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reads, h.writes
}

// Bodies are those of all comments, the oldest first.
func (h *Host) Bodies() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var bodies []string
	for _, id := range slices.Sorted(maps.Keys(h.comments)) {
		bodies = append(bodies, h.comments[id])
	}
	return bodies
}

// Marks are those of a commit, the newest last.
func (h *Host) Marks(commit string) []actions.Mark {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.marks[commit])
}

// Alerts are those that are open.
func (h *Host) Alerts() []actions.Alert {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.alerts))
}

// Yielded is how many comments were handed out in all.
func (h *Host) Yielded() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.yielded
}
