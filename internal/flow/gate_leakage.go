package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
	"github.com/muster-ci/muster/stages"
)

// checkLeakage looks for evaluation data in what training reads. What only makes
// the model is searched: the preparation, which evaluation needs as well, divides
// one into the other and has to see both.
func (g Gate) checkLeakage(ctx context.Context, t *trial) error {
	if t.mine == nil {
		return nil
	}
	measured := readRecord(t.measuredBy(), t.run.Evaluation.Stage, t.run.Candidate.TrainingKey)
	trained := readRecord(t.run.Stages, t.run.Evaluation.Stage, t.run.Candidate.TrainingKey)
	if measured.evaluate == nil {
		return nil
	}
	shared, err := stages.MeasuringStages(t.ruler.config) // what a change adds to them is none
	if _, alone := errors.AsType[*stages.ChampionError](err); err != nil && !alone {
		return err
	}
	store, err := g.Project.Folder.Store()
	if err != nil {
		return err
	}
	l := &leakage{gate: g, rows: t.mine.Len(), training: map[string]reader{}, byDigest: map[string]reader{}}
	l.lines = &foundLines{store: store, dirs: []string{t.ruler.dir, g.Project.Dir}, places: map[string]string{}}
	l.questions(*measured.evaluate, t.run.Candidate.Path)
	for _, stage := range trained.training {
		if !slices.Contains(shared, stage.Name) && stage.Command != "" {
			l.reads(stage)
		}
	}
	for _, find := range []func(context.Context) (*policies.Problem, error){
		l.find, func(ctx context.Context) (*policies.Problem, error) { return l.findLabels(ctx, t) },
	} {
		problem, err := find(ctx)
		if problem != nil {
			t.problems = append(t.problems, *problem)
		}
		if err != nil || problem != nil {
			return err
		}
	}
	return nil
}

// reader is a file as one stage of training reads it.
type reader struct {
	stage string
	file  result.File
}

// leakage compares what evaluate asks with what training reads.
type leakage struct {
	gate  Gate
	lines *foundLines
	rows  int // of the predictions
	// asked is the evaluation data.
	asked []result.File
	// training and byDigest are what training reads, by path and by content.
	training, byDigest map[string]reader
	// lost are many files of which nobody knows any more what they were.
	lost []reader
}

// holdsRows are names of files that hold rows, whatever else evaluate reads:
// tables, arrays, pictures, sounds. Anything else (a vocabulary, a list of
// columns, weights that both sides start from) is evaluation data only if
// evaluate reads nothing else.
var holdsRows = []string{
	".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".feather", ".arrow", ".orc", ".avro", ".xlsx",
	".npy", ".npz", ".h5", ".hdf5", ".tfrecord", ".zip", ".tar", ".tgz",
	".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".dcm", ".wav", ".mp3", ".flac", ".mp4",
}

func kind(name string) string {
	return strings.ToLower(path.Ext(strings.TrimSuffix(name, ".gz")))
}

// questions finds the evaluation data among what evaluate reads.
func (l *leakage) questions(evaluate result.Stage, model string) {
	var all, rows []result.File
	for _, file := range l.files(evaluate) {
		if file.Size == 0 && file.SHA256 == emptyFile || config.IsCode(file.Path) || config.Within(file.Path, model) {
			continue
		}
		all = append(all, file)
		if slices.Contains(holdsRows, kind(file.Path)) {
			rows = append(rows, file)
		}
	}
	if l.asked = rows; len(rows) == 0 && len(all) == 1 {
		l.asked = all
	}
}

// emptyFile is the SHA-256 of nothing.
const emptyFile = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// files are a stage's inputs, one by one; what is not known any more is noted.
func (l *leakage) files(stage result.Stage) []result.File {
	var all []result.File
	for _, file := range stage.Inputs {
		many, err := l.gate.Project.Folder.Files(file)
		if err != nil {
			l.lost = append(l.lost, reader{stage.Name, file})
		}
		all = append(all, many...)
	}
	return all
}

// reads notes what a stage of training reads.
func (l *leakage) reads(stage result.Stage) {
	for _, file := range l.files(stage) {
		if !config.IsCode(file.Path) {
			l.training[file.Path] = reader{stage.Name, file}
			l.byDigest[file.SHA256] = reader{stage.Name, file}
		}
	}
}

// find says what of the evaluation data training reads, or nil. Where it is not even
// known which files there were, that is undecided: to run again is easy, and lists
// them anew.
func (l *leakage) find(ctx context.Context) (*policies.Problem, error) {
	problem, err := l.findFiles(ctx)
	if err != nil || len(l.lost) == 0 || (problem != nil && problem.Code == "leakage") {
		return problem, err
	}
	r := l.lost[0]
	return &policies.Problem{Code: "leakage-unknown", Message: fmt.Sprintf("which %d files stage %s read at %s is no longer in the cache, so nobody knows whether evaluation data is among what training reads; run again, then gate", r.file.Files, r.stage, r.file.Path)}, nil
}

