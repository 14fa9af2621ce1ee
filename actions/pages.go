package actions

import (
	"iter"
	"math"
)

// Page is one of a list. Next is the number of the one behind it, Last that of the last;
// either is 0 if there is none, or the host does not say.
type Page[T any] struct {
	Items      []T
	Next, Last int
}

// edge is how many pages are read from either end of a long list, before those between.
const edge = 4

// FromBothEnds yields what a list has, from its pages, which begin with 1: the first
// pages, then the last ones, then those between. What is looked for is nearly always
// near an end, and each page is a request.
func FromBothEnds[T any](read func(page int) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		last, stand := through(read, yield, 1, edge)
		if stand != within {
			return
		}
		back := last - edge + 1
		if back <= edge+1 { // nothing lies between
			through(read, yield, edge+1, math.MaxInt)
			return
		}
		if _, stand = through(read, yield, back, math.MaxInt); stand == atEnd {
			through(read, yield, edge+1, back-1)
		}
	}
}

// where is how far a list was read.
type where int

const (
	stopped where = iota // by the caller, or an error
	atEnd
	within
)

// through yields what is on pages from one to another. It says which the host calls the last.
func through[T any](read func(page int) (Page[T], error), yield func(T, error) bool, from, to int) (last int, stand where) {
	for at := from; at <= to; {
		page, err := read(at)
		if err != nil {
			var none T
			yield(none, err)
			return last, stopped
		}
		for _, item := range page.Items {
			if !yield(item, nil) {
				return last, stopped
			}
		}
		last = max(last, page.Last)
		if page.Next <= at {
			return last, atEnd // or the host leads in a circle
		}
		at = page.Next
	}
	return last, within
}
