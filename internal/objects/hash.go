package objects

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

type fileHash struct{ hash.Hash }

func newHash() fileHash { return fileHash{sha256.New()} }

func (h fileHash) hex() Digest { return hex.EncodeToString(h.Sum(nil)) }

// ValidDigest reports whether s can be a digest: 64 lower-case hexadecimal digits.
func ValidDigest(s string) bool {
	if len(s) != hex.EncodedLen(sha256.Size) {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// HashFile returns digest and size of a regular file. Links, devices, pipes
// and sockets are refused with an [IrregularError].
func HashFile(ctx context.Context, path string) (Digest, int64, error) {
	file, err := openRegular(path)
	if err != nil {
		return "", 0, fmt.Errorf("hash file: %w", err)
	}
	defer file.Close()
	sum := newHash()
	size, err := io.Copy(sum, &contextReader{ctx, file})
	if err != nil {
		return "", 0, fmt.Errorf("hash file: %w", err)
	}
	return sum.hex(), size, nil
}

// IrregularError says that a path is not a regular file.
type IrregularError struct {
	Path string
	Mode os.FileMode
}

func (e *IrregularError) Error() string {
	kind := "a device"
	switch {
	case e.Mode&os.ModeSymlink != 0:
		kind = "a symbolic link"
	case e.Mode.IsDir():
		kind = "a directory"
	case e.Mode&os.ModeNamedPipe != 0:
		kind = "a pipe"
	case e.Mode&os.ModeSocket != 0:
		kind = "a socket"
	}
	return fmt.Sprintf("%s is %s, not a regular file", e.Path, kind)
}

// openRegular opens a regular file, and nothing else: a link could lead out of
// the tree that the caller vouches for, and a pipe would block for ever.
func openRegular(path string) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, &IrregularError{Path: path, Mode: before.Mode()}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	after, err := file.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = fmt.Errorf("%s was replaced while it was opened", path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// TreeDigest identifies a set of files by their paths, contents and executable
// bits: the SHA-256 of a canonical JSON list, whatever order they come in.
func TreeDigest(files []result.File) Digest {
	type entry struct {
		Path       string `json:"path"`
		SHA256     string `json:"sha256"`
		Executable bool   `json:"executable"`
	}
	entries := make([]entry, 0, len(files))
	for _, file := range files {
		entries = append(entries, entry{file.Path, file.SHA256, file.Executable})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA256, b.SHA256))
	})
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(entries); err != nil {
		panic(err) // strings and booleans always encode
	}
	sum := newHash()
	sum.Write(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
	return sum.hex()
}
