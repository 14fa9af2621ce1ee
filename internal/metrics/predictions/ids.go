package predictions

import (
	"bytes"
	"cmp"
)

// IDs are the names of items, each of them once.
type IDs struct {
	arena
	index *index
	order *order
}

// arena holds texts one after the other.
type arena struct {
	text []byte
	ends []uint32
}

func (a *arena) add(text string) {
	a.text = append(a.text, text...)
	a.ends = append(a.ends, uint32(len(a.text)))
}

// Len returns the number of items.
func (a arena) Len() int { return len(a.ends) }

// At returns the id of an item.
func (a arena) At(item int) string { return string(a.bytes(item)) }

func (a arena) bytes(item int) []byte {
	start := uint32(0)
	if item > 0 {
		start = a.ends[item-1]
	}
	return a.text[start:a.ends[item]]
}

// ordered says whether every text comes after the one before it, by bytes or as
// whole numbers do; then no two are the same.
func (a arena) ordered() bool {
	byBytes, byLength := true, true
	for i := 1; i < a.Len() && (byBytes || byLength); i++ {
		before, text := a.bytes(i-1), a.bytes(i)
		order := bytes.Compare(before, text)
		byBytes = byBytes && order < 0
		byLength = byLength && cmp.Or(cmp.Compare(len(before), len(text)), order) < 0
	}
	return byBytes || byLength
}

// NewIDs returns the ids as items in their order; they must all differ.
func NewIDs(texts []string) IDs {
	var a arena
	for _, text := range texts {
		a.add(text)
	}
	return newIDs(a)
}

func newIDs(a arena) IDs { return IDs{arena: a, index: new(index), order: new(order)} }

// Find returns the item that has the id.
func (i IDs) Find(id string) (int, bool) {
	if i.Len() == 0 {
		return 0, false
	}
	i.index.build(i.arena)
	item := i.index.find(i.arena, []byte(id))
	return int(item), item >= 0
}

// Match finds the champion's item for each of the candidate's: items[i] is -1
// where there is none. lost are the champion's items that the candidate lacks,
// extra the candidate's that the champion lacks, both in their set's order. Sets
// with the same ids in the same order, which is the usual case, cost one
// comparison of bytes.
func Match(candidate, champion *Set) (items []int32, lost, extra []int) {
	mine, theirs := candidate.Items, champion.Items
	items = make([]int32, mine.Len())
	if mine.same(theirs.arena) {
		for i := range items {
			items[i] = int32(i)
		}
		return items, nil, nil
	}
	theirs.index.build(theirs.arena)
	found := make([]bool, theirs.Len())
	for i := range items {
		items[i] = theirs.index.find(theirs.arena, mine.bytes(i))
		if items[i] < 0 {
			extra = append(extra, i)
		} else {
			found[items[i]] = true
		}
	}
	for i, ok := range found {
		if !ok {
			lost = append(lost, i)
		}
	}
	return items, lost, extra
}

func (a arena) same(other arena) bool {
	if a.Len() != other.Len() || !bytes.Equal(a.text, other.text) {
		return false
	}
	for i, end := range a.ends {
		if end != other.ends[i] {
			return false
		}
	}
	return true
}
