package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github/githubtest"
)

// tell publishes a comment, as one job does.
func tell(t *testing.T, s *githubtest.Server, text string) actions.Told {
	t.Helper()
	m := mark(actions.Failure)
	told := actions.Publisher{Host: open(t, options(s))}.Publish(t.Context(), actions.Publication{
		Event: actions.Event{Host: actions.GitHub, Number: 41, Head: head}, Marker: marker, Mark: &m,
		Comment: func(string) string { return marker + "\n" + text },
	})
	t.Logf("%s: %v, %d reads, %d writes", text, told.Did, told.Reads, told.Writes)
	if len(told.Missing) > 0 {
		t.Errorf("missing: %q", told.Missing)
	}
	return told
}

// Behind 3,000 comments the first job reads all of them, once; the next ones find its
// comment from the end.
func TestCommentBehindThousands(t *testing.T) {
	s := server(t)
	for i := range 3000 {
		s.AddComment(41, "eve", fmt.Sprint("comment ", i))
	}
	pages := func() (n int) {
		for _, request := range s.Requests() {
			if strings.HasPrefix(request, "GET ") && strings.HasSuffix(request, "/issues/41/comments") {
				n++
			}
		}
		return n
	}
	tell(t, s, "denied")
	if got := pages(); got != 30+1 {
		t.Errorf("the first job listed %d pages, want all 30 and what is newer", got)
	}
	for i := range 150 {
		s.AddComment(41, "eve", fmt.Sprint("later ", i))
	}
	if told := tell(t, s, "passed"); told.Reads > 12 || told.Writes > 8 {
		t.Errorf("%d reads, %d writes", told.Reads, told.Writes)
	}
	if got := len(s.Comments(41)); got != 3151 {
		t.Errorf("%d comments", got)
	}
}

// Far from both ends it is found all the same: there is never a second one.
func TestCommentAmongThousands(t *testing.T) {
	for _, before := range []int{0, 399, 400, 850, 1500} {
		s := server(t)
		for i := range 2000 {
			if i == before {
				s.AddComment(41, s.Login, marker+"\ndenied")
			}
			s.AddComment(41, "eve", fmt.Sprint("comment ", i))
		}
		tell(t, s, "passed")
		all := s.Comments(41)
		if len(all) != 2001 || all[before].Body != marker+"\npassed" {
			t.Errorf("%d comments, at %d is %.40q", len(all), before, all[before].Body)
		}
	}
}
