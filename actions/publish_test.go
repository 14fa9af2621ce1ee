package actions_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/hosttest"
)

const (
	marker = "<!-- muster:tumours -->"
	head   = "d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7"
	newer  = "e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4"
)

func newHost() *hosttest.Host {
	return &hosttest.Host{Request: actions.Change{Number: 41, Head: head, Open: true}}
}

// saying is a publication of a change whose comment says a text below the one before it.
func saying(text string) actions.Publication {
	return actions.Publication{
		Event:  actions.Event{Host: actions.GitHub, Number: 41, Head: head},
		Marker: marker,
		Comment: func(old string) string {
			_, before, _ := strings.Cut(old, "\n")
			if now, _, _ := strings.Cut(before, "\n"); now == text {
				return old
			}
			return marker + "\n" + text + "\n" + before
		},
		Mark: &actions.Mark{Name: "muster / tumours", State: actions.Failure},
	}
}

func publish(t *testing.T, host actions.Host, pub actions.Publication) actions.Told {
	t.Helper()
	return actions.Publisher{Host: host}.Publish(t.Context(), pub)
}

func wantBodies(t *testing.T, host *hosttest.Host, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, host.Bodies()); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
}

func wantDid(t *testing.T, told actions.Told, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, told.Did); diff != "" {
		t.Errorf("what was done (-want +got):\n%s", diff)
	}
}

// A change has one comment for a pipeline, which the next job updates, and a job that
// runs again leaves alone.
func TestOneComment(t *testing.T) {
	host := newHost()
	wantDid(t, publish(t, host, saying("denied")), "comment created", "check failure")
	wantDid(t, publish(t, host, saying("passed")), "comment updated", "check failure")
	wantBodies(t, host, marker+"\npassed\ndenied\n")
	_, before := host.Count()
	wantDid(t, publish(t, host, saying("passed")), "comment unchanged", "check failure")
	if _, after := host.Count(); after != before+1 { // the mark's, which an adapter spares
		t.Errorf("a job that ran again wrote %d times", after-before)
	}
	wantBodies(t, host, marker+"\npassed\ndenied\n")
}

// Whose comment it is, its whole first line says: names begin like others, and texts quote.
func TestNeverAnothersComment(t *testing.T) {
	others := []string{
		"<!-- muster:tumours-2 -->\nx", "<!-- muster:tumour -->\nx", "<!-- muster -->\nx", "> " + marker, "text\n" + marker + "\nx", marker + " and more\nx", "",
	}
	host := newHost()
	for _, body := range others {
		host.Write(body)
	}
	publish(t, host, saying("denied"))
	wantBodies(t, host, append(slices.Clone(others), marker+"\ndenied\n")...)
}

// Hosts keep the ends of lines as they like; such a comment is the same.
func TestCommentAsTheHostKeepsIt(t *testing.T) {
	host := newHost()
	host.Write(marker + "\r\ndenied")
	pub := saying("denied")
	pub.Comment = func(string) string { return marker + "\ndenied\n" }
	wantDid(t, publish(t, host, pub), "comment unchanged", "check failure")
	wantBodies(t, host, marker+"\r\ndenied")
}

// A person took the marker out: the comment is theirs now.
func TestCommentEditedByAPerson(t *testing.T) {
	host := newHost()
	publish(t, host, saying("denied"))
	host.Edit(1, "what is this?")
	wantDid(t, publish(t, host, saying("denied")), "comment created", "check failure")
	wantBodies(t, host, "what is this?", marker+"\ndenied\n")
}

// staleHost lists comments that are gone.
type staleHost struct {
	*hosttest.Host
	gone actions.Comment
}

func (h staleHost) Comments(ctx context.Context, number int) iter.Seq2[actions.Comment, error] {
	return func(yield func(actions.Comment, error) bool) {
		if !yield(h.gone, nil) {
			return
		}
		h.Host.Comments(ctx, number)(yield)
	}
}

// A host may list a comment for a while after it was deleted.
func TestCommentDeletedAndStillListed(t *testing.T) {
	host := newHost()
	wantDid(t, publish(t, staleHost{host, actions.Comment{ID: 77, Body: marker + "\ndenied"}}, saying("passed")), "comment created", "check failure")
	wantBodies(t, host, marker+"\npassed\n")
}

// A comment that is deleted between the look and the update is written anew.
func TestCommentDeletedMeanwhile(t *testing.T) {
	host := newHost()
	publish(t, host, saying("denied"))
	host.Before = func(method string) error {
		if method == "PutComment" {
			host.Delete(1)
		}
		return nil
	}
	wantDid(t, publish(t, host, saying("passed")), "comment created", "check failure")
	wantBodies(t, host, marker+"\npassed\n")
}

// What cannot be said is said, and holds up nothing else.
func TestWhatCannotBePublished(t *testing.T) {
	tests := map[string]struct {
		method string
		err    error
		want   string
		did    []string
	}{
		"a locked conversation":    {"PutComment", actions.ErrLocked, "comment: the conversation is locked", []string{"check failure"}},
		"no right to comment":      {"PutComment", actions.ErrForbidden, "comment: the token may not do that", []string{"check failure"}},
		"comments cannot be read":  {"Comments", errors.New("503"), "comment: look for the comment: 503", []string{"check failure"}},
		"the change cannot be had": {"Change", errors.New("timeout"), "comment: timeout", []string{"check failure"}},
		"no right to mark":         {"Mark", actions.ErrForbidden, "mark: the token may not do that", []string{"comment created"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			host := newHost()
			host.Before = func(method string) error {
				if method == test.method {
					return test.err
				}
				return nil
			}
			told := publish(t, host, saying("denied"))
			if diff := cmp.Diff([]string{test.want}, told.Missing); diff != "" {
				t.Error(diff)
			}
			wantDid(t, told, test.did...)
		})
	}
}

