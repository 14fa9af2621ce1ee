package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// holdRows makes sure that the change loses nothing that was measured before: a
// row, or a whole slice. New ones are welcome.
func (g Gate) holdRows(_ context.Context, t *trial) error {
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
	if recorded := g.recorded(t); recorded != nil {
		t.lost(mine, recorded, "what "+t.champion.Version+" was measured on")
		return nil
	}
	if d := t.champion.Decision; d != nil && d.Receipt.Rows > mine.Len() {
		t.note("rows-lost", "%s was measured on %d rows, and this evaluation has %d: harder rows may be among those that are gone", t.champion.Version, d.Receipt.Rows, mine.Len())
	}
	return nil
}

// recorded are the champion's predictions as they were when it was promoted, if
// they are still there.
func (g Gate) recorded(t *trial) *predictions.Set {
	run := t.champion.Run
	if run == nil || run.Evaluation == nil || run.Evaluation.Predictions == nil {
		return nil
	}
	store, err := g.Project.Folder.Store()
	if err != nil || !store.Has(run.Evaluation.Predictions.SHA256) {
		return nil
	}
	set, err := g.rulerRunner(t).ReadPredictions(*run.Evaluation)
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
		t.note("rows-lost", "%d of %d rows of %s are not in this evaluation any more: %s", len(gone), other.Items.Len(), from, some(gone))
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
		t.note("slice-lost", "slices of %s are not in this evaluation any more: %s", from, some(gone))
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

// some names the first few.
func some(names []string) string {
	const most = 3
	if left := len(names) - most; left > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), left)
	}
	return strings.Join(names, ", ")
}
