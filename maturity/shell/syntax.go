package shell

import (
	"errors"
	"fmt"

	"mvdan.cc/sh/v3/syntax"
)

// SyntaxError says what is wrong with a script, and in which of its lines, from 1.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// located gives the parser's error its line apart, where it has one.
func located(err error) error {
	if p, ok := errors.AsType[syntax.ParseError](err); ok {
		return &SyntaxError{Line: int(p.Pos.Line()), Text: p.Text}
	}
	if p, ok := errors.AsType[syntax.LangError](err); ok {
		return &SyntaxError{Line: int(p.Pos.Line()), Text: p.Feature + " is not of this shell"}
	}
	return err
}
