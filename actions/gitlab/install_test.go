package gitlab_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// release serves a release v1.2.3 whose muster tells how it was called, and returns where
// releases lie and the checksum of its archive.
func release(t *testing.T, listed func(sum string) string) (url, sum string) {
	t.Helper()
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	files := tar.NewWriter(zipped)
	program := []byte("#!/bin/sh\necho \"released muster: $*\"\n")
	if err := files.WriteHeader(&tar.Header{Name: "muster", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	name := "muster_1.2.3_linux_" + runtime.GOARCH + ".tar.gz"
	sum = fmt.Sprintf("%x", sha256.Sum256(archive.Bytes()))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/download/v1.2.3/" + name:
			_, _ = w.Write(archive.Bytes())
		case "/download/v1.2.3/checksums.txt":
			fmt.Fprintf(w, "%s  %s\n", listed(sum), name)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/download", sum
}

// installation is the component's own script for it.
func installation(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../templates/muster.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, jobs, _ := strings.Cut(string(text), "\n---\n")
	var doc map[string]struct{ Script []string }
	if err := yaml.Unmarshal([]byte(jobs), &doc); err != nil {
		t.Fatal(err)
	}
	script := doc[".$[[ inputs.job ]]"].Script
	if len(script) < 2 || !strings.Contains(script[0], "MUSTER_VERSION") {
		t.Fatalf("the component's script is %q", script)
	}
	return script[0]
}

// The release that is asked for runs, and nothing that is not it: neither an archive with
// another checksum, nor a muster that a change has put into its checkout. The job's shell
// is whatever the image has.
func TestInstall(t *testing.T) {
	const other = "0000000000000000000000000000000000000000000000000000000000000000"
	right := func(sum string) string { return sum }
	wrong := func(string) string { return other }
	tests := map[string]struct {
		listed       func(string) string
		pinned, want string
		ok           bool
	}{
		"by the release's own checksums": {right, "", "released muster: ci --host gitlab", true},
		"by a checksum that is pinned":   {wrong, "SUM", "released muster: ci --host gitlab", true},
		"with another checksum listed":   {wrong, "", "hint: do not use it", false},
		"with another checksum pinned":   {right, other, "hint: do not use it", false},
		"with no checksum at all":        {func(string) string { return "" }, "", "hint: do not use it", false},
		"from where there is none":       {nil, "", "hint: name a mirror", false},
	}
	script := installation(t) + "\nmuster ci --host gitlab\n"
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			listed := tt.listed
			if listed == nil {
				listed = right
			}
			url, sum := release(t, listed)
			if tt.listed == nil {
				url = strings.TrimSuffix(url, "download") + "elsewhere"
			}
			checkout := t.TempDir()
			if err := os.WriteFile(filepath.Join(checkout, "muster"), []byte("#!/bin/sh\necho \"the change's own muster\"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
			cmd.Dir = checkout
			cmd.Env = []string{
				"PATH=.:" + os.Getenv("PATH"), "HOME=" + checkout, "TMPDIR=" + t.TempDir(), "MUSTER_VERSION=v1.2.3", "MUSTER_DOWNLOAD=" + url,
				"MUSTER_SHA256=" + strings.Replace(tt.pinned, "SUM", sum, 1),
			}
			out, err := cmd.CombinedOutput()
			if (err == nil) != tt.ok {
				t.Errorf("%v\n%s", err, out)
			}
			mustContain(t, string(out), tt.want)
			mustNotContain(t, string(out), "the change's own")
			if names, err := filepath.Glob(filepath.Join(checkout, "*")); err != nil || len(names) != 1 {
				t.Errorf("the checkout has %v, %v", names, err)
			}
			if !tt.ok {
				mustNotContain(t, string(out), "released muster")
			}
		})
	}
}