// findFiles looks for evaluation data among the files of training, then for its rows in them.
func (l *leakage) findFiles(ctx context.Context) (*policies.Problem, error) {
	var found []result.File
	for _, file := range l.asked {
		_, byPath := l.training[file.Path]
		_, byContent := l.byDigest[file.SHA256]
		if byPath || byContent {
			whole, err := l.isWhole(ctx, file)
			if err != nil {
				return nil, err
			}
			if whole {
				found = append(found, file)
			}
		}
	}
	switch {
	case len(found) == 0:
		return l.findRows(ctx)
	case 2*len(found) > len(l.asked) || len(l.asked) <= fewFiles:
		return &policies.Problem{Code: "leakage", Message: l.tell(found)}, nil
	default: // pictures: some may be there twice
		return &policies.Problem{Code: "leakage-rows", Message: fmt.Sprintf("%d of %d evaluation files are among the inputs of training: %s", len(found), len(l.asked), found[0].Path)}, nil
	}
}

// fewFiles is up to how many files evaluation data is tables, each of which counts.
const fewFiles = 10

// isWhole reports whether a file can be the evaluation data: a short table, of
// classes for instance, may be read by both.
func (l *leakage) isWhole(ctx context.Context, file result.File) (bool, error) {
	if !isText(file.Path) {
		return true, nil
	}
	lines, err := l.lines.countLines(ctx, file)
	if errors.Is(err, errUnsearched) {
		return true, nil
	}
	return 2*lines >= l.rows, err
}

func (l *leakage) tell(found []result.File) string {
	file := found[0]
	r, ok := l.training[file.Path]
	if !ok {
		r = l.byDigest[file.SHA256]
	}
	text := fmt.Sprintf("evaluation data is among the inputs of training: stage %s reads %s", r.stage, r.file.Path)
	if r.file.Path != file.Path {
		text += ", which is " + file.Path
	}
	if len(found) > 1 {
		text += fmt.Sprintf(", and %d more", len(found)-1)
	}
	return text
}

// findRows looks for lines of the evaluation data in the texts that training
// reads. A line counts if it stands once in the evaluation data and is long
// enough not to be there by chance. More than half of them deny: data that is
// honest has duplicates, but a random half of them is no evaluation.
func (l *leakage) findRows(ctx context.Context) (*policies.Problem, error) {
	texts := slices.DeleteFunc(slices.Clone(l.asked), func(file result.File) bool { return !isText(file.Path) })
	readers := slices.DeleteFunc(slices.SortedFunc(maps.Values(l.training), byPath), func(r reader) bool { return !isText(r.file.Path) })
	if len(texts) == 0 || len(readers) == 0 {
		return nil, nil
	}
	var size int64
	for _, r := range readers {
		size += r.file.Size
	}
	if size > maxSearched {
		return unchecked("the texts that training reads take more than %d MB, so they are not searched for evaluation rows", maxSearched>>20), nil
	}
	wanted, err := l.lines.uniqueLines(ctx, texts)
	if errors.Is(err, errUnsearched) {
		return unchecked("the evaluation data, of which rows are to be looked for in the training data, cannot be read or is too large"), nil
	}
	if err != nil || 2*len(wanted) < l.rows {
		return nil, err
	}
	return l.searchIn(ctx, readers, wanted)
}

func unchecked(format string, args ...any) *policies.Problem {
	return &policies.Problem{Code: "leakage-unchecked", Message: fmt.Sprintf(format, args...)}
}

func byPath(a, b reader) int { return cmp.Compare(a.file.Path, b.file.Path) }

// maxSearched is how much text is searched, in bytes.
const maxSearched = 1 << 30

// searchIn searches the texts for the lines.
func (l *leakage) searchIn(ctx context.Context, readers []reader, wanted lineSet) (*policies.Problem, error) {
	found, first := 0, reader{}
	for _, r := range readers {
		n, err := l.lines.searchLines(ctx, r.file, wanted)
		if errors.Is(err, errUnsearched) {
			return unchecked("what stage %s reads of training cannot be searched for evaluation rows: %v", r.stage, err), nil
		}
		if err != nil {
			return nil, err
		}
		if n > 0 && found == 0 {
			first = r
		}
		found += n
	}
	if found == 0 {
		return nil, nil
	}
	code := "leakage-rows"
	if 2*found > len(wanted) {
		code = "leakage"
	}
	return &policies.Problem{Code: code, Message: fmt.Sprintf("%d of %d evaluation rows are in the training data too: stage %s reads them in %s", found, len(wanted), first.stage, first.file.Path)}, nil
}
