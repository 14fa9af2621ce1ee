package fire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// scored is a git repository that is scored, with a cache of its own.
type scored struct {
	*project
	cache string
}

// newScored makes a repository of two commits of a fixture of maturity.
func newScored(t *testing.T, fixture string) *scored {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "maturity", "testdata", fixture+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	s := &scored{project: &project{T: t, dir: t.TempDir()}, cache: filepath.Join(t.TempDir(), "cache")}
	s.env = []string{"XDG_CACHE_HOME=" + s.cache, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull}
	for _, f := range archive.Files {
		s.write(f.Name, string(f.Data))
	}
	s.command("git", "init", "--quiet", "--initial-branch=main")
	s.commit("start")
	s.write("NOTES.md", "nothing yet\n")
	s.commit("notes")
	return s
}

func (s *scored) commit(message string) {
	s.Helper()
	s.command("git", "add", "--all")
	s.command("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", message)
}

// score runs muster score, wants an exit code, and returns both streams.
func (s *scored) score(want int, args ...string) (out, said string) {
	s.Helper()
	m := s.start(append([]string{"score"}, args...)...)
	if code := m.code(); code != want {
		s.Fatalf("muster score %v: exit code %d, want %d\n%s", args, code, want, m.said())
	}
	return m.out.String(), m.err.String()
}

// forms are all that muster score can be asked for.
func forms() [][]string {
	all := [][]string{
		{},
		{"-v"},
		{"--format", "json"},
		{"--format", "jsonl"},
		{"--project", "src"},
		{"--kind", "library"},
		{"--compare", "HEAD~1"},
		{"--compare", "HEAD~1", "--as", "markdown"},
		{"--compare", "HEAD~1", "--format", "json"},
		{"--history", "2", "--every", "commit"},
		{"--history", "2", "--every", "commit", "--as", "html"},
		{"--history", "2", "--every", "tag", "--as", "svg"},
		{"--history", "2", "--every", "commit", "--format", "json"},
		{"--explain", "unit-tests", "-v"},
		{"--explain", "ci-test-gate"},
		{"--explain", "experiment-tracking", "--format", "json"},
		{"--fix", "--dry-run"},
		{"--fix", "--dry-run", "-v", "ci-test-gate", "static-analysis", "incident-runbook"},
	}
	for _, form := range []string{"markdown", "html", "sarif", "badge", "shields"} {
		all = append(all, []string{"--as", form})
	}
	return all
}

// A level that is not reached is exit code 6 in every form, and the form is whole.
func TestMinLevelInEveryForm(t *testing.T) {
	s := newScored(t, "level2")
	for _, form := range []string{"terminal", "markdown", "html", "sarif", "badge", "shields"} {
		without, _ := s.score(0, "--as", form)
		if with, _ := s.score(6, "--as", form, "--min-level", "4"); with != without {
			t.Errorf("%s: with --min-level it prints something else", form)
		}
	}
	s.score(6, "--format", "json", "--min-level", "4")
	s.score(6, "--compare", "HEAD~1", "--min-level", "4")
	s.score(2, "--history", "2", "--min-level", "4")
	out := filepath.Join(t.TempDir(), "score.md")
	s.score(6, "--min-level", "4", "-o", out)
	if data, err := os.ReadFile(out); err != nil || !bytes.Contains(data, []byte("level 2")) {
		t.Errorf("the file is not there whole: %v", err)
	}
}

// Two scores at once on one cache, cold and warm, say what one without a cache says.
func TestScoresTogether(t *testing.T) {
	s := newScored(t, "level3")
	want, _ := s.score(0, "--format", "json", "--no-cache")
	for range 2 {
		var begun []*muster
		for range 4 {
			begun = append(begun, s.start("score", "--format", "json"))
		}
		for _, m := range begun {
			if code := m.code(); code != 0 || m.out.String() != want || m.err.Len() > 0 {
				t.Errorf("exit code %d, and another answer than without a cache: %s", code, m.err.String())
			}
		}
	}
	s.nothingHalf(s.cache)
}

// nothingHalf wants no temporary file in a folder.
func (s *scored) nothingHalf(dir string) {
	s.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*", "*", ".muster-tmp-*"))
	if here, err2 := filepath.Glob(filepath.Join(dir, ".muster-tmp-*")); err != nil || err2 != nil || len(left)+len(here) > 0 {
		s.Errorf("left: %v %v", left, here)
	}
}

