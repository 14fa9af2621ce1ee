package flow_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in the place of the report holds muster up for ever, if it is opened.
func TestAnArtifactThatIsAPipe(t *testing.T) {
	f, host := fork(t)
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "report.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Publish(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("error is %v", err)
	}
	nothing(t, host)
}
