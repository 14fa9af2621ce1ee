package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// policyRules: the same rules and the same input for muster, conftest and OPA: those
// of a team, and the library that muster's gate brings along. Beside OPA with the
// team's rules alone, which is less work, the time is only told.
func policyRules(ctx context.Context, p *place) ([]row, error) {
	small, err := measurePolicies(ctx, p, 50, 20, true)
	if err != nil {
		return nil, err
	}
	large, err := measurePolicies(ctx, p, 200, 2000, false)
	if err != nil {
		return nil, err
	}
	whole, err := measureGate(ctx, p, filepath.Join(p.dir, "50"))
	if err != nil {
		return nil, err
	}
	return []row{
		{what: "policy eval: 50 rules and the library, 20 metrics", against: "conftest test, the same rules and input", ours: small[0], theirs: small[3], limit: 0.7},
		{what: "policy eval: the same", against: "opa eval, the same rules and input", ours: small[0], theirs: small[1], limit: 1},
		{what: "policy eval: the same", against: "opa eval, without the library", ours: small[0], theirs: small[2]},
		{what: "policy eval: 200 rules and the library, 2,000 metrics", against: "opa eval, the same rules and input", ours: large[0], theirs: large[1], limit: 1},
		{what: "policy eval: the same", against: "opa eval, without the library", ours: large[0], theirs: large[2]},
		{what: "gate as a whole: stages cached, champion compared, 50 rules, 12 metrics", against: "conftest test, the same rules, 20 metrics", ours: whole[0], theirs: whole[1]},
	}, nil
}

// measureGate measures the gate of a project whose stages are cached, with the
// rules and beside conftest's look at the input in dir: muster measures, too.
func measureGate(ctx context.Context, p *place, dir string) ([]measure, error) {
	project := filepath.Join(p.dir, "gate")
	if err := promotableProject(ctx, p.muster, project, 1); err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(project, "policies"), os.DirFS(filepath.Join(dir, "policies"))); err != nil {
		return nil, err
	}
	var gated strings.Builder
	for metric := range strings.FieldsSeq(twelve) {
		fmt.Fprintf(&gated, "%s: {margin: 0.02, require: not-worse}, ", metric)
	}
	config := strings.Replace(promotable, "gate: {metrics: {roc_auc: {margin: 0.02}}}", "gate: {policies: policies, metrics: {"+gated.String()+"}}", 1)
	if err := write(filepath.Join(project, "muster.yaml"), config); err != nil {
		return nil, err
	}
	return medians(ctx, 4*p.rounds,
		command{argv: []string{p.muster, "gate", "--executor", "process"}, dir: project}, conftest(dir))
}

// conftest is the peer's whole look at an input.
func conftest(dir string) command {
	return command{argv: []string{tool("conftest"), "test", "--all-namespaces", "--policy", "policies", "--policy", "library", "input.json"}, dir: dir}
}

// tool is where the set-up builds a peer.
func tool(name string) string {
	file, err := filepath.Abs(filepath.Join(".tools", "bin", name))
	if err != nil {
		return name
	}
	return file
}

// measurePolicies writes rules and an input, and measures muster, OPA and, if asked, conftest.
func measurePolicies(ctx context.Context, p *place, rules, metrics int, withConftest bool) ([]measure, error) {
	dir := filepath.Join(p.dir, fmt.Sprint(rules))
	tools, err := filepath.Abs(".tools/bin")
	if err != nil {
		return nil, err
	}
	input, err := gateInput(metrics)
	if err != nil {
		return nil, err
	}
	if err := write(filepath.Join(dir, "input.json"), input); err != nil {
		return nil, err
	}
	for i := range rules {
		if err := write(filepath.Join(dir, "policies", fmt.Sprintf("rule%d.rego", i)), policyRule(i, i%metrics)); err != nil {
			return nil, err
		}
	}
	if err := copyLibrary(filepath.Join(dir, "library")); err != nil {
		return nil, err
	}
	opa := []string{filepath.Join(tools, "opa"), "eval", "--input", "input.json", "--data", "policies"}
	commands := []command{
		{argv: []string{p.muster, "policy", "eval", "--input", "input.json", "--policies", "policies"}, dir: dir},
		{argv: slices.Concat(opa, []string{"--data", "library", "[data.acme, data.muster.gate]"}), dir: dir},
		{argv: slices.Concat(opa, []string{"data.acme"}), dir: dir},
	}
	if withConftest {
		commands = append(commands, conftest(dir))
	}
	return medians(ctx, 4*p.rounds, commands...)
}

// copyLibrary writes the policies that muster brings along, without their tests.
func copyLibrary(dir string) error {
	modules, err := filepath.Glob("policies/lib/*.rego")
	if err != nil || len(modules) == 0 {
		return fmt.Errorf("find the bundled policies: run this in muster's repository (%w)", err)
	}
	for _, module := range modules {
		if strings.HasSuffix(module, "_test.rego") {
			continue
		}
		text, err := os.ReadFile(module)
		if err != nil {
			return fmt.Errorf("copy the bundled policies: %w", err)
		}
		if err := write(filepath.Join(dir, filepath.Base(module)), string(text)); err != nil {
			return err
		}
	}
	return nil
}

// policyRule is a rule that looks for one metric among all comparisons. Both
// muster and conftest understand its finding.
func policyRule(number, metric int) string {
	return fmt.Sprintf(`package acme.rule%d

# METADATA
# title: Metric %[2]d fell
# custom:
#   code: fell-%[1]d
deny contains finding if {
	some c in input.comparison
	c.metric == "metric_%[2]d"
	c.difference < -0.02
	finding := {
		"code": "fell-%[1]d", "metric": c.metric, "msg": "it fell",
		"message": sprintf("%%s fell by %%v.", [c.metric, c.difference]),
	}
}
`, number, metric)
}

// gateInput is a document as muster's policies see it: every metric is as good as before.
func gateInput(metrics int) (string, error) {
	type object = map[string]any
	gated, values, compared := object{}, object{}, []object{}
	for i := range metrics {
		name := fmt.Sprintf("metric_%d", i)
		values[name] = 0.9
		gated[name] = object{"better": "higher", "require": "non-inferior", "margin": object{"value": 0.01}, "text": object{"label": name, "value": "0.9", "min": "", "max": ""}}
		compared = append(compared, object{
			"metric": name, "better": "higher", "candidate": 0.9, "champion": 0.9, "difference": 0.0, "interval": []float64{-0.005, 0.005},
			"n": 1000, "margin": 0.01, "method": "paired", "gated": true, "require": "non-inferior", "verdict": "equivalent",
			"text": object{"label": name, "change": name + " stayed 0.9", "where": "", "rows": "1,000 rows", "allowed": "0.01 allowed", "detectable": "0.01"},
		})
	}
	model := func(digest, version string) object {
		return object{"digest": digest, "version": version, "files": []any{}}
	}
	data, err := json.Marshal(object{
		"schema": "muster.gate-input/v1", "pipeline": "bench", "alias": "production",
		"gate":      object{"champion": "production", "confidence": 0.95, "metrics": gated, "slices": object{"minSize": 50}},
		"candidate": model("aa", ""), "champion": model("bb", "v1"), "run": object{},
		"comparison": compared, "metrics": object{"candidate": values, "champion": values}, "reported": object{}, "problems": []any{},
	})
	return string(data), err
}
