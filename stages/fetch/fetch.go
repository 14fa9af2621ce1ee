// Package fetch brings files from elsewhere: http(s), buckets (s3, gs, azblob),
// and files outside the pipeline's inputs.
//
// [Fetcher.Fetch] reads the URL into a source, takes the source's partial file
// (one process at a time), and copies from the source into it, attempt after
// attempt, each from where the last one ended if the source is still the same.
// The content is hashed while it passes. What a killed process left is found by
// the next one; what was written since the last sync is not trusted.
//
// A URL may hold credentials. They are used, and never appear in an error, a
// record or the name of a file: see show.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/muster-ci/muster/stages"
)

var _ stages.Fetcher = (*Fetcher)(nil)

// Fetcher fetches files. It may be used by several goroutines.
type Fetcher struct {
	agent    string
	client   *http.Client
	patience Patience
}

// Patience says how long to go on with a source that does not answer as it should.
type Patience struct {
	Tries int           // in a row without getting any further
	Delay time.Duration // before the second try; it doubles from try to try
	Stall time.Duration // without a single byte, until a try is given up
}

// usual is the patience of a download that nobody watches.
var usual = Patience{Tries: 6, Delay: time.Second, Stall: time.Minute}

// Option changes how a Fetcher works.
type Option func(*Fetcher)

// WithPatience sets another patience.
func WithPatience(p Patience) Option { return func(f *Fetcher) { f.patience = p } }

// WithTransport sends what goes over http(s), gs included, another way.
func WithTransport(t http.RoundTripper) Option { return func(f *Fetcher) { f.client.Transport = t } }

// New returns a fetcher that names itself muster/version.
func New(version string, options ...Option) *Fetcher {
	f := &Fetcher{agent: "muster/" + version, client: newClient(), patience: usual}
	for _, option := range options {
		option(f)
	}
	return f
}

// Source implements [stages.Fetcher].
func (*Fetcher) Source(url string) (string, error) {
	loc, err := parse(url)
	if err != nil {
		return "", err
	}
	return loc.record(), nil
}

// Fetch implements [stages.Fetcher].
func (f *Fetcher) Fetch(ctx context.Context, task stages.FetchTask) (*stages.FetchResult, error) {
	loc, err := parse(task.URL)
	if err != nil {
		return nil, err
	}
	if has(task, task.SHA256) {
		return known(stages.Fetched{SHA256: task.SHA256}, ""), nil
	}
	part, err := openPartial(ctx, task.Partials, loc)
	if err != nil {
		return nil, explain(ctx, loc, err)
	}
	fetched, err := f.into(ctx, part, loc, task)
	if err != nil {
		return nil, errors.Join(explain(ctx, loc, err), part.close())
	}
	return fetched, nil
}

// into fetches into a partial file that nobody else has.
func (f *Fetcher) into(ctx context.Context, part *partial, loc location, task stages.FetchTask) (*stages.FetchResult, error) {
	if has(task, task.SHA256) { // another process brought it while we waited for the file
		return known(stages.Fetched{SHA256: task.SHA256}, ""), part.close()
	}
	src, err := f.open(ctx, loc, task.Project)
	if err != nil {
		return nil, err
	}
	defer src.close()
	synced := part.load()
	if last := recorded(task, part); last != nil && has(task, last.SHA256) {
		same, warning := f.unchanged(ctx, loc, src, *last)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if same {
			return known(*last, warning), part.close()
		}
	}
	t := transfer{source: src, part: part, want: task.SHA256, patience: f.patience, progress: throttle(task.Progress), note: note(ctx, task, loc)}
	sum, err := t.run(ctx, synced)
	if err != nil {
		return nil, err
	}
	part.finish()
	now := stages.Fetched{
		SHA256: sum, Size: part.size, ETag: part.stamp.ETag, Modified: formatTime(part.stamp.LastModified),
		Date: time.Now().UTC().Truncate(time.Second),
	}
	return &stages.FetchResult{
		Fetched: now, Path: part.path(), Warning: compare(task, loc, now),
		Release: func() error { return part.release(now) },
	}, nil
}

// note tells the caller why there is another try.
func note(ctx context.Context, task stages.FetchTask, loc location) func(error, time.Duration) {
	return func(err error, wait time.Duration) {
		if task.Note != nil {
			task.Note(fmt.Sprintf("%v; trying again in %.0f s", explain(ctx, loc, err), math.Ceil(wait.Seconds())))
		}
	}
}

// formatTime writes a time as records have it, parseTime reads it; what is not known is empty, and zero.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func has(task stages.FetchTask, sum string) bool {
	return sum != "" && task.Have != nil && task.Have(sum)
}

// known is the result for a content that the caller has.
func known(fetched stages.Fetched, warning string) *stages.FetchResult {
	return &stages.FetchResult{Fetched: fetched, Warning: warning, Release: func() error { return nil }}
}

// recorded is what came from the source last, as far as anybody remembers; nil
// where a checksum says what is wanted.
func recorded(task stages.FetchTask, part *partial) *stages.Fetched {
	switch {
	case task.SHA256 != "":
		return nil
	case task.Recorded != nil:
		return task.Recorded
	default:
		return part.last
	}
}

// unchanged asks the source whether it still is what was recorded. A source that
// does not answer is no reason to fail: the content is there.
func (f *Fetcher) unchanged(ctx context.Context, loc location, src source, last stages.Fetched) (same bool, warning string) {
	ctx, guard := watch(ctx, f.patience.Stall)
	defer guard.stop()
	same, err := src.unchanged(ctx, stamp{ETag: last.ETag, LastModified: parseTime(last.Modified), Size: last.Size})
	if err != nil {
		return true, fmt.Sprintf("cannot tell whether the source has changed, the content of %s was taken: %v",
			last.Date.Format(time.DateOnly), explain(ctx, loc, err))
	}
	return same, ""
}

// compare notices that a source without a checksum has changed.
func compare(task stages.FetchTask, loc location, now stages.Fetched) string {
	last := task.Recorded
	if task.SHA256 != "" || last == nil || last.SHA256 == now.SHA256 {
		return ""
	}
	return fmt.Sprintf("the source has changed since %s: %s had SHA-256 %s (%d bytes), and now has %s (%d bytes)",
		last.Date.Format(time.DateOnly), loc.show(), last.SHA256, last.Size, now.SHA256, now.Size)
}
