package predictions

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/muster-ci/muster/internal/metrics/input"
)

const (
	// mostParquet is how large a file can be that has to be kept in memory.
	mostParquet = 2 << 30
	// mostFooter is how large the description of a file can be.
	mostFooter = 64 << 20
	// batch is how many rows become one part.
	batch = 1 << 16
	// magic is at both ends of a file.
	magic = "PAR1"
)

// parquetFile is an open Parquet file. The description and the encodings are
// read by the library's packages for them; pages are decoded here, since a file
// may claim more values or bytes than it has, and the library believes it.
type parquetFile struct {
	path string
	in   io.ReaderAt
	size int64
	meta format.FileMetaData
	// leaves are the columns in the order in which row groups have them, by name.
	leaves []leaf
	plan   *plan
}

// leaf is a column of the file.
type leaf struct {
	name string
	// nested says that a row may have any number of values.
	nested   bool
	optional bool
	element  format.SchemaElement
}

// readParquet reads a Parquet file.
func readParquet(path string, columns Columns, in io.ReaderAt, size int64) (set *Set, err error) {
	f := &parquetFile{path: path, in: in, size: size}
	// The library reads what anybody may have written.
	defer func() {
		if panicked := recover(); panicked != nil {
			set, err = nil, f.corrupt(fmt.Errorf("%v", panicked))
		}
	}()
	if err := f.footer(); err != nil {
		return nil, err
	}
	if err := f.schema(); err != nil {
		return nil, err
	}
	names := make([]string, len(f.leaves))
	for i, leaf := range f.leaves {
		names[i] = leaf.name
	}
	if f.plan, err = newPlan(columns, heading{path: path, names: names, first: 1}); err != nil {
		return nil, err
	}
	for _, field := range f.plan.fields {
		if fault := f.leaves[field.at].unreadable(); fault != nil {
			return nil, &input.FileError{Path: path, Column: field.name, Msg: fault.msg, Hint: fault.hint}
		}
	}
	a := newAssembler(f.plan)
	return a.finish(f.rows(a))
}

func (f *parquetFile) corrupt(err error) error {
	if _, reading := errors.AsType[*readingError](err); reading {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	if unknown, ok := errors.AsType[*unsupported](err); ok {
		return &input.FileError{Path: f.path, Msg: unknown.is, Hint: unknown.hint}
	}
	return &input.FileError{Path: f.path, Msg: fmt.Sprintf("is no whole Parquet file (%v)", err), Hint: "it was cut off or damaged: write it again, and close it"}
}

// readingError is a file that cannot be read, whatever is in it.
type readingError struct{ error }

func (e *readingError) Unwrap() error { return e.error }

// bytes reads a piece of the file.
func (f *parquetFile) bytes(offset, length int64) ([]byte, error) {
	if offset < 0 || length < 0 || offset > f.size || length > f.size-offset {
		return nil, errors.New("what it describes is not all there")
	}
	piece := make([]byte, length)
	if n, err := f.in.ReadAt(piece, offset); n < len(piece) {
		return nil, &readingError{err}
	}
	return piece, nil
}

// footer reads the description at the end of the file.
func (f *parquetFile) footer() error {
	const tail = 8
	if f.size < int64(len(magic)+tail) {
		return f.corrupt(errors.New("it is too short"))
	}
	end, err := f.bytes(f.size-tail, tail)
	if err != nil {
		return f.corrupt(err)
	}
	switch string(end[4:]) {
	case magic:
	case "PARE":
		return &input.FileError{Path: f.path, Msg: "is encrypted", Hint: "write it without encryption"}
	default:
		return f.corrupt(errors.New("its end is missing"))
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > mostFooter {
		return f.corrupt(errors.New("its description is too long"))
	}
	footer, err := f.bytes(f.size-tail-length, length)
	if err != nil {
		return f.corrupt(err)
	}
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, &f.meta); err != nil {
		return f.corrupt(err)
	}
	if f.meta.NumRows > mostRows {
		return &input.FileError{Path: f.path, Msg: fmt.Sprintf("has more than %d rows", mostRows), Hint: "evaluate on fewer rows"}
	}
	return nil
}

// schema lists the columns.
func (f *parquetFile) schema() error {
	elements := f.meta.Schema
	if len(elements) == 0 {
		return f.corrupt(errors.New("it has no columns"))
	}
	rest := elements[1:]
	for len(rest) > 0 {
		before := len(rest)
		top := rest[0]
		f.addLeaves(top, &rest, false, 0)
		if len(rest) == before {
			return f.corrupt(errors.New("its columns contradict one another"))
		}
	}
	return nil
}

// addLeaves adds the columns that an element of the schema stands for: itself,
// or those nested in it, which bear its name.
func (f *parquetFile) addLeaves(top format.SchemaElement, rest *thrift.Slice[format.SchemaElement], nested bool, depth int) {
	if len(*rest) == 0 || depth > 64 {
		return
	}
	element := (*rest)[0]
	*rest = (*rest)[1:]
	repetition := element.RepetitionType.V
	if children := element.NumChildren.V; children > 0 {
		for range children {
			f.addLeaves(top, rest, true, depth+1)
		}
		return
	}
	if nested && slices.ContainsFunc(f.leaves, func(l leaf) bool { return l.name == top.Name && l.nested }) {
		top.Name += "." + element.Name
	}
	f.leaves = append(f.leaves, leaf{name: top.Name, nested: nested || repetition == format.Repeated, optional: repetition == format.Optional, element: element})
}

// unreadable says what keeps a column from being read.
func (l *leaf) unreadable() *fault {
	refuse := func(is, hint string) *fault {
		return &fault{fmt.Sprintf("column %s %s", input.Quote(l.name), is), hint}
	}
	switch l.element.Type.V {
	case format.Int96, format.FixedLenByteArray:
		if !l.nested {
			return refuse(fmt.Sprintf("has the type %s", l.element.Type.V), "write it as text, as a number, or as a TIMESTAMP")
		}
	}
	switch {
	case l.nested:
		return refuse("has lists or records as values", "write one value for each row")
	case l.logical() == decimals:
		return refuse("has decimal numbers", "write them as DOUBLE")
	}
	return nil
}

// meaning is what the numbers of a column stand for.
type meaning uint8

const (
	plainly meaning = iota
	unsigned
	days
	millis
	micros
	nanos
	decimals
)

// logical returns what the numbers of a column stand for.
func (l *leaf) logical() meaning {
	switch t := l.element.LogicalType.Value.(type) {
	case *format.DateType:
		return days
	case *format.DecimalType:
		return decimals
	case *format.IntType:
		if !t.IsSigned {
			return unsigned
		}
	case *format.TimestampType:
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			return millis
		case *format.NanoSeconds:
			return nanos
		}
		return micros
	}
	if !l.element.ConvertedType.Valid {
		return plainly
	}
	switch l.element.ConvertedType.V {
	case deprecated.Date:
		return days
	case deprecated.Decimal:
		return decimals
	case deprecated.TimestampMillis:
		return millis
	case deprecated.TimestampMicros:
		return micros
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return unsigned
	}
	return plainly
}

