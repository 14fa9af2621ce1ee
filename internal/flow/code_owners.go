package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/git"
)

// maxOwners is GitHub's limit for the file.
const maxOwners = 3 << 20

// codeOwners is a CODEOWNERS file, as it is at a commit.
type codeOwners struct {
	place string
	// sections are looked at one by one; on GitHub there is one, which has no name.
	sections []ownersSection
}

// ownersSection is a part of the file: in each, the last rule that matches counts. A
// rule that names nobody has the section's own owners.
type ownersSection struct {
	rules codeowners.Ruleset
	own   []codeowners.Owner
}

// readCodeOwners finds the file where the host looks for it. A file that is not valid
// names nobody: the host would leave lines out, and who then owns what is a guess.
//
// The places are those of "About code owners" in GitHub's documentation, and of "Code
// Owners" in GitLab's. Gitea's file holds regular expressions, and is not read.
func readCodeOwners(ctx context.Context, repo *git.Repository, commit string, host actions.HostName) (*codeOwners, error) {
	places := []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}
	switch host {
	case actions.GitHub:
	case actions.GitLab:
		places = []string{"CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
	default:
		return nil, fmt.Errorf("muster does not read who owns what on %s", host)
	}
	for _, place := range places {
		data, err := repo.ReadFile(ctx, commit, place, maxOwners)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		owners := &codeOwners{place: place}
		if owners.sections, err = parseOwners(string(data), host == actions.GitLab); err != nil {
			return nil, fmt.Errorf("%s at %.7s is not valid: %w", place, commit, err)
		}
		return owners, nil
	}
	return nil, fmt.Errorf("there is no CODEOWNERS file at %.7s", commit)
}

// sectionHead is [Name], ^[Name] for an optional section, [Name][2] for two approvals, and
// the owners of rules that name none.
var sectionHead = regexp.MustCompile(`^\^?\[([^\]]+)\](?:\[\d+\])?(.*)$`)

func parseOwners(text string, sections bool) ([]ownersSection, error) {
	if !sections {
		rules, err := parseRules(text)
		return []ownersSection{{rules: rules}}, err
	}
	var out []ownersSection
	var lines []string
	head, seen := "", map[string]bool{}
	end := func() error {
		parsed, err := parseSection(head, lines)
		out, lines = append(out, parsed), nil
		return err
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		found := sectionHead.FindStringSubmatch(line)
		if found == nil {
			lines = append(lines, line)
			continue
		}
		if err := end(); err != nil {
			return nil, err
		}
		name := strings.ToLower(found[1])
		if seen[name] { // the host makes one of them, in which other rules come last
			return nil, fmt.Errorf("section %s is there twice", found[1])
		}
		seen[name], head = true, found[2]
	}
	return out, end()
}

// parseRules reads rules; matchers are GitHub's unless others are named. "/" matches
// nothing, and the library does not survive to be asked.
func parseRules(text string, matchers ...codeowners.OwnerMatcher) (codeowners.Ruleset, error) {
	if len(matchers) == 0 {
		matchers = codeowners.DefaultOwnerMatchers
	}
	rules, err := codeowners.ParseFile(strings.NewReader(text), codeowners.WithOwnerMatchers(matchers))
	return slices.DeleteFunc(rules, func(rule codeowners.Rule) bool { return rule.RawPattern() == "/" }), err
}

func parseSection(head string, lines []string) (ownersSection, error) {
	gitlab := []codeowners.OwnerMatcher{codeowners.OwnerMatchFunc(codeowners.MatchEmailOwner), codeowners.OwnerMatchFunc(matchGitLabOwner)}
	var section ownersSection
	own, err := parseRules("* "+head, gitlab...)
	if err != nil {
		return section, err
	}
	section.own = own[0].Owners
	section.rules, err = parseRules(strings.Join(lines, "\n"), gitlab...)
	return section, err
}

var gitlabOwner = regexp.MustCompile(`^@(@?[A-Za-z0-9_][A-Za-z0-9._/-]*)$`)

// matchGitLabOwner takes a name. It may be a person's or a group's: only the host knows.
func matchGitLabOwner(text string) (codeowners.Owner, error) {
	found := gitlabOwner.FindStringSubmatch(text)
	if found == nil {
		return codeowners.Owner{}, codeowners.ErrNoMatch
	}
	return codeowners.Owner{Value: found[1], Type: codeowners.UsernameOwner}, nil
}

// of lists who owns a file, as "@ada" or "@acme/ml-leads"; addresses of mail are left
// out, since nobody knows whose login they are.
func (o *codeOwners) of(file string) ([]string, error) {
	var names []string
	for _, section := range o.sections {
		rule, err := section.rules.Match(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.place, err)
		}
		if rule == nil {
			continue
		}
		found := rule.Owners
		if len(found) == 0 {
			found = section.own
		}
		for _, owner := range found {
			if owner.Type != codeowners.EmailOwner {
				names = append(names, "@"+owner.Value)
			}
		}
	}
	return names, nil
}

// vouches reports whether who approved is among the owners: by name, or in the name
// of a team if the host says so. Where it says only that they belong to one of several
// teams, each of these must be an owner.
func vouches(approval actions.Approval, owners []string) bool {
	named := func(who string) bool {
		return slices.ContainsFunc(owners, func(owner string) bool { return strings.EqualFold(owner, who) })
	}
	if named("@"+approval.By) || slices.ContainsFunc(approval.Teams, named) {
		return true
	}
	return slices.ContainsFunc(approval.Among, func(teams []string) bool {
		return len(teams) > 0 && !slices.ContainsFunc(teams, func(team string) bool { return !named(team) })
	})
}
