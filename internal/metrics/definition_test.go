package metrics_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// set is predictions in memory with the ids a, b, c …: labels as text, which are
// numbers too if they all are.
func set(labels []string, fill func(s *predictions.Set)) *predictions.Set {
	ids := make([]string, len(labels))
	for i := range ids {
		ids[i] = string(rune('a' + i))
	}
	s := &predictions.Set{Name: "p.csv", Items: predictions.NewIDs(ids), LabelNumber: floats(labels)}
	s.Columns = predictions.Columns{ID: "id", Label: "label", Score: "score", Prediction: "decision", Weight: "weight"}
	s.Label = codes32(s, labels)
	fill(s)
	return s
}

// codes32 adds texts to the classes.
func codes32(s *predictions.Set, texts []string) (codes []int32) {
	for _, text := range texts {
		at := -1
		for i, name := range s.Classes {
			if name == text {
				at = i
			}
		}
		if at < 0 {
			at = len(s.Classes)
			s.Classes = append(s.Classes, text)
		}
		codes = append(codes, int32(at))
	}
	return codes
}

func scored(scores ...float64) func(*predictions.Set) {
	return func(s *predictions.Set) { s.Score = scores }
}

func decided(decisions ...string) func(*predictions.Set) {
	return func(s *predictions.Set) { s.Decision = codes32(s, decisions) }
}

// classScores takes the scores of each class by row.
func classScores(classes string, rows ...[]float64) func(*predictions.Set) {
	return func(s *predictions.Set) {
		for i, at := range codes32(s, strings.Fields(classes)) {
			for len(s.ClassScore) < len(s.Classes) {
				s.ClassScore = append(s.ClassScore, nil)
			}
			for _, row := range rows {
				s.ClassScore[at] = append(s.ClassScore[at], row[i])
			}
		}
	}
}

func TestDecisions(t *testing.T) {
	low := 0.2
	tests := map[string]struct {
		metric string
		set    *predictions.Set
		want   float64
	}{
		"score from 0.5":                      {"accuracy", set([]string{"1", "0", "1"}, scored(0.5, 0.499, 0.1)), 2. / 3},
		"score from the threshold":            {"accuracy", set([]string{"1", "0", "1"}, func(s *predictions.Set) { s.Score, s.Columns.Threshold = []float64{0.2, 0.3, 0.1}, &low }), 1. / 3},
		"a threshold takes any score":         {"accuracy", set([]string{"1", "0"}, func(s *predictions.Set) { s.Score, s.Columns.Threshold = []float64{7, -8}, &low }), 1},
		"highest class":                       {"accuracy", set([]string{"b", "a"}, classScores("b a", []float64{0.6, 0.4}, []float64{0.6, 0.4})), 0.5},
		"of equal classes the first":          {"accuracy", set([]string{"b", "a"}, classScores("b a", []float64{0.5, 0.5}, []float64{0.5, 0.5})), 0.5},
		"the first in order, not in the file": {"recall_macro", set([]string{"b", "b"}, classScores("b a", []float64{0.5, 0.5}, []float64{0.5, 0.5})), 0},
		"numbers by number":                   {"accuracy", set([]string{"9", "9"}, classScores("10 9", []float64{0.5, 0.5}, []float64{0.5, 0.5})), 1},
		"decisions before scores":             {"accuracy", set([]string{"a"}, func(s *predictions.Set) { classScores("a b", []float64{1, 0})(s); decided("b")(s) }), 0},
		"a class without scores":              {"accuracy", set([]string{"c", "a"}, classScores("a b", []float64{1, 0}, []float64{1, 0})), 0.5},
		"scores of 0 and 1":                   {"roc_auc", set([]string{"0", "1"}, classScores("0 1", []float64{0.9, 0.1}, []float64{0.8, 0.2})), 1},
		"score before scores of 0 and 1":      {"brier", set([]string{"0", "1"}, func(s *predictions.Set) { scored(0, 1)(s); classScores("0 1", []float64{0, 1}, []float64{1, 0})(s) }), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { compute(t, test.metric, test.set, test.want) })
	}
}

