package flow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// row is a gated comparison over all rows, unless it is changed.
func row(metric string, verdict result.Outcome, diff float64, change ...func(*result.Compared)) result.Compared {
	c := result.Compared{Metric: metric, Better: result.Higher, Verdict: verdict, Diff: &diff, Gated: true}
	for _, do := range change {
		do(&c)
	}
	return c
}

func toAnchor(c *result.Compared)    { c.Against = againstAnchor }
func toBaseline(c *result.Compared)  { c.Against = "baseline" }
func onAudit(c *result.Compared)     { c.Data = "audit" }
func onNorth(c *result.Compared)     { c.Slice = "site=north" }
func notGated(c *result.Compared)    { c.Gated = false }
func lowerBetter(c *result.Compared) { c.Better = result.Lower }
func unknown(c *result.Compared)     { c.Diff = nil }

func TestOutdoes(t *testing.T) {
	const better, equal, worse, unsure = result.Better, result.Equivalent, result.Worse, result.Inconclusive
	tests := map[string]struct {
		rows    []result.Compared
		against string
		want    bool
	}{
		"nothing compared":              {nil, "", false},
		"better":                        {[]result.Compared{row("auc", better, 0.1)}, "", true},
		"the same":                      {[]result.Compared{row("auc", equal, 0)}, "", false},
		"better, the other the same":    {[]result.Compared{row("auc", better, 0.1), row("f1", equal, 0)}, "", true},
		"better for a little of others": {[]result.Compared{row("auc", better, 0.1), row("f1", equal, -0.001)}, "", false},
		"lower is better, and rose":     {[]result.Compared{row("auc", better, 0.1), row("loss", equal, 0.001, lowerBetter)}, "", false},
		"lower is better, and fell":     {[]result.Compared{row("auc", better, 0.1), row("loss", equal, -0.001, lowerBetter)}, "", true},
		"one cannot be told":            {[]result.Compared{row("auc", better, 0.1), row("f1", unsure, 0.1)}, "", false},
		"one has no difference":         {[]result.Compared{row("auc", better, 0.1), row("f1", equal, 0, unknown)}, "", false},
		"a gated slice is worse":        {[]result.Compared{row("auc", better, 0.1), row("auc", worse, -0.1, onNorth)}, "", false},
		"a slice that is only shown":    {[]result.Compared{row("auc", better, 0.1), row("auc", worse, -0.1, onNorth, notGated)}, "", true},
		"a metric that is only shown":   {[]result.Compared{row("auc", better, 0.1), row("f1", worse, -0.1, notGated)}, "", true},
		"better than the champion only": {[]result.Compared{row("auc", better, 0.1), row("auc", equal, -0.1, toAnchor)}, againstAnchor, false},
		"better than the anchor":        {[]result.Compared{row("auc", equal, 0), row("auc", better, 0.1, toAnchor)}, againstAnchor, true},
		"the anchor was not compared":   {[]result.Compared{row("auc", better, 0.1)}, againstAnchor, false},
		"half of the anchor is missing": {[]result.Compared{row("auc", better, 0.1), row("f1", better, 0.1), row("auc", better, 0.1, toAnchor)}, againstAnchor, false},
		"better than a number":          {[]result.Compared{row("auc", better, 0.1, toBaseline)}, "", false},
		"better on audit data":          {[]result.Compared{row("auc", better, 0.1, onAudit)}, "", false},
	}
	for name, test := range tests {
		if got := outdoes(result.Decision{Comparison: test.rows}, test.against); got != test.want {
			t.Errorf("%s: outdoes is %v, want %v", name, got, test.want)
		}
	}
}

func TestNextAnchor(t *testing.T) {
	up := []result.Compared{row("auc", result.Better, 0.1), row("auc", result.Better, 0.1, toAnchor)}
	upFromChampion := []result.Compared{row("auc", result.Better, 0.1), row("auc", result.Equivalent, -0.1, toAnchor)}
	level := []result.Compared{row("auc", result.Equivalent, 0)}
	against := []result.Finding{{Code: championOverridden, Severity: result.SeverityWarn}}
	tests := map[string]struct {
		anchor, from string
		override     bool
		rows         []result.Compared
		findings     []result.Finding
		want         string
	}{
		"the first model":                        {want: "v3"},
		"the first model, against the gate":      {override: true},
		"no anchor, better":                      {from: "v2", rows: up, want: "v3"},
		"no anchor, not better":                  {from: "v2", rows: level, want: "v2"},
		"no anchor, and v2 was against the gate": {from: "v2", rows: level, findings: against, want: "v3"},
		"the champion is the anchor, better":     {anchor: "v2", from: "v2", rows: up, want: "v3"},
		"the champion is the anchor, not better": {anchor: "v2", from: "v2", rows: level},
		"an older anchor, better":                {anchor: "v1", from: "v2", rows: up, want: "v3"},
		"an older anchor, better than v2 only":   {anchor: "v1", from: "v2", rows: upFromChampion},
		"an older anchor, not compared":          {anchor: "v1", from: "v2", rows: level},
		"against the gate, better":               {anchor: "v2", from: "v2", override: true, rows: up},
	}
	for name, test := range tests {
		promotion := result.Promotion{From: test.from, To: "v3", Override: test.override}
		if got := nextAnchor(test.anchor, promotion, result.Decision{Comparison: test.rows, Findings: test.findings}); got != test.want {
			t.Errorf("%s: the anchor goes to %q, want %q", name, got, test.want)
		}
	}
}

