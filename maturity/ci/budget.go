package ci

import (
	"errors"
	"fmt"
	"maps"
	"regexp"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Budget bounds how much of a pipeline is read, with all files that belong to it. What
// its jobs share (by templates, commands, matrices, or by what they extend) counts as
// often as they have it, so that a small file is no large pipeline.
type Budget struct {
	left int
	// closed is true once the job is kept in which it ran out: that is the last one.
	closed bool
	// many is true if something had more variables than are read of one.
	many bool
}

// What a budget is spent on: a variable or a need costs one, a step or a job ten, a text
// one for each piece of it.
const (
	maxSpent = 500_000
	perStep  = 10
	pieceOf  = 64
)

// NewBudget is for the reading of one pipeline.
func NewBudget() *Budget { return &Budget{left: maxSpent} }

// Err says that not all was read, or is nil.
func (b *Budget) Err() error {
	if b.left < 0 {
		return errors.New("its jobs have too many steps: it was read in part")
	}
	if b.many {
		return fmt.Errorf("a job or step has more than %d variables or inputs: the rest was not read", yamldoc.MaxStrings)
	}
	return nil
}

// texts are the variables or inputs of something, as many as are read.
func (b *Budget) texts(v yamldoc.Value) map[string]string {
	b.many = b.many || v.Len() > yamldoc.MaxStrings
	return v.StringMap()
}

// take reports whether there is that much left.
func (b *Budget) take(n int) bool {
	b.left -= n
	return b.left >= 0
}

// step reports whether there is room for a step.
func (b *Budget) step(s Step) bool {
	size := len(s.Run)
	for _, word := range s.Args {
		size += len(word)
	}
	for _, value := range s.With {
		size += len(value)
	}
	return b.take(perStep + size/pieceOf)
}

// maxReplaced bounds what values add to one text.
const maxReplaced = 1 << 16

// Replaced puts values into a text. Once they have added more than any script has, the
// others are unknown.
func Replaced(names *regexp.Regexp, text string, value func(name string) string) string {
	room := maxReplaced
	return names.ReplaceAllStringFunc(text, func(name string) string {
		v := value(name)
		if room -= max(0, len(v)-len(name)); room < 0 {
			return Unknown
		}
		return v
	})
}

// copied are variables that a step or job may add its own to: none if there is no room.
func (b *Budget) copied(env map[string]string) map[string]string {
	if env == nil || !b.take(len(env)) {
		return map[string]string{}
	}
	return maps.Clone(env)
}

// budgeted are options with a budget.
func (o Options) budgeted() Options {
	if o.Budget == nil {
		o.Budget = NewBudget()
	}
	return o
}

// MaxJobs is how many jobs of a pipeline are read, and MaxNeeds for how many others each
// of them may wait. One more of both is kept, to tell that there are more.
const (
	MaxJobs  = 1500
	MaxNeeds = 200
)

// full reports whether no further job is kept.
func (p *Pipeline) full() bool { return len(p.Jobs) > MaxJobs }

// put adds a job, and tells whether there was room for it.
func (b *Budget) put(p *Pipeline, j Job) bool {
	if p.full() || b.closed {
		return false
	}
	b.closed = !b.take(perStep)
	if len(j.Needs) > MaxNeeds {
		j.Needs = j.Needs[: MaxNeeds+1 : MaxNeeds+1]
	}
	p.Jobs = append(p.Jobs, j)
	return true
}
