package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestJUnit(t *testing.T) {
	golden(t, ".junit.xml", report.JUnit)
}

// Every sample is XML that another reader understands, also the one with hostile names.
func TestJUnitIsXML(t *testing.T) {
	for name, doc := range samples(t) {
		var buf bytes.Buffer
		if err := report.JUnit(&buf, doc); err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(&buf)
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

// A denial fails a test, what is undecided is an error, what is waived was skipped.
func TestJUnitCounts(t *testing.T) {
	finding := func(code string, change func(*result.Finding)) result.Finding {
		f := result.Finding{Code: code, Severity: result.SeverityDeny, Message: code + "."}
		change(&f)
		return f
	}
	doc := result.Report{Decision: &result.Decision{Verdict: result.Undecided, Findings: []result.Finding{
		finding("leakage", func(*result.Finding) {}),
		finding("registry-missing", func(f *result.Finding) { f.Undecided = true }),
		finding("ruler-changed", func(f *result.Finding) {
			f.Waived, f.Waiver = true, &result.Waiver{Owner: "@acme/ml", Reason: "new labels", Expires: "2027-01-01"}
		}),
		finding("few-rows", func(f *result.Finding) { f.Severity = result.SeverityWarn }),
	}}}
	var buf bytes.Buffer
	if err := report.JUnit(&buf, doc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`tests="4"`, `failures="1"`, `errors="1"`, `skipped="1"`, "waived by @acme/ml until 2027-01-01: new labels"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("no %s in\n%s", want, buf.String())
		}
	}
}

func TestSARIF(t *testing.T) {
	golden(t, ".sarif", sarifOf)
}

// Every sample holds to the schema of SARIF 2.1.0, which the library brings along.
func TestSARIFHoldsToItsSchema(t *testing.T) {
	for name, doc := range samples(t) {
		var buf bytes.Buffer
		if err := sarifOf(&buf, doc); err != nil {
			t.Fatal(err)
		}
		parsed, err := sarif.FromBytes(buf.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := parsed.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSARIFPlacesAndSuppresses(t *testing.T) {
	line := "3"
	doc := result.Report{Decision: &result.Decision{
		Findings: []result.Finding{{
			Code: "slice-worse", Severity: result.SeverityDeny, Metric: "roc_auc", Slice: "age=70+", Message: "It fell.", Passes: "ROC AUC of at least 0.921",
			Location: &result.Location{Path: "muster.yaml", Line: 31}, Waived: true,
			Waiver: &result.Waiver{Owner: "@acme/ml", Reason: "known", Expires: "2027-01-01"},
		}},
		Changes: []result.Difference{{Kind: "param", Path: "params.yaml", Line: 7, Name: "max_depth", To: &line}},
	}}
	var buf bytes.Buffer
	if err := sarifOf(&buf, doc); err != nil {
		t.Fatal(err)
	}
	parsed, err := sarif.FromBytes(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := parsed.Runs[0].Results[0]
	place := got.Locations[0].PhysicalLocation
	related := got.RelatedLocations[0].PhysicalLocation
	if got.Level != "error" || *place.ArtifactLocation.URI != "muster.yaml" || *place.Region.StartLine != 31 ||
		*related.ArtifactLocation.URI != "params.yaml" || *related.Region.StartLine != 7 {
		t.Errorf("the result is %s", buf.String())
	}
	if len(got.Suppressions) != 1 || !strings.Contains(*got.Suppressions[0].Justification, "known (@acme/ml, until 2027-01-01)") {
		t.Errorf("no suppression in %s", buf.String())
	}
}

func sarifOf(w io.Writer, r result.Report) error {
	return report.SARIF(w, r, func(code string) (string, string, bool) { return "About " + code, "What can be done.", code != "" })
}
