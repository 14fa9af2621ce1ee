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
	"path"
	"runtime"
	"strings"
	"testing"
)

// release serves a release v1.2.3 whose muster tells how it was called, and returns where
// it lies, the archive's name and its checksum.
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
		switch path.Base(r.URL.Path) {
		case name:
			_, _ = w.Write(archive.Bytes())
		case "checksums.txt":
			fmt.Fprintf(w, "%s  %s\n", listed(sum), name)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/download", sum
}

// The release that is asked for runs, and nothing that is not it: neither an archive with
// another checksum, nor a muster that a change has put into its checkout.
func TestInstall(t *testing.T) {
	const other = "0000000000000000000000000000000000000000000000000000000000000000"
	right := func(sum string) string { return sum }
	tests := map[string]struct {
		listed       func(string) string
		pinned, want string
		ok           bool
	}{
		"by the release's own checksums": {right, "", "released muster: ci --host gitlab", true},
		"by a checksum that is pinned":   {func(string) string { return other }, "SUM", "released muster: ci --host gitlab", true},
		"with another checksum listed":   {func(string) string { return other }, "", "hint: do not use it", false},
		"with another checksum pinned":   {right, other, "hint: do not use it", false},
		"with no checksum at all":        {func(string) string { return "" }, "", "hint: do not use it", false},
	}
	p := newRepository(t, nil)
	p.env = append(p.env, "PATH=.:"+os.Getenv("PATH"))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url, sum := release(t, tt.listed)
			p := &project{t, p.dir, "", p.registry, p.env}
			p.write("muster", "#!/bin/sh\necho \"the change's own muster\"\n")
			p.write(".gitlab-ci.yml", fmt.Sprintf("include:\n  - local: templates/muster.yml\n    inputs: {engine: none, version: v1.2.3, download: %q, sha256: %q}\n",
				url, strings.Replace(tt.pinned, "SUM", sum, 1)))
			p.commit()
			out, err := p.ci("push")
			if (err == nil) != tt.ok {
				t.Errorf("%v\n%s", err, out)
			}
			mustContain(t, out, tt.want)
			mustNotContain(t, out, "the change's own")
			if !tt.ok {
				mustNotContain(t, out, "released muster: ci")
			}
		})
	}
}
