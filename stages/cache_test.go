package stages_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// folder opens what muster keeps in the project's folder, as another process does.
func (p *project) folder() *stages.Folder {
	p.Helper()
	folder, err := stages.OpenFolder(p.dir)
	if err != nil {
		p.Fatal(err)
	}
	return folder
}

// filesIn lists the files in a part of the cache.
func (p *project) filesIn(part string) []string {
	p.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(p.dir, ".muster/cache", part), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing is cached yet
		}
		if err == nil && !entry.IsDir() && entry.Name() != "lock" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return found
}

// age makes all files of the cache as old as that.
func (p *project) age(by time.Duration) {
	p.Helper()
	for _, path := range append(p.filesIn("entries"), p.filesIn("objects")...) {
		info, err := os.Stat(path)
		if err != nil {
			p.Fatal(err)
		}
		then := info.ModTime().Add(-by)
		if err := os.Chtimes(path, then, then); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *project) prune(opt stages.PruneOptions) stages.Pruned {
	p.Helper()
	done, err := p.folder().Prune(p.Context(), opt)
	if err != nil {
		p.Fatal(err)
	}
	return done
}

func (p *project) stats() stages.CacheStats {
	p.Helper()
	stats, err := p.folder().CacheStats()
	if err != nil {
		p.Fatal(err)
	}
	return stats
}

const copies = `
version: 1
stages:
  copy: {run: cat in.txt in.txt > out.txt, inputs: [in.txt], outputs: [out.txt]}
`

// What was used last stays: a hit counts as a use.
func TestPruneRemovesWhatWasUsedLeastRecently(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	contents := []string{"first ", "second", "third "}
	for _, content := range contents {
		p.write("in.txt", strings.Repeat(content, 1000))
		p.run(result.RunPassed)
		p.age(time.Hour)
	}
	p.write("in.txt", strings.Repeat(contents[0], 1000))
	if p.run(result.RunPassed); len(p.ran) > 0 {
		t.Fatal("it is not cached")
	}
	done := p.prune(stages.PruneOptions{MaxSize: 26_000, Runs: -1}) // room for two of 12,000 and their entries
	if done.Entries != 1 || done.Objects != 1 || done.InUse || done.Kept > 26_000 || done.Kept != p.stats().Bytes {
		t.Errorf("pruned %+v", done)
	}
	for i, want := range []bool{false, true} { // the first was used last; of the others one is gone
		p.write("in.txt", strings.Repeat(contents[i], 1000))
		if p.run(result.RunPassed); len(p.ran) > 0 != want {
			t.Errorf("%q ran: %v, want %v", contents[i], !want, want)
		}
	}
	// What lies in the working copy is none of the cache's, and is not put there again from it.
	done = p.prune(stages.PruneOptions{MaxSize: 0, Runs: 1})
	if left := p.stats(); done.Kept != 0 || left.Bytes != 0 || left.Runs != 1 {
		t.Errorf("pruned %+v, left %+v", done, left)
	}
	if p.run(result.RunPassed); len(p.ran) != 1 {
		t.Error("what is no longer there was restored")
	}
}

func TestPruneLeavesWhatALivingRunUses(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  known: {run: echo known > known.txt, outputs: [known.txt]}
  new: {run: echo new > new.txt, outputs: [new.txt], needs: [known]}
  last: {run: cat known.txt new.txt > last.txt, inputs: [known.txt, new.txt], outputs: [last.txt]}
`, nil)
	p.run(result.RunPassed)
	p.write("unused.txt", "an older content")
	store, err := p.folder().Store()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Add(t.Context(), filepath.Join(p.dir, "unused.txt")); err != nil {
		t.Fatal(err)
	}
	p.age(2 * time.Hour)
	for _, path := range p.filesIn("entries") { // so that this one runs
		if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), `"last"`) {
			if err := errors.Join(err, os.Remove(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var done stages.Pruned
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventStart {
			done = p.prune(stages.PruneOptions{MaxSize: 0, Runs: 0})
		}
	}
	p.run(result.RunPassed)
	if !done.InUse || done.Entries != 0 || done.Runs != 1 || done.Objects == 0 {
		t.Errorf("pruned %+v while a run used it", done)
	}
	for _, path := range []string{"known.txt", "new.txt", "last.txt"} {
		if err := os.Remove(filepath.Join(p.dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	p.ran, p.runner.Listen = nil, nil
	if run := p.run(result.RunPassed); run.Stages[0].Status != result.StageCached {
		t.Errorf("stage %+v", run.Stages[0])
	}
}

// What was only looked at, or killed, is no run: it takes no record's place.
func TestPruneCountsRecords(t *testing.T) {
	p := trainingProject(t)
	first, second := p.run(result.RunPassed), p.run(result.RunPassed)
	if _, err := p.runner.Preview(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	killed := p.runner.Folder.Path("runs", "29991231T000000.000Z-killed")
	p.write(filepath.Join(".muster", "runs", filepath.Base(killed), "train.log"), "half a l")
	stats, err := p.runner.Folder.CacheStats()
	if err != nil || stats.Runs != 2 {
		t.Errorf("%d runs on record, %v", stats.Runs, err)
	}
	pruned, err := p.runner.Folder.Prune(t.Context(), stages.PruneOptions{MaxSize: -1, Runs: 1})
	if err != nil || pruned.Runs != 1 {
		t.Errorf("pruned %+v, %v", pruned, err)
	}
	left, err := filepath.Glob(p.runner.Folder.Path("runs", "*"))
	if diff := cmp.Diff([]string{p.runner.Folder.Path("runs", second.ID), killed}, left); diff != "" || err != nil {
		t.Errorf("after %s and its preview: %v %s", first.ID, err, diff)
	}
}

func TestPruneKeepsYoungObjectsThatNothingNames(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	store, err := p.folder().Store()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Add(t.Context(), filepath.Join(p.dir, "in.txt")); err != nil {
		t.Fatal(err)
	}
	if done := p.prune(stages.PruneOptions{MaxSize: 0, Runs: -1}); done.Objects != 0 || !done.InUse {
		t.Errorf("pruned %+v", done)
	}
	p.age(2 * time.Hour)
	if done := p.prune(stages.PruneOptions{MaxSize: -1, Runs: -1}); done.Objects != 1 || done.Kept != 0 {
		t.Errorf("pruned %+v", done)
	}
}

func TestVerifyMendsWhatIsDamaged(t *testing.T) {
	change := func(path string) error {
		return errors.Join(os.Remove(path), os.WriteFile(path, []byte("something else"), 0o444))
	}
	unremovable := func(path string) error {
		return errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "sub"), 0o755))
	}
	tests := map[string]struct {
		part   string
		damage func(path string) error
		gone   bool // the output is no longer in the working copy
		remedy stages.Remedy
		reruns int
	}{
		"an object, its content at hand":       {"objects", change, false, stages.RemedyRestored, 0},
		"an object, its content gone":          {"objects", change, true, stages.RemedyRemoved, 1},
		"an object that is gone":               {"objects", os.Remove, true, stages.RemedyRemoved, 1},
		"an object that is gone, content here": {"objects", os.Remove, false, stages.RemedyRestored, 0},
		"an object that cannot be removed":     {"objects", unremovable, true, stages.RemedyNone, 1},
		"an entry":                             {"entries", change, false, stages.RemedyRemoved, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, copies, map[string]string{"in.txt": "x"})
			p.run(result.RunPassed)
			files := p.filesIn(test.part)
			if len(files) != 1 {
				t.Fatalf("%v", files)
			}
			if err := test.damage(files[0]); err != nil {
				t.Fatal(err)
			}
			if test.gone {
				p.write("out.txt", "edited")
			}
			var read, of int64
			found, err := p.folder().Verify(t.Context(), func(r, o int64) { read, of = r, o })
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Damages) != 1 || found.Damages[0].Remedy != test.remedy || found.Healed() != (test.remedy != stages.RemedyNone) || read != of {
				t.Errorf("found %+v, read %d of %d", found, read, of)
			}
			if test.remedy == stages.RemedyNone {
				return
			}
			if again, err := p.folder().Verify(t.Context(), func(int64, int64) {}); err != nil || len(again.Damages) != 0 {
				t.Errorf("the second time: %+v, %v", again, err)
			}
			if p.run(result.RunPassed); len(p.ran) != test.reruns || p.read("out.txt") != "xx" {
				t.Errorf("ran %v, out is %q", p.ran, p.read("out.txt"))
			}
		})
	}
}

// What only looked leaves nothing, and is not kept in the place of a record.
func TestPruneKeepsRecords(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	preview := func() {
		if _, err := p.runner.Preview(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	runs := func() int {
		left, err := os.ReadDir(p.folder().Path("runs"))
		if err != nil {
			t.Fatal(err)
		}
		return len(left)
	}
	preview()
	first := p.run(result.RunPassed)
	preview()
	second := p.run(result.RunPassed)
	preview()
	if runs() != 2 || p.stats().Runs != 2 {
		t.Errorf("%d folders of runs, %d records", runs(), p.stats().Runs)
	}
	killed := p.folder().Path("runs", "99991231T000000.000Z-00000000") // before it wrote its record
	if err := os.MkdirAll(killed, 0o755); err != nil {
		t.Fatal(err)
	}
	if done := p.prune(stages.PruneOptions{MaxSize: -1, Runs: 2}); done.Runs != 0 || runs() != 3 {
		t.Errorf("pruned %+v, %d folders are left", done, runs())
	}
	if done := p.prune(stages.PruneOptions{MaxSize: -1, Runs: 1}); done.Runs != 1 {
		t.Errorf("pruned %+v", done)
	}
	if last, err := p.folder().LoadRun("last", first.Pipeline); err != nil || last.ID != second.ID {
		t.Errorf("the last run is %s, want %s, %v", last.ID, second.ID, err)
	}
	if done := p.prune(stages.PruneOptions{MaxSize: -1, Runs: 0}); done.Runs != 1 || runs() != 0 {
		t.Errorf("pruned %+v, %d folders are left", done, runs())
	}
}

// A clock that was put back makes no run older than those before it.
func TestTheClockIsPutBack(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	ahead := "29990101T000000.999Z-ffffffff"
	if err := os.Mkdir(p.folder().Path("runs", ahead), 0o755); err != nil {
		t.Fatal(err)
	}
	first, second := p.run(result.RunPassed), p.run(result.RunPassed)
	if first.ID <= ahead || second.ID <= first.ID {
		t.Errorf("after %s came %s and %s", ahead, first.ID, second.ID)
	}
	if last, err := p.folder().LoadRun("last", second.Pipeline); err != nil || last.ID != second.ID {
		t.Errorf("the last run is %s, want %s, %v", last.ID, second.ID, err)
	}
}

// An entry that names what no entry can name is damaged, not followed.
func TestAnEntryThatLeadsOutIsDamaged(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	p.run(result.RunPassed)
	path := p.filesIn("entries")[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, forged := range []string{"../out.txt", "/tmp/out.txt", ""} {
		if err := os.WriteFile(path, []byte(strings.Replace(string(data), "out.txt", forged, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if p.run(result.RunPassed); len(p.ran) != 1 {
			t.Errorf("%q was taken for an output", forged)
		}
	}
}

// A flipped bit may leave JSON that says something else, as that there are no
// outputs: an entry that says anything else than what was written counts as missing.
func TestAnEntryWithAFlippedBitIsDamaged(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	p.run(result.RunPassed)
	path := p.filesIn("entries")[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"no outputs":   {`"outputs"`, `"nutputs"`},
		"executable":   {`"sha256"`, `"executable":true,"sha256"`},
		"another size": {`"size":`, `"size":1`},
		"no sum":       {`"sum":`, `"rum":`},
		"trusted":      {`"scope":"local"`, `"scope":"default-branch"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(data), change[0], change[1], 1)
			if changed == string(data) {
				t.Fatalf("the entry has no %s: %s", change[0], data)
			}
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			p.write("out.txt", "old")
			if p.run(result.RunPassed); len(p.ran) != 1 || p.read("out.txt") != "xx" {
				t.Errorf("ran %v, out is %q", p.ran, p.read("out.txt"))
			}
		})
	}
}

