package rego_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/rego"
)

func module(path, source string) rego.Module { return rego.Module{Path: path, Source: source} }

func compile(t *testing.T, source string) *rego.Policy {
	t.Helper()
	policy, err := rego.Compile([]rego.Module{module("p.rego", source)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestModulesLeaveTestsOut(t *testing.T) {
	fsys := fstest.MapFS{
		"b.rego":           {Data: []byte("package b")},
		"a/deep.rego":      {Data: []byte("package a")},
		"a/deep_test.rego": {Data: []byte("package a_test")},
		"README.md":        {Data: []byte("# no Rego")},
	}
	modules, err := rego.Modules(fsys)
	if err != nil {
		t.Fatal(err)
	}
	want := []rego.Module{module("a/deep.rego", "package a"), module("b.rego", "package b")}
	if diff := cmp.Diff(want, modules); diff != "" {
		t.Error(diff)
	}
	all, err := rego.ModulesAndTests(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || !all[1].IsTest() {
		t.Errorf("with tests: %v", all)
	}
}

func TestEval(t *testing.T) {
	policy := compile(t, `package p

big contains x if {
	some x in input.numbers
	x > input.limit
}

complete := "yes" if input.limit > 100

clash := x if some x in input.numbers

wrong := to_number(input.word)
`)
	input := map[string]any{"numbers": []float64{1, 5, 7}, "limit": 4, "word": "no number"}
	tests := map[string]struct {
		rule      string
		want      any
		undefined bool
		err       string
	}{
		"a set":             {rule: "big", want: []any{json.Number("5"), json.Number("7")}},
		"an undefined rule": {rule: "complete", undefined: true},
		"no such rule":      {rule: "nothing", undefined: true},
		"rule in conflict":  {rule: "clash", err: "p.rego:10"},
		"built-in in error": {rule: "wrong", err: "p.rego:12"},
		"a rule not Rego":   {rule: "[", err: "rego_parse_error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 2 { // one policy answers as often as it is asked
				value, defined, err := policy.Eval(t.Context(), "p", test.rule, input)
				if test.err != "" {
					if err == nil || !strings.Contains(err.Error(), test.err) {
						t.Fatalf("error is %v, want %q", err, test.err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if defined == test.undefined {
					t.Errorf("defined is %v", defined)
				}
				if diff := cmp.Diff(test.want, value); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestEvalRefusesWhatJSONCannotSay(t *testing.T) {
	policy := compile(t, "package p\n\nx := 1\n")
	if _, err := policy.Ask(t.Context(), map[string]any{"auc": math.NaN()}, nil); err == nil {
		t.Error("NaN was accepted")
	}
}

func TestEvalEndsWithItsContext(t *testing.T) {
	policy := compile(t, `package p

slow if {
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b < 0
}
`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	questions := []rego.Question{{Package: rego.Package{Name: "p"}, Rule: "slow"}}
	if _, err := policy.Ask(ctx, nil, questions); err == nil {
		t.Error("a cancelled evaluation gave an answer")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 1)
	defer cancel()
	_, err := policy.Ask(ctx, nil, questions)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want context.DeadlineExceeded", err)
	}
}

func TestEvalSeesData(t *testing.T) {
	policy, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\nx := data.limits.auc + 1\n")},
		map[string]any{"limits": map[string]any{"auc": 1}})
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := policy.Eval(t.Context(), "p", "x", nil)
	if err != nil || value != json.Number("2") {
		t.Errorf("x is %v, %v", value, err)
	}
}

func TestCompileSaysEveryMistakeWithItsPlace(t *testing.T) {
	tests := map[string]struct {
		modules []rego.Module
		want    []string
	}{
		"syntax, in two files": {
			[]rego.Module{module("a.rego", "package a\n\nx = {\n"), module("b.rego", "package b\n\ndeny[x] { x := 1 }\n")},
			[]string{"a.rego:4:1: unexpected eof", "b.rego:3:1: `if` keyword is required before rule body", "b.rego:3:1: `contains` keyword is required"},
		},
		"an undefined function": {
			[]rego.Module{module("a.rego", "package a\n\nx := f(1)\n\ny := g(2)\n")},
			[]string{"a.rego:3:6: undefined function f", "a.rego:5:6: undefined function g"},
		},
		"strict: an unused import and variable": {
			[]rego.Module{module("a.rego", "package a\n\nimport data.b\n\nx if y := 1\n")},
			[]string{"a.rego:3:1: import data.b unused", "a.rego:5:6: assigned var y unused"},
		},
		"an empty file":        {[]rego.Module{module("a.rego", "")}, []string{"a.rego", "empty"}},
		"only a comment":       {[]rego.Module{module("a.rego", "# nothing\n")}, []string{"a.rego: empty module"}},
		"one path twice":       {[]rego.Module{module("a.rego", "package a"), module("a.rego", "package a")}, []string{"a.rego: is there twice"}},
		"an import of nothing": {[]rego.Module{module("a.rego", "package a\n\nimport data.b.c\n\nx if c.d\n")}, []string{"a.rego:5:6: data.b.c.d is not there"}},
		"a rule of nothing":    {[]rego.Module{module("a.rego", "package a\n\nx if not data.b.z\n"), module("b.rego", "package b\n\ny := 1\n")}, []string{"a.rego:3:10: data.b.z is not there"}},
		"recursion":            {[]rego.Module{module("a.rego", "package a\n\nx := y\n\ny := x\n")}, []string{"a.rego:3:1: rule data.a.x is recursive"}},
		"metadata not YAML":    {[]rego.Module{module("a.rego", "# METADATA\n# title: [\npackage a\n")}, []string{"a.rego:2:1: yaml"}},
		"the clock":            {[]rego.Module{module("a.rego", "package a\n\nx := time.now_ns()\n")}, []string{"a.rego:3:6", "time.now_ns"}},
		"the network":          {[]rego.Module{module("a.rego", "package a\n\nx := http.send({})\n")}, []string{"a.rego:3:6", "http.send"}},
		"names of the network": {[]rego.Module{module("a.rego", "package a\n\nx := net.lookup_ip_addr(\"a\")\n")}, []string{"net.lookup_ip_addr"}},
		"chance":               {[]rego.Module{module("a.rego", "package a\n\nx := rand.intn(\"a\", 3)\n")}, []string{"rand.intn"}},
		"a new UUID":           {[]rego.Module{module("a.rego", "package a\n\nx := uuid.rfc4122(\"a\")\n")}, []string{"uuid.rfc4122"}},
		"the environment":      {[]rego.Module{module("a.rego", "package a\n\nx := opa.runtime().env\n")}, []string{"opa.runtime"}},
		"tracing":              {[]rego.Module{module("a.rego", "package a\n\nx := trace(\"a\")\n")}, []string{"trace"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := rego.Compile(test.modules, nil)
			if _, ok := errors.AsType[*rego.CompileError](err); !ok {
				t.Fatalf("error is %v, want a CompileError", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is\n%s\nwant it to have %q", err, want)
				}
			}
		})
	}
}

func TestCompileRefusesDataThatHidesRules(t *testing.T) {
	modules := []rego.Module{module("p.rego", "package p\n\nx := 1\n")}
	_, err := rego.Compile(modules, map[string]any{"p": map[string]any{"x": 2}})
	if err == nil || !strings.Contains(err.Error(), "conflict") {
		t.Errorf("error is %v, want a conflict", err)
	}
}

func TestInputSchemaFindsTypingErrors(t *testing.T) {
	var schema any
	err := json.Unmarshal([]byte(`{
		"type": "object",
		"properties": {
			"candidate": {"$ref": "#/$defs/model"},
			"metrics": {"type": "object", "additionalProperties": {"type": "number"}}
		},
		"$defs": {"model": {"type": "object", "properties": {"digest": {"type": "string"}}}}
	}`), &schema)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"input.candidate.digest":    "",
		"input.metrics.roc_auc":     "",
		"input.candidat.digest":     "undefined ref: input.candidat.digest",
		"input.candidate.digst":     "undefined ref: input.candidate.digst",
		"input.candidate.digest.of": "undefined ref",
	}
	for ref, want := range tests {
		_, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\nx := "+ref+"\n")}, nil, rego.InputSchema(schema))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", ref, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error is %v, want %q", ref, err, want)
		}
	}
}

func TestPackages(t *testing.T) {
	policy, err := rego.Compile([]rego.Module{
		module("lib.rego", "package lib\n\nhelp := 1\n"),
		module("two/b.rego", "package team.auc\n\nwarn contains \"b\"\n\ndeny contains \"b\"\n"),
		module("two/a.rego", "package team.auc\n\ndeny contains \"a\"\n"),
		module("odd.rego", "package odd[\"a-b\"]\n\ndeny[\"x\"] := 1\n"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []rego.Package{
		{Name: `odd["a-b"]`, Files: []string{"odd.rego"}, Rules: []string{"deny"}},
		{Name: "team.auc", Files: []string{"two/a.rego", "two/b.rego"}, Rules: []string{"deny", "warn"}},
	}
	got := policy.Packages("deny", "warn")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, pkg := range got {
		if _, defined, err := policy.Eval(t.Context(), pkg.Name, "deny", nil); err != nil || !defined {
			t.Errorf("%s: defined %v, error %v", pkg.Name, defined, err)
		}
	}
	if all := policy.Packages(); len(all) != 3 {
		t.Errorf("all packages: %v", all)
	}
}

func TestAnnotations(t *testing.T) {
	policy := compile(t, `# METADATA
# title: What is too low
package p

# METADATA
# title: Too low
# description: The value is too low.
# custom:
#   code: low
deny contains "low" if input.value < 1
`)
	want := []rego.Annotation{
		{Path: "p.rego", Package: "p", Line: 1, Title: "What is too low"},
		{
			Path: "p.rego", Package: "p", Line: 5, Title: "Too low", Description: "The value is too low.",
			Custom: map[string]any{"code": "low"},
		},
	}
	if diff := cmp.Diff(want, policy.Annotations()); diff != "" {
		t.Error(diff)
	}
}

func TestTest(t *testing.T) {
	tested, err := rego.Test(t.Context(), []rego.Module{
		module("p.rego", "package p\n\nover(x) if x > 3\n\nnumber(x) := to_number(x)\n"),
		module("p_test.rego", `package p_test

import data.p

test_over if p.over(4)

test_not_over if {
	print("three is", 3)
	p.over(3)
}

test_error if p.number("x") == 1

todo_test_later if p.over(5)
`),
	}, rego.Testing{})
	if err != nil {
		t.Fatal(err)
	}
	want := []rego.TestResult{
		{Path: "p_test.rego", Line: 5, Package: "p_test", Name: "test_over", Status: rego.TestPassed},
		{
			Path: "p_test.rego", Line: 7, Package: "p_test", Name: "test_not_over", Status: rego.TestFailed,
			Message: "false or undefined at line 9: p.over(3)", Output: "three is 3\n",
		},
		{Path: "p_test.rego", Line: 12, Package: "p_test", Name: "test_error", Status: rego.TestErrored},
		{Path: "p_test.rego", Line: 14, Package: "p_test", Name: "todo_test_later", Status: rego.TestSkipped},
	}
	ignore := cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Duration"
	}, cmp.Ignore())
	errorText := cmpopts.AcyclicTransformer("errorText", func(r rego.TestResult) rego.TestResult {
		if r.Status == rego.TestErrored && strings.Contains(r.Message, "p.rego:5") {
			r.Message = ""
		}
		return r
	})
	if diff := cmp.Diff(want, tested.Results, ignore, errorText); diff != "" {
		t.Error(diff)
	}
}

func TestTestNotesCoverage(t *testing.T) {
	tested, err := rego.Test(t.Context(), []rego.Module{
		module("p.rego", "package p\n\nover(x) if x > 3\n\nnever if {\n\tinput.x\n\tinput.y\n}\n"),
		module("p_test.rego", "package p_test\n\nimport data.p\n\ntest_over if p.over(data.four)\n\ntest_other if p.over(1)\n"),
	}, rego.Testing{Coverage: true, Match: "test_over", Data: map[string]any{"four": 4}})
	if err != nil {
		t.Fatal(err)
	}
	want := []rego.FileCoverage{{Path: "p.rego", Reached: 1, Missed: 3, Ranges: [][2]int{{5, 7}}}}
	if diff := cmp.Diff(want, tested.Coverage); diff != "" {
		t.Error(diff)
	}
	if len(tested.Results) != 1 || tested.Results[0].Status != rego.TestPassed {
		t.Errorf("results: %+v", tested.Results)
	}
}

func TestFormat(t *testing.T) {
	got, err := rego.Format(module("p.rego", "package p\nx:=1 if   {y==2}\n"))
	if err != nil || got != "package p\n\nx := 1 if y == 2\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := rego.Format(module("p.rego", "package p\n\nx = {\n")); err == nil || !strings.Contains(err.Error(), "p.rego:4:1") {
		t.Errorf("error is %v", err)
	}
}

func TestTestRefusesTheClockToo(t *testing.T) {
	_, err := rego.Test(t.Context(), []rego.Module{
		module("p_test.rego", "package p_test\n\ntest_now if time.now_ns() > 0\n"),
	}, rego.Testing{})
	if err == nil || !strings.Contains(err.Error(), "p_test.rego:3:13: undefined function time.now_ns") {
		t.Errorf("error is %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("package p\n\ndeny contains x if some x in input.y\n")
	f.Add("# METADATA\n# title: x\npackage p.q[\"r\"]\n\nx.y[z] := 1 if z := input[_]\n")
	f.Fuzz(func(t *testing.T, source string) {
		policy, err := rego.Compile([]rego.Module{module("p.rego", source)}, nil)
		if err != nil {
			var mistakes *rego.CompileError
			if !errors.As(err, &mistakes) || len(mistakes.Problems) == 0 {
				t.Fatalf("error is %#v, want a CompileError with problems", err)
			}
			return
		}
		policy.Packages("deny")
		policy.Annotations()
	})
}
