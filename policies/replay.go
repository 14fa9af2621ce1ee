package policies

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// Recorded is a decision of the past, with the document that the policies saw.
type Recorded struct {
	At             time.Time
	Change, Commit string
	// Source is where it is recorded.
	Source  string
	Verdict result.Verdict
	// Codes are those of what stopped it. Partial is true where those of what was
	// undecided are not among them, although something was.
	Codes   []string
	Partial bool
	// Waivers are those that let a finding pass then.
	Waivers []result.Waiver
	Input   json.RawMessage
}

// Key tells recorded decisions apart: the same input with the same verdict is the
// same decision, wherever it is recorded, and however its JSON is laid out.
func (r Recorded) Key() string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, r.Input); err != nil {
		compact.Reset()
		compact.Write(r.Input)
	}
	sum := sha256.Sum256(compact.Bytes())
	return string(r.Verdict) + " " + hex.EncodeToString(sum[:])
}

// OldInputError says why a recorded document cannot be judged: about what is not in
// it the policies would find nothing, which looks like a pass.
type OldInputError struct{ Why string }

func (e *OldInputError) Error() string { return e.Why }

// Replay says what this set would have decided. Only the policies are other ones:
// what was measured, the gate section and problems are as recorded, and so are the
// waivers that were used, whatever day it is now. A waiver that nothing needed
// then is not recorded, and waives nothing. Stuck is true if a policy did not end.
func (s *Set) Replay(ctx context.Context, r Recorded) (replayed result.Replayed, stuck bool, err error) {
	if why := unreadable(r.Input); why != "" {
		return replayed, false, &OldInputError{why}
	}
	judged, err := s.Judge(ctx, r.Input)
	if err != nil {
		return replayed, false, err
	}
	findings := judged.Findings
	for _, waiver := range r.Waivers {
		apply(waiver, findings)
	}
	sum := sha256.Sum256(r.Input)
	replayed = result.Replayed{
		At: r.At, Change: r.Change, Commit: r.Commit, Source: r.Source, Input: hex.EncodeToString(sum[:]),
		Was: r.Verdict, WouldBe: verdictOf(findings),
	}
	replayed.Reason = plainReason(replayed.WouldBe, findings)
	codes := stopping(findings, !r.Partial)
	replayed.New, replayed.Gone = without(codes, r.Codes), without(r.Codes, codes)
	for _, finding := range findings {
		if finding.Waived {
			replayed.Waived++
		}
	}
	return replayed, judged.Stuck, nil
}

// StoppedBy are the codes of what kept findings from passing, each once.
func StoppedBy(findings []result.Finding) []string { return stopping(findings, true) }

func stopping(findings []result.Finding, undecided bool) []string {
	var codes []string
	for _, f := range findings {
		if f.Severity == result.SeverityDeny && !f.Waived && (undecided || !f.Undecided) && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

func without(codes, others []string) []string {
	var left []string
	for _, code := range codes {
		if !slices.Contains(others, code) {
			left = append(left, code)
		}
	}
	return left
}

// unreadable says why a document cannot be judged: it is none, of another schema,
// or an older muster wrote it without what policies of today look at.
func unreadable(document []byte) string {
	if problem := CheckInput(document); problem != "" {
		return problem
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil {
		return "this is no JSON object: " + err.Error()
	}
	required, err := requiredFields()
	if err != nil {
		return err.Error()
	}
	var missing []string
	for _, name := range required {
		if _, there := fields[name]; !there {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	names, more := strings.Join(missing[:min(len(missing), 3)], ", "), ""
	if len(missing) > 3 {
		more = fmt.Sprintf(" and %d more", len(missing)-3)
	}
	return fmt.Sprintf("an older muster wrote it, without %s%s: what policies say of that is not known", names, more)
}

// requiredFields are those that every document has today.
func requiredFields() ([]string, error) {
	var schema struct {
		Required []string `json:"required"`
		Defs     map[string]struct {
			Required []string `json:"required"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(inputSchema, &schema); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", InputSchema, err)
	}
	return append(schema.Required, schema.Defs["Document"].Required...), nil
}