const manyInputs = `
version: 1
stages:
  count: {run: "ls data | wc -l > out.txt; mkdir many; for n in $(seq 150); do echo $n > many/$n; done", inputs: [data, one.txt], outputs: [out.txt, many/]}
`

// A record names many files by their list, which the cache keeps.
func TestARecordListsManyFilesOnce(t *testing.T) {
	p := newProject(t, manyInputs, map[string]string{"one.txt": "1"})
	for i := range 150 {
		p.write(fmt.Sprintf("data/%d ä\n\"q\".csv", i), "x")
	}
	stage := p.run(result.RunPassed).Stages[0]
	if len(stage.Inputs) != 2 || len(stage.Outputs) != 151 {
		t.Fatalf("inputs are %v, outputs %v", stage.Inputs, stage.Outputs)
	}
	long := stage.Inputs[1] // after the one that is listed
	files, err := p.runner.Folder.Files(long)
	if err != nil || len(files) != 150 || long.Files != 150 || objects.TreeDigest(files) != long.SHA256 {
		t.Errorf("%+v stands for %d files, %v", long, len(files), err)
	}
	if again := p.run(result.RunPassed).Stages[0]; again.Status != result.StageCached || !cmp.Equal(again.Inputs, stage.Inputs) || !cmp.Equal(again.Outputs, stage.Outputs) {
		t.Errorf("restored: %+v", again)
	}
	// The lists belong to their entry.
	p.age(2 * time.Hour)
	if done := p.prune(stages.PruneOptions{MaxSize: -1, Runs: -1}); done.Objects != 0 {
		t.Errorf("pruned %+v", done)
	}
	checked, err := p.runner.Check(t.Context(), p.run(result.RunPassed))
	if err != nil || !checked.Same || checked.Stages[0].Outputs != 151 {
		t.Errorf("checked: %+v, %v", checked, err)
	}
	p.write("data/7 ä\n\"q\".csv", "y")
	if changed := p.run(result.RunPassed).Stages[0]; changed.Status != result.StageRan || !strings.Contains(changed.Reason, "data/7 ä") {
		t.Errorf("stage %s: %s", changed.Status, changed.Reason)
	}
}

