package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/stages"
)

// holdRows makes sure that the change loses nothing that was measured before: a
// row, or a whole slice. New ones are welcome.
func (g Gate) holdRows(ctx context.Context, t *trial) error {
	mine, from := t.mine, "the base's evaluation data"
	if t.proposed != nil {
		mine = t.proposed.mine
		if t.mine != nil && t.mine != mine {
			t.lost(mine, t.mine, from)
		}
	}
	if t.champion == nil || mine == nil {
		return nil
	}
	was := t.champion.Decision
	if was != nil && was.Receipt.EvaluationData == mine.Digest() {
		return nil // the same ids, labels and slices
	}
	if recorded := g.recorded(ctx, t); recorded != nil {
		t.lost(mine, recorded, "what "+t.champion.Version+" was measured on")
	} else if was != nil && was.Receipt.Rows > mine.Len() {
		t.note("rows-lost", "%s was measured on %d rows, and this evaluation has %d: harder rows may be among those that are gone", t.champion.Version, was.Receipt.Rows, mine.Len())
	}
	return nil
}

// recorded are the champion's predictions as they were when it was promoted, if
// the registry keeps them and they can still be read.
func (g Gate) recorded(ctx context.Context, t *trial) *predictions.Set {
	reg, err := g.registry(ctx, t)
	if err != nil {
		t.undecided("registry-failed", "the registry does not say what the champion was measured on: %v", err)
		return nil
	}
	content, err := reg.OpenPredictions(ctx, *t.champion)
	if errors.Is(err, registry.ErrNoPredictions) {
		return nil
	}
	if err != nil {
		t.undecided("registry-failed", "the registry does not say what the champion was measured on: %v", err)
		return nil
	}
	defer content.Close()
	set, err := predictions.Read(content, t.champion.Version+"'s predictions", stages.PredictionColumns(t.ruler.config))
	if err != nil {
		return nil // its columns were others; the receipt still has the number of its rows
	}
	return set
}

// lost notes what the candidate's evaluation lacks of another one.
func (t *trial) lost(mine, other *predictions.Set, from string) {
	have := ids(mine)
	var gone []string
	for id := range ids(other) {
		if !have[id] {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		t.note("rows-lost", "%d of %d rows of %s are not in this evaluation any more: %s", len(gone), other.Items.Len(), from, firstOf(gone, 3))
	}
	have = sliceValues(mine)
	gone = nil
	for value := range sliceValues(other) {
		if !have[value] {
			gone = append(gone, value)
		}
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		t.note("slice-lost", "slices of %s are not in this evaluation any more: %s", from, firstOf(gone, 3))
	}
}

func ids(set *predictions.Set) map[string]bool {
	out := make(map[string]bool, set.Items.Len())
	for i := range set.Items.Len() {
		out[set.Items.At(i)] = true
	}
	return out
}

// sliceValues are the slices that the rows are divided into: "site=north".
func sliceValues(set *predictions.Set) map[string]bool {
	out := map[string]bool{}
	for i, column := range set.Columns.Slices {
		for _, code := range set.Slice[i].Code {
			out[column+"="+set.Slice[i].Names[code]] = true
		}
	}
	return out
}

// firstOf lists texts, the most of them that are given.
func firstOf(texts []string, most int) string {
	if left := len(texts) - most; left > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), left)
	}
	return strings.Join(texts, ", ")
}