// The job of an older commit does not overwrite what is said of the newer one; its
// own commit has its mark.
func TestStaleHead(t *testing.T) {
	host := newHost()
	publish(t, host, saying("denied"))
	host.Push(newer)
	told := publish(t, host, saying("passed"))
	wantDid(t, told, "comment left alone, since the change is at e5f6a7d by now and this job ran d4e5f6a", "check failure")
	wantBodies(t, host, marker+"\ndenied\n")
	if got := len(host.Marks(head)); got != 2 || len(told.Missing) > 0 {
		t.Errorf("%d marks, and missing: %v", got, told.Missing)
	}
}

// Jobs that publish at once end with one comment, in any order of their requests.
func TestJobsAtOnce(t *testing.T) {
	for round := range 200 {
		host, jobs := newHost(), 2+round%4
		var all sync.WaitGroup
		for job := range jobs {
			all.Go(func() {
				if told := publish(t, host, saying(fmt.Sprint("job ", job))); len(told.Missing) > 0 {
					t.Errorf("missing: %v", told.Missing)
				}
			})
		}
		all.Wait()
		if bodies := host.Bodies(); len(bodies) != 1 || !begins(bodies[0]) {
			t.Fatalf("round %d of %d jobs: %q", round, jobs, bodies)
		}
	}
}

func begins(body string) bool { return strings.HasPrefix(body, marker+"\n") }

// Each job has made its own comment before any looks again: the worst order.
func TestJobsThatAllCreate(t *testing.T) {
	host, jobs := newHost(), 5
	var created sync.WaitGroup
	created.Add(jobs)
	var mu sync.Mutex
	puts := 0
	host.Before = func(method string) error {
		mu.Lock()
		if method == "PutComment" {
			puts++
		}
		first := method == "PutComment" && puts <= jobs
		mu.Unlock()
		if first {
			created.Done()
			created.Wait()
		}
		return nil
	}
	var all sync.WaitGroup
	for job := range jobs {
		all.Go(func() { publish(t, host, saying(fmt.Sprint("job ", job))) })
	}
	all.Wait()
	if bodies := host.Bodies(); len(bodies) != 1 || !begins(bodies[0]) {
		t.Fatalf("%q", bodies)
	}
}

// Among many others the comment is found, and nothing is read behind it.
func TestThousandsOfComments(t *testing.T) {
	host := newHost()
	for i := range 1000 {
		host.Write(fmt.Sprint("comment ", i))
	}
	host.Write(marker + "\ndenied\n")
	for i := range 2000 {
		host.Write(fmt.Sprint("later ", i))
	}
	wantDid(t, publish(t, host, saying("passed")), "comment updated", "check failure")
	if host.Yielded() != 1001 {
		t.Errorf("%d comments were looked at, want 1001", host.Yielded())
	}
	if bodies := host.Bodies(); bodies[1000] != marker+"\npassed\ndenied\n" || len(bodies) != 3001 {
		t.Errorf("the comment is %q of %d", bodies[1000], len(bodies))
	}
}

// What is independent is asked at once: with 50 ms a request, publishing takes as
// long as its longest chain, which has four requests.
func TestRequests(t *testing.T) {
	host := newHost()
	host.Takes = time.Millisecond
	var at []string
	var mu sync.Mutex
	host.Before = func(method string) error {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, method)
		return nil
	}
	pub := saying("denied")
	pub.Alert = &actions.Alert{Marker: marker, Open: true}
	told := publish(t, host, pub)
	slices.Sort(at)
	if diff := cmp.Diff([]string{"Alert", "Change", "Comments", "Mark", "Newer", "PutComment"}, at); diff != "" {
		t.Error(diff)
	}
	if told.Reads != 3 || told.Writes != 3 || told.Seconds <= 0 || told.Comment == "" || told.Check == "" || told.Alert == "" {
		t.Errorf("%+v", told.Published)
	}
}

// An alert is open as long as the default branch is bad, and there is only one.
func TestAlert(t *testing.T) {
	host := newHost()
	pub := actions.Publication{Alert: &actions.Alert{Marker: marker, Open: true, Title: "denied"}}
	for range 2 {
		wantDid(t, publish(t, host, pub), "issue open")
	}
	if got := len(host.Alerts()); got != 1 {
		t.Errorf("%d alerts", got)
	}
	pub.Alert = &actions.Alert{Marker: marker}
	wantDid(t, publish(t, host, pub), "issue closed")
	wantDid(t, publish(t, host, pub))
}

// A commit that nobody names cannot be marked, and a mark takes what people read.
func TestMark(t *testing.T) {
	host, pub := newHost(), saying("denied")
	for range 300 {
		pub.Mark.Annotations = append(pub.Mark.Annotations, actions.Annotation{Level: actions.LevelNotice})
	}
	pub.Mark.Annotations = append(pub.Mark.Annotations, actions.Annotation{Level: actions.LevelFailure})
	publish(t, host, pub)
	if got := host.Marks(head)[0].Annotations; len(got) != 100 || got[0].Level != actions.LevelFailure {
		t.Errorf("%d annotations, the first %v", len(got), got[0].Level)
	}
	pub.Event.Head, pub.Comment = "", nil
	if told := publish(t, host, pub); len(told.Missing) != 1 || told.Marked.By != "" {
		t.Errorf("%+v", told)
	}
}
