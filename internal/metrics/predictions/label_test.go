package predictions_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

func joined(t *testing.T, answers, labels string, columns predictions.Columns) (*predictions.Set, error) {
	t.Helper()
	columns.Unlabelled = true
	return read(t, answers, columns).WithLabels(read(t, labels, predictions.Columns{Unanswered: true}))
}

// Joined, the two files are what one file would have been.
func TestLabelsAreJoinedByID(t *testing.T) {
	for name, test := range map[string]struct {
		answers, labels, whole string
		columns                predictions.Columns
	}{
		"scores":    {"id,score\na,0.1\nb,0.9\n", "label,id\n1,b\n0,a\n", "id,label,score\na,0,0.1\nb,1,0.9\n", predictions.Columns{}},
		"numbers":   {"id,score\na,1.5\nb,2\n", "id,label\nb,2.5\na,1.25\n", "id,label,score\na,1.25,1.5\nb,2.5,2\n", predictions.Columns{}},
		"decisions": {"id,p\na,cat\nb,dog\n", "id,label\nb,cat\na,bird\n", "id,label,p\na,bird,cat\nb,cat,dog\n", predictions.Columns{Prediction: "p"}},
		"scores of classes": {
			"id,score_dog,score_cat\na,0.3,0.7\nb,0.6,0.4\n", "id,label\nb,cat\na,dog\n",
			"id,label,score_dog,score_cat\na,dog,0.3,0.7\nb,cat,0.6,0.4\n",
			predictions.Columns{},
		},
		"repeats": {
			"id,n,score\na,1,0.1\nb,1,0.9\na,2,0.2\n", "id,label\na,0\nb,1\n",
			"id,n,label,score\na,1,0,0.1\nb,1,1,0.9\na,2,0,0.2\n",
			predictions.Columns{Repeat: "n"},
		},
		"labels of the model's own": {"id,score,label\na,0.1,1\nb,0.9,0\n", "id,label\na,0\nb,1\n", "id,label,score\na,0,0.1\nb,1,0.9\n", predictions.Columns{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := joined(t, test.answers, test.labels, test.columns)
			if err != nil {
				t.Fatal(err)
			}
			want := read(t, test.whole, test.columns)
			if got.Digest() != want.Digest() {
				t.Error("it is other evaluation data than in one file")
			}
			for row := range want.Len() {
				if got.LabelAt(row) != want.LabelAt(row) {
					t.Errorf("label of %s is %q, want %q", got.ID(row), got.LabelAt(row), want.LabelAt(row))
				}
				if want.Decision != nil && got.Classes[got.Decision[row]] != want.Classes[want.Decision[row]] {
					t.Errorf("decision about %s is %q", got.ID(row), got.Classes[got.Decision[row]])
				}
				for i, class := range want.Classes {
					for j, other := range got.Classes {
						if want.ClassScore != nil && class == other && got.ClassScore[j][row] != want.ClassScore[i][row] {
							t.Errorf("score of class %s is %v", class, got.ClassScore[j][row])
						}
					}
				}
			}
			if diff := cmp.Diff(want.LabelNumber, got.LabelNumber); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLabelsThatDoNotFit(t *testing.T) {
	for name, test := range map[string]struct{ answers, labels, want string }{
		"a label that is missing": {"id,score\na,0.1\nb,0.9\n", "id,label\na,0\n", `1 of 2 items of predictions.csv have no label in predictions.csv, the first is id "b"`},
		"a hard row left out":     {"id,score\na,0.1\n", "id,label\na,0\nb,1\nc,1\n", `2 of 3 ids of predictions.csv have no prediction in predictions.csv, the first is "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := joined(t, test.answers, test.labels, predictions.Columns{})
			if _, ok := errors.AsType[*predictions.LabelError](err); !ok || err.Error() != test.want {
				t.Errorf("error is %v", err)
			}
		})
	}
	_, err := predictions.Read(strings.NewReader("id,label\na,0\nb,1\na,1\n"), "labels.csv", predictions.Columns{Unanswered: true})
	if err == nil || !strings.Contains(err.Error(), `labels.csv:4`) || !strings.Contains(err.Error(), "already in line 2") {
		t.Errorf("an id that is there twice: %v", err)
	}
	_, err = predictions.Read(strings.NewReader("id,score\na,0\n"), "labels.csv", predictions.Columns{Unanswered: true})
	if err == nil || !strings.Contains(err.Error(), `there is no column "label"`) {
		t.Errorf("no labels: %v", err)
	}
}
