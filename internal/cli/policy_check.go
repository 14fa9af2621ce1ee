package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

func (a *app) policyCheckCommand() *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say what should be mended in the team's policies",
		Long: `Check the team's own policies without running anything. Errors are what the gate
would refuse: no valid Rego, fields that the input cannot have, packages and rules
that are not there, unused variables and imports, built-ins that policies may not
use. Warnings are about files that are not formatted as opa fmt does, that decide
nothing, and codes that no METADATA comment explains.

With --write it formats the files.

Exit codes: 0 nothing to mend, or warnings only · 1 an error · 2 invalid file`,
		Example: `  muster policy check
  muster policy check --write
  muster policy check --format json | jq '.problems[]'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.checkPolicies(cmd.Context(), write) },
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "format the files as opa fmt would")
	return cmd
}

func (a *app) checkPolicies(ctx context.Context, write bool) error {
	team, err := a.teamPolicies(ctx)
	if err != nil {
		return err
	}
	if team.Name == "" {
		return &usageError{err: errors.New("there are no policies of a team"), hint: "name their folder: gate: {policies: policies/}"}
	}
	if write {
		if err := a.formatPolicies(team); err != nil {
			return err
		}
	}
	check, err := policies.Check(team)
	if err != nil {
		return err
	}
	if err := printAs(a, check, showCheck); err != nil {
		return err
	}
	for _, problem := range check.Problems {
		if problem.Severity == "error" {
			return &outcomeError{codeFailed}
		}
	}
	return nil
}

// formatPolicies rewrites the files of a folder that opa fmt would write another way.
func (a *app) formatPolicies(team policies.Team) error {
	if team.Files == nil {
		return &usageError{err: errors.New("--write: the policies are in a bundle"), hint: "format the files that it is made of: opa fmt --write FOLDER"}
	}
	project, err := a.peek()
	if err != nil {
		return err
	}
	modules, err := rego.ModulesAndTests(team.Files)
	if err != nil {
		return err
	}
	for _, module := range modules {
		text, err := rego.Format(module)
		if err != nil || text == module.Source { // a mistake is told below
			continue
		}
		name := filepath.Join(project.Dir, filepath.FromSlash(team.Name), filepath.FromSlash(module.Path))
		if err := rewrite(name, text); err != nil {
			return fmt.Errorf("format %s: %w", module.Path, err)
		}
		fmt.Fprintln(a.Err, "formatted", report.Plain(team.Name+"/"+module.Path))
	}
	return nil
}

// rewrite replaces a file's content, and keeps its mode.
func rewrite(name, text string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	return os.WriteFile(name, []byte(text), info.Mode().Perm())
}

func showCheck(w io.Writer, check result.PolicyCheck, _ report.TerminalOptions) error {
	var text strings.Builder
	for _, problem := range check.Problems {
		where := report.Plain(problem.Path)
		if problem.Line > 0 {
			where += fmt.Sprintf(":%d:%d", problem.Line, max(problem.Column, 1))
		}
		fmt.Fprintf(&text, "%s: %s: %s\n", problem.Severity, where, report.Plain(problem.Message))
		if problem.Fix != "" {
			fmt.Fprintf(&text, "  fix: %s\n", report.Plain(problem.Fix))
		}
	}
	files := "files"
	if len(check.Files) == 1 {
		files = "file"
	}
	fmt.Fprintf(&text, "%d %s, %d to mend\n", len(check.Files), files, len(check.Problems))
	_, err := io.WriteString(w, text.String())
	return err
}
