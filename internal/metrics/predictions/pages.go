package predictions

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// mostPage is how large a page can be: pandas with fastparquet writes a column
// of a row group as one.
const mostPage = 1 << 30

// mostColumn is how large all pages of a column of a row group can be together:
// a few bytes of compressed zeros could claim any size, page after page.
const mostColumn = 4 << 30

// plainDictionary is what older writers, and fastparquet, call a place in the
// dictionary.
const plainDictionary format.Encoding = 2

// vector is a column of a row group. One of its lists is filled.
type vector struct {
	leaf    *leaf
	meaning meaning
	rows    int
	ints    []int64
	reals   []float64
	texts   []string
	// nulls is nil if every row has a value.
	nulls []bool
}

// cell returns the value of a row.
func (v *vector) cell(row int) cell {
	switch {
	case v.nulls != nil && v.nulls[row]:
		return cell{kind: missing}
	case v.reals != nil:
		return cell{kind: floating, real: v.reals[row]}
	case v.texts != nil:
		return cell{kind: textual, text: v.texts[row]}
	}
	n := v.ints[row]
	if v.leaf.element.Type.V == format.Boolean {
		if n != 0 {
			return cell{kind: boolean, text: "True"}
		}
		return cell{kind: boolean, text: "False"}
	}
	switch v.meaning {
	case unsigned:
		if n < 0 {
			return cell{kind: decimal, text: strconv.FormatUint(uint64(n), 10)}
		}
	case days:
		return cell{kind: textual, text: time.Unix(n*24*60*60, 0).UTC().Format(time.DateOnly)}
	case millis:
		return cell{kind: instant, int: n * 1000}
	case micros:
		return cell{kind: instant, int: n}
	case nanos:
		return cell{kind: instant, int: floorDiv(n, 1000)}
	}
	return cell{kind: integer, int: n}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// vector decodes one column of a row group.
func (f *parquetFile) vector(l *leaf, chunk *format.ColumnMetaData, rows int) (*vector, error) {
	start := chunk.DataPageOffset
	if at := chunk.DictionaryPageOffset; at > 0 && at < start {
		start = at
	}
	raw, err := f.bytes(start, chunk.TotalCompressedSize)
	if err != nil {
		return nil, err
	}
	d := &pages{vector: &vector{leaf: l, meaning: l.logical(), rows: rows}, codec: chunk.Codec, raw: raw}
	for d.filled < rows {
		if err := d.page(); err != nil {
			return nil, err
		}
	}
	return d.vector, nil
}

// pages decodes the pages of one column of a row group.
type pages struct {
	*vector
	codec      format.CompressionCodec
	raw        []byte
	filled     int
	size       int // of all pages so far
	dictionary *values
}

// values are what a page has; one of the lists is filled.
type values struct {
	ints  []int64
	reals []float64
	texts []string
}

func (v *values) len() int { return max(len(v.ints), len(v.reals), len(v.texts)) }

// page decodes the next page.
func (d *pages) page() error {
	if len(d.raw) == 0 {
		return errors.New("values are missing")
	}
	var header format.PageHeader
	in := bytes.NewReader(d.raw)
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(in)).Decode(&header); err != nil {
		return err
	}
	body := d.raw[len(d.raw)-in.Len():]
	size := int(header.CompressedPageSize)
	if size < 0 || size > len(body) || header.UncompressedPageSize < 0 || header.UncompressedPageSize > mostPage {
		return errors.New("a page is not all there")
	}
	d.raw, body = body[size:], body[:size]
	if header.CRC != 0 && uint32(header.CRC) != crc32.ChecksumIEEE(body) {
		return errors.New("a page is damaged: its checksum differs")
	}
	whole := int(header.UncompressedPageSize)
	if d.size += whole; d.size > mostColumn {
		return &unsupported{"has a column of more than 4 GiB in one row group", "write shorter texts, or smaller row groups"}
	}
	switch {
	case header.Type == format.DictionaryPage && header.DictionaryPageHeader.Valid:
		return d.dictionaryPage(body, whole, int(header.DictionaryPageHeader.V.NumValues))
	case header.Type == format.DataPage && header.DataPageHeader.Valid:
		return d.pageV1(body, whole, &header.DataPageHeader.V)
	case header.Type == format.DataPageV2 && header.DataPageHeaderV2.Valid:
		return d.pageV2(body, whole, &header.DataPageHeaderV2.V)
	}
	return nil // an index, which is of no use here
}