// Whenever muster is killed, what -o names is the old file or the new one, and the next
// score is that of a cache that nobody killed.
func TestScoreKilledAtAnyInstant(t *testing.T) {
	s := newScored(t, "level2")
	target := filepath.Join(t.TempDir(), "score.json")
	want, _ := s.score(0, "--format", "json", "--no-cache")
	const old = "the score of last week\n"
	began := time.Now()
	s.score(0)
	whole := time.Since(began)
	const kills = 8
	for i := range kills {
		if err := os.WriteFile(target, []byte(old), 0o644); err != nil {
			t.Fatal(err)
		}
		s.write("src/churn/extra.py", fmt.Sprintf("import os\nx = %d\n", i)) // so that the cache is written, too
		m := s.start("score", "-o", target)
		code := m.killAfter(whole * time.Duration(i+1) / kills)
		if data, err := os.ReadFile(target); err != nil || string(data) != old && !json.Valid(data) {
			t.Errorf("killed (%d), and the file is %.60q: %v", code, data, err)
		}
	}
	if got, _ := s.score(0, "--format", "json"); got != want {
		t.Error("after the kills it says something else")
	}
}

// A cache that cannot be used costs time, and nothing else.
func TestScoreWithABrokenCache(t *testing.T) {
	s := newScored(t, "level2")
	want, _ := s.score(0, "--format", "json", "--no-cache")
	parsed := filepath.Join(s.cache, "muster", "parsed")
	for _, test := range []struct {
		name  string
		spoil func() error
	}{
		{"nothing is there", func() error { return os.RemoveAll(s.cache) }},
		{"the folder is a file", func() error { return errFirst(os.RemoveAll(s.cache), os.WriteFile(s.cache, []byte("x"), 0o644)) }},
		{"a part of it is a file", func() error {
			return errFirst(os.RemoveAll(s.cache), os.MkdirAll(filepath.Dir(parsed), 0o755), os.WriteFile(parsed, nil, 0o644))
		}},
		{"it may not be written", func() error {
			return errFirst(os.RemoveAll(s.cache), os.MkdirAll(parsed, 0o755), os.Chmod(parsed, 0o555))
		}},
		{"it leads nowhere", func() error {
			return errFirst(os.Chmod(parsed, 0o755), os.RemoveAll(s.cache), os.Symlink("/nonexistent/x", s.cache))
		}},
		{"another version of muster wrote it, and found something else", func() error {
			if err := os.RemoveAll(s.cache); err != nil {
				return err
			}
			s.score(0)
			return damage(s.cache, otherVersion)
		}},
		{"every file in it is damaged", func() error {
			if err := os.RemoveAll(s.cache); err != nil {
				return err
			}
			s.score(0)
			return damage(s.cache, func(data []byte) []byte {
				for i := len(data) / 3; i < len(data); i += 97 {
					data[i] ^= 0x55
				}
				return data
			})
		}},
		{"every file in it is cut", func() error { return damage(s.cache, func(data []byte) []byte { return data[:len(data)/2] }) }},
		{"every file in it is empty", func() error { return damage(s.cache, func([]byte) []byte { return nil }) }},
		{"every file in it is large", func() error {
			return damage(s.cache, func(data []byte) []byte { return append(data, make([]byte, 1<<20)...) })
		}},
	} {
		if err := test.spoil(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, said := s.score(0, "--format", "json")
			if got != want || said != "" {
				t.Errorf("%s: it says something else, and %q", test.name, said)
			}
		}
	}
}

func errFirst(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// otherVersion makes of a file of the cache a whole one of another program, in which each
// unit test is something else: a line says what it is, the next who wrote it, and the last
// four bytes are a sum.
func otherVersion(data []byte) []byte {
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	build, body, _ := bytes.Cut(rest, []byte("\n"))
	body = bytes.ReplaceAll(body[:len(body)-crc32.Size], []byte("test"), []byte("tesd"))
	out := slices.Concat(head, []byte("\n"), bytes.Repeat([]byte("x"), len(build)), []byte("\n"), body)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, crc32.MakeTable(crc32.Castagnoli)))
}

// damage changes every file below a folder, and its times as little as it can.
func damage(dir string, change func([]byte) []byte) error {
	return filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(name, change(data), 0o600)
	})
}

