package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
)

const attested = `# what no file can show
- criterion: code-review
  verdict: met
  statement: Two people read every change.
  evidence: docs/reviews.md
  by: "@ada"
  approved_by: "@acme/leads"
  date: 2026-01-01
  expires: 2026-06-30
`

var attestable = map[string]config.Attestable{"code-review": {Met: true}, "unit-tests": {}, "model-rollback": {Not: true}}

func TestAttestations(t *testing.T) {
	got, err := config.ParseAttestations("attest.yaml", []byte(attested), attestable)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Attestation{{
		Criterion: "code-review", Verdict: config.AttestMet, Statement: "Two people read every change.", Evidence: "docs/reviews.md",
		By: "@ada", ApprovedBy: "@acme/leads", Date: "2026-01-01", Expires: "2026-06-30", Line: 2,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attestations (-want +got):\n%s", diff)
	}
	for day, expired := range map[string]bool{"2026-06-30T23:59:59Z": false, "2026-07-01T00:00:00Z": true} {
		now, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Expired(now) != expired {
			t.Errorf("at %s expired is %t", day, !expired)
		}
	}
	if none, err := config.ParseAttestations("attest.yaml", []byte("# none\n"), attestable); err != nil || none != nil {
		t.Errorf("a file of comments: %v, %v", none, err)
	}
}

// Each mistake is told with its line and what would be right.
func TestAttestationMistakes(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"unknown key":       {"statement:", "staatement:", `attest.yaml:4:3: unknown key "staatement"; did you mean "statement"?`},
		"unknown criterion": {"criterion: code-review", "criterion: code-reviews", `attest.yaml:2:3: there is no criterion "code-reviews"; did you mean "code-review"?`},
		"not attestable":    {"criterion: code-review", "criterion: unit-tests", "attest.yaml:3:3: unit-tests shows in files"},
		"applies":           {"verdict: met", "verdict: not-applicable", "attest.yaml:3:3: code-review applies to every repository; use accepted-gap"},
		"no evidence":       {"verdict: met\n  statement: Two people read every change.\n  evidence: docs/reviews.md", "verdict: equivalent\n  statement: x", "attest.yaml:3:3: an equivalent needs evidence"},
		"oneself":           {`"@acme/leads"`, `"@ADA"`, "attest.yaml:7:3: who says so cannot be who approves it"},
		"too long":          {"2026-06-30", "2026-07-01", "attest.yaml:9:3: 2026-07-01 is more than 180 days after 2026-01-01; name a day until 2026-06-30"},
		"before":            {"2026-06-30", "2025-06-30", "attest.yaml:9:3: it expires before it was said"},
		"no day":            {"2026-06-30", "2026-02-30", "attest.yaml:9:3: 2026-02-30 is no day of the calendar"},
		"other verdict":     {"verdict: met", "verdict: yes", "attest.yaml:3:3:"},
		"no list":           {"- criterion: code-review\n ", "criterion: code-review\n", "attest.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(attested, test.from, test.to, 1)
			_, err := config.ParseAttestations("attest.yaml", []byte(text), attestable)
			if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	if _, err := config.ParseAttestations("attest.yaml", []byte(attested+attested), attestable); err == nil || !strings.Contains(err.Error(), "the first is in line 2") {
		t.Errorf("twice: %v", err)
	}
}

// Whatever is in the file, it is read or refused with a place.
func FuzzAttestations(f *testing.F) {
	f.Add([]byte(attested))
	f.Add([]byte("- &a {criterion: code-review}\n- *a\n"))
	f.Add([]byte("\xff\xfe"))
	f.Add([]byte("- [[[[[[[["))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := config.ParseAttestations("attest.yaml", data, attestable)
		if err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		for _, a := range list {
			if a.Line == 0 || a.By == "" || strings.EqualFold(a.By, a.ApprovedBy) {
				t.Errorf("%+v", a)
			}
		}
	})
}
