package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// GraphDOT writes a plan in the language of Graphviz.
func GraphDOT(w io.Writer, g result.Graph) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "digraph %s {\n", dotText(g.Pipeline))
	fmt.Fprint(out, "  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n")
	for _, stage := range g.Stages {
		fmt.Fprintf(out, "  %s%s\n", dotText(stage.Name), dotShape(stage.Kind))
	}
	for _, stage := range g.Stages {
		for _, need := range stage.Needs {
			fmt.Fprintf(out, "  %s -> %s%s\n", dotText(need.Stage), dotText(stage.Name), dotLabel(need))
		}
	}
	fmt.Fprintln(out, "}")
	return out.Flush()
}

func dotShape(kind result.StageKind) string {
	switch kind {
	case result.KindBuild:
		return " [shape=box3d]"
	case result.KindFetch:
		return " [shape=cylinder]"
	case result.KindNotebook:
		return " [shape=note]"
	default:
		return ""
	}
}

// dotLabel says what passes along an edge; an edge along which nothing does is dashed.
func dotLabel(need result.GraphNeed) string {
	label := edgeLabel(need)
	if len(label) == 0 {
		return " [style=dashed]"
	}
	return fmt.Sprintf(" [label=%s]", dotText(label...))
}

// dotText quotes lines as one text. A backslash is written twice, for in a
// label it would name a part of the graph (\N is the node), and an ampersand
// would begin an entity.
func dotText(lines ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")
	quoted := make([]string, len(lines))
	for i, line := range lines {
		quoted[i] = escape.Replace(clean(line))
	}
	return `"` + strings.Join(quoted, `\n`) + `"`
}
