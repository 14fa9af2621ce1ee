package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/result"
)

// ErrNoRun says that nothing has been run yet.
var ErrNoRun = errors.New("there is no finished run")

// RefError says that a name of a run names none, or more than one.
type RefError struct {
	Ref     string
	Matches []string // empty if there is none
}

func (e *RefError) Error() string {
	if len(e.Matches) == 0 {
		return fmt.Sprintf("no finished run is called %q", e.Ref)
	}
	const most = 4
	list := strings.Join(e.Matches[:min(len(e.Matches), most)], ", ")
	if len(e.Matches) > most {
		list += ", …"
	}
	return fmt.Sprintf("%q could be any of %d runs: %s", e.Ref, len(e.Matches), list)
}

// Unwrap lets callers ask for [ErrNoRun].
func (e *RefError) Unwrap() error { return ErrNoRun }

// Hint says what to do.
func (e *RefError) Hint() string {
	if len(e.Matches) > 0 {
		return "write more of it"
	}
	return "list them with: muster runs list"
}

// runIDs lists all runs, the newest first, also those that have not ended.
func (f *Folder) runIDs() ([]string, error) {
	entries, err := os.ReadDir(f.Path("runs"))
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() {
			ids = append(ids, entry.Name())
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, nil
}

// History is what the records of a pipeline hold.
type History struct {
	Runs []result.Run // the newest first
	// Unread are errors of records that are none, or that cannot be read.
	Unread []error
}

// History reads the records of a pipeline, as far as a list needs them; see [result.Skim].
func (f *Folder) History(pipeline string) (History, error) {
	ids, err := f.runIDs()
	if err != nil {
		return History{}, err
	}
	runs, errs := make([]result.Run, len(ids)), make([]error, len(ids))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, id := range ids {
		group.Go(func() error {
			runs[i], errs[i] = f.readRun(result.Skim, id)
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
	var out History
	for i := range ids {
		switch {
		case errors.Is(errs[i], ErrNoRun): // it was killed, or has not ended
		case errs[i] != nil:
			out.Unread = append(out.Unread, errs[i])
		case runs[i].Pipeline == pipeline:
			out.Runs = append(out.Runs, runs[i])
		}
	}
	return out, nil
}

// LoadRun returns the record of a run of the pipeline, for several pipelines
// may lie side by side. A run is named by its id, by what it begins with, or by
// what its last part begins with, as long as that is one run; "last" is the
// latest that has a record, "last~1" the one before.
func (f *Folder) LoadRun(ref, pipeline string) (result.Run, error) {
	ids, err := f.runIDs()
	if err != nil {
		return result.Run{}, err
	}
	if back, ok := countedBack(ref); ok {
		return f.runBefore(ids, back, ref, pipeline)
	}
	var matches []string
	for _, id := range ids {
		if id == ref {
			return f.readRun(result.Decode[result.Run], id)
		}
		_, short, _ := strings.Cut(id, "-")
		if ref != "" && (strings.HasPrefix(id, ref) || strings.HasPrefix(short, ref)) && f.hasRecord(id) {
			matches = append(matches, id)
		}
	}
	if len(matches) != 1 {
		return result.Run{}, &RefError{Ref: ref, Matches: matches}
	}
	return f.readRun(result.Decode[result.Run], matches[0])
}

// countedBack understands "last" and "last~2".
func countedBack(ref string) (int, bool) {
	rest, ok := strings.CutPrefix(ref, "last")
	if !ok || rest == "" {
		return 0, ok
	}
	back, err := strconv.Atoi(strings.TrimPrefix(rest, "~"))
	return back, err == nil && back >= 0 && strings.HasPrefix(rest, "~")
}

func (f *Folder) runBefore(ids []string, back int, ref, pipeline string) (result.Run, error) {
	for _, id := range ids {
		run, err := f.readRun(result.Skim, id)
		switch {
		case errors.Is(err, ErrNoRun), err == nil && run.Pipeline != pipeline: // it was killed, or is another's
		case err != nil:
			return run, err
		case back == 0:
			return f.readRun(result.Decode[result.Run], id)
		default:
			back--
		}
	}
	if ref == "last" {
		return result.Run{}, ErrNoRun
	}
	return result.Run{}, &RefError{Ref: ref}
}

// decode makes a record of a file's bytes.
type decode func(data []byte, path string) (result.Run, error)

func (f *Folder) recordPath(id string) string { return f.Path("runs", id, "run.json") }

func (f *Folder) hasRecord(id string) bool {
	_, err := os.Lstat(f.recordPath(id))
	return err == nil
}

func (f *Folder) readRun(decode decode, id string) (result.Run, error) {
	data, err := os.ReadFile(f.recordPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return result.Run{}, fmt.Errorf("run %s: %w", id, ErrNoRun)
	}
	if err != nil {
		return result.Run{}, fmt.Errorf("read run: %w", err)
	}
	return decode(data, f.recordPath(id))
}
