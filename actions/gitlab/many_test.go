package gitlab_test

import (
	"fmt"
	"testing"

	"github.com/muster-ci/muster/actions"
)

// Behind 3,000 notes the first job reads all of them, once; the next ones find its note
// from the end. In between it is found too.
func TestNoteBehindThousands(t *testing.T) {
	s := server(t)
	for i := range 3000 {
		s.Say(3, "eve", fmt.Sprint("note ", i))
	}
	const marker = "<!-- muster:tumours -->"
	tell := func(text string) actions.Told {
		t.Helper()
		told := actions.Publisher{Host: job(t, s, as("reporter"))}.Publish(t.Context(), actions.Publication{
			Event: actions.Event{Host: actions.GitLab, Number: 3, Head: first}, Marker: marker,
			Comment: func(string) string { return marker + "\n" + text },
		})
		t.Logf("%s: %v, %d reads, %d writes", text, told.Did, told.Reads, told.Writes)
		if len(told.Missing) > 0 {
			t.Errorf("missing: %q", told.Missing)
		}
		return told
	}
	if told := tell("denied"); told.Reads > 1+1+30+1 {
		t.Errorf("the first job read %d times, want whom it is, the change, all 30 pages and what is newer", told.Reads)
	}
	if told := tell("passed"); told.Reads > 12 || told.Writes != 1 {
		t.Errorf("%d reads, %d writes", told.Reads, told.Writes)
	}
	for i := range 1500 {
		s.Say(3, "eve", fmt.Sprint("later ", i))
	}
	tell("denied again")
	notes := s.Notes(3)
	if len(notes) != 4501 || notes[3000].Body != marker+"\ndenied again" {
		t.Errorf("%d notes, and muster's is %.40q", len(notes), notes[3000].Body)
	}
}
