package predictions

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// decode decodes n values.
func (d *pages) decode(plain []byte, encoding format.Encoding, n int) (*values, error) {
	kind := d.leaf.element.Type.V
	switch {
	case encoding == format.Plain:
		return d.plain(plain, n)
	case encoding == plainDictionary || encoding == format.RLEDictionary:
		return d.lookup(plain, n)
	case encoding == format.RLE && kind == format.Boolean && len(plain) >= 4:
		levels, err := hybrid(plain[4:], 1, n)
		return &values{ints: widen(levels)}, err
	case encoding == format.DeltaBinaryPacked && (kind == format.Int32 || kind == format.Int64):
		return d.deltas(plain, n)
	case encoding == format.DeltaLengthByteArray && kind == format.ByteArray:
		if err := fits(plain, n); err != nil {
			return nil, err
		}
		data, ends, err := new(delta.LengthByteArrayEncoding).DecodeByteArray(nil, plain, nil)
		return &values{texts: slice(data, ends)}, err
	case encoding == format.DeltaByteArray && kind == format.ByteArray:
		return d.prefixed(plain, n)
	case encoding == format.ByteStreamSplit && kind == format.Double:
		reals, err := new(bytestreamsplit.Encoding).DecodeDouble(nil, plain)
		return &values{reals: reals}, err
	}
	return nil, &unsupported{fmt.Sprintf("has values of type %s in the encoding %s, which cannot be read", kind, encoding), "write it in the encoding PLAIN or with a dictionary"}
}

// lookup decodes places in the dictionary.
func (d *pages) lookup(plain []byte, n int) (*values, error) {
	switch {
	case n == 0:
		return &values{}, nil
	case d.dictionary == nil || len(plain) == 0 || plain[0] > 32:
		return nil, errors.New("there is no dictionary")
	}
	places, err := hybrid(plain[1:], int(plain[0]), n)
	if err != nil {
		return nil, err
	}
	size := d.dictionary.len()
	for _, place := range places {
		if place < 0 || int(place) >= size {
			return nil, errors.New("a value is not in the dictionary")
		}
	}
	return &values{pick(d.dictionary.ints, places), pick(d.dictionary.reals, places), pick(d.dictionary.texts, places)}, nil
}

func pick[T any](from []T, places []int32) []T {
	if len(from) == 0 {
		return nil
	}
	out := make([]T, len(places))
	for i, place := range places {
		out[i] = from[place]
	}
	return out
}

// deltas decodes whole numbers that are stored as differences.
func (d *pages) deltas(plain []byte, n int) (*values, error) {
	if err := fits(plain, n); err != nil {
		return nil, err
	}
	if d.leaf.element.Type.V == format.Int64 {
		ints, err := new(delta.BinaryPackedEncoding).DecodeInt64(nil, plain)
		return &values{ints: ints}, err
	}
	ints, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, plain)
	return &values{ints: d.widen(ints)}, err
}

// prefixed decodes texts that are stored as what differs from the one before.
func (d *pages) prefixed(plain []byte, n int) (*values, error) {
	if err := fits(plain, n); err != nil {
		return nil, err
	}
	lengths, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, plain)
	if err != nil {
		return nil, err
	}
	size := 0 // of all that is taken over
	for _, length := range lengths {
		if size += int(length); length < 0 || size > mostPage {
			return nil, errors.New("a page is larger than it can be")
		}
	}
	data, ends, err := new(delta.ByteArrayEncoding).DecodeByteArray(nil, plain, nil)
	return &values{texts: slice(data, ends)}, err
}

// unsupported is what a right file may have, and this reader does not know.
type unsupported struct{ is, hint string }

func (u *unsupported) Error() string { return u.is }

// fits holds the number of values that a list of differences claims to have
// against what there can be, before memory is taken for them.
func fits(plain []byte, n int) error {
	var header [3]uint64 // size of a block, parts of one, number of values
	for i := range header {
		value, length := binary.Uvarint(plain)
		if length <= 0 {
			return io.ErrUnexpectedEOF
		}
		header[i], plain = value, plain[length:]
	}
	if header[0] > 1<<16 || header[2] > uint64(n) {
		return errors.New("a page has more values than there are rows")
	}
	return nil
}

// plain decodes values that are stored as they are.
func (d *pages) plain(raw []byte, n int) (*values, error) {
	width := map[format.Type]int{format.Int32: 4, format.Float: 4, format.Int64: 8, format.Double: 8}[d.leaf.element.Type.V]
	short := errors.New("values are missing")
	switch kind := d.leaf.element.Type.V; kind {
	case format.ByteArray:
		return plainTexts(raw, n)
	case format.Boolean:
		if len(raw) < (n+7)/8 {
			return nil, short
		}
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = int64(raw[i/8] >> (i % 8) & 1)
		}
		return &values{ints: ints}, nil
	case format.Double, format.Float:
		if len(raw)/width < n {
			return nil, short
		}
		reals := make([]float64, n)
		for i := range reals {
			if kind == format.Double {
				reals[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
			} else {
				reals[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
			}
		}
		return &values{reals: reals}, nil
	}
	if width == 0 || len(raw)/width < n {
		return nil, short
	}
	ints := make([]int64, n)
	for i := range ints {
		if width == 8 {
			ints[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		} else {
			ints[i] = d.wide(int32(binary.LittleEndian.Uint32(raw[4*i:])))
		}
	}
	return &values{ints: ints}, nil
}

// wide makes 64 bits of 32, which may stand for a number without a sign.
func (v *vector) wide(n int32) int64 {
	if v.meaning == unsigned {
		return int64(uint32(n))
	}
	return int64(n)
}

func (v *vector) widen(ints []int32) []int64 {
	out := make([]int64, len(ints))
	for i, n := range ints {
		out[i] = v.wide(n)
	}
	return out
}

func widen(ints []int32) []int64 {
	out := make([]int64, len(ints))
	for i, n := range ints {
		out[i] = int64(n)
	}
	return out
}

// plainTexts decodes texts that stand each behind its length.
func plainTexts(raw []byte, n int) (*values, error) {
	if len(raw)/4 < n {
		return nil, errors.New("values are missing")
	}
	all := string(raw) // one copy, which all of them share
	texts := make([]string, n)
	at := 0
	for i := range texts {
		if len(raw)-at < 4 {
			return nil, errors.New("values are missing")
		}
		length := int(binary.LittleEndian.Uint32(raw[at:]))
		if at += 4; length > len(raw)-at {
			return nil, errors.New("values are missing")
		}
		texts[i] = all[at : at+length]
		at += length
	}
	return &values{texts: texts}, nil
}

// slice divides data at the places where texts begin and end.
func slice(data []byte, ends []uint32) []string {
	all := string(data)
	texts := make([]string, max(len(ends)-1, 0))
	for i := range texts {
		texts[i] = all[ends[i]:ends[i+1]]
	}
	return texts
}
