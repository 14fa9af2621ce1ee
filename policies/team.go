package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
)

// Team is where a team's own policies come from: a folder or a bundle. The zero
// value is a team without any.
type Team struct {
	// Name is what errors, findings and receipts call it.
	Name string
	// Files is the folder.
	Files fs.FS
	// Bundle is the bundle; it has data besides Rego.
	Bundle *rego.Bundle
}

// modules returns the team's modules, with or without tests.
func (t Team) modules(tests bool) ([]rego.Module, error) {
	var own []rego.Module
	var err error
	join := func(name string) string { return path.Join(t.Name, name) }
	switch {
	case t.Bundle != nil:
		own = slices.Clone(t.Bundle.Modules)
		join = func(name string) string { return t.Name + ":" + name }
	case t.Files != nil:
		if own, err = rego.ModulesAndTests(t.Files); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
	default:
		return nil, nil
	}
	if !tests {
		own = slices.DeleteFunc(own, rego.Module.IsTest)
	}
	if len(own) == 0 { // policies that were moved away must not pass for policies that agree
		return nil, problem(t.Name, "there is no policy (*.rego) here; add one, or take gate.policies out")
	}
	for i := range own {
		own[i].Path = join(own[i].Path)
	}
	return own, nil
}

// compile compiles the team's modules beside the bundled ones.
func (t Team) compile(own []rego.Module, bundled *rego.Library) (*rego.Policy, error) {
	data, err := t.data()
	if err != nil {
		return nil, err
	}
	schema, err := schemaValue()
	if err != nil {
		return nil, err
	}
	return rego.Compile(own, data, rego.InputSchema(schema), rego.Reserve(reserved, bundledPrefix), rego.Beside(bundled))
}

// data is what the team's policies see below data, beside rules.
func (t Team) data() (map[string]any, error) {
	if t.Bundle == nil {
		return nil, nil
	}
	for _, root := range t.Bundle.Roots {
		if root == reserved || strings.HasPrefix(root, reserved+"/") {
			return nil, problem(t.Name, fmt.Sprintf("its manifest claims the root %s, which is muster's own", root))
		}
	}
	if _, taken := t.Bundle.Data[reserved]; taken {
		return nil, problem(t.Name, "its data has the key "+reserved+", which is muster's own")
	}
	return t.Bundle.Data, nil
}

// Digest tells two states of the team's policies apart, tests included.
func (t Team) Digest() (string, error) {
	modules, err := t.modules(true)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, module := range modules {
		fmt.Fprintf(sum, "%d %s %d %s", len(module.Path), module.Path, len(module.Source), module.Source)
	}
	if t.Bundle != nil {
		fmt.Fprint(sum, t.Bundle.Digest)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digests adds what the receipt says of the team's policies.
func (t Team) digests(digests map[string]string) {
	if t.Bundle != nil {
		digests[t.Name] = t.Bundle.Digest
	}
}

// Revisions names the policies that decide, for a log: the bundle's revision or
// digest, or a digest over all files of a folder.
func (s *Set) Revisions() map[string]string {
	revisions := map[string]string{}
	sums := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(s.digests)) {
		source := s.team.Name
		if strings.HasPrefix(name, bundledPrefix) {
			source = reserved
		}
		sums[source] = fmt.Appendf(sums[source], "%s %s\n", s.digests[name], name)
	}
	for source, text := range sums {
		sum := sha256.Sum256(text)
		revisions[source] = hex.EncodeToString(sum[:])
	}
	if s.team.Bundle != nil {
		revisions[s.team.Name] = s.team.Bundle.Digest
		if revision := s.team.Bundle.Revision; revision != "" {
			revisions[s.team.Name] = revision
		}
	}
	return revisions
}

func problem(name, message string) error {
	return &rego.CompileError{Problems: []rego.Problem{{Path: name, Message: message}}}
}
