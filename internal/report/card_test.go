package report_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// versionOf makes a version of a sample's run and decision, hostile where they are.
func versionOf(doc result.Report) result.Version {
	v := result.Version{
		Version: "v18", Created: time.Date(2026, 5, 9, 8, 0, 0, 0, time.UTC), Run: doc.Run, Decision: doc.Decision,
		Metrics:     map[string]float64{},
		Attachments: []result.File{{Path: result.ProvenanceFile, SHA256: strings.Repeat("a", 64), Size: 1}},
	}
	if doc.Run != nil {
		run := *doc.Run
		run.Pipeline = doc.Pipeline
		v.Run = &run
	}
	if doc.Decision == nil {
		return v
	}
	if doc.Decision.Candidate != nil {
		v.Model = *doc.Decision.Candidate
	}
	for _, row := range doc.Decision.Comparison {
		if row.Slice == "" && row.Candidate != nil {
			v.Metrics[row.Metric] = *row.Candidate
		}
	}
	return v
}

func TestCard(t *testing.T) {
	golden(t, ".card.md", func(w io.Writer, doc result.Report) error { return report.Card(w, versionOf(doc), nil) })
}

// TestCardFrontMatter reads the front matter as a program does that takes model cards in.
func TestCardFrontMatter(t *testing.T) {
	for name, doc := range samples(t) {
		var buf bytes.Buffer
		if err := report.Card(&buf, versionOf(doc), nil); err != nil {
			t.Fatal(err)
		}
		head, body, ok := strings.Cut(strings.TrimPrefix(buf.String(), "---\n"), "\n---\n")
		if !ok {
			t.Fatalf("%s: there is no front matter:\n%s", name, buf.String())
		}
		var matter struct {
			ModelName string `yaml:"model_name"`
			Tags      []string
			Index     []struct {
				Name    string
				Results []struct {
					Task, Dataset map[string]string
					Metrics       []struct {
						Type, Name string
						Value      float64
					}
				}
			} `yaml:"model-index"`
		}
		if err := yaml.Unmarshal([]byte(head), &matter); err != nil {
			t.Errorf("%s: %v\n%s", name, err, head)
		}
		if matter.ModelName == "" || len(matter.Tags) == 0 || strings.Contains(matter.ModelName, "\n") {
			t.Errorf("%s: front matter is %+v", name, matter)
		}
		for _, index := range matter.Index {
			for _, r := range index.Results {
				if r.Task["type"] == "" || r.Dataset["type"] == "" || r.Dataset["name"] == "" || len(r.Metrics) == 0 {
					t.Errorf("%s: a result lacks what Hugging Face requires: %+v", name, r)
				}
			}
		}
		if live := active().FindString(head + body); live != "" {
			t.Errorf("%s: a text from outside acts in the card: %q", name, live)
		}
	}
}

// active finds what a host would act upon, or a browser.
func active() *regexp.Regexp {
	return regexp.MustCompile(`<(script|img|iframe|a )|\x1b|\]\(http|::set-output|##\[|\x{202e}|@everyone`)
}

func TestCardOfAnOverride(t *testing.T) {
	doc := sample(t, "testdata/deny.json")
	move := &result.Move{Override: true, By: "ada", Reason: "the sensor <b>is gone</b> | ![x](http://evil.example)"}
	var buf bytes.Buffer
	if err := report.Card(&buf, versionOf(doc), move); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	if !strings.Contains(text, "**Promoted by a person although the gate did not let it pass**: ada: the sensor") {
		t.Errorf("the card does not say that the gate was set aside:\n%s", text)
	}
	if strings.Contains(text, "<b>") || strings.Contains(text, "![x]") {
		t.Errorf("the reason is not escaped:\n%s", text)
	}
}

func TestCardOfAWaiver(t *testing.T) {
	doc := sample(t, "testdata/deny.json")
	decision := *doc.Decision
	decision.Findings = nil
	for _, f := range doc.Decision.Findings {
		f.Waived, f.Waiver = true, &result.Waiver{Finding: f.Code, Reason: "until the new labels", Owner: "@acme/ml", Expires: "2026-06-01"}
		decision.Findings = append(decision.Findings, f)
	}
	doc.Decision = &decision
	var buf bytes.Buffer
	if err := report.Card(&buf, versionOf(doc), nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"waived until 2026-06-01", "until the new labels", "says @&#8203;acme/ml"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("the card has no %q:\n%s", want, buf.String())
		}
	}
}

// hostileText is what somebody may have written where a name or a reason belongs.
const hostileText = "\x1b[31m|<script>`\n\u202e@everyone"

func hostileMoves() result.Moves {
	value := func(v float64) map[string]float64 { return map[string]float64{"roc_auc": v, hostileText: v} }
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	return result.Moves{Alias: "production", Current: "v3", Moves: []result.Step{
		{Move: result.Move{Alias: "production", Serial: 1, To: "v1", At: at, By: "ada"}, Verdict: result.Pass, Because: "first model", Metrics: value(0.91), Key: "keys/ada.pub"},
		{Move: result.Move{Alias: "production", Serial: 2, From: "v1", To: "v2", At: at.AddDate(0, 1, 0), By: hostileText, Reason: hostileText, Override: true}, Verdict: result.Undecided, Because: hostileText, Metrics: value(0.89)},
		{Move: result.Move{Alias: "production", Serial: 3, From: "v2", To: "v3", At: at.AddDate(0, 2, 0), Signature: &result.Signature{KeyID: "a", Sig: "b"}}, Metrics: value(0.93)},
	}}
}

func TestMoves(t *testing.T) {
	for name, opts := range map[string]report.TerminalOptions{"moves.txt": {Width: 110}, "moves.40.txt": {Width: 40, Color: true}} {
		var buf bytes.Buffer
		if err := report.MovesTerminal(&buf, hostileMoves(), opts); err != nil {
			t.Fatal(err)
		}
		goldenFile(t, filepath.Join("testdata", "models", name), buf.Bytes())
		if strings.Contains(buf.String(), "\x1b[31m|") || strings.Contains(buf.String(), "\u202e") {
			t.Errorf("%s: a text from outside acts on the terminal:\n%q", name, buf.String())
		}
	}
}

func TestVerification(t *testing.T) {
	whole := result.Verification{Pipeline: "tumour", Registry: "r", Versions: 3, Moves: 1, Objects: 9, Bytes: 1234, Damages: []result.Damage{}}
	broken := whole
	broken.Damages = []result.Damage{{Path: "objects/ab", Message: "content does not match its digest", Remedy: "put it back"}, {Path: hostileText, Message: hostileText}}
	for i := range 25 {
		broken.Unused = append(broken.Unused, result.Damage{Path: fmt.Sprintf("objects/%d", i), Message: "no version names it"})
	}
	for name, doc := range map[string]result.Verification{"whole.txt": whole, "broken.txt": broken} {
		var buf bytes.Buffer
		if err := report.VerificationTerminal(&buf, doc, report.TerminalOptions{Width: 100}); err != nil {
			t.Fatal(err)
		}
		goldenFile(t, filepath.Join("testdata", "models", name), buf.Bytes())
	}
}