// rows has the rows of all groups added to a set, group by group.
func (f *parquetFile) rows(a *assembler) error {
	record := 1
	for i := range f.meta.RowGroups {
		group := &f.meta.RowGroups[i]
		if group.NumRows < 0 || group.NumRows > mostRows || len(group.Columns) != len(f.leaves) {
			return f.corrupt(errors.New("its columns contradict one another"))
		}
		vectors, err := f.vectors(group)
		if err != nil {
			return f.corrupt(err)
		}
		from := 0
		err = a.collect(func() (func() *part, error) {
			if from == int(group.NumRows) {
				return nil, io.EOF
			}
			start, end := from, min(from+batch, int(group.NumRows))
			from = end
			return func() *part { return f.part(vectors, start, end, record) }, nil
		})
		if err != nil {
			return err
		}
		record += int(group.NumRows)
	}
	return nil
}

// vectors decodes the wanted columns of a row group, several at a time.
func (f *parquetFile) vectors(group *format.RowGroup) ([]*vector, error) {
	vectors := make([]*vector, len(f.plan.fields))
	failed := make([]error, len(vectors))
	inParallel(len(vectors), func(i int) {
		defer func() {
			if panicked := recover(); panicked != nil {
				failed[i] = fmt.Errorf("%v", panicked)
			}
		}()
		at := f.plan.fields[i].at
		vectors[i], failed[i] = f.vector(&f.leaves[at], &group.Columns[at].MetaData, int(group.NumRows))
	})
	for i, err := range failed {
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", input.Quote(f.plan.fields[i].name), err)
		}
	}
	return vectors, nil
}

// part makes rows of what the columns have from one place to another. record is
// the number of the first row of the group.
func (f *parquetFile) part(vectors []*vector, from, to, record int) *part {
	p := newPart(f.plan, record+from)
	for row := from; row < to; row++ {
		for i, v := range vectors {
			field := &f.plan.fields[i]
			if fault := p.add(field, v.cell(row)); fault != nil {
				p.err = p.at(record+row, field.name, fault)
				return p
			}
		}
		p.done(record + row)
	}
	return p
}

// atHand returns a Parquet file for reading at any place. A regular file is used
// where it lies.
func atHand(r io.Reader, rest io.Reader, path string) (io.ReaderAt, int64, error) {
	if file, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		if end, err := file.Seek(0, io.SeekEnd); err == nil {
			return file, end, nil
		}
	}
	var all bytes.Buffer
	if _, err := io.Copy(&all, io.LimitReader(rest, mostParquet+1)); err != nil {
		return nil, 0, readError(path, err)
	}
	if all.Len() > mostParquet {
		return nil, 0, &input.FileError{
			Path: path, Msg: fmt.Sprintf("has more than %d GiB, which is too much to keep in memory", mostParquet>>30),
			Hint: "write fewer columns, or a CSV file, which is read in pieces",
		}
	}
	return bytes.NewReader(all.Bytes()), int64(all.Len()), nil
}
