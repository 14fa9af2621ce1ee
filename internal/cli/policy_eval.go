package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

func (a *app) policyEvalCommand() *cobra.Command {
	var input, folder string
	var explain bool
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Say what the policies find in a given input",
		Long: `Say what the bundled policies and the team's own find in an input that you give: a
document as policies see it (muster.gate-input/v1; docs/policies.md has its fields).
Nothing is run, measured or kept, nothing is waived, and the outcome binds nobody.

The team's policies are those that gate.policies in muster.yaml names, or those of
--policies, for which no muster.yaml is needed.

Exit codes: 0 nothing denies · 2 an invalid input or policy · 4 denied · 5 undecided`,
		Example: `  muster policy eval --input input.json
  muster policy eval --input - --policies policies/ < input.json
  muster policy eval --input .muster/gate-input.json --explain    # the last decision's input
  muster policy eval --input input.json --format json | jq '.findings[].code'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evalPolicies(cmd, input, folder, explain) },
	}
	cmd.Flags().StringVarP(&input, "input", "i", "", "the document, as JSON; - for standard input")
	cmd.Flags().StringVarP(&folder, "policies", "p", "", "a folder with Rego files, instead of the one that muster.yaml names")
	cmd.Flags().BoolVar(&explain, "explain", false, "show which rule and which lines of the input led to each finding, and what would have passed")
	_ = cmd.MarkFlagRequired("input")
	_ = cmd.MarkFlagFilename("input", "json")
	_ = cmd.MarkFlagDirname("policies")
	return cmd
}

func (a *app) evalPolicies(cmd *cobra.Command, input, folder string, explain bool) error {
	document, err := a.readInput(cmd.InOrStdin(), input)
	if err != nil {
		return err
	}
	set, err := a.policySet(cmd.Context(), folder)
	if err != nil {
		return err
	}
	verdict, err := set.Judge(cmd.Context(), document)
	if err != nil {
		return err
	}
	if explain {
		return a.explainEvaluation(cmd.Context(), set, verdict, input)
	}
	doc := result.PolicyEvaluation{
		Schema: result.SchemaOf[result.PolicyEvaluation](), Verdict: verdict.Verdict, Reason: verdict.Reason,
		Findings: verdict.Findings, Policies: verdict.Policies, OPA: rego.Version(),
	}
	if err := printAs(a, doc, showEvaluation); err != nil {
		return err
	}
	return asOutcome(verdictCode(doc.Verdict))
}

// explainEvaluation shows what led to each finding about a given document.
func (a *app) explainEvaluation(ctx context.Context, set *policies.Set, verdict policies.Result, input string) error {
	explanation, err := set.Explanation(ctx, verdict, input)
	if err != nil {
		return err
	}
	return a.showExplanation(explanation)
}

// readInput reads a document and checks that it is one that policies see: about
// another they would have nothing to say, which looks like a pass.
func (a *app) readInput(stdin io.Reader, path string) (json.RawMessage, error) {
	var data []byte
	var err error
	if path == "-" {
		path = "standard input"
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{err: err, hint: "name a file with the document: muster.gate-input/v1"}
	}
	if err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	if problem := policies.CheckInput(data); problem != "" {
		return nil, &usageError{err: fmt.Errorf("%s: %s", path, problem), hint: "docs/policies.md says what an input is"}
	}
	return data, nil
}

// policySet compiles the bundled policies with a folder's, or with those that
// muster.yaml names, if there is one.
func (a *app) policySet(ctx context.Context, folder string) (*policies.Set, error) {
	if folder != "" {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, &usageError{err: fmt.Errorf("there is no folder %s", folder), hint: "name a folder with *.rego files"}
		}
		return policies.Load(os.DirFS(folder), folder)
	}
	if _, err := os.Lstat(a.file); errors.Is(err, fs.ErrNotExist) {
		return policies.Load(nil, "")
	}
	team, err := a.teamPolicies(ctx)
	if err != nil {
		return nil, err
	}
	return policies.LoadTeam(team)
}

func showEvaluation(w io.Writer, doc result.PolicyEvaluation, _ report.TerminalOptions) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s\n", doc.Verdict, report.Plain(bare(doc.Reason)))
	for _, finding := range doc.Findings {
		fmt.Fprintf(&text, "\n%s %s\n", finding.Severity, report.Plain(finding.Code))
		for _, line := range []string{finding.Message, passes(finding), source(finding)} {
			if line != "" {
				fmt.Fprintf(&text, "  %s\n", report.Plain(line))
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// source says which rule gave the finding, where one did.
func source(finding result.Finding) string {
	if finding.Rule == "" {
		return "in " + finding.Policy
	}
	return finding.Rule + " in " + finding.Policy
}

func passes(finding result.Finding) string {
	if finding.Passes == "" {
		return ""
	}
	return "passes: " + finding.Passes
}

// bare is a reason without the verdict's name, which stands before it.
func bare(reason string) string {
	reason = strings.TrimPrefix(reason, "denied: ")
	return strings.TrimPrefix(reason, "cannot decide: ")
}
