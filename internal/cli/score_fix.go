package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/starter"
	"github.com/muster-ci/muster/maturity"
)

// fixResult is what muster score --fix did, as --format json prints it.
type fixResult struct {
	Written []string           `json:"written"`
	Files   []result.ReadyFile `json:"files"`
}

// fix writes the files that help to meet the criteria that are named, else those that
// stand between the project and its next level.
func (a *app) fix(ctx context.Context, s *flow.Scoring, named []string, flags scoreFlags, w io.Writer) error {
	for _, id := range named {
		if !slices.Contains(criterionIDs(), id) {
			return &maturity.UnknownError{ID: id}
		}
	}
	doc, err := s.ScoreReady(ctx)
	if err != nil {
		return err
	}
	wanted := named
	if len(wanted) == 0 {
		wanted = stepsOf(doc)
	}
	files := slices.DeleteFunc(slices.Clone(doc.Files), func(f result.ReadyFile) bool {
		return !slices.ContainsFunc(f.Criteria, func(id string) bool { return slices.Contains(wanted, id) })
	})
	written, err := a.writeReady(s.Dir, files, flags.dryRun)
	if err != nil {
		return err
	}
	if a.json() {
		return a.fixJSON(w, fixResult{orEmpty(written), orEmpty(files)})
	}
	tellFix(w, files, written, wanted, flags)
	return nil
}

func (a *app) fixJSON(w io.Writer, value fixResult) error {
	out := a.Out
	defer func() { a.Out = out }()
	a.Out = w
	return a.printJSON(value)
}

// stepsOf are the criteria between a repository and its next level.
func stepsOf(a result.Assessment) []string {
	for _, root := range a.Roots {
		if root.Path == a.Root || len(a.Roots) == 1 {
			return root.Steps
		}
	}
	return nil
}

// writeReady writes what is not there, each file whole; what is there stays as it is.
func (a *app) writeReady(dir string, files []result.ReadyFile, dryRun bool) ([]string, error) {
	if dryRun {
		return nil, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	defer root.Close()
	var fresh []starter.File
	for _, f := range files {
		if local := filepath.FromSlash(f.Path); !f.Edit && filepath.IsLocal(local) {
			// A folder of a scored repository may be a link that leads out of it.
			if err := root.MkdirAll(filepath.Dir(local), 0o755); err != nil {
				return nil, fmt.Errorf("make folder for %s: %w", plainName(f.Path), err)
			}
			fresh = append(fresh, starter.File{Path: filepath.Join(dir, local), Text: []byte(f.Text)})
		}
	}
	return writeNew(fresh)
}

// tellFix shows what was written, or what could be.
func tellFix(w io.Writer, files []result.ReadyFile, written, wanted []string, flags scoreFlags) {
	if len(files) == 0 {
		fmt.Fprintf(w, "no ready file helps with %s; muster score --explain says what does\n", plainName(strings.Join(wanted, ", ")))
		return
	}
	for _, f := range files {
		verb := "wrote"
		switch {
		case f.Edit:
			verb = "is there already, and was not changed; add to it what is in this one:"
		case flags.dryRun:
			verb = "would write"
		}
		if f.Edit {
			fmt.Fprintf(w, "%s %s\n", plainName(f.Path), verb)
		} else {
			fmt.Fprintf(w, "%s %s, for %s\n", verb, plainName(f.Path), plainName(strings.Join(f.Criteria, ", ")))
		}
		if flags.dryRun || f.Edit || flags.verbose {
			for line := range strings.Lines(f.Text) {
				fmt.Fprintf(w, "    %s\n", strings.TrimRight(plainLine(line), " "))
			}
		}
		if f.After != "" {
			fmt.Fprintf(w, "  then: %s\n", plainName(f.After))
		}
	}
	if len(written) > 0 {
		fmt.Fprintln(w, "\nlook them over, commit, and score again: muster score --compare HEAD")
	}
}

// plainLine is a line of a file with its indentation.
func plainLine(line string) string {
	text := strings.TrimLeft(line, " ")
	return line[:len(line)-len(text)] + plainName(text)
}
