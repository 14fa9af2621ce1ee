// Package policies is where the gate's verdict is made. Bundled Rego turns
// muster's gate section into findings, the team's own Rego adds more, and the
// findings give the verdict.
//
// An [Input] (comparison, metrics, run, problems) becomes the document that
// policies see; [Load] compiles the bundled modules and the team's against its
// schema; [Set.Decide] asks every package for its deny, warn and info rules and
// folds the answers into a [Result]. It fails closed: a rule that is undefined,
// that errors, or whose value is no finding makes the gate undecided, never a
// pass. docs/policies.md is the contract for teams.
package policies

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
)

//go:embed lib
var bundled embed.FS

// bundledPrefix begins the paths of muster's own modules; no team's file can have it.
const bundledPrefix = "muster:"

// reserved is the first part of the names of muster's own packages.
const reserved = "muster"

// Set is the bundled policies and a team's, compiled together. It may be used
// by several goroutines.
type Set struct {
	// own is nil without a team's policies.
	bundled, own *rego.Policy
	team         Team
	digests      map[string]string
}

// Result is what the policies decide.
type Result struct {
	Verdict  result.Verdict
	Findings []result.Finding
	// Reason is the one sentence that a reviewer needs.
	Reason string
	// Waivers are those that let a finding pass.
	Waivers []result.Waiver
	// Policies are the SHA-256 of all modules by path.
	Policies map[string]string
	// Document is the input as the policies saw it, and Took how long they took.
	Document json.RawMessage
	Took     time.Duration
	// Stuck is true if a policy still runs, and takes memory: say so, and end the process.
	Stuck bool
}

// Digests are the SHA-256 of all modules by path.
func (s *Set) Digests() map[string]string { return s.digests }

// Load compiles the bundled policies and those of a team: every Rego file in
// team, which may be nil. Dir is what errors and findings call the folder.
// Mistakes in Rego files come back as one [rego.CompileError].
func Load(team fs.FS, dir string) (*Set, error) { return LoadTeam(Team{Name: dir, Files: team}) }

// LoadTeam compiles the bundled policies and those of a team, both at once.
func LoadTeam(team Team) (*Set, error) {
	shipped, err := bundledModules()
	if err != nil {
		return nil, err
	}
	library := rego.NewLibrary(reserved, shipped)
	set := &Set{team: team, digests: map[string]string{}}
	var both errgroup.Group
	both.Go(func() (err error) {
		set.bundled, err = library.Compile()
		return err
	})
	own, err := team.modules(false) // meanwhile
	if err == nil && len(own) > 0 {
		set.own, err = team.compile(own, library)
	}
	if failed := both.Wait(); err == nil { // a team's mistake is what can be mended
		err = failed
	}
	if err != nil {
		return nil, err
	}
	for _, module := range append(shipped, own...) {
		sum := sha256.Sum256([]byte(module.Source))
		set.digests[module.Path] = hex.EncodeToString(sum[:])
	}
	team.digests(set.digests)
	return set, nil
}

// Evaluate loads the policies, with the team's own from the folder that the
// input's gate names, and decides.
func Evaluate(ctx context.Context, team fs.FS, in Input) (Result, error) {
	set, err := Load(team, in.Gate.Policies)
	if err != nil {
		return Result{}, err
	}
	return set.Decide(ctx, in)
}

// bundledModules returns muster's own modules, without tests.
func bundledModules() ([]rego.Module, error) {
	all, err := bundledWithTests()
	return slices.DeleteFunc(all, rego.Module.IsTest), err
}

func bundledWithTests() ([]rego.Module, error) {
	lib, err := fs.Sub(bundled, "lib")
	if err != nil {
		return nil, fmt.Errorf("read bundled policies: %w", err)
	}
	modules, err := rego.ModulesAndTests(lib)
	for i := range modules {
		modules[i].Path = bundledPrefix + modules[i].Path
	}
	return modules, err
}

