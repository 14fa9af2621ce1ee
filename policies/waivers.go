package policies

import (
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// dayLayout is how a waiver's last day is written.
const dayLayout = "2006-01-02"

// waive marks the findings that a waiver lets pass, and adds what there is to say
// of the waivers themselves. It returns the waivers that were used.
//
// Only what denies can be waived. What is undecided cannot: nobody can vouch for
// what nobody knows. A waiver holds until the end of its last day, in UTC.
func waive(findings []result.Finding, waivers []result.Waiver, now time.Time) ([]result.Finding, []result.Waiver) {
	var used []result.Waiver
	var remarks []result.Finding
	for _, waiver := range waivers {
		if over(waiver, now) {
			remarks = append(remarks, remark("waiver-expired", result.SeverityWarn, waiver,
				"It ended with "+waiver.Expires+" and does nothing. Take it out, or have it renewed."))
			continue
		}
		count, refused := apply(waiver, findings)
		switch {
		case count > 0:
			used = append(used, waiver)
		case refused != "":
			remarks = append(remarks, remark("waiver-refused", result.SeverityWarn, waiver, refused))
		default:
			remarks = append(remarks, remark("waiver-unused", result.SeverityInfo, waiver, "Nothing that denies matches it. Take it out if it is no longer needed."))
		}
	}
	if len(remarks) == 0 {
		return findings, used
	}
	return arrange(append(findings, remarks...)), used
}

// apply marks what the waiver lets pass. Refused says why it does not let pass what it names, if that is so.
func apply(waiver result.Waiver, findings []result.Finding) (count int, refused string) {
	for i := range findings {
		finding := &findings[i]
		if !covers(waiver, *finding) {
			continue
		}
		switch {
		case finding.Undecided:
			refused = "It names what is undecided, and cannot be used: what cannot be known is never a pass."
		case !result.Waivable(finding.Code):
			refused = "This finding denies in any case: no waiver lets it pass."
		case finding.Severity == result.SeverityDeny && !finding.Waived:
			finding.Waived, finding.Waiver = true, &waiver
			count++
		case finding.Waived:
			count++ // two waivers for one finding: both were needed by somebody
		}
	}
	return count, refused
}

// covers reports whether the finding is what the waiver names.
func covers(waiver result.Waiver, finding result.Finding) bool {
	return waiver.Finding == finding.Code &&
		(waiver.Metric == "" || waiver.Metric == finding.Metric) &&
		(waiver.Slice == "" || waiver.Slice == finding.Slice)
}

// over reports whether the waiver's last day has passed. A day that is none has,
// and so has every day where nobody says what time it is.
func over(waiver result.Waiver, now time.Time) bool {
	last, err := time.Parse(dayLayout, waiver.Expires)
	return err != nil || now.IsZero() || !now.Before(last.AddDate(0, 0, 1))
}

// remark is a finding about a waiver.
func remark(code string, severity result.Severity, waiver result.Waiver, what string) result.Finding {
	return result.Finding{
		Code: code, Severity: severity, Metric: waiver.Metric, Slice: waiver.Slice, Policy: "muster",
		Message: fmt.Sprintf("Waiver %s by %s. %s", named(waiver), printable(waiver.Owner), what),
	}
}

// named says which waiver it is, and where it stands.
func named(waiver result.Waiver) string {
	parts := []string{printable(waiver.Finding)}
	if waiver.Metric != "" {
		parts = append(parts, "of "+printable(waiver.Metric))
	}
	if waiver.Slice != "" {
		parts = append(parts, "for "+printable(waiver.Slice))
	}
	if waiver.Source != "" {
		parts = append(parts, "("+printable(waiver.Source)+")")
	}
	return strings.Join(parts, " ")
}
