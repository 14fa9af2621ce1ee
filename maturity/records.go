package maturity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
)

// addRecords adds a fact for each run record that proves the training pipeline:
// one of a run that passed, at the commit that is scored, with nothing changed
// beside it. Where no commit is known, no record proves anything.
func addRecords(set *facts.Set, dir, commit string, records fs.FS) error {
	if commit == "" {
		return nil
	}
	if records == nil {
		records = os.DirFS(filepath.Join(dir, ".muster", "runs"))
	}
	names, err := fs.Glob(records, "*/run.json")
	if err != nil {
		return fmt.Errorf("list run records: %w", err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(records, name)
		if err != nil {
			return fmt.Errorf("read run record: %w", err)
		}
		run, err := result.Decode[result.Run](data, name)
		if _, ok := errors.AsType[*result.InvalidError](err); ok { // another version's, or half of one: it proves nothing
			continue
		}
		if err != nil {
			return fmt.Errorf("read run record: %w", err)
		}
		if run.Status == result.RunPassed && run.Git != nil && run.Git.Commit == commit && !run.Git.Dirty && run.Candidate != nil {
			set.Facts["record.run"] = append(set.Facts["record.run"], facts.Fact{
				Category: "record.run", Tool: "muster", Subject: "run " + run.ID, Path: path.Join(".muster/runs", name),
				Context: "source", Entries: []facts.Link{},
			})
		}
	}
	return nil
}
