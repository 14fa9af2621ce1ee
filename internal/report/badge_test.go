package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// The badge is a picture and a document, and both say the same.
func TestBadge(t *testing.T) {
	want := map[string]string{
		"deny":        `{"schemaVersion":1,"label":"tumour-classifier","message":"denied · level 2","color":"red"}`,
		"pass":        `{"schemaVersion":1,"label":"tumour-classifier","message":"passed · level 2","color":"brightgreen"}`,
		"waived":      `{"schemaVersion":1,"label":"tumour-classifier","message":"passed with 1 waiver","color":"orange"}`,
		"problem":     `{"schemaVersion":1,"label":"tumour-classifier","message":"passed, then failed","color":"red"}`,
		"undecided":   `{"schemaVersion":1,"label":"tumour-classifier","message":"undecided","color":"orange"}`,
		"assessment":  `{"schemaVersion":1,"label":"MLOps maturity","message":"level 2 of 4","color":"yellow"}`,
		"no-decision": `{"schemaVersion":1,"label":"tumour-classifier","message":"failed","color":"red"}`,
	}
	for name, want := range want {
		var data, picture bytes.Buffer
		doc := sample(t, filepath.Join("testdata", name+".json"))
		if err := errors.Join(report.BadgeData(&data, doc), report.Badge(&picture, doc)); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(data.String()); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if name != "deny" {
			continue
		}
		path := filepath.Join("testdata", "badge.svg")
		if *update {
			if err := os.WriteFile(path, picture.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(golden), picture.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// What is told of a pipeline by whoever named it stays text, in a picture too.
func TestBadgeOfHostileName(t *testing.T) {
	r := result.Report{Pipeline: `"/><script>alert(1)</script>&]]>`, Decision: &result.Decision{Verdict: result.Pass}}
	var picture, data bytes.Buffer
	if err := errors.Join(report.Badge(&picture, r), report.BadgeData(&data, r)); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(&picture)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && !strings.Contains(" svg title linearGradient stop clipPath rect g text ", " "+element.Name.Local+" ") {
			t.Errorf("the badge has an element %s", element.Name.Local)
		}
	}
	var doc map[string]any
	if err := json.Unmarshal(data.Bytes(), &doc); err != nil || doc["schemaVersion"] != 1.0 || doc["color"] != "brightgreen" {
		t.Errorf("%v: %s", err, data.String())
	}
}
