package policies_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// row is a comparison of a metric of some direction, with what it requires.
func row(better result.Direction, require result.Require, champion, candidate, low, high, margin float64, verdict result.Outcome) result.Compared {
	c := compared("", champion, candidate, low, high, verdict)
	c.Better, c.Require, c.Margin = better, require, margin
	if better == result.Lower {
		c.Metric = "log_loss"
	}
	return c
}

func TestWhatWouldHavePassed(t *testing.T) {
	onSlice := row(result.Higher, result.NotWorse, 0.941, 0.893, -0.079, -0.017, 0.02, result.Worse)
	onSlice.Slice = "age_band=70+"
	anchored := row(result.Higher, result.NonInferior, 0.95, 0.9, -0.06, -0.04, 0.04, result.Worse)
	anchored.Against = "anchor"
	unknown := row(result.Higher, result.NonInferior, 0.95, 0.9, 0, 0, 0.02, result.Inconclusive)
	unknown.Interval = nil
	tests := map[string]struct {
		c    result.Compared
		want string
	}{
		"worse on a slice":       {onSlice, "ROC AUC of at least 0.921 for age_band=70+"},
		"creep":                  {anchored, "ROC AUC of at least 0.910"},
		"worse, non-inferior":    {row(result.Higher, result.NonInferior, 0.961, 0.921, -0.058, -0.022, 0.02, result.Worse), "ROC AUC of at least 0.959"},
		"inconclusive":           {row(result.Higher, result.NonInferior, 0.961, 0.951, -0.041, 0.021, 0.02, result.Inconclusive), "ROC AUC of at least 0.972"},
		"lower is better":        {row(result.Lower, result.NonInferior, 0.231, 0.265, 0.012, 0.056, 0.01, result.Worse), "Log loss of at most 0.219"},
		"worse, and lower":       {row(result.Lower, result.NotWorse, 0.231, 0.265, 0.012, 0.056, 0.00462, result.Worse), "Log loss of at most 0.235"},
		"better is required":     {row(result.Higher, result.RequireBetter, 0.961, 0.963, -0.001, 0.004, 0.02, result.Equivalent), "ROC AUC of at least 0.9641"},
		"it would have to be 1+": {row(result.Higher, result.NonInferior, 0.961, 0.951, -0.2, 0.18, 0.02, result.Inconclusive), "no ROC AUC: the data needs more rows"},
		"it would have to be 0-": {row(result.Lower, result.NonInferior, 0.1, 0.15, -0.2, 0.3, 0.02, result.Inconclusive), "no Log loss: the data needs more rows"},
		"no interval":            {unknown, ""},
		"it passed":              {row(result.Higher, result.NonInferior, 0.961, 0.963, -0.001, 0.004, 0.02, result.Equivalent), ""},
		"it is let through":      {row(result.Higher, result.NotWorse, 0.961, 0.951, -0.041, 0.021, 0.02, result.Inconclusive), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := policies.Describe(test.c, 0.95).Passes; got != test.want {
				t.Errorf("passes is %q, want %q", got, test.want)
			}
		})
	}
}

// The number that is printed passes itself, however it was rounded, and one step
// of its last digit to the worse side does not, or only by as much as it was rounded.
func TestWhatIsPrintedPasses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	number := regexp.MustCompile(`(?:least|most) (−?[0-9.]+)`)
	for range 2000 {
		c := randomRow(random)
		text := policies.Describe(c, 0.95).Passes
		if strings.HasPrefix(text, "no ") {
			continue
		}
		found := number.FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("%+v has no number: %q", c, text)
		}
		value, err := strconv.ParseFloat(strings.Replace(found[1], "−", "-", 1), 64)
		if err != nil {
			t.Fatal(err)
		}
		decimals := len(found[1]) - strings.IndexByte(found[1], '.') - 1
		step := math.Pow10(-decimals)
		if !wouldPass(c, value) {
			t.Fatalf("%s does not pass: %s", text, describe(c))
		}
		worse := value - 1.01*step
		if c.Better == result.Lower {
			worse = value + 1.01*step
		}
		if wouldPass(c, worse) {
			t.Fatalf("%s is not the nearest: %v passes as well: %s", text, worse, describe(c))
		}
	}
}

func describe(c result.Compared) string {
	return fmt.Sprintf("%s %s champion %v difference %v interval %v margin %v", c.Better, c.Require, *c.Champion, *c.Diff, *c.Interval, c.Margin)
}

func randomRow(random *rand.Rand) result.Compared {
	champion, difference, half := random.Float64(), (random.Float64()-0.7)/5, random.Float64()/20
	c := row(result.Higher, result.NonInferior, champion, champion+difference, difference-half, difference+half, random.Float64()/20, result.Worse)
	if random.IntN(2) == 0 {
		c.Better, c.Metric = result.Lower, "rmse"
	}
	c.Require = []result.Require{result.NonInferior, result.NotWorse, result.RequireBetter}[random.IntN(3)]
	return c
}

// wouldPass is the table of verdicts, for another value and an interval as wide.
func wouldPass(c result.Compared, value float64) bool {
	d, low := value-*c.Champion, *c.Diff-c.Interval[0]
	if c.Better == result.Lower {
		d, low = -d, c.Interval[1]-*c.Diff
	}
	switch c.Require {
	case result.NotWorse:
		return d >= -c.Margin
	case result.RequireBetter:
		return d-low > 0
	default:
		return d-low >= -c.Margin
	}
}
