package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/muster-ci/muster/internal/config"
)

var update = flag.Bool("update", false, "write docs/cli, docs/man, docs/schema, docs/criteria and docs/muster-yaml.md anew")

// TestDocs holds the pages that are made of the commands and of the schemas
// against what they are made of. The generators are here and not in muster,
// which has no use for them.
func TestDocs(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	pages := map[string][]byte{} // by the path below docs
	commandPages(t, pages)
	manPages(t, pages)
	schemaPages(t, pages)
	criteriaPages(t, pages)
	reference(t, docs, pages)
	if *update {
		writePages(t, docs, pages)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(docs, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("docs/%s is missing; run: go test ./internal/cli -run TestDocs -update", name)
			continue
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("docs/%s is stale (-there +made); run: go test ./internal/cli -run TestDocs -update\n%s", name, diff)
		}
	}
	for _, name := range strangers(t, docs, pages) {
		t.Errorf("docs/%s is made of nothing any more; run: go test ./internal/cli -run TestDocs -update", name)
	}
}

// madeFolders hold nothing but what is made here.
func madeFolders() []string { return []string{"cli", "man", "schema", "criteria"} }

func writePages(t *testing.T, docs string, pages map[string][]byte) {
	t.Helper()
	for name, page := range pages {
		file := filepath.Join(docs, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range strangers(t, docs, pages) {
		if err := os.Remove(filepath.Join(docs, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
}

// strangers lists files, such as the page of a command that is gone.
func strangers(t *testing.T, docs string, pages map[string][]byte) []string {
	t.Helper()
	var names []string
	for _, folder := range madeFolders() {
		entries, err := os.ReadDir(filepath.Join(docs, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if name := path.Join(folder, entry.Name()); pages[name] == nil {
				names = append(names, name)
			}
		}
	}
	return names
}

// commands is the tree of commands as muster has it.
func commands() *cobra.Command {
	a := &app{
		Streams: Streams{Out: io.Discard, Err: io.Discard}, log: slog.New(slog.DiscardHandler),
		env: func(string) (string, bool) { return "", false },
	}
	root := a.root()
	root.DisableAutoGenTag = true
	visit(root, func(cmd *cobra.Command) {
		cmd.Long, cmd.Short = prose(cmd.Long), inline(cmd.Short)
	})
	return root
}

// commandPages makes a Markdown page for each command, and their index.
func commandPages(t *testing.T, pages map[string][]byte) {
	t.Helper()
	var index strings.Builder
	index.WriteString("# Commands\n\nMade of the commands' own help: `muster COMMAND --help` says the same.\n" +
		"The man pages are in [`docs/man`](../man).\n\n| command | |\n| --- | --- |\n")
	visit(commands(), func(cmd *cobra.Command) {
		if !documented(cmd) {
			return
		}
		var page bytes.Buffer
		if err := doc.GenMarkdownCustom(cmd, &page, func(name string) string { return name }); err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "_") + ".md"
		// Cobra has no way to leave out of a page that it ends in an empty line.
		pages["cli/"+name] = append(bytes.TrimRight(page.Bytes(), "\n"), '\n')
		fmt.Fprintf(&index, "| [`%s`](%s) | %s |\n", cmd.CommandPath(), name, cmd.Short)
	})
	pages["cli/README.md"] = []byte(index.String())
}

// TestHelp wants each command to say what it does, how it is used, and what its
// exit codes mean: the pages are no better than that.
func TestHelp(t *testing.T) {
	visit(commands(), func(cmd *cobra.Command) {
		if !documented(cmd) {
			return
		}
		if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" {
			t.Errorf("%s: Short, Long or Example is empty", cmd.CommandPath())
		}
		if !cmd.HasSubCommands() && !strings.Contains(cmd.Long, "Exit codes: ") {
			t.Errorf("%s: the help does not say what the exit codes mean", cmd.CommandPath())
		}
	})
}

// documented leaves out cobra's own commands.
func documented(cmd *cobra.Command) bool {
	return !cmd.HasParent() || cmd.IsAvailableCommand() && !cmd.IsAdditionalHelpTopicCommand()
}

// manPages makes a man page for each command.
func manPages(t *testing.T, pages map[string][]byte) {
	t.Helper()
	date := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	root := commands()
	visit(root, func(cmd *cobra.Command) {
		cmd.NonInheritedFlags().VisitAll(func(flag *pflag.Flag) { flag.Usage = inline(flag.Usage) })
	})
	visit(root, func(cmd *cobra.Command) {
		if !documented(cmd) {
			return
		}
		var page bytes.Buffer
		if err := doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Source: "muster", Manual: "muster", Date: &date}, &page); err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		pages["man/"+name] = []byte(tidyMan(page.String()))
	})
}

var (
	manOption  = regexp.MustCompile(`(?:\.PP\n)?(\\fB-.*)\n\t(.*)\n`)
	manNothing = regexp.MustCompile(`\[=(?:true|false)\]|=""`)
	manBlank   = regexp.MustCompile(`\n{2,}\.`)
	manExample = regexp.MustCompile(`(?s)\.EX\n.*?\.EE\n`)
	manName    = regexp.MustCompile(`(?m)^(muster\S*) - `)
)

// tidyMan takes the date out of a page, which would be that of whoever made it
// last, sets options as man(7) has them (cobra indents them by tabs), and writes
// the hyphens that somebody may copy as \-, which groff does not make typographic.
func tidyMan(page string) string {
	page = strings.Replace(page, `"Jan 2000"`, `""`, 1)
	page = manOption.ReplaceAllStringFunc(page, func(option string) string {
		parts := manOption.FindStringSubmatch(option)
		return ".TP\n" + manNothing.ReplaceAllString(parts[1], "") + "\n" + parts[2] + "\n"
	})
	page = manBlank.ReplaceAllString(page, "\n.")
	page = manExample.ReplaceAllStringFunc(page, func(block string) string { return strings.ReplaceAll(block, "-", `\-`) })
	page = strings.NewReplacer(`\fB--`, `\fB\-\-`, `\fB-`, `\fB\-`, "--", `\-\-`).Replace(page)
	return strings.TrimRight(manName.ReplaceAllString(page, `$1 \- `), "\n") + "\n"
}

var markup = regexp.MustCompile("[\\\\`*_<>\\[\\]|#]")

// inline escapes a text of one line for Markdown, which help texts are not.
func inline(text string) string { return markup.ReplaceAllString(text, `\$0`) }

// prose escapes a text for Markdown; indented lines are commands, and stay as they are.
func prose(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") {
			out.WriteString("  " + line)
		} else {
			out.WriteString(inline(line))
		}
	}
	return out.String()
}

