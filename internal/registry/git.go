package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
)

// ReadOnlyError says that the registry can be read, and takes nothing that is
// new: a job that may not push to the repository, or a branch that is protected.
type ReadOnlyError struct {
	Place  string // where the registry is
	Reason string // the words of whoever refused
}

func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("%s can be read, and does not take what is new: %s", e.Place, e.Reason)
}

// Unwrap makes it one of the errors of a file system that takes nothing new.
func (e *ReadOnlyError) Unwrap() error { return fs.ErrPermission }

// Hint says what to do about it.
func (e *ReadOnlyError) Hint() string {
	return "let the job push: permissions: {contents: write} on GitHub, a token with write_repository on GitLab; " +
		"and let it past the protection of the branch, if there is one"
}

// Git is the backend on two branches of a git repository. Nothing but muster
// writes there, and each Create is one commit:
//
//	BRANCH          documents as files of their names, objects in objects/
//	BRANCH-ledger   what lies in ledger/, with the objects that it names
//
// The ledger has a branch of its own since every decision writes there: so it
// never keeps a promotion waiting. A push goes through only on the tip that it
// was made for; that is the compare-and-swap.
//
// Files above 5 MB do not belong in a repository: they go to a folder beside it.
type Git struct {
	models, ledger *side
	large          *Dir // nil for none
	place          string

	mu     sync.Mutex
	staged map[string][]byte // objects that go with the next Create, by digest
}

var _ Backend = (*Git)(nil)

// The largest file that a branch takes, and all files of one commit together, in bytes.
const (
	maxFile   = 5 << 20
	maxCommit = 10 << 20
)

// NewGit returns the backend on a branch of the remote. Cache is a folder of the
// caller's, which is made if it is not there. Folder is for large files, and
// shared by all that use the registry; it may be empty.
func NewGit(remote git.Remote, branch, cache, folder string) (*Git, error) {
	models, err := git.OpenBranch(remote, branch, cache)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	ledger, err := git.OpenBranch(remote, branch+ledgerSuffix, cache)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	g := &Git{models: &side{branch: models}, ledger: &side{branch: ledger}, place: models.String(), staged: map[string][]byte{}}
	if folder != "" {
		g.large = NewDir(folder)
	}
	return g, nil
}

const ledgerSuffix = "-ledger"

// InitGit makes the branches that are not there, and the registry on them.
func InitGit(ctx context.Context, g *Git, pipeline string) error {
	note := File{"README.md", fmt.Appendf(nil, "What was tried for the models of %s, and what the gate decided.\nOnly muster writes here.\n", pipeline)}
	if _, err := g.ledger.look(ctx); errors.Is(err, git.ErrNoBranch) {
		if err := g.ledger.create(ctx, []File{note}, nil); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make registry: %w", g.explain(err))
		}
	}
	return Init(ctx, g, pipeline)
}

// side returns the branch that a document lies on.
func (g *Git) side(name string) *side {
	if name == "ledger" || strings.HasPrefix(name, "ledger/") {
		return g.ledger
	}
	return g.models
}

// Path is where a document lies.
func (g *Git) Path(name string) string {
	if name == "" {
		return g.place
	}
	return g.side(name).branch.String() + ": " + name
}

// ObjectPath is where an object lies.
func (g *Git) ObjectPath(digest string) string {
	if !objects.ValidDigest(digest) {
		return g.Path("objects")
	}
	if g.large != nil && g.large.has(digest) {
		return g.large.ObjectPath(digest)
	}
	return g.Path(objectName(digest))
}

func objectName(digest string) string { return path.Join("objects", digest[:2], digest[2:]) }

// Read reads a document.
func (g *Git) Read(ctx context.Context, name string) ([]byte, error) {
	data, err := g.side(name).read(ctx, name)
	return data, g.missing(name, err)
}

// List lists a folder.
func (g *Git) List(ctx context.Context, folder string) ([]string, error) {
	tip, err := g.side(folder).tip(ctx)
	if err = g.missing(folder, err); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := tip.List(folder)
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, "/")
	}
	return slices.Compact(names), nil
}

// missing says what a branch that is not there means: without the models' there is
// no registry, but a registry without the ledger's has lost it.
func (g *Git) missing(name string, err error) error {
	switch {
	case !errors.Is(err, git.ErrNoBranch):
		return err
	case g.side(name) == g.models:
		return fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	default:
		return fmt.Errorf("the ledger is lost: %w; put the branch back, or begin a new one with: muster models init", err)
	}
}

// Create makes one commit of the documents for each branch that they lie on.
func (g *Git) Create(ctx context.Context, files ...File) error {
	if len(files) == 0 {
		return g.explain(g.createOn(ctx, g.models, nil))
	}
	for len(files) > 0 {
		n := slices.IndexFunc(files, func(f File) bool { return g.side(f.Name) != g.side(files[0].Name) })
		if n < 0 {
			n = len(files)
		}
		if err := g.createOn(ctx, g.side(files[0].Name), files[:n]); err != nil {
			return g.explain(err)
		}
		files = files[n:]
	}
	return nil
}

