package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake in a file, and what would be right.
type Problem struct {
	Path         string
	Line, Column int // from 1; 0 if the mistake is of the whole file
	Message      string
	Hint         string
	Source       string // the line itself
}

func (p Problem) String() string {
	where := p.Path
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
	}
	if p.Hint == "" {
		return where + ": " + p.Message
	}
	return where + ": " + p.Message + "; " + p.Hint
}

// Error holds all the mistakes that were found.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// ProblemAt returns an error about the place that pointer names (RFC 6901, for
// example "/gate/metrics/roc_auc"), for mistakes that only a later reader of the
// configuration can see. If the place is not in the file, the nearest one
// around it is named.
func (c *Config) ProblemAt(pointer, message, hint string) *Error {
	return &Error{Problems: []Problem{c.source.problem(pointer, message, hint)}}
}

// Line is the line at which the place stands that pointer names, or the nearest one around it.
func (c *Config) Line(pointer string) int { return c.source.problem(pointer, "", "").Line }

// Text is the file as it was read.
func (c *Config) Text() string { return strings.Join(c.source.lines, "\n") }

// ProblemAtItem is [Config.ProblemAt] for the entry of the list at pointer that
// is this word.
func (c *Config) ProblemAtItem(list, word, message, hint string) *Error {
	return c.ProblemAt(c.source.item(list, word), message, hint)
}