// schemaPages publishes the JSON Schemas of all files that muster reads and writes.
func schemaPages(t *testing.T, pages map[string][]byte) {
	t.Helper()
	pages["schema/muster.schema.json"] = config.Schema
	pages["schema/waivers.schema.json"] = config.WaiversSchema
	pages["schema/attest.schema.json"] = config.AttestSchema
	pages["schema/score.schema.json"] = config.ScoreSchema
	index := "# JSON Schemas\n\n" +
		"[muster.schema.json](muster.schema.json) is that of [muster.yaml](../muster-yaml.md),\n" +
		"[waivers.schema.json](waivers.schema.json) that of [waivers](../policies.md#waivers),\n" +
		"[attest.schema.json](attest.schema.json) and [score.schema.json](score.schema.json) those of what a team says\n" +
		"of [its score](../maturity.md), in .muster/attest.yaml and .muster/score.yaml. The others are those of\n" +
		"the results that muster writes, and prints with `--format json`: a result names its schema in\n" +
		"its first field. Fields may be added to a schema, and are never renamed or removed.\n\n| schema | a result |\n| --- | --- |\n"
	made, err := filepath.Glob(filepath.Join("..", "result", "schema", "*.schema.json"))
	if err != nil || len(made) == 0 {
		t.Fatalf("there are no schemas of results: %v", err)
	}
	for _, file := range made {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		pages["schema/"+name] = data
		index += fmt.Sprintf("| [%s](%s) | `muster.%s/v1` |\n", name, name, strings.TrimSuffix(name, ".schema.json"))
	}
	pages["schema/README.md"] = []byte(index)
}
