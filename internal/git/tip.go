package git

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // git names objects by it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Tip is a branch as it was when it was fetched, or as a push made it.
type Tip struct {
	Commit string
	branch *Branch
	blobs  map[string]string // by name
}

// Has reports whether there is a regular file of that name.
func (t *Tip) Has(name string) bool { return t.blobs[name] != "" }

// List returns the names of the files directly in a folder, sorted, and those
// of the folders that files lie in, with a slash at the end.
func (t *Tip) List(folder string) []string {
	names := map[string]bool{}
	for name := range t.blobs {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok {
			first, _, isFolder := strings.Cut(rest, "/")
			if isFolder {
				first += "/"
			}
			names[first] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Read returns the contents of files, fetching at once what is not here yet. A
// name that is not there wraps fs.ErrNotExist.
func (t *Tip) Read(ctx context.Context, names ...string) (map[string][]byte, error) {
	var blobs []string
	for _, name := range names {
		if !t.Has(name) {
			return nil, fmt.Errorf("read %s on %s: %w", name, t.branch, fs.ErrNotExist)
		}
		blobs = append(blobs, t.blobs[name])
	}
	var contents map[string][]byte
	err := t.branch.cache.use(ctx, func() (err error) {
		// One that is missing git fetches by itself; many it would fetch one by one.
		if len(blobs) == 1 {
			if contents, err = t.branch.cache.read(ctx, blobs); err == nil {
				return nil
			}
		}
		if err = t.branch.complete(ctx, blobs); err == nil {
			contents, err = t.branch.cache.read(ctx, blobs)
		}
		return damage(err)
	})
	if err != nil {
		return nil, fmt.Errorf("read %d files of %s: %w", len(names), t.branch, err)
	}
	found := make(map[string][]byte, len(names))
	for _, name := range names {
		found[name] = contents[t.blobs[name]]
	}
	return found, nil
}

// complete fetches those of the blobs that the cache has not, in one go.
func (b *Branch) complete(ctx context.Context, blobs []string) error {
	if _, err := b.fetched(ctx); err != nil { // the cache was made again
		if _, err := b.fetch(ctx, ""); err != nil {
			return err
		}
	}
	missing, err := b.cache.missing(ctx, blobs)
	if err != nil || len(missing) == 0 {
		return err
	}
	_, err = b.cache.run(ctx, strings.NewReader(strings.Join(missing, "\n")+"\n"),
		"-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
		"--recurse-submodules=no", "--filter=blob:none", "--stdin", remoteName)
	if err != nil {
		return fmt.Errorf("fetch %d files: %w", len(missing), err)
	}
	return nil
}

// missing returns those of the objects that are not in the cache.
func (c cache) missing(ctx context.Context, blobs []string) ([]string, error) {
	out, err := c.run(ctx, nil, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		here[strings.TrimSuffix(line, "\n")] = true
	}
	var missing []string
	for _, blob := range blobs {
		if !here[blob] {
			here[blob] = true
			missing = append(missing, blob)
		}
	}
	return missing, nil
}

// read returns the contents of blobs, each checked against its name.
func (c cache) read(ctx context.Context, blobs []string) (map[string][]byte, error) {
	out, err := c.run(ctx, strings.NewReader(strings.Join(blobs, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	contents := make(map[string][]byte, len(blobs))
	in := bufio.NewReader(bytes.NewReader(out))
	for _, blob := range blobs {
		content, err := readBlob(in, blob)
		if err != nil {
			return nil, fmt.Errorf("read object %s: %w", blob, err)
		}
		contents[blob] = content
	}
	return contents, nil
}

// readBlob reads one answer of git cat-file --batch: object SP type SP size LF content LF.
func readBlob(in *bufio.Reader, blob string) ([]byte, error) {
	header, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(header)
	if len(fields) != 3 || fields[0] != blob || fields[1] != "blob" {
		return nil, fmt.Errorf("git says %q", strings.TrimSpace(header))
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 || size > maxOutput {
		return nil, fmt.Errorf("git says %q", strings.TrimSpace(header))
	}
	content := make([]byte, size+1)
	if _, err := io.ReadFull(in, content); err != nil {
		return nil, err
	}
	content = content[:size]
	if blobName(content, len(blob)) != blob {
		return nil, errors.New("its content is another")
	}
	return content, nil
}

// blobName is what git calls a blob (gitformat "objects"): the hash of its type, size and content.
func blobName(content []byte, length int) string {
	sum := sha1.New() //nolint:gosec // git names objects by it
	if length == hex.EncodedLen(sha256.Size) {
		sum = sha256.New()
	}
	fmt.Fprintf(sum, "blob %d\x00", len(content))
	sum.Write(content)
	return hex.EncodeToString(sum.Sum(nil))
}

// Holds reports whether a file has exactly this content. Nothing is fetched for it.
func (t *Tip) Holds(name string, content []byte) bool {
	return t.Has(name) && t.blobs[name] == blobName(content, len(t.Commit))
}

// Extends reports whether every file of an earlier tip is still there, unchanged.
func (t *Tip) Extends(earlier *Tip) bool {
	for name, blob := range earlier.blobs {
		if t.blobs[name] != blob {
			return false
		}
	}
	return true
}