func TestAWaiverThatExpiredDoesNotPromote(t *testing.T) {
	at := func(text string) time.Time {
		day, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return day
	}
	waived := func(expires string) result.Decision {
		return result.Decision{Findings: []result.Finding{
			{Code: "slice-worse", Severity: result.SeverityDeny, Waived: true, Waiver: &result.Waiver{Finding: "slice-worse", Expires: expires}},
		}}
	}
	tests := map[string]struct {
		decision result.Decision
		now      time.Time
		want     string
	}{
		"on its last day":      {waived("2026-03-01"), at("2026-03-01T23:59:59Z"), ""},
		"a second after":       {waived("2026-03-01"), at("2026-03-02T00:00:00Z"), "expired on 2026-03-01"},
		"another zone":         {waived("2026-03-01"), at("2026-03-02T01:00:00+02:00"), ""},
		"no day":               {waived(""), at("2026-03-01T00:00:00Z"), "a day that it does not name"},
		"no day of a calendar": {waived("2026-02-31"), at("2026-01-01T00:00:00Z"), "2026-02-31"},
		"no waiver":            {result.Decision{Findings: []result.Finding{{Code: "x", Waived: true}}}, at("2026-01-01T00:00:00Z"), "does not name"},
		"nothing waived":       {result.Decision{Findings: []result.Finding{{Code: "x", Severity: result.SeverityWarn}}}, at("2026-01-01T00:00:00Z"), ""},
	}
	for name, test := range tests {
		err := checkWaivers(test.decision, test.now)
		refused, _ := errors.AsType[*RefusedError](err)
		if (err == nil) != (test.want == "") || (err != nil && (refused == nil || refused.Verdict != result.Deny || !strings.Contains(err.Error(), test.want))) {
			t.Errorf("%s: error is %v, want a denial with %q", name, err, test.want)
		}
	}
}

// TestAClockThatWasSetBack: what the decision and the registry have recorded is later.
func TestAClockThatWasSetBack(t *testing.T) {
	ahead := time.Now().Add(48 * time.Hour)
	if got := latest(time.Time{}, ahead); !got.Equal(ahead) {
		t.Errorf("latest is %v, want what was recorded: %v", got, ahead)
	}
	if got := latest(time.Time{}, time.Now().Add(-time.Hour)); time.Since(got) > time.Minute {
		t.Errorf("latest is %v, want now", got)
	}
}

func TestADecisionThatTheHistoryHasGonePast(t *testing.T) {
	made := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	decision := func(move int) result.Decision {
		return result.Decision{Created: made, Receipt: result.Receipt{Alias: "production", Move: move}}
	}
	tests := map[string]struct {
		known, serial int
		moved         time.Time
		stale         bool
	}{
		"the same move": {4, 4, made.Add(-time.Hour), false},
		"the same move, by a clock that was ahead": {4, 4, made.Add(time.Hour), false},
		"there and back":                            {2, 4, made.Add(-time.Hour), true},
		"an older registry was put back":            {4, 2, made.Add(-time.Hour), true},
		"an old decision, moved before":             {0, 4, made, false},
		"an old decision, moved since":              {0, 4, made.Add(time.Second), true},
		"nothing was promoted, then or now":         {0, 0, time.Time{}, false},
		"a decision that knows a move that is gone": {1, 0, time.Time{}, true},
	}
	for name, test := range tests {
		err := checkAge(decision(test.known), result.Move{Serial: test.serial, To: "v2", At: test.moved})
		moved, _ := errors.AsType[*registry.MovedError](err)
		if (err != nil) != test.stale || (err != nil && moved == nil) {
			t.Errorf("%s: error is %v, want stale %v, as a MovedError", name, err, test.stale)
		}
	}
}
