package predictions

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
)

// order is how items stand by their ids. It is worked out when it is needed first.
type order struct {
	once  sync.Once
	items []int32
}

// Order returns the items in an order that does not depend on how they stand in
// the file: by id, of which the shorter comes first, so that 9 stands before 10.
// It is nil if they stand in that order already. Nobody changes it.
func (i IDs) Order() []int32 {
	if i.Len() == 0 {
		return nil
	}
	i.order.once.Do(func() { i.order.items = i.inOrder() })
	return i.order.items
}

// placed is an item with the start of its id, by which most ids differ.
type placed struct {
	start        uint64
	length, item int32
}

func (a arena) inOrder() []int32 {
	compare := func(x, y placed) int {
		if order := cmp.Or(cmp.Compare(x.length, y.length), cmp.Compare(x.start, y.start)); order != 0 {
			return order
		}
		return bytes.Compare(a.bytes(int(x.item)), a.bytes(int(y.item)))
	}
	items := make([]placed, a.Len())
	for i := range items {
		id := a.bytes(i)
		items[i] = placed{start(id), int32(len(id)), int32(i)}
	}
	if slices.IsSortedFunc(items, compare) {
		return nil
	}
	slices.SortFunc(items, compare)
	out := make([]int32, len(items))
	for i, x := range items {
		out[i] = x.item
	}
	return out
}