// compute holds a metric to a value that was worked out by hand.
func compute(t *testing.T, metric string, s *predictions.Set, want float64) {
	t.Helper()
	got, err := metrics.Compute(metric, s)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s is %v, want %v", metric, got, want)
	}
}

// TestWhatIsWorkedOutByHand has the corners: ties, one class, nothing to divide by.
func TestWhatIsWorkedOutByHand(t *testing.T) {
	tests := map[string]struct {
		metric string
		set    *predictions.Set
		want   float64
	}{
		"constant scores, AUC":              {"roc_auc", set([]string{"1", "0", "0"}, scored(3, 3, 3)), 0.5},
		"constant scores, pr_auc":           {"pr_auc", set([]string{"1", "0", "0", "0"}, scored(3, 3, 3, 3)), 0.25},
		"zero and minus zero tie":           {"roc_auc", set([]string{"1", "0"}, scored(0, math.Copysign(0, -1))), 0.5},
		"tiny and huge scores":              {"roc_auc", set([]string{"1", "0", "1", "0"}, scored(5e-324, -5e-324, 1e308, -1e308)), 1},
		"nothing decided for 1":             {"precision", set([]string{"1", "0"}, scored(0, 0)), 0},
		"no ones":                           {"recall", set([]string{"0", "0"}, scored(1, 0)), 0},
		"neither":                           {"f1", set([]string{"0", "0"}, scored(0, 0)), 0},
		"one class of decisions":            {"mcc", set([]string{"1", "0", "1"}, scored(1, 1, 1)), 0},
		"one class of labels":               {"mcc", set([]string{"1", "1"}, scored(0, 1)), 0},
		"one class, weights":                {"mcc", set([]string{"1", "0", "1", "0"}, func(s *predictions.Set) { scored(1, 1, 1, 1)(s); s.Weight = []float64{0.1, 0.2, 0.3, 0.7} }), 0},
		"all wrong":                         {"mcc", set([]string{"1", "0"}, scored(0, 1)), -1},
		"recall of labels only":             {"balanced_accuracy", set([]string{"a", "a"}, decided("a", "b")), 0.5},
		"mean over labels and decisions":    {"recall_macro", set([]string{"a", "a"}, decided("a", "b")), 0.25},
		"sure and wrong":                    {"log_loss", set([]string{"1", "0"}, scored(0, 1)), 52 * math.Ln2},
		"sure of another class":             {"log_loss", set([]string{"a", "b", "b"}, classScores("a b", []float64{0, 1}, []float64{0, 1}, []float64{0, 1})), 52 * math.Ln2 / 3},
		"Brier of three classes":            {"brier", set([]string{"a"}, classScores("a b c", []float64{0, 1, 0})), 2},
		"Brier of two words":                {"brier", set([]string{"a"}, classScores("a b", []float64{0.5, 0.5})), 0.5},
		"a bin holds its upper end":         {"calibration_error", set([]string{"1", "0"}, scored(0.1, 0.05)), 0.425},
		"both in one bin":                   {"calibration_error", set([]string{"1", "0"}, scored(0.5, 0.5)), 0},
		"gain of a query without any":       {"ndcg", set([]string{"0", "0"}, func(s *predictions.Set) { scored(1, 2)(s); queries(s, "q", "q") }), 0},
		"queries count alike":               {"ndcg", set([]string{"0", "0", "0", "2"}, func(s *predictions.Set) { scored(1, 2, 3, 4)(s); queries(s, "q", "q", "q", "r") }), 0.5},
		"rows with one score share places":  {"ndcg@1", set([]string{"1", "0"}, func(s *predictions.Set) { scored(7, 7)(s); queries(s, "q", "q") }), 0.5},
		"beyond the first place":            {"ndcg@1", set([]string{"1", "0"}, func(s *predictions.Set) { scored(1, 2)(s); queries(s, "q", "q") }), 0},
		"of one score the last class first": {"top_1_accuracy", set([]string{"a", "b"}, classScores("a b", []float64{0.5, 0.5}, []float64{0.5, 0.5})), 0.5},
		"grades without labels": {"score", set(nil, func(s *predictions.Set) {
			s.Items, s.Label = predictions.NewIDs([]string{"a", "b"}), nil
			scored(-3, 4)(s)
		}), 0.5},
		"a column of values": {"latency", set([]string{"x", "x"}, func(s *predictions.Set) {
			s.Columns.Values, s.Value = []string{"cost", "latency"}, [][]float64{nil, {1, 4}}
		}), 2.5},
		"weights":            {"score", set([]string{"x", "x", "x"}, func(s *predictions.Set) { scored(1, 5, 1e308)(s); s.Weight = []float64{3, 1, 0} }), 2},
		"error far from 0":   {"r2", set([]string{"1e9", "1000000001", "1000000002"}, scored(1e9, 1e9+1, 1e9+1)), 0.5},
		"share of the label": {"mape", set([]string{"-2", "4"}, scored(-1, 5)), 0.375},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { compute(t, test.metric, test.set, test.want) })
	}
}