// Every answer, to every criterion and in every form, is the same from a warm cache, a
// cold one, and none.
func TestScoreIsTheSameFromACache(t *testing.T) {
	s := newScored(t, "level4")
	time.Sleep(2100 * time.Millisecond) // until the times of files tell changes apart
	for _, form := range [][]string{{"--format", "json"}, {"--as", "sarif"}, {"--compare", "HEAD~1", "--format", "json"}, {"--explain", "unit-tests", "-v"}} {
		want, _ := s.score(0, append(form, "--no-cache")...)
		for _, which := range []string{"first", "warm"} {
			if got, _ := s.score(0, form...); got != want {
				t.Errorf("%v: another answer from the %s cache", form, which)
			}
		}
	}
}

// acting is what a terminal, or the agent of a CI job, would obey.
var acting = regexp.MustCompile(`(?m)^\s*::\w|##\w*\[|[\x{7f}-\x{9f}\x{ad}\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]`)

// Whatever files, branches, jobs and people are called, no form of the score lets it act.
func TestHostileNamesInEveryForm(t *testing.T) {
	const hostile = "\x1b[31m\x1b]0;x\a\n::error::x\n##[error]x\r##vso[t]\u202ea\u2066b\u200e\u2028\u009b31m\ufeff<script>|`[x](javascript:a)"
	s := newScored(t, "level2")
	s.env = append(s.env, "NO_COLOR=1")
	s.write("src/churn/"+hostile+".py", "import mlflow\nmlflow.log_metric('a', 1)\n")
	s.write("tests/test_"+hostile+".py", "from churn import train\n\ndef test_a():\n    assert train.main() is None\n")
	s.write("src/"+hostile+".ipynb", "{")
	s.write(".github/workflows/"+hostile+".yml", fmt.Sprintf("name: %q\non: push\njobs: {a: {name: %[1]q, runs-on: x, steps: [{name: %[1]q, run: pytest}, {run: python src/churn/train.py}]}}\n", "\u202e##vso[t]"))
	s.write("README.md", "# "+hostile+"\n\nWe monitor drift "+hostile+" and deploy with Kubernetes "+hostile+"\n")
	s.write(".muster/score.yaml", "version: 1\nequivalents: [{criterion: drift-detection, path: src/churn/train.py, pattern: import, reason: \"\\e[31m\\n::error::##vso[t]\\u202e\"}]\n")
	s.commit(hostile)
	s.command("git", "tag", "v1\u202e\u2066\u009b31m<img>`|")
	for _, form := range forms() {
		out, said := s.score(0, form...)
		for _, text := range []string{out, said} {
			if found := acting.FindString(text); found != "" || strings.ContainsAny(text, "\x1b\a\r\x00") {
				t.Errorf("%v: %q acts", form, found)
			}
		}
	}
	s.write(".muster/score.yaml", "version: 1\n\"\u202e ##vso[t] ::error::\": 1\n")
	if _, said := s.score(2); acting.MatchString(said) {
		t.Errorf("the error acts: %q", said)
	}
}

// Where objects are missing, and the repository's settings say how to fetch them, no
// form of the score runs what they name.
func TestMissingObjectsRunNothing(t *testing.T) {
	s := newScored(t, "level2")
	ran, program := filepath.Join(t.TempDir(), "ran"), filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho $0 $* >>"+ran+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"protocol.ext.allow": "always", "remote.origin.url": "ext::" + program, "remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none",
		"extensions.partialClone": "origin", "core.repositoryFormatVersion": "1", "core.fsmonitor": program, "diff.external": program,
	} {
		s.command("git", "config", key, value)
	}
	tree := strings.TrimSpace(s.command("git", "rev-parse", "HEAD~1:src"))
	if err := os.Remove(s.path(filepath.Join(".git/objects", tree[:2], tree[2:]))); err != nil {
		t.Fatal(err)
	}
	for _, form := range [][]string{{}, {"--compare", "HEAD~1"}, {"--history", "3", "--every", "commit"}, {"--explain", "unit-tests"}} {
		m := s.start(append([]string{"score"}, form...)...)
		if code := m.code(); code > 2 {
			t.Errorf("%v: exit code %d\n%s", form, code, m.said())
		}
	}
	if said, err := os.ReadFile(ran); err == nil {
		t.Errorf("this was executed:\n%s", said)
	}
}
