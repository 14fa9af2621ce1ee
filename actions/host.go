package actions

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Host is a forge, as far as muster speaks to it. An adapter has the network's
// manners: it retries, waits as it is told, pages, and gives up in time. What a
// token may not do is [ErrForbidden]; what is not there is [ErrNotFound].
type Host interface {
	// Change is the change request as the host has it now.
	Change(ctx context.Context, number int) (Change, error)
	// Brought is the number of the merged change request that brought the commit to the
	// default branch; 0 if none did.
	Brought(ctx context.Context, commit string) (int, error)
	// Approvals are those that count on the host, the oldest first.
	Approvals(ctx context.Context, number int) ([]Approval, error)

	// Comments yields what this job's own identity wrote, the oldest first; where there
	// are very many, the newest come before those in between. It reads no further than
	// its caller does.
	Comments(ctx context.Context, number int) iter.Seq2[Comment, error]
	// Newer yields those of them that were written since then, by the host's clock, the
	// oldest first; older ones may be among them.
	Newer(ctx context.Context, number int, since time.Time) iter.Seq2[Comment, error]
	// PutComment writes a comment: a new one if its ID is 0.
	PutComment(ctx context.Context, number int, comment Comment) (Comment, error)
	DeleteComment(ctx context.Context, number int, id int64) error

	// Mark gives a commit a state that can be required before a merge. It says by what:
	// a check, or a status where the token may write no check.
	Mark(ctx context.Context, mark Mark) (Marked, error)
	// Alert opens the one issue with the alert's marker, updates it, or closes it.
	Alert(ctx context.Context, alert Alert) (url string, err error)
}

// The errors of a host that a caller branches on.
var (
	ErrForbidden = errors.New("the token may not do that")
	ErrNotFound  = errors.New("it is not there")
	ErrLocked    = errors.New("the conversation is locked")
	// ErrNoToken says that the job has nothing to speak to its host with.
	ErrNoToken = errors.New("the job has no token for its host")
)

// Finder is a [Host] that finds change requests by where they come from.
type Finder interface {
	// From lists the open change requests from a branch of an owner's repository, be it
	// the host's own or a fork.
	From(ctx context.Context, owner, branch string) ([]Change, error)
}

// Authors is a [Host] that knows who wrote a commit.
type Authors interface {
	// Authors are all whom the host takes for the commit's authors.
	Authors(ctx context.Context, commit string) ([]string, error)
}

// Counter is a [Host] that counts what it sent, repeated requests too.
type Counter interface {
	Count() (reads, writes int)
}

// Change is a change request.
type Change struct {
	Number int
	Head   string // its last commit
	Base   string // the branch that it goes into
	Author string
	Open   bool
	Fork   bool
}

// Approval is a review that lets a change pass, by somebody whom the host vouches for.
type Approval struct {
	By string
	// Teams are those in whose name the review was made, as "@acme/ml-leads".
	Teams []string
	// Among are lists of teams: By belongs to at least one of each list, and the host does
	// not say to which.
	Among  [][]string
	Commit string // what was approved
	At     time.Time
	Body   string
	// EditedBy is who changed the body last, if it was somebody else than By and the host
	// tells: on GitHub, whoever may write can edit what others wrote.
	EditedBy string
	URL      string
}

// Comment is one of a change request. Its first line is the marker of its pipeline.
type Comment struct {
	ID   int64
	Body string
	URL  string
	// At is when it was written first, by the host's clock.
	At time.Time
}

// State is how a commit stands.
type State string

// The states of a commit. Pending is neither green nor red; Neutral is green and says nothing.
const (
	Success State = "success"
	Failure State = "failure"
	Neutral State = "neutral"
	Pending State = "pending"
)

// Mark is a state under a name, with all that a host can show beside it.
type Mark struct {
	Name   string // "muster / tumour-classifier"
	Commit string
	State  State
	Title  string // one sentence
	// Summary is Markdown, which a status does not show.
	Summary     string
	URL         string // where more is said
	Annotations []Annotation
	// Key stands for what the mark says, apart from when and how fast: a mark with the same
	// one is the same. Empty if only all of it does.
	Key string
}

// Marked says by what a commit was marked.
type Marked struct {
	By  string // "check", which shows annotations, or "status", which does not
	URL string
}

// Level is how much an annotation matters.
type Level string

// The levels of annotations, by GitHub's names for check runs.
const (
	LevelFailure Level = "failure"
	LevelWarning Level = "warning"
	LevelNotice  Level = "notice"
)

// Annotation is a remark on lines of a file of the repository.
type Annotation struct {
	Path      string // slash-separated, from the repository's root
	Line, End int    // from 1
	Level     Level
	Title     string
	Message   string
}

// Alert is an issue about the default branch: there is at most one open for a marker.
type Alert struct {
	Marker string // the first line of its body
	Open   bool   // false closes it
	Title  string
	Body   string
	// Says reports whether a body that stands already says the same, apart from when and how
	// fast; nil if only the same text does.
	Says func(body string) bool
}

// Stands reports whether an open issue needs no change.
func (a Alert) Stands(title, body string) bool {
	return title == a.Title && (SameText(body, a.Body) || a.Says != nil && a.Says(body))
}
