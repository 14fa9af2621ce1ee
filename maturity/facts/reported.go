package facts

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// spacyLogger is the logger in a configuration of spaCy
// (https://spacy.io/api/top-level#loggers).
var spacyLogger = regexp.MustCompile(`(?m)^\s*@loggers\s*=\s*"spacy\.(\w+?)Logger`)

// reportedTo makes facts of trackers that a command names for the program which it
// starts: as an option, or in the configuration that it hands over.
func (b *builder) reportedTo() {
	for _, h := range b.reach.Hits {
		if len(h.Args) < 2 {
			continue
		}
		to := shell.Flag(h.Args, "--report_to", "--report-to", "--log_with", "--tracker_name")
		if tool := b.in.Catalogue.Reported(strings.Trim(to, `"'[]`)); tool != "" {
			b.reported(h, tool, h.Path, h.Line)
			continue
		}
		for _, a := range h.Args[1:] {
			b.trackerNamed(h, a)
		}
	}
}

// trackerNamed makes the fact of a configuration that a command names.
func (b *builder) trackerNamed(h reach.Hit, arg string) {
	if _, value, found := strings.Cut(arg, "="); found {
		arg = value
	}
	ext := path.Ext(arg)
	if !yamldoc.IsYAML(arg) && ext != ".cfg" {
		return
	}
	file := b.in.Tree.LookFor(arg, b.around(h.Dir, h.Path))
	if file == "" || !b.mine(file) || b.in.Tree.Class(file) != source.Source {
		return
	}
	if ext == ".cfg" {
		text := b.in.Tree.Text[file]
		if m := spacyLogger.FindSubmatchIndex(text); m != nil {
			if tool := b.in.Catalogue.Reported(strings.ToLower(string(text[m[2]:m[3]]))); tool != "" {
				b.reported(h, tool, file, 1+bytes.Count(text[:m[2]], []byte("\n")))
			}
		}
		return
	}
	for _, doc := range b.in.Tree.Documents(file) {
		if name, line := b.trackerOf(doc); name != "" {
			b.reported(h, name, file, line)
		}
	}
}

// trackerOf is the tracker that a trainer's configuration names, with the line.
func (b *builder) trackerOf(doc yamldoc.Value) (name string, line int) {
	for _, e := range doc.Entries() {
		if tool := b.in.Catalogue.Configured(e.Key); tool != "" && e.Value.Text() != "" {
			return tool, e.Line
		}
		if e.Key != "report_to" && e.Key != "log_with" {
			continue
		}
		for _, v := range e.Value.Texts() {
			if tool := b.in.Catalogue.Reported(v); tool != "" {
				return tool, e.Line
			}
		}
	}
	return "", 0
}

// reported adds the fact of one tracker.
func (b *builder) reported(h reach.Hit, tool, file string, line int) {
	b.add(Fact{
		Category: "tracking", Tool: tool, Subject: shorten(strings.Join(h.Args, " ")), Path: file, Line: max(line, 1),
		Context: "command", Conditional: h.Conditional, Entries: []Link{linkOf(h)},
	})
}