func (g *Git) createOn(ctx context.Context, s *side, files []File) error {
	g.mu.Lock()
	staged := maps.Clone(g.staged)
	g.mu.Unlock()
	if len(files)+len(staged) == 0 {
		return nil
	}
	if err := s.create(ctx, files, staged); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for digest := range staged {
		delete(g.staged, digest)
	}
	return nil
}

// explain tells a remote that may be read only from other failures.
func (g *Git) explain(err error) error {
	if refused, ok := errors.AsType[*git.RefusedError](err); ok {
		return &ReadOnlyError{Place: g.place, Reason: refused.Reason}
	}
	return err
}

// Take copies an object from the store. A small one goes with the next Create.
func (g *Git) Take(ctx context.Context, store *objects.Store, digest string) error {
	source, err := store.Open(digest)
	if err != nil {
		return err
	}
	defer source.Close()
	data, err := io.ReadAll(io.LimitReader(source, maxFile+1))
	if err != nil {
		return err
	}
	if len(data) <= maxFile {
		return g.stage(ctx, digest, data)
	}
	if g.large == nil {
		return g.tooLarge("a file above 5 MB")
	}
	return g.large.Take(ctx, store, digest)
}

func (g *Git) tooLarge(what string) error {
	return fmt.Errorf("%s is too large for %s; set registry.git.objects in muster.yaml to a folder that all who use the registry can reach", what, g.place)
}

// Keep makes an object of the bytes.
func (g *Git) Keep(ctx context.Context, data []byte) (string, error) {
	digest := digestOf(data)
	if len(data) <= maxFile {
		return digest, g.stage(ctx, digest, data)
	}
	if g.large == nil {
		return "", g.tooLarge("a document above 5 MB")
	}
	return g.large.Keep(ctx, data)
}

// stage keeps a small object for the next Create, unless a branch has it whole.
func (g *Git) stage(ctx context.Context, digest string, data []byte) error {
	for _, s := range []*side{g.models, g.ledger} {
		tip, err := s.tip(ctx)
		if err != nil && !errors.Is(err, git.ErrNoBranch) {
			return err
		}
		if err == nil && tip.Holds(objectName(digest), data) {
			return nil
		}
		if err == nil && tip.Has(objectName(digest)) { // it is damaged, and perhaps nothing new comes of it
			return s.mend(ctx, objectName(digest), data)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	total := len(data)
	for _, other := range g.staged {
		total += len(other)
	}
	if total > maxCommit && g.large == nil {
		return g.tooLarge("a version above 10 MB")
	}
	if total > maxCommit {
		_, err := g.large.Keep(ctx, data)
		return err
	}
	g.staged[digest] = data
	return nil
}

// Open opens an object.
func (g *Git) Open(ctx context.Context, digest string) (io.ReadCloser, error) {
	if !objects.ValidDigest(digest) {
		return nil, fmt.Errorf("open object: %q is no SHA-256", digest)
	}
	g.mu.Lock()
	data, staged := g.staged[digest]
	g.mu.Unlock()
	if staged {
		return checked(digest, data), nil
	}
	for _, s := range []*side{g.models, g.ledger} {
		data, err := s.one(ctx, objectName(digest))
		if err == nil {
			return checked(digest, data), nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, git.ErrNoBranch) {
			return nil, fmt.Errorf("open object %s: %w", digest, err)
		}
	}
	if g.large != nil && g.large.has(digest) {
		return g.large.Open(ctx, digest)
	}
	return nil, fmt.Errorf("open object %s: %w", digest, fs.ErrNotExist)
}

// checked reads the bytes, and ends with objects.ErrCorrupt if they are not those of the digest.
func checked(digest string, data []byte) io.ReadCloser {
	if digestOf(data) == digest {
		return io.NopCloser(bytes.NewReader(data))
	}
	return io.NopCloser(io.MultiReader(bytes.NewReader(data), corrupt{}))
}

// corrupt is the end of a content that is another one.
type corrupt struct{}

func (corrupt) Read([]byte) (int, error) { return 0, objects.ErrCorrupt }

// Each visits the objects of both branches and of the folder.
func (g *Git) Each(ctx context.Context, visit func(digest string, size int64) error) error {
	seen := map[string]bool{}
	once := func(digest string, size int64) error {
		if seen[digest] {
			return nil
		}
		seen[digest] = true
		return visit(digest, size)
	}
	for _, s := range []*side{g.models, g.ledger} {
		if err := s.eachObject(ctx, once); err != nil && !errors.Is(err, git.ErrNoBranch) {
			return err
		}
	}
	if g.large == nil || !g.large.made() {
		return nil
	}
	return g.large.Each(ctx, once)
}

// Prove fetches both branches anew, whole, and has git check them. What an older
// fetch still holds would hide what is damaged at the remote by now.
func (g *Git) Prove(ctx context.Context) error {
	err := errors.Join(g.models.branch.Check(ctx), g.ledger.branch.Check(ctx))
	if errors.Is(err, git.ErrDamaged) {
		err = fmt.Errorf("%w: %w", objects.ErrCorrupt, err)
	}
	return err
}
