package config

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

// AttestFile is where a repository keeps its attestations.
const AttestFile = ".muster/attest.yaml"

// AttestSchema is the JSON Schema of a file of attestations.
//
//go:embed attest.schema.json
var AttestSchema []byte

// attestURL is what the schema calls itself.
const attestURL = "https://muster-ci.github.io/schema/attest.yaml/v1.json"

// maxAttested is for how many days an attestation may hold.
const maxAttested = 180

// The verdicts of an attestation.
const (
	AttestMet           = "met"
	AttestNotApplicable = "not-applicable"
	AttestEquivalent    = "equivalent"
	AttestGap           = "accepted-gap"
)

// Attestation is what people say of a criterion that no file can show. Line is
// where it stands.
type Attestation struct {
	Criterion  string `yaml:"criterion"`
	Root       string `yaml:"root"`
	Verdict    string `yaml:"verdict"`
	Statement  string `yaml:"statement"`
	Evidence   string `yaml:"evidence"`
	By         string `yaml:"by"`
	ApprovedBy string `yaml:"approved_by"`
	Date       string `yaml:"date"`    // as 2006-01-02
	Expires    string `yaml:"expires"` // as 2006-01-02
	Line       int    `yaml:"-"`
}

// Expired reports whether its last day is over.
func (a Attestation) Expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, a.Expires)
	return err != nil || !now.Before(day.AddDate(0, 0, 1))
}

// Attestable says what may be said of a criterion.
type Attestable struct {
	// Met is true if people may attest that it is met, Not if it can be not applicable.
	Met, Not bool
}

// ParseAttestations reads a file of attestations about the criteria that there are.
// Path is used in messages. All mistakes come back together as an [Error]. A file
// with nothing in it has no attestations.
func ParseAttestations(path string, data []byte, criteria map[string]Attestable) ([]Attestation, error) {
	var list []Attestation
	src, err := readBeside(path, data, AttestSchema, attestURL, &list)
	if src == nil {
		return nil, err
	}
	var problems []Problem
	first := map[[2]string]int{}
	for i := range list {
		at := fmt.Sprintf("/%d", i)
		list[i].Line = follow(src.values[at]).Line
		key := [2]string{list[i].Criterion, list[i].Root}
		if line, twice := first[key]; twice {
			problems = append(problems, src.problem(at, "this criterion is attested already", fmt.Sprintf("the first is in line %d; remove one", line)))
			continue
		}
		first[key] = list[i].Line
		problems = append(problems, src.checkAttestation(at, list[i], criteria)...)
	}
	if len(problems) > 0 {
		return nil, inOrder(problems)
	}
	return list, nil
}

// checkAttestation finds the mistakes that no schema can say.
func (s *source) checkAttestation(at string, a Attestation, criteria map[string]Attestable) []Problem {
	var problems []Problem
	wrong := func(key, message, hint string) { problems = append(problems, s.problem(at+"/"+key, message, hint)) }
	may, known := criteria[a.Criterion]
	switch {
	case !known:
		wrong("criterion", fmt.Sprintf("there is no criterion %q", a.Criterion), suggest(a.Criterion, keysOf(criteria)))
	case a.Verdict == AttestMet && !may.Met:
		wrong("verdict", a.Criterion+" shows in files and records, so nobody can attest that it is met", "use equivalent and name the evidence, or accepted-gap")
	case a.Verdict == AttestNotApplicable && !may.Not:
		wrong("verdict", a.Criterion+" applies to every repository", "use accepted-gap")
	case a.Verdict == AttestEquivalent && a.Evidence == "":
		wrong("verdict", "an equivalent needs evidence", "name the file that does the same under evidence")
	}
	if strings.EqualFold(strings.TrimSpace(a.By), strings.TrimSpace(a.ApprovedBy)) {
		wrong("approved_by", "who says so cannot be who approves it", "have somebody else approve it")
	}
	from, err := time.Parse(time.DateOnly, a.Date)
	if err != nil {
		wrong("date", a.Date+" is no day of the calendar", "write it as in 2026-10-01")
	}
	until, untilErr := time.Parse(time.DateOnly, a.Expires)
	switch {
	case untilErr != nil:
		wrong("expires", a.Expires+" is no day of the calendar", "write the last day on which it holds, as in 2027-03-30")
	case err != nil:
	case until.Before(from):
		wrong("expires", "it expires before it was said", "name a day after "+a.Date)
	case until.After(from.AddDate(0, 0, maxAttested)):
		wrong("expires", fmt.Sprintf("%s is more than %d days after %s", a.Expires, maxAttested, a.Date), "name a day until "+from.AddDate(0, 0, maxAttested).Format(time.DateOnly)+", and say it anew then if it is still so")
	}
	return problems
}
