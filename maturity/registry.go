package maturity

import (
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
)

// models is what muster's own registry shows: its versions, and what the gate decided.
type models struct {
	versions []facts.Fact
	attempts []facts.Fact
}

// The places of a registry: a folder beside the working copy, and the branches of the
// kind that lies in git, as a clone has them.
const registryFolder = ".muster/registry"

var registryBranches = []string{
	"refs/remotes/origin/muster/models", "refs/remotes/origin/muster/models-ledger", "refs/heads/muster/models", "refs/heads/muster/models-ledger",
}

// maxRecords is how many versions, and how many decisions, are read.
const maxRecords = 200

// readModels reads the registries that a repository with a muster.yaml may have. Nothing
// is fetched, and a document that cannot be read proves nothing.
func readModels(ctx context.Context, dir fs.FS, repo *git.Repository, files []string, now time.Time) *models {
	m := &models{}
	if !slices.ContainsFunc(files, func(f string) bool { return path.Base(f) == "muster.yaml" }) {
		return m
	}
	if sub, err := fs.Sub(dir, registryFolder); err == nil {
		m.read(sub, registryFolder, now)
	}
	for _, branch := range registryBranches {
		if repo == nil || len(m.versions) > 0 && len(m.attempts) > 0 {
			break
		}
		snapshot, err := repo.Snapshot(ctx, branch)
		if err != nil {
			continue
		}
		m.read(snapshot, branch, now)
		_ = snapshot.Close() // it was only read
	}
	return m
}

// openModels reads them out of a directory that no link leads out of.
func openModels(ctx context.Context, dir string, repo *git.Repository, files []string, now time.Time) *models {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	return readModels(ctx, root.FS(), repo, files, now)
}

// read takes the newest documents of a registry: versions/vN.json, ledger/DATA/N.json.
func (m *models) read(fsys fs.FS, place string, now time.Time) {
	names, _ := fs.Glob(fsys, "versions/*.json") // the pattern is right
	for _, name := range newestOf(names) {
		if v, ok := document[result.Version](fsys, name); ok && v.Staged == nil {
			m.versions = append(m.versions, record("record.version", "version "+v.Version+" of the model", path.Join(place, name), v.Created, nil))
		}
	}
	names, _ = fs.Glob(fsys, "ledger/*/*.json")
	for _, name := range newestOf(names) {
		if a, ok := document[result.Attempt](fsys, name); ok {
			age := max(0, int(now.Sub(a.At).Hours()/24))
			m.attempts = append(m.attempts, record("record.decision", "the gate said "+string(a.Verdict), path.Join(place, name), a.At, map[string]any{"verdict": string(a.Verdict), "age": age}))
		}
	}
}

// newestOf are the last of the names by their number.
func newestOf(names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		if d := len(b) - len(a); d != 0 && path.Dir(a) == path.Dir(b) {
			return d
		}
		return strings.Compare(b, a)
	})
	return names[:min(len(names), maxRecords)]
}

func document[T result.Document](fsys fs.FS, name string) (T, bool) {
	var none T
	data, ok, err := small(fsys, name)
	if err != nil || !ok {
		return none, false
	}
	doc, err := result.Decode[T](data, name)
	return doc, err == nil
}

func record(category, subject, file string, at time.Time, detail map[string]any) facts.Fact {
	return facts.Fact{Category: category, Tool: "muster", Subject: subject, Path: file, Context: "record", Time: stampOf(at), Detail: detail, Entries: []facts.Link{}}
}

// add puts what the registry shows into a project's facts.
func (m *models) add(set *facts.Set) {
	if m == nil {
		return
	}
	if len(m.versions) > 0 {
		set.Facts["record.version"] = m.versions
	}
	if len(m.attempts) > 0 {
		set.Facts["record.decision"] = m.attempts
	}
}
