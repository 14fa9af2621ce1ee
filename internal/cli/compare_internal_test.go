package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// shown finds the examples of a page: a command and what it printed.
var shown = regexp.MustCompile("(?s)```console\n\\$ (muster (?:compare|calibrate) [^\n]*)\n.*?```\n")

// TestPages holds the examples of docs/compare.md and docs/calibrate.md to what the
// commands print, which testdata/script/compare-page.txtar and calibrate-page.txtar run.
func TestPages(t *testing.T) {
	for _, name := range []string{"compare", "calibrate"} {
		t.Run(name, func(t *testing.T) { comparePage(t, name) })
	}
}

func comparePage(t *testing.T, name string) {
	t.Helper()
	printed := scripted(t, filepath.Join("testdata", "script", name+"-page.txtar"), "muster "+name+" ")
	path := filepath.Join("..", "..", "docs", name+".md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	want := shown.ReplaceAllStringFunc(string(page), func(block string) string {
		count++
		command := shown.FindStringSubmatch(block)[1]
		if printed[command] == "" {
			t.Errorf("%s is on the page, and no script runs it", command)
		}
		return "```console\n$ " + command + "\n" + printed[command] + "```\n"
	})
	if count != len(printed) {
		t.Errorf("the page has %d examples, and the script runs %d", count, len(printed))
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page), want); diff != "" {
		t.Errorf("docs/%s.md shows something else (-there +printed); run: go test ./internal/cli -run TestPages -update\n%s", name, diff)
	}
}

// scripted returns what each command of a script prints.
func scripted(t *testing.T, path, prefix string) map[string]string {
	t.Helper()
	script, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range script.Files {
		files[file.Name] = string(file.Data)
	}
	printed, command := map[string]string{}, ""
	for line := range strings.Lines(string(script.Comment)) {
		if _, program, found := strings.Cut(strings.TrimSpace(line), prefix); found {
			command = prefix + program
		} else if file, found := strings.CutPrefix(strings.TrimSpace(line), "cmp stdout "); found {
			printed[command] = files[file]
		}
	}
	return printed
}
