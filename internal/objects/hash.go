package objects

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
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
	digest, stat, err := hashFile(ctx, path)
	return digest, stat.Size, err
}

// hashFile returns also what the file was when the reading of it began.
func hashFile(ctx context.Context, path string) (Digest, Stat, error) {
	file, stat, err := openRegular(path)
	if err != nil {
		return "", Stat{}, fmt.Errorf("hash file: %w", err)
	}
	defer file.Close()
	sum := newHash()
	if stat.Size, err = pump(ctx, sum, file, stat.Size); err != nil {
		return "", Stat{}, fmt.Errorf("hash file: %w", err)
	}
	return sum.hex(), stat, nil
}

// maxBuffer is what is read at once: enough that the calls cost nothing beside
// the bytes, and little enough to stay in a processor's cache.
const maxBuffer = 256 << 10

// pump copies all of in, of which about size bytes are expected.
func pump(ctx context.Context, out io.Writer, in io.Reader, size int64) (copied int64, err error) {
	buf := make([]byte, min(max(size+1, 512), maxBuffer)) // one more than there is, to meet the end at once
	for {
		if err := ctx.Err(); err != nil {
			return copied, err
		}
		n, err := in.Read(buf)
		copied += int64(n)
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				return copied, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return copied, nil
		case err != nil:
			return copied, err
		}
	}
}

// IrregularError says that a path is not a regular file.
type IrregularError struct {
	Path string
	Mode os.FileMode
}

func (e *IrregularError) Error() string {
	what, kind := e.Path, "a device"
	if what == "." { // what was looked at itself, which the caller names
		what = "it"
	}
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
	return fmt.Sprintf("%s is %s, not a regular file", what, kind)
}

// openRegular opens a regular file, and nothing else: a link could lead out of
// the tree that the caller vouches for, and a pipe would block for ever.
func openRegular(path string) (*rawFile, Stat, error) {
	file, err := openNoLink(path)
	if err != nil {
		// A link, a socket and some devices cannot be opened: say what is in the way.
		if stat, statErr := Lstat(path); statErr == nil && !stat.Mode.IsRegular() {
			err = &IrregularError{Path: path, Mode: stat.Mode}
		}
		return nil, Stat{}, err
	}
	stat, err := file.stat()
	if err == nil && !stat.Mode.IsRegular() {
		err = &IrregularError{Path: path, Mode: stat.Mode}
	}
	if err != nil {
		file.Close()
		return nil, Stat{}, err
	}
	return file, stat, nil
}
