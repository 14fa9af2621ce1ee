package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// GraphMermaid writes a plan as a Mermaid flowchart, which GitHub and GitLab
// draw where Markdown has it in a block of its own.
func GraphMermaid(w io.Writer, g result.Graph) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "flowchart LR")
	// A stage's name may be a word of Mermaid's own, such as "end": nodes are numbered.
	ids := map[string]string{}
	for i, stage := range g.Stages {
		ids[stage.Name] = fmt.Sprintf("s%d", i+1)
		shape := mermaidShape(stage.Kind)
		fmt.Fprintf(out, "  %s%s\"%s\"%s\n", ids[stage.Name], shape[0], mermaidText(stage.Name), shape[1])
	}
	for _, stage := range g.Stages {
		for _, need := range stage.Needs {
			fmt.Fprintf(out, "  %s %s %s\n", ids[need.Stage], mermaidArrow(need), ids[stage.Name])
		}
	}
	return out.Flush()
}

// mermaidShape are the brackets around a label, which draw it as what it is.
func mermaidShape(kind result.StageKind) [2]string {
	switch kind {
	case result.KindBuild:
		return [2]string{"[[", "]]"}
	case result.KindFetch:
		return [2]string{"[(", ")]"}
	case result.KindNotebook:
		return [2]string{"[/", "/]"}
	default:
		return [2]string{"[", "]"}
	}
}

// mermaidArrow is drawn dotted where no file passes.
func mermaidArrow(need result.GraphNeed) string {
	label := edgeLabel(need)
	if len(label) == 0 {
		return "-.->"
	}
	for i, line := range label {
		label[i] = mermaidText(line)
	}
	return `-->|"` + strings.Join(label, "<br>") + `"|`
}

// edgeLabel names what passes along an edge, a line each; of many files the first.
func edgeLabel(need result.GraphNeed) []string {
	const most = 3
	var lines []string
	if need.Image {
		lines = append(lines, "image")
	}
	for i, file := range need.Files {
		if i == most && len(need.Files) > most+1 {
			return append(lines, fmt.Sprintf("and %d more", len(need.Files)-i))
		}
		lines = append(lines, clean(file))
	}
	return lines
}

// mermaidText escapes a text for a quoted label, which Mermaid reads as Markdown
// and as HTML: what could mean something there is written as #NUMBER;.
func mermaidText(s string) string {
	var b strings.Builder
	for i, r := range clean(s) {
		if strings.ContainsRune("\"#&;<>`*~$%\\|[]{}()", r) || (r == ' ' && i < 4) { // "1. x" would be a list
			fmt.Fprintf(&b, "#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
