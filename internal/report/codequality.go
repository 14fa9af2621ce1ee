package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"

	"github.com/muster-ci/muster/internal/result"
)

// issue is what GitLab reads of Code Climate's format
// (https://docs.gitlab.com/ci/testing/code_quality/, "Code Quality report format").
type issue struct {
	Description string `json:"description"`
	CheckName   string `json:"check_name"`
	// Fingerprint tells an issue from others, and knows it again in the next report.
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

// CodeQuality writes the findings that stand at a line of a file as Code Climate issues,
// which GitLab shows beside those lines in a merge request. What stands nowhere is left out.
func CodeQuality(w io.Writer, r result.Report) error {
	issues := []issue{}
	told := map[string]int{}
	if r.Decision != nil {
		for _, f := range r.Decision.Findings {
			if f.Location == nil || f.Location.Path == "" {
				continue
			}
			name := findingName(f) + "\x00" + f.Location.Path
			told[name]++
			issues = append(issues, asIssue(f, name+"\x00"+strconv.Itoa(told[name])))
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(issues)
}

func asIssue(f result.Finding, name string) issue {
	sum := sha256.Sum256([]byte(name))
	out := issue{Description: clean(f.Message), CheckName: clean(f.Code), Fingerprint: hex.EncodeToString(sum[:16]), Severity: issueSeverity(f)}
	if f.Waived && f.Waiver != nil {
		out.Description += " Waived by " + clean(f.Waiver.Owner) + " until " + clean(f.Waiver.Expires) + "."
	}
	out.Location.Path = clean(f.Location.Path)
	out.Location.Lines.Begin = max(1, f.Location.Line)
	return out
}

func issueSeverity(f result.Finding) string {
	switch {
	case f.Waived || f.Severity == result.SeverityInfo:
		return "info"
	case f.Severity == result.SeverityWarn:
		return "minor"
	case f.Undecided:
		return "critical"
	default:
		return "blocker"
	}
}
