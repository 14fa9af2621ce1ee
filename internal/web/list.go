package web

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxList is how many items of a list are read: no page that muster asks for has more,
// and small ones take a hundred times the room in memory that they have in an answer.
const maxList = 100

// List is a list in an answer in JSON, of which the first 100 items are read. It is nil
// where the answer has null, or nothing, in its place.
type List[T any] []T

// None reports whether there was no list.
func (l *List[T]) None() bool { return *l == nil }

// UnmarshalJSON reads the items one after the other.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*l = nil
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('[') {
		return fmt.Errorf("the answer has %.20q where a list belongs", data)
	}
	*l = List[T]{}
	for decoder.More() && len(*l) < maxList {
		var item T
		if err := decoder.Decode(&item); err != nil {
			return err
		}
		*l = append(*l, item)
	}
	return nil
}
