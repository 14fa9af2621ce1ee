package policies

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

// Explanation says of each finding of a result of this set which rule gave it, and
// what of the document that rule read. Path is what the document's file is called.
func (s *Set) Explanation(ctx context.Context, of Result, path string) (result.Explanation, error) {
	sum := sha256.Sum256(of.Document)
	explanation := result.Explanation{
		Schema: result.SchemaOf[result.Explanation](), Verdict: of.Verdict, Reason: of.Reason,
		Input: result.ExplainedInput{Path: path, SHA256: hex.EncodeToString(sum[:])},
	}
	if of.Stuck {
		explanation.Findings = untraced(of.Findings)
		return explanation, nil
	}
	var err error
	explanation.Findings, err = s.trace(ctx, of.Document, of.Findings)
	return explanation, err
}

// untraced are findings that no more can be said of: a policy still runs.
func untraced(findings []result.Finding) []result.ExplainedFinding {
	all := make([]result.ExplainedFinding, len(findings))
	for i, finding := range findings {
		all[i] = explain(finding, nil, nil)
	}
	return all
}

// trace explains the findings; lines are lines of the document as it is given.
func (s *Set) trace(ctx context.Context, document json.RawMessage, findings []result.Finding) ([]result.ExplainedFinding, error) {
	lines, err := linesOf(document)
	if err != nil {
		return nil, fmt.Errorf("explain findings: %w", err)
	}
	traced := map[string]rego.Explained{}
	for _, policy := range []*rego.Policy{s.bundled, s.own} {
		if policy == nil {
			continue
		}
		asked := slices.DeleteFunc(questions(policy), func(q rego.Question) bool {
			return !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Rule == q.String() })
		})
		answers, err := policy.Explain(ctx, document, asked)
		if err != nil {
			return nil, err
		}
		for _, answer := range answers {
			traced[answer.String()] = answer
		}
	}
	titles := map[string]string{}
	for _, e := range s.Explanations() {
		titles[e.Code] = e.Title
	}
	all := make([]result.ExplainedFinding, len(findings))
	for i, finding := range findings {
		all[i] = explain(finding, traced, lines)
		all[i].Title = titles[finding.Code]
	}
	return all, nil
}

// explain adds what was traced of a finding's rule.
func explain(finding result.Finding, traced map[string]rego.Explained, lines map[string]int) result.ExplainedFinding {
	explained := result.ExplainedFinding{Finding: finding, Origin: "policy", Reads: []result.InputRead{}}
	if finding.Rule == "" {
		explained.Origin = "muster"
		return explained
	}
	answer, ok := traced[finding.Rule]
	switch {
	case finding.Code == "policy-error" && (!ok || answer.Err != nil || evidenceOf(answer, finding) == nil):
		explained.Note = "the rule gave no finding, so there is nothing that it read for one"
		return explained
	case !ok:
		explained.Note = "a rule before it did not end, so it was not traced"
		return explained
	case answer.Err != nil:
		explained.Note = "it could not be traced: " + cause(answer.Err)
		return explained
	}
	evidence := evidenceOf(answer, finding)
	if evidence == nil {
		explained.Note = "the rule did not give it a second time"
		return explained
	}
	explained.Rule = &result.Location{Path: evidence.Path, Line: evidence.Line}
	for _, read := range evidence.Reads {
		if read.Path[0] == "problems" && len(read.Path) == 3 && read.Path[2] == "code" && read.Value == strconv.Quote(finding.Code) {
			explained.Origin = "measuring"
		}
		explained.Reads = append(explained.Reads, result.InputRead{
			Ref: read.Ref, Line: lines[pathKey(read.Path)], Value: read.Value, Aside: read.Aside,
		})
	}
	return explained
}

// evidenceOf finds what led to a finding among all that its rule gave: the first
// that became the same finding, or that of the rule's whole value.
func evidenceOf(answer rego.Explained, finding result.Finding) *rego.Evidence {
	for i, evidence := range answer.Evidence {
		if evidence.Value == nil {
			return &answer.Evidence[i]
		}
		same, problem := findingOf(evidence.Value)
		if problem == "" && same.Code == finding.Code && same.Metric == finding.Metric && same.Slice == finding.Slice &&
			same.Message == finding.Message && same.Passes == finding.Passes {
			return &answer.Evidence[i]
		}
	}
	return nil
}

// pathKey is a path as one text: no key has the byte in it that JSON must escape.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

// linesOf says on which line of a JSON document each of its values begins.
func linesOf(document []byte) (map[string]int, error) {
	w := lineWalk{decoder: json.NewDecoder(bytes.NewReader(document)), document: document, line: 1, lines: map[string]int{}}
	return w.lines, w.value(nil)
}

// lineWalk goes through a document token by token.
type lineWalk struct {
	decoder  *json.Decoder
	document []byte
	// line is that of the byte at offset.
	line, offset int
	lines        map[string]int
}

// errTokens says that a document is no JSON, which its reader has told before.
var errTokens = errors.New("the document is no JSON")

func (w *lineWalk) token() (json.Token, error) {
	token, err := w.decoder.Token()
	if errors.Is(err, io.EOF) {
		err = errTokens
	}
	end := int(w.decoder.InputOffset())
	w.line += bytes.Count(w.document[w.offset:end], []byte{'\n'})
	w.offset = end
	return token, err
}

func (w *lineWalk) value(path []string) error {
	token, err := w.token()
	if err != nil {
		return err
	}
	w.lines[pathKey(path)] = w.line
	switch token {
	case json.Delim('{'):
		for w.decoder.More() {
			key, err := w.token()
			if err != nil {
				return err
			}
			name, ok := key.(string)
			if !ok {
				return errTokens
			}
			if err := w.value(append(path, name)); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for i := 0; w.decoder.More(); i++ {
			if err := w.value(append(path, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = w.token() // what closes it
	return err
}
