package predictions

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"runtime"
	"sync"
)

// index finds texts in an arena: hash tables with open addressing, so many that
// each fits into a processor's cache while it is filled. It is built when it is
// needed first; for ids in order that is never. Hashes are seeded anew in each
// process and decide nothing but where an item stands.
type index struct {
	once   sync.Once
	seed   maphash.Seed
	shift  int // of a hash, to the number of its table
	tables []hashTable
	// twice is the first item whose text is there before, first the item that has it; -1 for none.
	twice, first int32
}

// hashTable is one of the tables; its length is a power of two.
type hashTable struct {
	slots        []slot
	twice, first int32
}

// slot holds an item, counted from 1, and half of its hash.
type slot struct{ hash, item uint32 }

// hashed is an item on its way into a table.
type hashed struct {
	sum  uint64
	item uint32
}

func (x *index) build(a arena) {
	x.once.Do(func() {
		x.seed = maphash.MakeSeed()
		tables := 1
		if a.Len() >= 1<<15 {
			tables = 1 << 8
		}
		x.shift, x.tables = 65-bits.Len(uint(tables)), make([]hashTable, tables)
		groups := x.scatter(a)
		inParallel(tables, func(i int) { x.tables[i].fill(a, groups[i]) })
		x.twice, x.first = -1, -1
		for _, t := range x.tables {
			if t.twice >= 0 && (x.twice < 0 || t.twice < x.twice) {
				x.twice, x.first = t.twice, t.first
			}
		}
	})
}

// scatter hashes all texts, and puts the items of each table together, in their order.
func (x *index) scatter(a arena) [][]hashed {
	const piece = 1 << 14
	sums := make([]uint64, a.Len())
	inParallel((len(sums)+piece-1)/piece, func(i int) {
		for item := i * piece; item < min((i+1)*piece, len(sums)); item++ {
			sums[item] = maphash.Bytes(x.seed, a.bytes(item))
		}
	})
	counts := make([]int, len(x.tables))
	for _, sum := range sums {
		counts[sum>>x.shift]++
	}
	all, groups := make([]hashed, len(sums)), make([][]hashed, len(x.tables))
	for i, count := range counts {
		groups[i], all = all[:0:count], all[count:]
	}
	for item, sum := range sums {
		at := sum >> x.shift
		groups[at] = append(groups[at], hashed{sum, uint32(item)})
	}
	return groups
}

// inParallel does n things on all cores.
func inParallel(n int, do func(i int)) {
	var wait sync.WaitGroup
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	wait.Wait()
}

func (t *hashTable) fill(a arena, items []hashed) {
	size := 4
	for size < len(items)+len(items)/2 {
		size *= 2
	}
	t.slots, t.twice = make([]slot, size), -1
	for _, h := range items {
		text := a.bytes(int(h.item))
		at, other := t.probe(a, h.sum, text)
		switch {
		case other < 0:
			t.slots[at] = slot{uint32(h.sum), h.item + 1}
		case t.twice < 0:
			t.twice, t.first = int32(h.item), other
		}
	}
}

// probe returns the item with a text, or -1 and the slot where it would be.
func (t *hashTable) probe(a arena, sum uint64, text []byte) (at uint32, item int32) {
	mask := uint32(len(t.slots) - 1)
	for at = uint32(sum>>16) & mask; t.slots[at].item != 0; at = (at + 1) & mask {
		item = int32(t.slots[at].item - 1)
		if t.slots[at].hash == uint32(sum) && bytes.Equal(a.bytes(int(item)), text) {
			return at, item
		}
	}
	return at, -1
}

// find returns the item with a text, or -1. The index must have been built.
func (x *index) find(a arena, text []byte) int32 {
	sum := maphash.Bytes(x.seed, text)
	_, item := x.tables[sum>>x.shift].probe(a, sum, text)
	return item
}
