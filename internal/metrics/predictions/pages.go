package predictions

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/bytestreamsplit"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// mostPage is how large a page can be: pandas with fastparquet writes a column
// of a row group as one.
const mostPage = 1 << 30

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

// decode decodes n values.
func (d *pages) decode(plain []byte, encoding format.Encoding, n int) (*values, error) {
	kind := d.leaf.element.Type.V
	switch {
	case encoding == format.Plain:
		return d.plain(plain, n)
	case encoding == format.PlainDictionary || encoding == format.RLEDictionary:
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

// hybrid decodes n small numbers that are stored as runs of one number or side
// by side in few bits each (apache/parquet-format, Encodings.md, RLE = 3). The
// library's own takes whatever memory a run claims to need.
func hybrid(raw []byte, width, n int) ([]int32, error) {
	out := make([]int32, 0, n)
	for len(out) < n {
		header, length := binary.Uvarint(raw)
		if length <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		raw = raw[length:]
		if header&1 == 0 {
			size := (width + 7) / 8
			if len(raw) < size || header>>1 == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			var word [8]byte
			copy(word[:], raw[:size])
			value := int32(binary.LittleEndian.Uint64(word[:]))
			raw = raw[size:]
			for range min(header>>1, uint64(n-len(out))) {
				out = append(out, value)
			}
			continue
		}
		count := min(header>>1, uint64(n)) * 8
		if header>>1 == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		out = unpack(out, raw, width, min(int(count), n-len(out)))
		if out == nil {
			return nil, io.ErrUnexpectedEOF
		}
		raw = raw[min(len(raw), int(count)*width/8):]
	}
	return out, nil
}

// unpack appends n numbers of so many bits each; nil if there are not so many.
func unpack(out []int32, raw []byte, width, n int) []int32 {
	if len(raw)*8 < n*width {
		return nil
	}
	var bits uint64
	have := 0
	mask := uint64(1)<<width - 1
	for range n {
		for have < width {
			bits |= uint64(raw[0]) << have
			raw, have = raw[1:], have+8
		}
		out = append(out, int32(bits&mask))
		bits, have = bits>>width, have-width
	}
	return out
}

// decompress returns what is in a page of a known size.
func decompress(codec format.CompressionCodec, raw []byte, size int) ([]byte, error) {
	var plain []byte
	var err error
	switch codec {
	case format.Uncompressed:
		plain = raw
	case format.Snappy:
		if length, err := snappy.DecodedLen(raw); err != nil || length != size {
			return nil, errors.New("a page has another size than it says")
		}
		plain, err = snappy.Decode(nil, raw)
	case format.Gzip:
		plain, err = gunzip(raw, size)
	case format.Zstd:
		plain, err = unzstd(raw, size)
	default:
		return nil, &unsupported{fmt.Sprintf("is compressed with %s, which cannot be read", codec), "compress it with snappy, zstd or gzip"}
	}
	if err == nil && len(plain) != size {
		err = errors.New("a page has another size than it says")
	}
	return plain, err
}

func gunzip(raw []byte, size int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, int64(size)+1))
}

func unzstd(raw []byte, size int) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostPage))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(raw, make([]byte, 0, min(size, 64*len(raw)+1024)))
}
