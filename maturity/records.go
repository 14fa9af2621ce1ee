package maturity

import (
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
)

// runsFolder is where muster keeps the records of its runs.
const runsFolder = ".muster/runs"

// The bounds of what is read of them: they lie in the repository, which may be anybody's.
const (
	maxRuns    = 1000
	maxRunSize = 16 << 20
)

// readRuns makes a fact of each run record that proves the training pipeline: one of
// a run that passed, at the commit that is scored, with nothing changed beside it.
// Where no commit is known, no record proves anything, nor does one that cannot be read.
func readRuns(dir, commit string, records fs.FS) []facts.Fact {
	if commit == "" {
		return nil
	}
	if records == nil {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil
		}
		defer root.Close()
		if records, err = fs.Sub(root.FS(), runsFolder); err != nil {
			return nil
		}
	}
	names, _ := fs.Glob(records, "*/run.json") // the pattern is right
	names = names[max(0, len(names)-maxRuns):] // a run's name begins with its time
	var out []facts.Fact
	for _, name := range names {
		run, ok := readRun(records, name)
		if ok && run.Status == result.RunPassed && run.Git != nil && run.Git.Commit == commit && !run.Git.Dirty && run.Candidate != nil {
			out = append(out, facts.Fact{
				Category: "record.run", Tool: "muster", Subject: "run " + run.ID, Path: path.Join(runsFolder, name),
				Context: "source", Entries: []facts.Link{},
			})
		}
	}
	return out
}

// readRun reads one record; another version's, or half of one, is none.
func readRun(records fs.FS, name string) (result.Run, bool) {
	info, err := fs.Stat(records, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxRunSize {
		return result.Run{}, false
	}
	file, err := records.Open(name)
	if err != nil {
		return result.Run{}, false
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxRunSize))
	if err != nil {
		return result.Run{}, false
	}
	run, err := result.Decode[result.Run](data, name)
	return run, err == nil
}
