package rego

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestStatus says how a Rego test ended.
type TestStatus string

// The outcomes of a Rego test.
const (
	TestPassed  TestStatus = "passed"
	TestFailed  TestStatus = "failed"
	TestErrored TestStatus = "error"
	TestSkipped TestStatus = "skipped" // its name begins with todo_
)

// TestResult is the outcome of one test_ rule.
type TestResult struct {
	Path    string
	Line    int
	Package string
	Name    string
	Status  TestStatus
	// Message says what went wrong; Output is what the test printed.
	Message  string
	Output   string
	Duration time.Duration
}

// Test runs every rule whose name begins with test_, with the same built-ins
// and limits as [Policy.Eval], and returns the outcomes sorted by place.
func Test(ctx context.Context, modules []Module, opts ...Option) ([]TestResult, error) {
	boundBuiltins()
	chosen := newOptions(opts)
	parsed, err := parse(modules, chosen.limits)
	if err != nil {
		return nil, err
	}
	outcomes, err := tester.NewRunner().
		SetCompiler(newCompiler(chosen).WithEnablePrintStatements(true)).
		SetModules(parsed).
		SetTimeout(chosen.limits.Time).
		RaiseBuiltinErrors(true).
		CapturePrintOutput(true).
		EnableTracing(true). // the trace has the expression that failed
		RunTests(ctx, nil)
	if err != nil {
		return nil, compileError(err, "policies")
	}
	var results []TestResult
	for outcome := range outcomes {
		results = append(results, testResult(outcome))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("test policies: %w", err)
	}
	slices.SortFunc(results, func(a, b TestResult) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	return results, nil
}

func testResult(outcome *tester.Result) TestResult {
	result := TestResult{
		Package: strings.TrimPrefix(outcome.Package, "data."), Name: outcome.Name,
		Output: string(outcome.Output), Duration: outcome.Duration, Status: TestPassed,
	}
	if outcome.Location != nil {
		result.Path, result.Line = outcome.Location.File, outcome.Location.Row
	}
	switch {
	case outcome.Error != nil:
		result.Status, result.Message = TestErrored, outcome.Error.Error()
	case outcome.Skip:
		result.Status = TestSkipped
	case outcome.Fail:
		result.Status, result.Message = TestFailed, failure(outcome)
	}
	return result
}

// failure names the last expression of the test's file that was false or
// undefined: the one that ended the test.
func failure(outcome *tester.Result) string {
	for _, event := range slices.Backward(outcome.Trace) {
		expr, ok := event.Node.(*ast.Expr)
		if !ok || event.Op != topdown.FailOp || outcome.Location == nil || expr.Location == nil {
			continue
		}
		if at := expr.Location; at.File == outcome.Location.File && at.Row >= outcome.Location.Row {
			return fmt.Sprintf("false or undefined at line %d: %s", at.Row, at.Text)
		}
	}
	return "the rule is false or undefined"
}
