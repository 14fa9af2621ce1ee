package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// read reads the predictions of one side.
func (s source) read(ctx context.Context, columns predictions.Columns) (answers, error) {
	out := answers{sets: make([]*predictions.Set, len(s.files)), digests: make([]string, len(s.files))}
	errs := make([]error, len(s.files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, file := range s.files {
		group.Go(func() error {
			if ctx.Err() == nil {
				out.sets[i], out.digests[i], errs[i] = file.read(columns)
			}
			return nil
		})
	}
	done := make(chan struct{})
	go func() {
		_ = group.Wait() // no function returns an error
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done(): // a pipe that nobody writes to would be waited for without end
		return answers{}, ctx.Err()
	}
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return answers{}, err
		}
	}
	return out, nil
}

// read reads one file, and returns its SHA-256.
func (f content) read(columns predictions.Columns) (*predictions.Set, string, error) {
	in, err := f.open()
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	digest := f.digest
	if digest != "" {
		set, err := predictions.Read(in, f.name, columns)
		return set, digest, err
	}
	whole := newOnce(in)
	var r io.Reader = whole
	if file, ok := in.(*os.File); ok && isRegular(file) { // Parquet is read where it lies
		if digest, err = whole.digest(); err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", f.name, err)
		}
		r = file
	}
	set, err := predictions.Read(r, f.name, columns)
	if err == nil && digest == "" {
		digest, err = whole.digest()
	}
	return set, digest, err
}

func isRegular(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// once is what can be read only once, such as a pipe. It may have no end, so none
// of it is kept.
type once struct {
	io.Reader
	sum hash.Hash
}

func newOnce(in io.Reader) *once {
	sum := sha256.New()
	return &once{io.TeeReader(in, sum), sum}
}

// digest reads what is left, and returns the SHA-256 of all.
func (o *once) digest() (string, error) {
	if _, err := io.Copy(io.Discard, o.Reader); err != nil {
		return "", fmt.Errorf("read to the end: %w", err)
	}
	return hex.EncodeToString(o.sum.Sum(nil)), nil
}
