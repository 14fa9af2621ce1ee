package predictions

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
)

// Digest returns the SHA-256 of what the model was asked, without what it
// answered: ids, labels and slices, and group, time, weight and repeat where
// those are named, in the order of the ids (and repeats). Two models with one
// digest were measured with the same data. It is computed once.
func (s *Set) Digest() string {
	if s.digest == nil {
		return s.computeDigest()
	}
	return s.digest()
}

// computeDigest writes the rows, each field with its length before it, so that
// no two tables give the same bytes.
func (s *Set) computeDigest() string {
	w := &fieldWriter{hash: sha256.New()}
	columns := make([]int, len(s.Columns.Slices))
	for i := range columns {
		columns[i] = i
	}
	slices.SortFunc(columns, func(a, b int) int { return cmp.Compare(s.Columns.Slices[a], s.Columns.Slices[b]) })
	more := s.further()
	if len(more) == 0 {
		w.put("muster.evaluation-data/v1")
	} else {
		w.put("muster.evaluation-data/v2")
		for _, column := range more {
			w.put(column.what)
		}
		w.put("")
	}
	for _, c := range columns {
		w.put(s.Columns.Slices[c])
	}
	w.put("")
	for _, row := range s.sorted() {
		w.putBytes(s.Items.bytes(s.item(int(row))))
		w.put(s.LabelAt(int(row)))
		for _, c := range columns {
			w.put(s.Slice[c].At(int(row)))
		}
		for _, column := range more {
			w.put(column.at(int(row)))
		}
	}
	return w.sum()
}

// column is one of those that are part of the digest where they are named.
type column struct {
	what string
	at   func(row int) string
}

func (s *Set) further() []column {
	var columns []column
	if s.Group != nil {
		columns = append(columns, column{"group", s.Group.At})
	}
	if s.Time != nil {
		columns = append(columns, column{"time", func(row int) string { return realText(s.Time[row]) }})
	}
	if s.Weight != nil {
		columns = append(columns, column{"weight", func(row int) string { return realText(s.Weight[row]) }})
	}
	if s.Item != nil {
		columns = append(columns, column{"repeat", s.repeat.At})
	}
	return columns
}

// item returns the item of a row.
func (s *Set) item(row int) int {
	if s.Item != nil {
		return int(s.Item[row])
	}
	return row
}

// sorted returns the rows in the order of their ids by bytes, then of their repeats.
func (s *Set) sorted() []int32 {
	// Most ids differ in their first eight bytes or are in order already.
	type key struct {
		start uint64
		row   int32
	}
	keys := make([]key, s.Len())
	for row := range keys {
		keys[row] = key{start(s.Items.bytes(s.item(row))), int32(row)}
	}
	less := func(a, b key) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		if order := bytes.Compare(s.Items.bytes(s.item(int(a.row))), s.Items.bytes(s.item(int(b.row)))); order != 0 || s.Item == nil {
			return order
		}
		return cmp.Compare(s.repeat.At(int(a.row)), s.repeat.At(int(b.row)))
	}
	if !slices.IsSortedFunc(keys, less) {
		slices.SortFunc(keys, less)
	}
	rows := make([]int32, len(keys))
	for i, k := range keys {
		rows[i] = k.row
	}
	return rows
}

// start returns the first bytes of a text as a number that sorts like them.
func start(text []byte) uint64 {
	var first [8]byte
	copy(first[:], text)
	return binary.BigEndian.Uint64(first[:])
}

// fieldWriter hashes fields, many at a time.
type fieldWriter struct {
	hash   hash.Hash
	buffer []byte
}

func (w *fieldWriter) put(field string) {
	w.buffer = append(binary.BigEndian.AppendUint64(w.buffer, uint64(len(field))), field...)
	w.flush(1 << 16)
}

func (w *fieldWriter) putBytes(field []byte) {
	w.buffer = append(binary.BigEndian.AppendUint64(w.buffer, uint64(len(field))), field...)
	w.flush(1 << 16)
}

// flush hashes what waits if it is long.
func (w *fieldWriter) flush(enough int) {
	if len(w.buffer) >= enough {
		w.hash.Write(w.buffer)
		w.buffer = w.buffer[:0]
	}
}

func (w *fieldWriter) sum() string {
	w.flush(0)
	return hex.EncodeToString(w.hash.Sum(nil))
}