// allWithTests returns the bundled modules, and those of the team. Tests are the
// team's; only without a team they are the bundled ones'.
func allWithTests(team Team) ([]rego.Module, error) {
	modules, err := bundledWithTests()
	if err != nil {
		return nil, err
	}
	own, err := team.modules(true)
	if err != nil {
		return nil, err
	}
	if own != nil {
		modules = slices.DeleteFunc(modules, rego.Module.IsTest)
	}
	return append(modules, own...), nil
}

// severities lists the rules that decide, and what their findings are, in the
// order of weight.
func severities() []result.Severity {
	return []result.Severity{result.SeverityDeny, result.SeverityWarn, result.SeverityInfo}
}

func ruleNames() []string {
	var names []string
	for _, severity := range severities() {
		names = append(names, string(severity))
	}
	return names
}

// questions lists every rule that decides.
func questions(policy *rego.Policy) []rego.Question {
	var all []rego.Question
	for _, pkg := range policy.Packages(ruleNames()...) {
		for _, rule := range pkg.Rules {
			all = append(all, rego.Question{Package: pkg, Rule: rule})
		}
	}
	return all
}

// Decide asks every rule that decides. An error means that there is no
// decision, which is not a pass: the input cannot be written as JSON, or the
// context ended.
func (s *Set) Decide(ctx context.Context, in Input) (Result, error) {
	document, err := in.Encode()
	if err != nil {
		return Result{}, err
	}
	judged, err := s.Judge(ctx, document)
	if err != nil {
		return Result{}, err
	}
	findings, used := waive(judged.Findings, in.Waivers, in.Now)
	verdict := verdictOf(findings)
	judged.Verdict, judged.Findings, judged.Waivers, judged.Reason = verdict, findings, used, reason(verdict, findings, in)
	return judged, nil
}

// Judge asks every rule that decides about a document as [Input.Document] makes
// it. Nobody waives anything, and the reason of a pass is that nothing was found.
func (s *Set) Judge(ctx context.Context, document json.RawMessage) (Result, error) {
	started := time.Now()
	input, err := rego.ParseInput(document)
	if err != nil {
		return Result{}, err
	}
	// The bundled policies come first: what they find is known then, whatever a team's policy does.
	findings, stuck := s.unused(), false
	for _, policy := range []*rego.Policy{s.bundled, s.own} {
		if policy == nil {
			continue
		}
		found, isStuck, err := ask(ctx, policy, input)
		if err != nil {
			return Result{}, err
		}
		findings, stuck = append(findings, found...), stuck || isStuck
	}
	findings = arrange(findings)
	verdict := verdictOf(findings)
	return Result{
		Verdict: verdict, Findings: findings, Reason: plainReason(verdict, findings), Policies: s.digests,
		Document: document, Took: time.Since(started), Stuck: stuck,
	}, nil
}

// ask asks every rule of a policy that decides. Stuck is true if one still runs.
func ask(ctx context.Context, policy *rego.Policy, input rego.Input) (findings []result.Finding, stuck bool, err error) {
	all := questions(policy)
	answers, err := policy.Ask(ctx, input, all)
	if err != nil {
		return nil, false, err
	}
	for _, answer := range answers {
		findings = append(findings, findingsOf(answer)...)
		stuck = stuck || rego.IsStuck(answer.Err)
	}
	return append(findings, unanswered(all[len(answers):])...), stuck, nil
}

// unused warns of files of the team that cannot decide anything: most likely a
// rule's name is misspelt, and a gate that somebody relies on is not there.
func (s *Set) unused() []result.Finding {
	if s.own == nil {
		return nil
	}
	var findings []result.Finding
	for _, file := range s.own.Unused(ruleNames()...) {
		findings = append(findings, result.Finding{
			Code: "policy-unused", Severity: result.SeverityWarn, Policy: file,
			Message: file + " defines no deny, warn or info rule, and nothing that does uses it: it decides nothing.",
		})
	}
	return findings
}