func queries(s *predictions.Set, names ...string) {
	s.Group = &predictions.Texts{}
	index := make(map[string]int32)
	for _, name := range names {
		if _, ok := index[name]; !ok {
			index[name] = int32(len(index))
			s.Group.Names = append(s.Group.Names, name)
		}
		s.Group.Code = append(s.Group.Code, index[name])
	}
}

func TestDefinitionsRefuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ab := []string{"a", "b"}
	oneZero := []string{"1", "0"}
	threeScores := classScores("a b c", []float64{1, 0, 0}, []float64{0, 1, 0})
	tests := map[string]struct {
		metric string
		set    *predictions.Set
		want   string
	}{
		"no rows":                 {"accuracy", set(nil, scored()), `p.csv: there are no rows; the evaluate stage must write one row for each example`},
		"NaN score":               {"roc_auc", set(oneZero, scored(1, nan)), `p.csv:3: score is not a finite number (NaN); every row must have a finite number`},
		"infinite score":          {"mae", set(oneZero, scored(inf, 1)), `p.csv:2: score is not a finite number (+Inf); every row must have a finite number`},
		"NaN score of a class":    {"accuracy", set(ab, classScores("a b", []float64{1, 0}, []float64{0, nan})), `p.csv:3: score is not a finite number (NaN); every row must have a finite number`},
		"NaN probability":         {"log_loss", set(ab, classScores("a b", []float64{1, 0}, []float64{0, nan})), `p.csv:3: score NaN of class "b" is no probability; write probabilities in [0, 1] in the columns score_<class>`},
		"sum of probabilities":    {"brier", set(ab, classScores("a b", []float64{1, 0}, []float64{0.5, 0.25})), `p.csv:3: the scores of the classes sum to 0.75, not to 1; write a probability for each class, in columns score_<class>`},
		"class without scores":    {"log_loss", set([]string{"a", "c"}, classScores("a b", []float64{1, 0}, []float64{0, 1})), `p.csv:3: class "c" has no column of scores; write a column score_<class> for each class`},
		"top without scores":      {"top_2_accuracy", set(ab, decided("a", "b")), `p.csv: 0 classes have scores, so that the label is always among the first 2; write a column score_<class> for each class, and take a smaller number`},
		"top of all":              {"top_3_accuracy", set(ab, threeScores), `p.csv: 3 classes have scores, so that the label is always among the first 3; write a column score_<class> for each class, and take a smaller number`},
		"top, class without":      {"top_1_accuracy", set([]string{"a", "d"}, threeScores), `p.csv:3: class "d" has no column of scores; write a column score_<class> for each class`},
		"words for precision":     {"precision", set(ab, decided("a", "b")), `p.csv:2: label is neither 0 nor 1 ("a"); this metric is of class 1 against 0; for other classes use its _macro, _micro or _weighted variant`},
		"decision for a third":    {"f1", set(oneZero, decided("1", "2")), `p.csv:3: decision is neither 0 nor 1 ("2"); this metric is of class 1 against 0; for other classes use its _macro, _micro or _weighted variant`},
		"words without decisions": {"f1_macro", set(ab, scored(0, 1)), `p.csv:2: label is neither 0 nor 1 ("a"); write 1 for the class that the score is for and 0 for the other; for more classes name the column of decisions as ` + "`prediction:`" + `, or write a column score_<class> for each class`},
		"scores are no decisions": {"mcc", set(oneZero, scored(3, -2)), `p.csv:2: score 3 is no probability; write probabilities in [0, 1]; roc_auc and pr_auc take any score, and decisions come from a column named as ` + "`prediction:` or from the score that is named as `threshold:`"},
		"no ones":                 {"pr_auc", set([]string{"0", "0"}, scored(0, 1)), `p.csv: all rows have the label 0; this metric needs rows of both classes`},
		"no zeros":                {"pr_auc", set([]string{"1", "1"}, scored(0, 1)), `p.csv: all rows have the label 1; this metric needs rows of both classes`},
		"zeros of no weight":      {"roc_auc", set(oneZero, func(s *predictions.Set) { scored(0, 1)(s); s.Weight = []float64{1, 0} }), `p.csv: all rows have the label 1; this metric needs rows of both classes`},
		"numbers as classes":      {"accuracy", set([]string{"1.5", "2"}, func(s *predictions.Set) { s.Label, s.Classes = nil, nil; scored(1, 2)(s) }), `p.csv: the labels are numbers, not classes; rmse, mae and r2 are for regression; for classes write them as text`},
		"no labels":               {"mae", set(oneZero, func(s *predictions.Set) { s.Label, s.LabelNumber = nil, nil; scored(1, 2)(s) }), `p.csv: there is no column "label"; write the labels, or use the metric score, which needs none`},
		"constant labels":         {"r2", set([]string{"4", "4"}, scored(1, 2)), `p.csv: all rows have the label 4; r2 needs labels that differ; use rmse or mae`},
		"label 0":                 {"mape", set([]string{"1", "0"}, scored(1, 2)), `p.csv:3: label is 0, of which no error is a share; use mae, or leave rows with label 0 out of the evaluation data`},
		"squares overflow":        {"r2", set([]string{"1e308", "-1e308"}, scored(-1e308, 1e308)), `p.csv: the result is not finite; scale labels and scores down`},
		"sum overflows":           {"score", set(oneZero, scored(1e308, 1e308)), `p.csv: the result is not finite; scale labels and scores down`},
		"gain overflows":          {"ndcg", set([]string{"1e308", "1e308", "1e308"}, func(s *predictions.Set) { scored(1, 2, 3)(s); queries(s, "q", "q", "q") }), `p.csv: the result is not finite; scale labels and scores down`},
		"negative gain":           {"ndcg", set([]string{"1", "-1"}, func(s *predictions.Set) { scored(1, 2)(s); queries(s, "q", "q") }), `p.csv:3: label -1 is no gain; write how relevant the row is, from 0`},
		"no queries":              {"ndcg@10", set(oneZero, scored(1, 2)), "p.csv: there is no column of queries; name it as `group:`: rows with the same value are ranked against one another"},
		"no grades":               {"score", set(oneZero, decided("1", "0")), "p.csv: there is no column \"score\"; write each answer's grade, or name its column as `score:`"},
		"NaN value":               {"cost", set(oneZero, func(s *predictions.Set) { s.Columns.Values, s.Value = []string{"cost"}, [][]float64{{1, nan}} }), `p.csv:3: value is not a finite number (NaN); every row must have a finite number`},
		"negative weight":         {"accuracy", set(oneZero, func(s *predictions.Set) { scored(1, 0)(s); s.Weight = []float64{1, -1} }), `p.csv:3: weight -1 is not a finite number from 0; give every row a weight of 0 or more`},
		"infinite weight":         {"accuracy", set(oneZero, func(s *predictions.Set) { scored(1, 0)(s); s.Weight = []float64{inf, 1} }), `p.csv:2: weight +Inf is not a finite number from 0; give every row a weight of 0 or more`},
		"no weight":               {"accuracy", set(oneZero, func(s *predictions.Set) { scored(1, 0)(s); s.Weight = []float64{0, 0} }), `p.csv: all rows have the weight 0; give rows that count a weight above 0`},
		"a metric's name":         {"mae", set(oneZero, func(s *predictions.Set) { s.Columns.Values, s.Value = []string{"mae"}, [][]float64{{1, 2}} }), `p.csv: column "mae" has the name of a metric that muster computes; rename the column`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			value, err := metrics.Compute(test.metric, test.set)
			if err == nil {
				t.Fatalf("it was computed: %v", value)
			}
			if _, known := metrics.LookupIn(test.set, test.metric); known != nil {
				test.metric = "metric"
			}
			if diff := cmp.Diff("compute "+test.metric+": "+test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]result.Direction{"ndcg@1": result.Higher, "ndcg@100": result.Higher, "top_3_accuracy": result.Higher, "mae": result.Lower, "f1_weighted": result.Higher} {
		if d, ok := metrics.Lookup(name); !ok || d.Name != name || d.Better != want {
			t.Errorf("%s: %+v, %v", name, d, ok)
		}
	}
	for _, name := range []string{"", "ndcg@0", "ndcg@", "ndcg@-1", "ndcg@+1", "ndcg@01", "ndcg@1e3", "ndcg@9999999", "top__accuracy", "top_0_accuracy", "top_1", "ROC_AUC"} {
		if d, ok := metrics.Lookup(name); ok {
			t.Errorf("%q is known as %s", name, d.Name)
		}
	}
	if d, _ := metrics.Lookup("calibration_error"); !d.Reported {
		t.Error("calibration_error can be gated")
	}
}

func TestMetricsByOtherNames(t *testing.T) {
	s := set([]string{"1", "0"}, scored(1, 0))
	for name, want := range map[string]string{
		"auc": "roc_auc", "AUROC": "roc_auc", "roc-auc": "roc_auc", "average precision": "pr_auc", "f1_score": "f1", "mse": "rmse", "R2_score": "r2",
		"ndcg10": "ndcg@10", "top_5": "top_5_accuracy", "top_k_accuracy@3": "top_3_accuracy", "top5": "top_5_accuracy", "ece": "calibration_error", "log_los": "log_loss",
	} {
		_, err := metrics.Compute(name, s)
		if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf("; did you mean %q?", want)) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	_, err := metrics.Compute("<script>\n", s)
	if err == nil || strings.Contains(err.Error(), "did you mean") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	s.Columns.Values, s.Value = []string{"<script>\n"}, [][]float64{nil}
	if _, err := metrics.Compute("<script>\n", s); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

// TestTheSpecTurnsWhatHasNoDirectionOfItsOwn compares costs and grades.
func TestTheSpecTurnsWhatHasNoDirectionOfItsOwn(t *testing.T) {
	costs := func(shift float64) *predictions.Set {
		d := table{labels: make([]float64, 100), scores: make([]float64, 100)}
		for i := range d.scores {
			d.scores[i] = shift + float64(i%7)/100
			if i%3 == 0 {
				d.scores[i] += shift
			}
		}
		s := d.predictions(t)
		s.Columns.Values, s.Value = []string{"cost"}, [][]float64{s.Score}
		return s
	}
	for _, metric := range []string{"score", "cost"} {
		for better, want := range map[result.Direction]result.Outcome{"": result.Better, result.Higher: result.Better, result.Lower: result.Worse} {
			spec := metrics.Spec{Metric: metric, Better: better, Gated: true}
			got := row(t, compare(t, costs(2), costs(1), []metrics.Spec{spec}, metrics.Options{}), metric, "")
			if got.Verdict != want || !(*got.Diff > 0) {
				t.Errorf("%s, better %q: %s, difference %v", metric, better, got.Verdict, *got.Diff)
			}
		}
	}
}

// TestCalibrationErrorIsNotGated whatever the spec says.
func TestCalibrationErrorIsNotGated(t *testing.T) {
	a, b := table{labels: make([]float64, 100), scores: make([]float64, 100)}, table{labels: make([]float64, 100), scores: make([]float64, 100)}
	for i := range 100 {
		a.labels[i], b.labels[i] = float64(i%2), float64(i%2)
		a.scores[i], b.scores[i] = 0.9, 0.5+float64(i%2)/10
	}
	got := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("calibration_error", 0)}, metrics.Options{}), "calibration_error", "")
	if got.Gated || math.Abs(*got.Candidate-0.4) > 1e-12 {
		t.Errorf("%+v", got)
	}
}
