package rego

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
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

// Testing says which tests are run, and what is noted of them. The zero value
// runs all, and notes no coverage.
type Testing struct {
	// Match is a regular expression for PACKAGE.NAME; empty for all tests.
	Match string
	// Coverage notes which lines the tests reach; then a failed test does not say
	// at which line.
	Coverage bool
	// Data is what the modules see below data, beside rules.
	Data map[string]any
}

// Tested is the outcome of tests.
type Tested struct {
	Results []TestResult
	// Coverage has the files without tests in them, sorted; nil unless it was noted.
	Coverage []FileCoverage
}

// FileCoverage says which lines of a file are reached.
type FileCoverage struct {
	Path string
	// Reached and Missed count lines that can be reached.
	Reached, Missed int
	// Ranges are the missed lines, first and last.
	Ranges [][2]int
}

// Test runs every rule whose name begins with test_, with the same built-ins and
// time as [Policy.Ask], and returns the outcomes sorted by place.
func Test(ctx context.Context, modules []Module, testing Testing, opts ...Option) (Tested, error) {
	boundBuiltins()
	chosen := newOptions(opts)
	parsed, err := parse(modules, chosen.limits, true)
	if err != nil {
		return Tested{}, err
	}
	data := testing.Data
	if data == nil {
		data = map[string]any{}
	}
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return Tested{}, fmt.Errorf("test policies: %w", err)
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().
		SetCompiler(newCompiler(chosen).WithEnablePrintStatements(true)).
		SetStore(store).
		SetModules(parsed).
		SetTimeout(chosen.limits.Time).
		RaiseBuiltinErrors(true).
		CapturePrintOutput(true).
		EnableTracing(!testing.Coverage). // the trace has the expression that failed
		Filter(testing.Match)
	noted := cover.New()
	if testing.Coverage {
		runner.SetCoverageQueryTracer(noted)
	}
	outcomes, err := runner.RunTests(ctx, txn)
	if err != nil {
		return Tested{}, compileError(err, "policies")
	}
	var tested Tested
	for outcome := range outcomes {
		tested.Results = append(tested.Results, testResult(outcome))
	}
	if err := ctx.Err(); err != nil {
		return Tested{}, fmt.Errorf("test policies: %w", err)
	}
	slices.SortFunc(tested.Results, func(a, b TestResult) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	if testing.Coverage {
		tested.Coverage = coverage(noted.Report(parsed), modules)
	}
	return tested, nil
}

// coverage counts the lines of the modules that are no tests.
func coverage(report cover.Report, modules []Module) []FileCoverage {
	var files []FileCoverage
	for _, module := range modules {
		if module.IsTest() {
			continue
		}
		reached, missed := map[int]bool{}, map[int]bool{}
		if file := report.Files[module.Path]; file != nil {
			for _, span := range file.Covered {
				mark(reached, span, nil)
			}
			for _, span := range file.NotCovered {
				mark(missed, span, reached)
			}
		}
		files = append(files, FileCoverage{Path: module.Path, Reached: len(reached), Missed: len(missed), Ranges: ranges(missed)})
	}
	slices.SortFunc(files, func(a, b FileCoverage) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

// mark notes the lines of a span that are not among the others.
func mark(lines map[int]bool, span cover.Range, but map[int]bool) {
	for row := span.Start.Row; row <= span.End.Row; row++ {
		if !but[row] {
			lines[row] = true
		}
	}
}

// ranges joins lines that follow one another.
func ranges(lines map[int]bool) [][2]int {
	joined := [][2]int{}
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		if last := len(joined) - 1; last >= 0 && joined[last][1] == line-1 {
			joined[last][1] = line
			continue
		}
		joined = append(joined, [2]int{line, line})
	}
	return joined
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
