package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
)

// today is when the waivers of these tests are read.
var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestWaivers(t *testing.T) {
	got, err := config.ParseWaivers("waivers.yaml", []byte(`# What may pass
- finding: slice-worse
  metric: roc_auc
  slice: age_band=70+
  reason: Few patients over 70 until the study ends.
  owner: "@acme/ml-leads"
  expires: 2027-03-31
- {finding: creep, reason: agreed, owner: ada, expires: "2027-11-25"}
`), today)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Waiver{
		{
			Finding: "slice-worse", Metric: "roc_auc", Slice: "age_band=70+", Owner: "@acme/ml-leads",
			Reason: "Few patients over 70 until the study ends.", Expires: "2027-03-31", Line: 2,
		},
		{Finding: "creep", Reason: "agreed", Owner: "ada", Expires: "2027-11-25", Line: 8},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoWaivers(t *testing.T) {
	for _, text := range []string{"", "\n", "# none\n", "[]\n", "\ufeff# none\n"} {
		if got, err := config.ParseWaivers("waivers.yaml", []byte(text), today); err != nil || len(got) > 0 {
			t.Errorf("%q gave %v, %v", text, got, err)
		}
	}
}

func TestWaiversWithMistakes(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no list":            {"finding: creep\n", "waivers.yaml:1:1: this is a mapping; it must be a list"},
		"null":               {"null\n", "waivers.yaml:1:1: this is empty; it must be a list"},
		"an unknown key":     {"- {finding: creep, reason: x, owner: y, expires: 2027-01-01, slize: a=b}\n", `waivers.yaml:1:62: unknown key "slize"; did you mean "slice"?`},
		"no reason":          {"- {finding: creep, owner: y, expires: 2027-01-01}\n", "waivers.yaml:1:3: missing reason; add it here"},
		"no owner, no end":   {"- {finding: creep, reason: x}\n", "waivers.yaml:1:3: missing owner, expires; add it here"},
		"a reason of spaces": {"- {finding: creep, reason: ' ', owner: y, expires: 2027-01-01}\n", `waivers.yaml:1:20: " " is not of the form that is wanted here; write it as in Few patients`},
		"an empty slice":     {"- {finding: creep, slice: '', reason: x, owner: y, expires: 2027-01-01}\n", "waivers.yaml:1:20: this is empty"},
		"a code with spaces": {"- {finding: 'a b', reason: x, owner: y, expires: 2027-01-01}\n", `"a b" is not of the form that is wanted here; write it as in slice-worse`},
		"a number as owner":  {"- {finding: creep, reason: x, owner: 7, expires: 2027-01-01}\n", "this is a number; it must be text"},
		"no day":             {"- {finding: creep, reason: x, owner: y, expires: 2027-02-30}\n", "2027-02-30 is no day of the calendar; write the last day"},
		"another order":      {"- {finding: creep, reason: x, owner: y, expires: 31.03.2027}\n", `"31.03.2027" is not of the form that is wanted here; write it as in 2027-03-31`},
		"with a time":        {"- {finding: creep, reason: x, owner: y, expires: 2027-03-31T00:00:00Z}\n", `is not of the form that is wanted here`},
		"for ever":           {"- {finding: creep, reason: x, owner: y, expires: 2027-11-26}\n", "waivers.yaml:1:41: 2027-11-26 is more than a year ahead; a waiver is for a time"},
		"twice":              {"- {finding: creep, reason: x, owner: y, expires: 2027-01-01}\n- {finding: creep, reason: z, owner: y, expires: 2027-02-01}\n", "waivers.yaml:2:3: this is waived already; the first is in line 1; remove one"},
		"no YAML":            {"- {finding: creep\n", "waivers.yaml:"},
		"an owner too long":  {"- {finding: creep, reason: x, owner: " + strings.Repeat("y", 300) + ", expires: 2027-01-01}\n", "this is 300 characters long; use at most 200"},
		"too large":          {strings.Repeat("# a comment\n", 100_000), "waivers.yaml: the file is larger than 1 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseWaivers("waivers.yaml", []byte(test.text), today)
			var mistakes *config.Error
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v\nwant %s", err, test.want)
			}
		})
	}
}

// Whatever the bytes are, what is read has a reason, an owner and a day within a year.
func FuzzParseWaivers(f *testing.F) {
	f.Add([]byte("- {finding: creep, reason: x, owner: y, expires: 2027-01-01}\n"))
	f.Add([]byte("- &a {finding: creep, reason: x, owner: y, expires: 2027-01-01}\n- *a\n"))
	f.Add([]byte("- finding: creep\n  reason: |\n    two\n    lines\n  owner: y\n  expires: 2027-13-01\n"))
	f.Add([]byte("[[[[{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		waivers, err := config.ParseWaivers("waivers.yaml", data, today)
		if err != nil {
			return
		}
		for _, w := range waivers {
			day, err := time.Parse(time.DateOnly, w.Expires)
			if err != nil || day.After(today.AddDate(1, 0, 0)) {
				t.Errorf("expires on %q", w.Expires)
			}
			if w.Finding == "" || strings.TrimSpace(w.Reason) == "" || strings.TrimSpace(w.Owner) == "" || w.Line < 1 {
				t.Errorf("incomplete: %+v", w)
			}
		}
	})
}
