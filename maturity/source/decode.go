package source

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// pointer is how a file begins whose content Git LFS keeps elsewhere
// (git-lfs/git-lfs, docs/spec.md).
var pointer = []byte("version https://git-lfs.github.com/spec/v1")

// isPointer reports whether a file is a pointer of Git LFS.
func isPointer(data []byte) bool { return bytes.HasPrefix(data, pointer) }

// decode turns a file into UTF-8; it reports false for what is no text. What
// says nothing of its encoding and is no UTF-8 is taken for Windows-1252, in
// which every byte is a character.
func decode(data []byte) ([]byte, bool) {
	if text, ok := decodeWide(data); ok {
		return text, true
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return nil, false
	}
	if utf8.Valid(data) {
		return data, true
	}
	if text, err := declared(data).NewDecoder().Bytes(data); err == nil {
		return text, true
	}
	return data, true
}

// decodeWide decodes UTF-16, which is known by its mark or by the zero in every
// second byte of a first word in Latin letters.
func decodeWide(data []byte) ([]byte, bool) {
	var order unicode.Endianness
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), zeroes(data, 1):
		order = unicode.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}), zeroes(data, 0):
		order = unicode.BigEndian
	default:
		return nil, false
	}
	text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	if err != nil {
		text, err = unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	}
	return text, err == nil && bytes.IndexByte(text, 0) < 0
}

// zeroes reports whether exactly those bytes at the beginning are zero that are
// odd (1) or even (0).
func zeroes(data []byte, odd int) bool {
	const looked = 32
	if len(data) < looked {
		return false
	}
	for i, c := range data[:looked] {
		if (c == 0) != (i%2 == odd) {
			return false
		}
	}
	return true
}

// coding is the line by which a file of Python says its encoding (PEP 263).
var coding = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`)

// declared is the encoding that one of the first two lines names. Those of Asia
// are read as they are: names and strings of the language itself are ASCII in them.
func declared(data []byte) encoding.Encoding {
	head := data[:min(len(data), 400)]
	for range 2 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if m := coding.FindSubmatch(line); m != nil {
			return byName(string(m[1]))
		}
		head = rest
	}
	return charmap.Windows1252
}

// byName finds an encoding of one byte for each character by Python's name for it.
func byName(name string) encoding.Encoding {
	plain := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "", "windows", "cp", "iso8859", "latin").Replace(strings.ToLower(s))
	}
	aliases := map[string]string{"latin1": "ISO 8859-1", "l1": "ISO 8859-1", "latin15": "ISO 8859-15"}
	want := aliases[plain(name)]
	for _, e := range charmap.All {
		if m, ok := e.(*charmap.Charmap); ok && (m.String() == want || plain(m.String()) == plain(name)) {
			return m
		}
	}
	return encoding.Nop
}
