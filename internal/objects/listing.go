package objects

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/muster-ci/muster/internal/result"
)

// Listing is the canonical list of a set of files, whatever order they come in:
// one line of JSON with path, content and executable bit of each. Stored as an
// object, its digest is the [TreeDigest] of the files.
func Listing(files []result.File) []byte {
	var list bytes.Buffer
	list.Grow(160*len(files) + 2)
	writeListing(&list, files)
	return list.Bytes()
}

// TreeDigest identifies a set of files by their paths, contents and executable
// bits: the SHA-256 of their [Listing].
func TreeDigest(files []result.File) Digest {
	sum := newHash()
	writeListing(sum, files)
	return sum.hex()
}

// writeListing writes the list to a buffer or a hash, which take whatever comes.
func writeListing(to io.Writer, files []result.File) {
	if !slices.IsSortedFunc(files, compareFiles) {
		files = slices.SortedFunc(slices.Values(files), compareFiles)
	}
	const chunk = 4 << 10
	out := make([]byte, 0, 2*chunk)
	out = append(out, '[')
	for i, file := range files {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"path":`...)
		out = appendJSON(out, file.Path)
		out = append(out, `,"sha256":`...)
		out = appendJSON(out, file.SHA256)
		out = append(out, `,"executable":`...)
		out = strconv.AppendBool(out, file.Executable)
		out = append(out, '}')
		if len(out) >= chunk {
			_, _ = to.Write(out)
			out = out[:0]
		}
	}
	_, _ = to.Write(append(out, ']'))
}

func compareFiles(a, b result.File) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA256, b.SHA256))
}

// ParseListing reads what [Listing] made. The files have no size.
func ParseListing(data []byte) ([]result.File, error) {
	var files []result.File
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, fmt.Errorf("read list of files: %w", err)
	}
	return files, nil
}

// appendJSON appends a string as encoding/json writes it, fast where nothing in
// it has a meaning: with 100,000 inputs, the lists are most of what a run writes.
func appendJSON(out []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return appendEscaped(out, s)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

func appendEscaped(out []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // strings always encode
	}
	return append(out, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}
