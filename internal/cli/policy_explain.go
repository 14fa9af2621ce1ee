package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) policyExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Say what a finding means and how to resolve it",
		Long: `Say what a finding means, and what can be done about it: what the policy's own
METADATA comment says, and where that stands. Codes stand beside each finding of a
decision. Without one, list all codes.

Exit codes: 0 done · 2 no policy has the code, or a policy is not valid Rego`,
		Example: `  muster policy explain slice-worse
  muster policy explain                 # all codes, muster's and the team's`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explainPolicies(cmd, args) },
	}
}

func (a *app) explainPolicies(cmd *cobra.Command, args []string) error {
	set, err := a.policySet(cmd.Context(), "")
	if err != nil {
		return err
	}
	doc := result.PolicyCodes{Schema: result.SchemaOf[result.PolicyCodes](), Codes: []result.PolicyCode{}}
	for _, e := range set.Explanations() {
		if len(args) == 0 || e.Code == args[0] {
			doc.Codes = append(doc.Codes, result.PolicyCode{
				Code: e.Code, Title: e.Title, Description: e.Description, Path: e.Path, Line: e.Line, Package: e.Package, Waivable: e.Waivable,
			})
		}
	}
	switch {
	case len(args) == 0:
		return printAs(a, doc, listCodes)
	case len(doc.Codes) == 0:
		return &usageError{err: fmt.Errorf("no policy has the code %q", args[0]), hint: "codes stand beside each finding of a decision; muster policy explain lists them"}
	}
	return printAs(a, doc, func(w io.Writer, doc result.PolicyCodes, _ report.TerminalOptions) error {
		return explainCode(w, doc, time.Now())
	})
}

func listCodes(w io.Writer, doc result.PolicyCodes, _ report.TerminalOptions) error {
	titles := map[string]int{}
	for _, code := range doc.Codes {
		titles[code.Path+code.Title]++
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, code := range doc.Codes {
		what := code.Title
		if titles[code.Path+what] > 1 { // the title of all that is of that kind
			what = beginning(code.Description)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", report.Plain(code.Code), report.Plain(what), report.Plain(code.Path))
	}
	return table.Flush()
}

// beginning is the first sentence of a description, or as much as fits a line.
func beginning(description string) string {
	const most = 72
	sentence, _, _ := strings.Cut(strings.Join(strings.Fields(description), " "), ". ")
	if letters := []rune(strings.TrimSuffix(sentence, ".")); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return strings.TrimSuffix(sentence, ".")
}

// explainCode shows one code, with an example of a waiver: of what else could
// resolve it the description speaks.
func explainCode(w io.Writer, doc result.PolicyCodes, now time.Time) error {
	code := doc.Codes[0]
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s\n\n", report.Plain(code.Code), report.Plain(code.Title))
	for line := range strings.Lines(code.Description + "\n") {
		fmt.Fprintln(&text, report.Plain(strings.TrimSuffix(line, "\n")))
	}
	fmt.Fprintf(&text, "\nSays package %s in %s:%d.\n", report.Plain(code.Package), report.Plain(code.Path), code.Line)
	if code.Waivable {
		fmt.Fprintf(&text, `
To let it pass for a while, whoever may change the branch that this goes into adds
to the file that gate.waivers names:

  - finding: %s
    reason: why this once
    owner: who answers for it
    expires: %s   # the last day; at most a year ahead
`, report.Plain(code.Code), now.UTC().AddDate(0, 1, 0).Format(time.DateOnly))
	}
	_, err := io.WriteString(w, text.String())
	return err
}
