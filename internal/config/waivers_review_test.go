package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
)

// reviewed is when the reviews of these tests were made.
var reviewed = time.Date(2026, 11, 25, 23, 30, 0, 0, time.FixedZone("", -3600))

func TestWaiversInReview(t *testing.T) {
	const plainly = "2026-12-10" // two weeks after the day in UTC
	tests := map[string]struct {
		body  string
		want  []config.Waiver
		wrong []string
	}{
		"a code alone": {
			"Fine with me.\n\n/muster waive metric-worse: the old model reads a sensor that is gone\n",
			[]config.Waiver{{Finding: "metric-worse", Reason: "the old model reads a sensor that is gone", Expires: plainly}},
			nil,
		},
		"all of it, and lines as a browser sends them": {
			"/muster waive slice-worse roc_auc age_band=70+ until 2027-03-31: see ticket 812: few patients\r\nthanks\r\n",
			[]config.Waiver{{Finding: "slice-worse", Metric: "roc_auc", Slice: "age_band=70+", Reason: "see ticket 812: few patients", Expires: "2027-03-31"}},
			nil,
		},
		"words with spaces and colons": {
			"/muster waive slice-worse `roc_auc` \"city=New York\": why\n/muster waive slice-worse roc_auc time=10:30: why\n/muster waive slice-worse roc_auc \"until\": why",
			[]config.Waiver{
				{Finding: "slice-worse", Metric: "roc_auc", Slice: "city=New York", Reason: "why", Expires: plainly},
				{Finding: "slice-worse", Metric: "roc_auc", Slice: "time=10:30", Reason: "why", Expires: plainly},
				{Finding: "slice-worse", Metric: "roc_auc", Slice: "until", Reason: "why", Expires: plainly},
			},
			nil,
		},
		"what is quoted, code, hidden, indented, or another word": {
			"> /muster waive creep: no\n```\n/muster waive creep: no\n~~~\n```\n<!-- \n/muster waive creep: no\n-->\n  /muster waive creep: no\nplease /muster waive creep: no\n/muster waiver creep: no\n/muster waives: no\n~~~~\n/muster waive creep: no",
			nil, nil,
		},
		"fences that are none": {
			"```\n```go\n/muster waive creep: no\n```\n``` `x` ```\n/muster waive creep: this is read\n",
			[]config.Waiver{{Finding: "creep", Reason: "this is read", Expires: plainly}},
			nil,
		},
		"a comment that does not end": {"<!--\n/muster waive creep: no", nil, nil},
		"mistakes, each said": {
			"/muster waive\n/muster waive creep\n/muster waive creep:\n/muster waive : why\n/muster waive ../x: why\n/muster waive a b c d: why\n" +
				"/muster waive creep until soon: why\n/muster waive creep until 2027-02-30: why\n/muster waive creep until 2027-11-27: why\n/muster waive \"creep: why\n/muster waive creep \"\": why",
			nil,
			[]string{
				"there is no colon", "there is no colon", "gives no reason", "a word is empty", "does not begin with the code", "more words than",
				`"soon" is no day`, `"2027-02-30" is no day`, "2027-11-27 is more than a year ahead", "does not end", "a word is empty",
			},
		},
		"a day that is over is taken, and does nothing later": {
			"/muster waive creep until 2020-01-01: why", []config.Waiver{{Finding: "creep", Reason: "why", Expires: "2020-01-01"}}, nil,
		},
		"too long":         {"/muster waive creep: why\n" + strings.Repeat("x", 64<<10), nil, []string{"longer than 64 KiB"}},
		"a reason so long": {"/muster waive creep: " + strings.Repeat("x", 2001), nil, []string{"longer than 2000 bytes"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, wrong := config.WaiversInReview(test.body, reviewed)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if len(wrong) != len(test.wrong) {
				t.Fatalf("wrong are %q, want %q", wrong, test.wrong)
			}
			for i, want := range test.wrong {
				if !strings.Contains(wrong[i], want) {
					t.Errorf("wrong is %q, want %q", wrong[i], want)
				}
			}
		})
	}
}

func TestAReviewAsksForSoManyWaivers(t *testing.T) {
	got, wrong := config.WaiversInReview(strings.Repeat("/muster waive creep: why\n", 100), reviewed)
	if len(got) != 20 || len(wrong) != 1 {
		t.Errorf("%d waivers, wrong are %q", len(got), wrong)
	}
}

// Whatever stands in a review, what is taken could as well stand in a file of waivers.
func FuzzWaiversInReview(f *testing.F) {
	for _, seed := range []string{
		"/muster waive creep: why", "/muster waive slice-worse roc_auc \"a=b c\" until 2027-03-31: x", "```\n/muster waive creep: x\n```", "<!--\n/muster waive creep: x",
		"/muster waive creep until 2026-13-01: \xff", "/muster waive `a`:b", "/muster waive \":\": x\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		waivers, wrong := config.WaiversInReview(body, reviewed)
		if len(waivers)+len(wrong) > 21 {
			t.Errorf("%d waivers and %d mistakes", len(waivers), len(wrong))
		}
		for _, w := range waivers {
			day, err := time.Parse(time.DateOnly, w.Expires)
			if err != nil || day.After(reviewed.AddDate(1, 0, 1)) || w.Finding == "" || strings.TrimSpace(w.Reason) == "" || strings.ContainsAny(w.Finding+w.Metric+w.Slice+w.Reason, "\n") {
				t.Errorf("%q is taken as %+v", body, w)
			}
		}
	})
}
