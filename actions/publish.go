package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// Publication is what a job has to say on its host. What is nil is not said.
type Publication struct {
	// Event is what it is about: the change that has the comment, the commit that is marked.
	Event Event
	// Marker is the first line of the pipeline's comment, which no other pipeline's has.
	Marker string
	// Comment writes the comment, the marker first. Old is the body that it replaces, or empty.
	Comment func(old string) string
	// Mark is set on the change's own last commit, whatever its Commit says.
	Mark  *Mark
	Alert *Alert
}

// Told is what became of a publication.
type Told struct {
	result.Published
	// Did is what was done, in words: "comment updated".
	Did []string
	// Marked is by what the commit was marked; zero if it was not.
	Marked Marked
	// Hint is what to do about what is missing, if an adapter knows it.
	Hint string
}

// Publisher tells a host what a job came to.
type Publisher struct{ Host Host }

// The most that publishing may take, with all the waiting that a host asks for; and
// how many remarks a mark takes: nobody reads more, and a check takes 50 in a request.
const (
	publishTime    = 5 * time.Minute
	maxAnnotations = 100
)

// Publish says everything at once, and writes only what is not said already. It
// does not fail: what could not be said is in Missing.
func (p Publisher) Publish(ctx context.Context, pub Publication) Told {
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	began := time.Now()
	told := Told{Published: result.Published{Host: string(pub.Event.Host)}}
	parts := make([]part, 3)
	var all sync.WaitGroup
	for i, say := range []func(context.Context, Publication) part{p.comment, p.mark, p.alert} {
		all.Go(func() { parts[i] = say(ctx, pub) })
	}
	all.Wait()
	for _, part := range parts {
		told.add(part)
	}
	told.Comment, told.Marked, told.Check, told.Alert = parts[0].url, parts[1].marked, parts[1].url, parts[2].url
	if counter, ok := p.Host.(Counter); ok {
		told.Reads, told.Writes = counter.Count()
	}
	told.Seconds = time.Since(began).Seconds()
	return told
}

// part is what became of one thing that was to be said.
type part struct {
	name, url string
	did       string
	marked    Marked
	err       error
}

func (t *Told) add(p part) {
	if p.did != "" {
		t.Did = append(t.Did, p.did)
	}
	if p.err != nil {
		t.Missing = append(t.Missing, fmt.Sprintf("%s: %v", p.name, p.err))
	}
	var hinted interface{ Hint() string }
	if t.Hint == "" && errors.As(p.err, &hinted) {
		t.Hint = hinted.Hint()
	}
}

func (p Publisher) mark(ctx context.Context, pub Publication) part {
	if pub.Mark == nil {
		return part{}
	}
	mark := *pub.Mark
	mark.Commit = pub.Event.Head
	if mark.Commit == "" {
		return part{name: "mark", err: errors.New("the host does not say which commit the job is about")}
	}
	mark.Annotations = worst(mark.Annotations)
	marked, err := p.Host.Mark(ctx, mark)
	if err != nil {
		return part{name: "mark", err: err}
	}
	return part{did: marked.By + " " + string(mark.State), url: marked.URL, marked: marked}
}

// worst are as many annotations as a mark takes, failures before warnings.
func worst(all []Annotation) []Annotation {
	order := []Level{LevelFailure, LevelWarning, LevelNotice}
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b Annotation) int {
		return slices.Index(order, a.Level) - slices.Index(order, b.Level)
	})
	return sorted[:min(len(sorted), maxAnnotations)]
}

func (p Publisher) alert(ctx context.Context, pub Publication) part {
	if pub.Alert == nil {
		return part{}
	}
	url, err := p.Host.Alert(ctx, *pub.Alert)
	switch {
	case err != nil:
		return part{name: "issue", err: err}
	case pub.Alert.Open:
		return part{did: "issue open", url: url}
	case url != "":
		return part{did: "issue closed", url: url}
	}
	return part{} // there was none
}
