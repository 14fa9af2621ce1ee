package report_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestDiagnosis(t *testing.T) {
	doc := result.Diagnosis{Status: result.CheckFail, Checks: []result.Check{
		{Name: "configuration", Status: result.CheckOK, Message: "muster.yaml is valid: pipeline demo, 2 stages, no gate"},
		{Name: "engine", Status: result.CheckFail, Message: "no Docker engine answers at unix:///var/run/docker.sock: \x1b[31mconnection refused", Hint: "start Docker, set DOCKER_HOST to an engine that runs, or use --executor process"},
		{Name: "image", Status: result.CheckNotApplicable, Message: "there is no engine to ask"},
		{Name: "registry", Status: result.CheckWarn, Message: "::error::there is none", Hint: "make it once: muster models init"},
	}}
	for name, opts := range map[string]report.TerminalOptions{
		"narrow": {Width: 60}, "colour": {Width: 100, Color: true},
	} {
		var buf bytes.Buffer
		if err := report.Diagnosis(&buf, doc, opts); err != nil {
			t.Fatal(err)
		}
		goldenFile(t, filepath.Join("testdata", "diagnosis", name+".txt"), buf.Bytes())
	}
}
