package rego_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/rego"
)

// Rules without end are told to stop, and the next rule is asked all the same.
func TestLimits(t *testing.T) {
	tests := map[string]struct {
		source string
		memory bool
	}{
		"a loop":              {"x if {\n\tsome a in numbers.range(1, 10000)\n\tsome b in numbers.range(1, 10000)\n\ta * b < 0\n}", false},
		"a list without end":  {"x := [[a, b] | some a in numbers.range(1, 10000); some b in numbers.range(1, 10000)]", true},
		"a range without end": {"x := numbers.range(1, 1000000000000)", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			limits := rego.Limits{Time: 2 * time.Second, Memory: 1 << 40}
			if test.memory {
				limits = rego.Limits{Time: time.Minute, Memory: 32 << 20}
			}
			policy, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\n"+test.source+"\n\nafter := 1\n")}, nil, rego.Within(limits))
			if err != nil {
				t.Fatal(err)
			}
			answers, err := policy.Ask(t.Context(), nil, []rego.Question{
				{Package: rego.Package{Name: "p"}, Rule: "x"}, {Package: rego.Package{Name: "p"}, Rule: "after"},
			})
			if err != nil || len(answers) != 2 {
				t.Fatalf("%d answers, error %v", len(answers), err)
			}
			limit, ok := errors.AsType[*rego.LimitError](answers[0].Err)
			if !ok || limit.Memory != test.memory || limit.Stuck {
				t.Errorf("error is %#v, want a LimitError of memory: %v", answers[0].Err, test.memory)
			}
			if answers[1].Err != nil || !answers[1].Defined {
				t.Errorf("the rule after it: %+v", answers[1])
			}
		})
	}
}

// What cannot be told to stop is left behind: the answers end with its name.
func TestWhatDoesNotStopIsLeft(t *testing.T) {
	if !alone(t) {
		return
	}
	var source strings.Builder
	source.WriteString("package p\n\nx if v30 in [w30]\n\nafter := 1\n\nv0 := {\"a\": 1}\n\nw0 := {\"a\": 1}\n")
	for i := range 30 { // two values of 2^30 parts each, in few lines; object.get hides that from the compiler
		for _, side := range []string{"v", "w"} {
			part := fmt.Sprintf("object.get({0: %s%d}, [0], 0)", side, i)
			fmt.Fprintf(&source, "\n%s%d := [%s, %s]\n", side, i+1, part, part)
		}
	}
	policy, err := rego.Compile([]rego.Module{module("p.rego", source.String())}, nil, rego.Within(rego.Limits{Time: 2 * time.Second, Memory: 64 << 20}))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := policy.Ask(t.Context(), nil, []rego.Question{
		{Package: rego.Package{Name: "p"}, Rule: "x"}, {Package: rego.Package{Name: "p"}, Rule: "after"},
	})
	if err != nil || len(answers) != 1 {
		t.Fatalf("%d answers, error %v", len(answers), err)
	}
	if limit, ok := errors.AsType[*rego.LimitError](answers[0].Err); !ok || !limit.Stuck {
		t.Errorf("error is %v, want a LimitError that is stuck", answers[0].Err)
	}
}

// alone runs a test once more in a process of its own, which ends with what the test
// leaves behind, and reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const mark = "MUSTER_TEST_ALONE"
	if os.Getenv(mark) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	return false
}

