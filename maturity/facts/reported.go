package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	// trackerNames are the trackers as the options of trainers call them
	// (https://huggingface.co/docs/transformers/main_classes/callback).
	trackerNames = map[string]string{
		"wandb": "Weights & Biases", "mlflow": "MLflow", "comet_ml": "Comet", "clearml": "ClearML", "neptune": "Neptune",
		"dvclive": "DVCLive", "swanlab": "SwanLab", "trackio": "Trackio", "aim": "Aim",
	}
	// trackerKeys are keys of a trainer's configuration that make it log to a tracker
	// (https://docs.axolotl.ai/docs/config-reference.html).
	trackerKeys = map[string]string{"wandb_project": "wandb", "mlflow_tracking_uri": "mlflow", "comet_project_name": "comet_ml", "swanlab_project": "swanlab"}
	// spacyLogger is the logger in a configuration of spaCy
	// (https://spacy.io/api/top-level#loggers).
	spacyLogger = regexp.MustCompile(`(?m)^\s*@loggers\s*=\s*"spacy\.(Wandb|MLflow|ClearML|Comet)Logger`)
)

// reportedTo makes facts of trackers that a command names for the program which it
// starts: as an option, or in the configuration that it hands over.
func (b *builder) reportedTo() {
	for _, h := range b.reach.Hits {
		if len(h.Args) < 2 {
			continue
		}
		if name := trackerNames[strings.Trim(shell.Flag(h.Args, "--report_to", "--report-to", "--log_with", "--tracker_name"), `"'[]`)]; name != "" {
			b.reported(h, name, h.Path, h.Line)
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
	if m := spacyLogger.FindSubmatchIndex(b.in.Tree.Text[file]); ext == ".cfg" && m != nil {
		line := 1 + strings.Count(string(b.in.Tree.Text[file][:m[2]]), "\n")
		b.reported(h, string(b.in.Tree.Text[file][m[2]:m[3]]), file, line)
		return
	}
	if ext == ".cfg" {
		return
	}
	for _, doc := range b.in.Tree.Documents(file) {
		if name, line := trackerOf(doc); name != "" {
			b.reported(h, name, file, line)
		}
	}
}

// trackerOf is the tracker that a trainer's configuration names, with the line.
func trackerOf(doc yamldoc.Value) (name string, line int) {
	for _, e := range doc.Entries() {
		if key := trackerKeys[e.Key]; key != "" && e.Value.Text() != "" {
			return trackerNames[key], e.Line
		}
		if e.Key != "report_to" && e.Key != "log_with" {
			continue
		}
		for _, v := range e.Value.Texts() {
			if known := trackerNames[v]; known != "" {
				return known, e.Line
			}
		}
	}
	return "", 0
}

// reported adds the fact of one tracker.
func (b *builder) reported(h reach.Hit, tool, file string, line int) {
	f := Fact{
		Category: "tracking", Tool: tool, Subject: shorten(strings.Join(h.Args, " ")), Path: file, Line: max(line, 1),
		Context: "command", Conditional: h.Conditional, Entries: []Link{linkOf(h)},
	}
	if slices.Contains(h.Args, "--help") {
		return
	}
	b.add(f)
}
