package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// policyTestFlags are the flags of policy test.
type policyTestFlags struct {
	match    string
	coverage bool
	least    float64
	watch    bool
}

func (a *app) policyTestCommand() *cobra.Command {
	var flags policyTestFlags
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Run the tests of the policies (files ending in _test.rego)",
		Long: `Run every rule that begins with test_ in the team's own policies, or in the bundled
ones if the team has none. A rule that begins with todo_test_ is counted as skipped.

With --coverage it also says which lines of the policies no test reaches. A test that
fails then does not say at which line. With --watch it runs them again whenever a
file of the policies changes, until you press Ctrl-C.

Exit codes: 0 all pass · 1 a test failed, or coverage is below --min-coverage ·
2 a policy is not valid Rego · 130 interrupted`,
		Example: `  muster policy test
  muster policy test --run 'size.*large' --watch
  muster policy test --coverage --min-coverage 90
  muster policy test --format json | jq '.tests[] | select(.status != "passed")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(a.json()); err != nil {
				return err
			}
			if flags.watch {
				return a.watchPolicies(cmd.Context(), flags)
			}
			return a.testPolicies(cmd.Context(), flags)
		},
	}
	cmd.Flags().StringVar(&flags.match, "run", "", "run only tests whose package.name matches this regular expression")
	cmd.Flags().BoolVar(&flags.coverage, "coverage", false, "say which lines of the policies the tests reach")
	cmd.Flags().Float64Var(&flags.least, "min-coverage", 0, "fail if the tests reach fewer percent of the lines; implies --coverage")
	cmd.Flags().BoolVar(&flags.watch, "watch", false, "run them again whenever a policy changes")
	return cmd
}

func (f *policyTestFlags) check(asJSON bool) error {
	f.coverage = f.coverage || f.least > 0
	_, err := regexp.Compile(f.match)
	switch {
	case err != nil:
		return &usageError{err: fmt.Errorf("--run: %w", err), hint: "for example --run 'test_large'"}
	case f.least < 0 || f.least > 100:
		return &usageError{err: errors.New("--min-coverage is not between 0 and 100"), hint: "80 is a start"}
	case f.watch && asJSON:
		return &usageError{err: errors.New("--watch is for people: it cannot be had as JSON"), hint: "leave one of them out"}
	}
	return nil
}

func (a *app) testPolicies(ctx context.Context, flags policyTestFlags) error {
	team, err := a.teamPolicies(ctx)
	if err != nil {
		return err
	}
	tested, err := policies.TestTeam(ctx, team, rego.Testing{Match: flags.match, Coverage: flags.coverage})
	if err != nil {
		return err
	}
	doc := policyTests(tested)
	if err := printAs(a, doc, showTests); err != nil {
		return err
	}
	failed := tally(doc, string(rego.TestFailed), string(rego.TestErrored)) > 0
	if doc.Coverage != nil && doc.Coverage.Percent < flags.least {
		fmt.Fprintf(a.Err, "not met: --min-coverage %g\n", flags.least)
		failed = true
	}
	if len(doc.Tests) == 0 && flags.match != "" {
		return &usageError{err: fmt.Errorf("no test matches --run %s", flags.match), hint: "it is matched against PACKAGE.NAME, as in acme.size_test.test_large"}
	}
	if failed {
		return &outcomeError{codeFailed}
	}
	return nil
}

func policyTests(tested rego.Tested) result.PolicyTests {
	doc := result.PolicyTests{Schema: result.SchemaOf[result.PolicyTests](), Tests: []result.PolicyTest{}}
	for _, r := range tested.Results {
		doc.Tests = append(doc.Tests, result.PolicyTest{
			Path: r.Path, Line: r.Line, Package: r.Package, Name: r.Name, Status: string(r.Status),
			Message: r.Message, Output: r.Output, Seconds: r.Duration.Seconds(),
		})
	}
	if tested.Coverage == nil {
		return doc
	}
	doc.Coverage = &result.PolicyCoverage{Files: []result.CoveredFile{}}
	reached, lines := 0, 0
	for _, file := range tested.Coverage {
		all := file.Reached + file.Missed
		reached, lines = reached+file.Reached, lines+all
		doc.Coverage.Files = append(doc.Coverage.Files, result.CoveredFile{
			Path: file.Path, Percent: percent(file.Reached, all), Lines: all, Uncovered: file.Ranges,
		})
	}
	doc.Coverage.Percent = percent(reached, lines)
	return doc
}

// percent is 0 of nothing: policies without a line that can be reached are none.
func percent(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return 100 * float64(part) / float64(all)
}

func tally(doc result.PolicyTests, statuses ...string) int {
	n := 0
	for _, test := range doc.Tests {
		for _, status := range statuses {
			if test.Status == status {
				n++
			}
		}
	}
	return n
}

func showTests(w io.Writer, doc result.PolicyTests, _ report.TerminalOptions) error {
	var text strings.Builder
	for _, test := range doc.Tests {
		if test.Status == string(rego.TestPassed) {
			continue
		}
		fmt.Fprintf(&text, "%s %s:%d %s %s\n", test.Status, report.Plain(test.Path), test.Line, report.Plain(test.Name), report.Plain(test.Message))
		for line := range strings.Lines(test.Output) {
			fmt.Fprintf(&text, "  | %s\n", report.Plain(strings.TrimSuffix(line, "\n")))
		}
	}
	if doc.Coverage != nil {
		for _, file := range doc.Coverage.Files {
			fmt.Fprintf(&text, "%5.1f %%  %s%s\n", file.Percent, report.Plain(file.Path), uncovered(file))
		}
		fmt.Fprintf(&text, "%5.1f %%  of all lines\n", doc.Coverage.Percent)
	}
	fmt.Fprintf(&text, "%d passed, %d failed, %d skipped\n", tally(doc, string(rego.TestPassed)),
		tally(doc, string(rego.TestFailed), string(rego.TestErrored)), tally(doc, string(rego.TestSkipped)))
	_, err := io.WriteString(w, text.String())
	return err
}

// uncovered names the lines that no test reaches.
func uncovered(file result.CoveredFile) string {
	var names []string
	for _, span := range file.Uncovered {
		if span[0] == span[1] {
			names = append(names, fmt.Sprint(span[0]))
		} else {
			names = append(names, fmt.Sprintf("%d-%d", span[0], span[1]))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", not reached: " + strings.Join(names, ", ")
}

// watchInterval is how often the policies are looked at for a change. They are a
// few small files: looking is cheaper than being told, and works on every disk.
const watchInterval = 300 * time.Millisecond

// watchPolicies runs the tests again whenever the policies change, until it is interrupted.
func (a *app) watchPolicies(ctx context.Context, flags policyTestFlags) error {
	last := ""
	for {
		if state := a.policyState(ctx); state != last {
			if last != "" && isTerminal(a.Out) {
				fmt.Fprint(a.Out, "\x1b[H\x1b[2J")
			}
			last = state
			if err := a.testPolicies(ctx, flags); err != nil {
				a.explain(err)
			}
			fmt.Fprintf(a.Err, "%s: waiting for a change; Ctrl-C ends\n", time.Now().Format(time.TimeOnly))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(watchInterval):
		}
	}
}

// policyState tells two states of the policies, or of what keeps them from being read, apart.
func (a *app) policyState(ctx context.Context) string {
	team, err := a.teamPolicies(ctx)
	if err != nil {
		return err.Error()
	}
	digest, err := team.Digest()
	if err != nil {
		return err.Error()
	}
	return digest
}
