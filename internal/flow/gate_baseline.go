package flow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/result"
)

// baseline is the numbers that stand in for the champion's.
type baseline struct {
	values map[string]float64
	// from says for the receipt where they come from.
	from []string
}

// findBaseline reads the numbers that the gate names in the champion's place: a
// metric's own number, or else the file's. What cannot be read leaves the gate
// undecided, and so does a file that lacks a metric which has no number of its own.
func (g Gate) findBaseline(ctx context.Context, t *trial) error {
	gate := t.ruler.config.Gate
	found := &baseline{values: map[string]float64{}}
	if gate.Baseline != nil {
		if err := g.readBaseline(ctx, t, found); err != nil {
			t.undecided("baseline-unknown", "the baseline cannot be read: %v", err)
			return ctx.Err()
		}
	}
	for _, m := range gate.Metrics {
		if m.Baseline != nil {
			found.values[m.Name] = *m.Baseline
			found.from = append(found.from, fmt.Sprintf("%s %v of %s", m.Name, *m.Baseline, config.FileName))
		}
	}
	for _, m := range gate.Metrics {
		if _, ok := found.values[m.Name]; !ok && gate.Baseline != nil {
			t.undecided("baseline-unknown", "the baseline has no %s%s", input.Quote(m.Name), meant(m.Name, found.values))
		}
	}
	if len(found.values) > 0 {
		t.baseline, t.receipt.Baseline = found, strings.Join(found.from, "; ")
	}
	return nil
}

func meant(name string, values map[string]float64) string {
	var names []string
	for other := range values {
		names = append(names, other)
	}
	if nearest := input.Nearest(name, names); nearest != "" {
		return fmt.Sprintf("; did you mean %s?", input.Quote(nearest))
	}
	return ""
}

// readBaseline reads the file, as it lies there or at a commit.
func (g Gate) readBaseline(ctx context.Context, t *trial, found *baseline) error {
	from := t.ruler.config.Gate.Baseline
	data, where, err := g.baselineBytes(ctx, t.ruler, *from)
	if err != nil {
		return err
	}
	numbers, err := metricfile.Read(bytes.NewReader(data), from.Path)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		found.values[number.Name] = number.Value
	}
	found.from = append(found.from, fmt.Sprintf("%s (sha256 %.6x)", where, sha256.Sum256(data)))
	return nil
}

// maxBaseline is more than a file of metrics takes.
const maxBaseline = 16 << 20

func (g Gate) baselineBytes(ctx context.Context, r ruler, from config.Baseline) (data []byte, where string, err error) {
	if from.Ref == "" {
		data, err = r.read(from.Path, maxBaseline)
		return data, from.Path, err
	}
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return nil, "", err
	}
	commit, err := refCommit(ctx, repo, r, from.Ref)
	if err != nil {
		return nil, "", err
	}
	data, err = repo.ReadFile(ctx, commit, from.Path, maxBaseline)
	return data, fmt.Sprintf("%s at %s (%.7s)", from.Path, from.Ref, commit), err
}

// refCommit finds a ref here, or as it was fetched. In a change request HEAD and the
// base's branch are the base: a change must not be its own baseline.
func refCommit(ctx context.Context, repo *git.Repository, r ruler, ref string) (string, error) {
	for _, head := range []string{"HEAD", "@"} {
		rest, ok := strings.CutPrefix(ref, head)
		if ok && r.commit != "" && strings.Trim(rest, "~^0123456789") == "" {
			return repo.Commit(ctx, r.commit+rest)
		}
	}
	if r.commit != "" && ref == r.branch {
		return r.commit, nil
	}
	commit, err := oneCommit(ctx, repo, ref)
	if err == nil && r.commit != "" && commit != r.commit && commit == repo.Head(ctx) {
		return "", fmt.Errorf("%q is this change itself, and it is held against what it goes into; name a tag or another branch", ref)
	}
	return commit, err
}

// oneCommit finds what a name stands for. Whoever may push a tag can call it like a
// branch; git would take the tag.
func oneCommit(ctx context.Context, repo *git.Repository, ref string) (string, error) {
	found := ""
	for _, name := range []string{"refs/remotes/origin/" + ref, "refs/tags/" + ref, ref} {
		commit, err := repo.Commit(ctx, name)
		switch {
		case errors.Is(err, git.ErrNoCommit):
			continue
		case err != nil:
			return "", err
		case found != "" && found != commit && strings.HasPrefix(name, "refs/"):
			return "", fmt.Errorf("%q is a branch and a tag, of different commits: write refs/remotes/origin/%[1]s or refs/tags/%[1]s", ref)
		case found == "":
			found = commit
		}
	}
	if found == "" {
		return "", fmt.Errorf("%q is not in this clone; fetch it first: git fetch --depth=1 origin %[1]s", ref)
	}
	return found, nil
}

// covers says whether the baseline stands in for the champion altogether: for all
// that is gated. Slices have no baseline, so those that are required need the champion.
func (b *baseline) covers(gate *config.Gate) bool {
	if b == nil || len(gate.Slices.Required) > 0 {
		return false
	}
	for _, m := range gate.Metrics {
		if _, ok := b.values[m.Name]; !ok {
			return false
		}
	}
	return true
}

// compareBaseline holds the candidate's values against the baseline's. What stands
// in for the champion is gated in its place: the champion's own row, if there is
// one, is shown.
func (t *trial) compareBaseline() {
	if t.baseline == nil {
		return
	}
	mine := overall(t.compared.Rows, candidateSide)
	for _, spec := range t.specs {
		value, ok := t.baseline.values[spec.Metric]
		candidate, known := mine[spec.Metric]
		if !known {
			candidate, known = t.run.Metrics[spec.Metric]
		}
		if !ok || !known || isReported(spec) {
			continue
		}
		t.setAside(spec.Metric)
		row := byMargin(t.directed(spec), candidate, value)
		row.N, row.Against = t.mine.Len(), "baseline"
		t.add(row)
	}
}

func isReported(spec metrics.Spec) bool {
	definition, _ := metrics.Lookup(spec.Metric)
	return definition.Reported
}

// directed is the spec with the metric's own direction where it has none.
func (t *trial) directed(spec metrics.Spec) metrics.Spec {
	if definition, known := metrics.Lookup(spec.Metric); known && spec.Better == "" {
		spec.Better = definition.Better
	}
	return spec
}

// setAside takes the overall row against the champion out of the decision, and out
// of sight where there is no champion in it; the rows against the anchor stay.
func (t *trial) setAside(metric string) {
	var rows []result.Compared
	for _, row := range t.compared.Rows {
		if row.Metric != metric || row.Slice != "" || row.Against != "" {
			rows = append(rows, row)
			continue
		}
		if row.Champion != nil {
			row.Gated, row.Note = false, strings.TrimPrefix(row.Note+"; the baseline decides", "; ")
			rows = append(rows, row)
		}
	}
	t.compared.Rows = rows
}
