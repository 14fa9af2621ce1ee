package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

var (
	runbookFile = regexp.MustCompile(`(?i)run-?_?books?|on-?_?call|incident|playbooks?|(^|[-_/])slos?[-_.]`)
	namesOwner  = regexp.MustCompile(`(?i)\b(owner|on-?call|contact|escalat\w*|responsible|maintainer)s?\b`)
	handle      = regexp.MustCompile(`(^|[\s(|:*` + "`" + `])(@[A-Za-z0-9][\w-]*(/[\w.-]+)?|[\w.+-]+@[\w-]+\.[\w.-]+)`)
	unnamed     = regexp.MustCompile(`(?i)@(your|example|username|user|team-?name|todo|tbd|handle)\b|@example\.|your[-_ ]|\btbd\b|<[^>]+>`)
)

// runbooks makes a fact of each runbook: who owns it, and which command that
// exists takes a model back.
func (b *builder) runbooks() {
	owners := b.ownerHandles()
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) != source.Docs && b.in.Tree.Class(file) != source.Example || !runbookFile.MatchString(file) || strings.HasPrefix(file, ".") {
			continue
		}
		src, ok := b.in.Tree.Text[file]
		if !ok {
			continue
		}
		owner, line := ownerIn(string(src))
		undo, at := b.documentedRollback(file)
		b.fact("runbook", path.Base(file), file, max(line, at, 1), map[string]any{
			"owner": owner, "rollback": undo, "known": len(owners) == 0 || slices.Contains(owners, strings.ToLower(owner)),
		})
	}
}

// ownerIn returns the first handle or address that a line on owners names.
func ownerIn(text string) (string, int) {
	for i, line := range strings.Split(text, "\n") {
		if !namesOwner.MatchString(line) || unnamed.MatchString(line) {
			continue
		}
		if m := handle.FindStringSubmatch(line); m != nil {
			return strings.TrimRight(m[2], "."), i + 1
		}
	}
	return "", 0
}

// documentedRollback returns a command of a page that takes a model back and
// whose target exists.
func (b *builder) documentedRollback(file string) (string, int) {
	for _, h := range b.reach.Hits {
		if h.Entry != file || h.Path != file {
			continue
		}
		text := strings.Join(h.Args, " ")
		if (isRollback(h.Args) || rollbackName.MatchString(text)) && b.exists(h) {
			return shorten(text), h.Line
		}
	}
	return "", 0
}

// exists reports whether a command's target is in the repository: a file, a
// target of make, a workflow, or what a tool of the cluster rolls back.
func (b *builder) exists(h reach.Hit) bool {
	if isRollback(h.Args) {
		return true
	}
	for _, a := range h.Args {
		a = strings.TrimPrefix(a, "./")
		if b.in.Tree.Has(a) || b.in.Tree.Has(path.Join(h.Dir, a)) || b.in.Tree.Has(path.Join(".github/workflows", a)) ||
			b.in.Tree.Has(strings.ReplaceAll(a, ".", "/")+".py") || b.in.Tree.Has("src/"+strings.ReplaceAll(a, ".", "/")+".py") {
			return true
		}
		for _, e := range b.reach.Entries {
			if (e.Kind == reach.KindTask || e.Kind == reach.KindScript) && strings.HasSuffix(e.ID, "#"+a) {
				return true
			}
		}
	}
	return false
}
