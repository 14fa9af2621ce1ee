package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// reference is what testdata/reference.py found by other programs.
type reference struct {
	Metrics map[string]map[string]float64
	Tango   []struct {
		Gained, Lost, N int
		Low, High       float64
	}
	BCa map[string]struct{ Low, High, SE float64 }
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "reference", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func readReferenceFile(t *testing.T, name string) *predictions.Set {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "reference", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	columns := predictions.Columns{}
	if name == "classes.csv" {
		columns.Prediction = "decision"
	}
	p, err := predictions.Read(f, name, columns)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComputeAgreesWithScikitLearn(t *testing.T) {
	for file, values := range readReference(t).Metrics {
		p := readReferenceFile(t, file)
		for metric, want := range values {
			got, err := metrics.Compute(metric, p)
			if err != nil {
				t.Errorf("%s of %s: %v", metric, file, err)
				continue
			}
			if !(math.Abs(got-want) <= 1e-9) {
				t.Errorf("%s of %s is %.15g, scikit-learn has %.15g", metric, file, got, want)
			}
		}
	}
}

func TestComputeRefuses(t *testing.T) {
	binary := predictions.Columns{}
	decisions := predictions.Columns{Prediction: "class"}
	const classes = "write 1 for the class that the score is for and 0 for the other; for more classes name the column of decisions as `prediction:`, or write a column score_<class> for each class"
	const probabilities = "write probabilities in [0, 1]; roc_auc and pr_auc take any score, and decisions come from a column named as `prediction:` or from the score that is named as `threshold:`"
	const numbers = "this metric is for regression; for classes use accuracy, f1_macro or log_loss"
	tests := map[string]struct {
		metric, text string
		columns      predictions.Columns
		want         string
	}{
		"one class":             {"roc_auc", "id,label,score\na,1,0.1\nb,1,0.2\n", binary, `compute roc_auc: predictions.csv: all rows have the label 1; this metric needs rows of both classes`},
		"other labels, AUC":     {"roc_auc", "id,label,score\na,1,0.1\nb,2,0.2\n", binary, `compute roc_auc: predictions.csv:3: label is neither 0 nor 1 ("2"); ` + classes},
		"other labels, log":     {"log_loss", "id,label,score\na,-1,0.1\nb,1,0.2\n", binary, `compute log_loss: predictions.csv:2: label is neither 0 nor 1 ("-1"); ` + classes},
		"text without decision": {"accuracy", "id,label,score\na,cat,0.1\n", binary, `compute accuracy: predictions.csv:2: label is neither 0 nor 1 ("cat"); ` + classes},
		"no probability":        {"log_loss", "id,label,score\na,1,0.1\nb,0,1.5\n", binary, `compute log_loss: predictions.csv:3: score 1.5 is no probability; ` + probabilities},
		"margin as decision":    {"accuracy", "id,label,score\na,1,-2\n", binary, `compute accuracy: predictions.csv:2: score -2 is no probability; ` + probabilities},
		"text for regression":   {"rmse", "id,label,score\na,cat,1\n", binary, `compute rmse: predictions.csv:2: label is not a finite number ("cat"); ` + numbers},
		"infinite label":        {"rmse", "id,label,score\na,inf,1\n", binary, `compute rmse: predictions.csv:2: label is not a finite number ("inf"); ` + numbers},
		"overflow":              {"rmse", "id,label,score\na,1e200,-1e200\n", binary, `compute rmse: predictions.csv: the result is not finite; scale labels and scores down`},
		"no scores":             {"roc_auc", "id,label,class\na,1,1\nb,0,0\n", decisions, `compute roc_auc: predictions.csv: there is no column "score"; write the model's scores, or use metrics of decisions such as accuracy`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			value, err := metrics.Compute(test.metric, read(t, test.text, test.columns))
			if err == nil {
				t.Fatalf("it was computed: %v", value)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestComputeTakesLabelsAsProgramsWriteThem(t *testing.T) {
	tests := map[string]struct {
		metric, text string
		columns      predictions.Columns
		want         float64
	}{
		"true and false":       {"roc_auc", "id,label,score\na,True,0.9\nb,false,0.1\n", predictions.Columns{}, 1},
		"1.0 and 0.0":          {"accuracy", "id,label,score\na,1.0,0.5\nb,-0.0,0.4999\n", predictions.Columns{}, 1},
		"decision 1, label 1.": {"accuracy", "id,label,class\na,1.,1\nb,2.0,2\n", predictions.Columns{Prediction: "class"}, 1},
		"classes 007 and 7":    {"accuracy", "id,label,class\na,007,7\n", predictions.Columns{Prediction: "class"}, 0},
		"AUC of any scores":    {"roc_auc", "id,label,score\na,1,-3\nb,0,-1e300\n", predictions.Columns{}, 1},
		"decision, not score":  {"accuracy", "id,label,score,class\na,1,0.1,1\n", predictions.Columns{Prediction: "class"}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := metrics.Compute(test.metric, read(t, test.text, test.columns))
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestDefinitionsAreComplete(t *testing.T) {
	for _, name := range metrics.Known() {
		d, ok := metrics.Lookup(name)
		if !ok || d.Name != name || d.Better == "" || d.Task == "" || d.Unit == "" || d.Formula == "" || d.Source == "" || !(d.Min < d.Max) {
			t.Errorf("the definition of %s is not complete: %+v", name, d)
		}
	}
	if _, ok := metrics.Lookup("f2"); ok {
		t.Error("f2 is known")
	}
}

func TestParseMargin(t *testing.T) {
	for text, want := range map[string]metrics.Margin{
		"0.01": {Value: 0.01}, "0": {}, " 2% ": {Value: 2, Percent: true}, "0.5%": {Value: 0.5, Percent: true}, "1e-3": {Value: 1e-3},
	} {
		got, err := metrics.ParseMargin(text)
		if err != nil || got != want {
			t.Errorf("ParseMargin(%q) = %v, %v", text, got, err)
		}
		if again, err := metrics.ParseMargin(got.String()); err != nil || again != want {
			t.Errorf("%q does not come back: %v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "%", "-1", "-1%", "NaN", "inf", "1e999", "2 %%", "two", "1,5"} {
		if got, err := metrics.ParseMargin(text); err == nil {
			t.Errorf("ParseMargin(%q) = %v", text, got)
		}
	}
	if got := (metrics.Margin{Value: 2, Percent: true}).Absolute(-50); got != 1 {
		t.Errorf("2 %% of −50 is %v", got)
	}
}
