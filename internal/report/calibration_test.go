package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestCalibrationTerminal(t *testing.T) {
	paths, err := filepath.Glob("testdata/calibration/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	views := map[string]report.CompareOptions{
		".txt":     {TerminalOptions: report.TerminalOptions{Width: 120}, Folder: "plots"},
		".80.txt":  {TerminalOptions: report.TerminalOptions{Width: 80, Color: true}},
		".all.txt": {TerminalOptions: report.TerminalOptions{Width: 50}, All: true},
	}
	for _, path := range paths {
		for extension, opts := range views {
			goldenFile(t, strings.TrimSuffix(path, ".json")+extension, calibrationText(t, path, opts))
		}
	}
}

func calibrationText(t *testing.T, path string, opts report.CompareOptions) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := result.Decode[result.Calibration](data, path)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := report.CalibrationTerminal(&buf, doc, opts); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Nothing that came from the predictions may act on the terminal, or on the
// runner whose log it is.
func TestCalibrationTerminalEscapes(t *testing.T) {
	text := string(calibrationText(t, "testdata/calibration/hostile.json", report.CompareOptions{All: true}))
	for _, forbidden := range []string{"\x1b", "\u202e", "##[error]", " ::error", "\r"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("%q came through:\n%s", forbidden, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a runner would take this line for a command: %s", line)
		}
	}
}