// A folder of many files is saved, left alone, and put back as one of few is.
func TestManyOutputs(t *testing.T) {
	files := 50_000
	if testing.Short() || watchesForRaces() { // make test has this test run without the detector as well
		files = 5_000
	}
	t.Parallel()
	p := newProject(t, fmt.Sprintf(`
version: 1
stages:
  many: {run: "mkdir out; cd out; seq %d | split -l 1 -a 5 -d - f", outputs: [out/]}
`, files), nil)
	run := p.run(result.RunPassed)
	if out := run.Stages[0].Outputs; len(out) != files {
		t.Fatalf("there are %d outputs", len(out))
	}
	before, err := os.Stat(filepath.Join(p.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	p.run(result.RunPassed)
	if after, err := os.Stat(filepath.Join(p.dir, "out")); err != nil || !os.SameFile(before, after) {
		t.Errorf("what was there already was replaced: %v", err)
	}
	p.write("out/f00007", "edited")
	if p.run(result.RunPassed); len(p.ran) > 0 || p.read("out/f00007") != "8\n" {
		t.Errorf("ran %v, the file is %q", p.ran, p.read("out/f00007"))
	}
	if left, err := os.ReadDir(filepath.Join(p.dir, "out")); err != nil || len(left) != files {
		t.Errorf("%d files came back, %v", len(left), err)
	}
}

// watchesForRaces reports whether the tests run with the race detector, under
// which each file takes ten times as long.
func watchesForRaces() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// A write to an output right after it was put in place is noticed, whatever the clock's tick.
func TestAnOutputThatIsEditedAtOnceIsPutBack(t *testing.T) {
	p := newProject(t, copies, map[string]string{"in.txt": "x"})
	for range 20 {
		p.run(result.RunPassed)
		p.write("out.txt", "yy") // as long as what it replaces
	}
	p.run(result.RunPassed)
	if got := p.read("out.txt"); got != "xx" {
		t.Errorf("the output is %q", got)
	}
}

// Runs, pruning and verification at once on one folder: each run ends well, and the cache is whole.
func TestAllAtOnceOnOneCache(t *testing.T) {
	p := trainingProject(t)
	ctx, cancel := context.WithCancel(t.Context())
	var upkeep, runs sync.WaitGroup
	upkeep.Go(func() {
		for ctx.Err() == nil {
			if _, err := p.folder().Prune(ctx, stages.PruneOptions{MaxSize: 0, Runs: 3}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			found, err := p.folder().Verify(ctx, func(int64, int64) {})
			if (err != nil || len(found.Damages) > 0) && ctx.Err() == nil {
				t.Errorf("%+v, %v", found, err)
			}
		}
	})
	for range 3 {
		runs.Go(func() {
			own := *p.runner
			own.Listen = nil
			for range 10 {
				if run, err := own.Run(t.Context(), nil); err != nil || run.Status != result.RunPassed {
					t.Errorf("run %s, %v: %+v", run.Status, err, run.Stages)
				}
			}
		})
	}
	runs.Wait()
	cancel()
	upkeep.Wait()
	if found, err := p.folder().Verify(t.Context(), func(int64, int64) {}); err != nil || len(found.Damages) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
}