// Built-ins that would make something huge in one step refuse to.
func TestHugeResultsAreRefused(t *testing.T) {
	doubled := `
v0 := {"a": "0123456789"}

`
	for i := range 40 {
		doubled += fmt.Sprintf("v%d := {\"a\": v%d, \"b\": v%d}\n\n", i+1, i, i)
	}
	const megabyte = "m := input\n\n"
	tests := map[string]string{
		"many widths":                           `x := sprintf("%999999s%999999s%999999s%999999s%999999s", ["a", "a", "a", "a", "a"])`,
		"a width among the arguments":           `x := sprintf("%*s%*s%*s%*s%*s", [999999, "a", 999999, "a", 999999, "a", 999999, "a", 999999, "a"])`,
		"one argument again and again":          megabyte + `x := sprintf("%[1]s%[1]s%[1]s%[1]s%[1]s", [m])`,
		"a value of shared parts":               doubled + `x := sprintf("%v", [v40])`,
		"shared parts as JSON":                  doubled + `x := json.marshal(v40)`,
		"shared parts as indented JSON":         doubled + `x := json.marshal_with_options(v40, {"pretty": true})`,
		"a long indentation":                    megabyte + `x := json.marshal_with_options([[1, 2, 3, 4, 5]], {"pretty": true, "indent": m})`,
		"shared parts as YAML":                  doubled + `x := yaml.marshal(v40)`,
		"shared parts in a template":            doubled + "x := $\"it is {v40}\"",
		"shared texts":                          megabyte + `x := concat("", [m | some _ in numbers.range(1, 500)])`,
		"a long separator":                      megabyte + `x := concat(m, ["a" | some _ in numbers.range(1, 500)])`,
		"a replacement":                         megabyte + `x := replace(m, "x", "0123456789")`,
		"a replacement by a pattern":            megabyte + `x := regex.replace(m, "x", "0123456789")`,
		"several replacements":                  megabyte + `x := strings.replace_n({"x": "0123456789"}, m)`,
		"a shift":                               `x := bits.lsh(1, 800000000000)`,
		"matches with many groups":              megabyte + `x := regex.find_all_string_submatch_n("((((((x))))))", m, -1)`,
		"encoded again and again":               megabyte + `x := hex.encode(hex.encode(hex.encode(m)))`,
		"a value of shared parts as the answer": doubled + `x := v40`,
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			// However busy the machine is, size must be what is refused.
			limits := rego.Limits{Time: 5 * time.Minute, Memory: rego.DefaultLimits().Memory}
			policy, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\n"+source+"\n")}, nil, rego.Within(limits))
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = policy.Eval(t.Context(), "p", "x", strings.Repeat("x", 1<<20))
			if err == nil || !strings.Contains(err.Error(), " MiB") {
				t.Errorf("error is %v, want one that names the largest size", err)
			}
			if _, ok := errors.AsType[*rego.LimitError](err); ok {
				t.Error("it was only stopped by the limit")
			}
		})
	}
}

func TestBuiltinsThatCannotBeBoundedAreNotThere(t *testing.T) {
	for _, call := range []string{
		`strings.render_template("{{range 1000000000}}x{{end}}", {})`,
		`graph.reachable_paths({"a": ["b"]}, {"a"})`,
		`graphql.is_valid("{a}", "type Query {a: Int}")`,
	} {
		_, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\nx := "+call+"\n")}, nil)
		if err == nil || !strings.Contains(err.Error(), "undefined function") {
			t.Errorf("%s: error is %v", call, err)
		}
	}
}

func TestHugeFilesAreRefused(t *testing.T) {
	long := "package p\n\n# " + strings.Repeat("x", 1<<20) + "\n"
	_, err := rego.Compile([]rego.Module{module("long.rego", long)}, nil)
	if err == nil || !strings.Contains(err.Error(), "long.rego: is larger than 1 MiB") {
		t.Errorf("error is %.200v", err)
	}
	var many []rego.Module
	for i := range 20 {
		many = append(many, module(fmt.Sprintf("%02d.rego", i), long[:1<<20]))
	}
	_, err = rego.Compile(many, nil)
	if err == nil || !strings.Contains(err.Error(), "16.rego: with this file all policies are larger than 16 MiB") {
		t.Errorf("error is %.200v", err)
	}
}

// Deep nesting must neither end the process nor go on for ever.
func TestDeepNesting(t *testing.T) {
	for name, source := range map[string]string{
		"lists":    "package p\n\nx := " + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "\n",
		"brackets": "package p\n\nx := " + strings.Repeat("(", 200_000) + "1" + strings.Repeat(")", 200_000) + "\n",
		"refs":     "package p\n\nx := input" + strings.Repeat("[input", 100_000) + strings.Repeat("]", 100_000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rego.Compile([]rego.Module{module("p.rego", source)}, nil)
			if _, ok := errors.AsType[*rego.CompileError](err); !ok || !strings.Contains(err.Error(), "p.rego") {
				t.Errorf("error is %.200v, want a CompileError", err)
			}
		})
	}
	policy, err := rego.Compile([]rego.Module{module("p.rego", "package p\n\nx := json.unmarshal(input)\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := policy.Eval(t.Context(), "p", "x", strings.Repeat("[", 1<<20)+strings.Repeat("]", 1<<20)); err == nil {
		t.Error("a million lists in one another were read")
	}
}
