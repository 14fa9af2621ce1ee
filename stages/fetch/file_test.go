package fetch_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/muster-ci/muster/stages/fetch"
)

func TestFiles(t *testing.T) {
	project, outside := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(project, "data", "x y.csv"), "in the project")
	write(filepath.Join(project, "data", "100%#?ü\n.csv"), "odd name")
	write(filepath.Join(outside, "x.csv"), "elsewhere")
	write(filepath.Join(outside, "empty"), "")
	link("x y.csv", filepath.Join(project, "data", "link"))
	link("data", filepath.Join(project, "folder"))
	link(filepath.Join(outside, "x.csv"), filepath.Join(project, "out"))
	link(outside, filepath.Join(project, "outdir"))
	link("x.csv", filepath.Join(outside, "latest"))
	link(filepath.Join(project, "data", "x y.csv"), filepath.Join(outside, "in"))
	if err := syscall.Mkfifo(filepath.Join(project, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}

	good := map[string]string{
		"file:data/x y.csv": "in the project", "file:data/x%20y.csv": "in the project", "file:./data/../data/link": "in the project",
		"file:folder/x%20y.csv": "in the project", "file:data/100%25#?ü%0a.csv": "odd name", "FILE:data/link": "in the project",
		"file:" + outside + "/x.csv": "elsewhere", "file://" + outside + "/x.csv": "elsewhere", "file:" + outside + "/latest": "elsewhere", "file:" + outside + "/empty": "",
	}
	for url, want := range good {
		task := newTask(t, url)
		task.Project = project
		if _, got := get(t, task); string(got) != want {
			t.Errorf("%s is %q, want %q", url, got, want)
		}
	}
	bad := map[string]string{
		"file:out": "leads elsewhere", "file:outdir/x.csv": "leads elsewhere", "file:" + outside + "/in": "leads elsewhere",
		"file:pipe": "is a pipe", "file:data": "is a directory", "file:/dev/zero": "is a device",
		"file:none": "not found", "file:none/x": "not found", "file:data/x y.csv/x": "", "file:" + outside + "/none": "not found",
		"file:../x": "leads out of the project", "file:data/../../x": "leads out of the project", "file:%2e%2e/x": "leads out of the project",
		"file:": "names no file", "file:data/": "names no file", "file:x%00": "names no file", "file:100%": "begins no escape", "file://host/x": "names no host",
	}
	for url, want := range bad {
		task := newTask(t, url)
		task.Project = project
		if err := wrong(t, task); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %q, want it to have %q", url, err, want)
		}
	}
}

func TestFileThatIsWrittenTo(t *testing.T) {
	content := data(1 << 20)
	task := newTask(t, "file:x")
	path := filepath.Join(task.Project, "x")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	changes := 0
	task.Progress = func(done, _ int64) {
		if done == 0 && changes == 0 {
			changes++
			appendTo(t, path, "more")
		}
	}
	if _, got := get(t, task); string(got) != string(content)+"more" {
		t.Errorf("%d bytes came, of a content that never was", len(got))
	}
}

func TestWhatIsAURL(t *testing.T) {
	for _, url := range []string{
		"https://example.org/x", "http://user:pw@example.org:8080/x?y=z#part", "s3://bucket/a/b.csv?region=eu-central-1&endpoint=https://minio.local:9000",
		"s3://bucket/k?anonymous=true", "gs://bucket/a//b", "gs://bucket/k?anonymous=true", "azblob://container/key?storage_account=acme", "file:x",
	} {
		if _, err := fetch.New("1.0").Source(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for url, want := range map[string]string{
		"data/x.csv": "no scheme", "ftp://example.org/x": "none that muster can fetch from", "https:///x": "no https URL", "https://": "no https URL", "https:x": "no https URL",
		"https://exa mple.org/": "no https URL", "https://example.org/\n": "characters that no URL has", "https://example.org/" + strings.Repeat("x", 1<<15): "too long",
		"s3://bucket": "names no object", "s3://bucket/": "names no object", "s3://bucket:9000/k": "names no object", "s3://bucket/a/../b": "cannot be fetched",
		"s3://bucket/k?regoin=x": `no parameter "regoin"`, "s3://bucket/k?region=a&region=b": `no parameter "region"`, "s3://bucket/k?anonymous=maybe": "neither true nor false",
		"s3://bucket/k?endpoint=minio.local": "endpoint is no server's URL", "gs://bucket/k?endpoint=https://evil.example": `no parameter "endpoint"`,
		"azblob://c/k?domain=evil.example": `no parameter "domain"`, "azblob://c/a%3Fb": "cannot be fetched", "s3://u:p@bucket/k": "holds no credentials", "s3://bucket/a#b": "a # or ?",
	} {
		if _, err := fetch.New("1.0").Source(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want it to have %q", url, err, want)
		}
	}
}