func (d *pages) dictionaryPage(body []byte, size, n int) error {
	plain, err := decompress(d.codec, body, size)
	if err != nil {
		return err
	}
	if n < 0 || n > mostRows {
		return errors.New("a dictionary is too large")
	}
	d.dictionary, err = d.plain(plain, n)
	return err
}

func (d *pages) pageV1(body []byte, size int, header *format.DataPageHeader) error {
	plain, err := decompress(d.codec, body, size)
	if err != nil {
		return err
	}
	n := int(header.NumValues)
	if n < 0 || n > d.rows-d.filled {
		return errors.New("a page has more values than there are rows")
	}
	var levels []byte
	if d.leaf.optional {
		if len(plain) < 4 {
			return errors.New("a page is too short")
		}
		length := int(binary.LittleEndian.Uint32(plain))
		if plain = plain[4:]; length > len(plain) {
			return errors.New("a page is too short")
		}
		levels, plain = plain[:length], plain[length:]
	}
	return d.data(levels, plain, header.Encoding, n)
}

func (d *pages) pageV2(body []byte, size int, header *format.DataPageHeaderV2) error {
	n, before, length := int(header.NumValues), int(header.RepetitionLevelsByteLength), int(header.DefinitionLevelsByteLength)
	if n < 0 || n > d.rows-d.filled || before != 0 || length < 0 || length > len(body) || length > size {
		return errors.New("a page contradicts itself")
	}
	levels, plain := body[:length], body[length:]
	if !header.IsCompressed.Valid || header.IsCompressed.V {
		var err error
		if plain, err = decompress(d.codec, plain, size-length); err != nil {
			return err
		}
	}
	return d.data(levels, plain, header.Encoding, n)
}

// data adds the values of a page; levels say which rows have one.
func (d *pages) data(levels, plain []byte, encoding format.Encoding, n int) error {
	present := n
	var there []int32
	if d.leaf.optional {
		var err error
		if there, err = hybrid(levels, 1, n); err != nil {
			return err
		}
		present = 0
		for _, level := range there {
			present += int(level)
		}
	}
	v, err := d.decode(plain, encoding, present)
	if err != nil {
		return err
	}
	if v.len() != present {
		return errors.New("values are missing")
	}
	if present < n {
		d.addNulls(there)
		v = d.spread(v, there)
	}
	d.ints, d.reals, d.texts = join(d.ints, v.ints, d.rows), join(d.reals, v.reals, d.rows), join(d.texts, v.texts, d.rows)
	d.filled += n
	if d.nulls != nil && len(d.nulls) < d.filled {
		d.nulls = append(d.nulls, make([]bool, d.filled-len(d.nulls))...)
	}
	return nil
}

// join appends values, at once to a list that has room for all.
func join[T any](all, more []T, room int) []T {
	if len(all) == 0 && len(more) == room {
		return more
	}
	if all == nil && len(more) > 0 {
		all = make([]T, 0, room)
	}
	return append(all, more...)
}

func (d *pages) addNulls(there []int32) {
	d.nulls = append(d.nulls, make([]bool, d.filled-len(d.nulls))...)
	for _, level := range there {
		d.nulls = append(d.nulls, level == 0)
	}
}

// spread puts something into the rows that have no value.
func (d *pages) spread(v *values, there []int32) *values {
	if v.len() == 0 {
		switch d.leaf.element.Type.V {
		case format.Double, format.Float:
			return &values{reals: make([]float64, len(there))}
		case format.ByteArray:
			return &values{texts: make([]string, len(there))}
		}
		return &values{ints: make([]int64, len(there))}
	}
	return &values{spread(v.ints, there), spread(v.reals, there), spread(v.texts, there)}
}

func spread[T any](values []T, there []int32) []T {
	if len(values) == 0 {
		return nil
	}
	out := make([]T, len(there))
	for i, level := range there {
		if level != 0 {
			out[i], values = values[0], values[1:]
		}
	}
	return out
}
