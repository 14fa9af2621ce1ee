package facts

import (
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/secrets"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
)

// engineering makes the facts that the criteria of level 1 need beside those
// of commands and tests: checks that are set up, reviews, protected branches.
func (b *builder) engineering() {
	b.reviews()
	b.containers()
	b.leaks()
	b.installs()
	b.guides()
	for _, file := range b.in.Tree.Files {
		if b.in.Tree.Class(file) == source.Source && (b.mine(file) || path.Dir(file) == ".") {
			b.checks(file)
		}
	}
}

// linterFiles are the files by which linters are set up.
var linterFiles = map[string]string{
	".flake8": "Flake8", "ruff.toml": "Ruff", ".ruff.toml": "Ruff", ".pylintrc": "Pylint", "pylintrc": "Pylint", "mypy.ini": "mypy",
	".lintr": "lintr", "lefthook.yml": "Lefthook", ".golangci.yml": "golangci-lint", ".scalafmt.conf": "scalafmt", ".eslintrc.json": "ESLint",
	"pyrightconfig.json": "Pyright", ".bandit": "Bandit", ".JuliaFormatter.toml": "JuliaFormatter",
}

// checks makes facts of linters that are set up in a file, and of the service
// pre-commit.ci, which reads the section "ci" of the hooks of a repository
// (https://pre-commit.ci/#configuration).
func (b *builder) checks(file string) {
	base := path.Base(file)
	if tool, ok := linterFiles[base]; ok {
		b.config(file, 1, tool)
	}
	switch base {
	case ".pre-commit-config.yaml":
		b.config(file, 1, "pre-commit")
		docs := b.in.Tree.Documents(file)
		if len(docs) == 0 || path.Dir(file) != "." {
			return
		}
		if ci := docs[0].Get("ci"); ci.Exists() && len(docs[0].Get("repos").Items()) > 0 {
			b.add(Fact{Category: "lint.service", Tool: "pre-commit.ci", Subject: "pre-commit.ci", Path: file, Line: ci.Line(), Context: string(source.Source)})
		}
	case "pyproject.toml":
		for _, v := range tasks.ReadTOML(b.in.Tree.Text[file]).In("tool") {
			switch v.Key[0] {
			case "ruff", "black", "isort", "mypy", "pylint", "pyright", "flake8", "bandit":
				b.config(file, v.Line, strings.ToLower(v.Key[0]))
				return
			}
		}
	}
}

func (b *builder) config(file string, line int, tool string) {
	b.add(Fact{Category: "lint.config", Tool: tool, Subject: tool, Path: file, Line: line, Context: "declared"})
}

// forTests are packages that stand in for services in tests, as Go names them.
var forTests = regexp.MustCompile(`(^|/)(\w+test|testutils?|mocks?|fakes?)/`)

// leaks makes the facts of credentials and state files that were committed.
func (b *builder) leaks() {
	for _, file := range b.in.Tree.Files {
		class := b.in.Tree.Class(file)
		if !b.mine(file) && path.Dir(file) != "." || class == source.Vendored || class == source.Fixture || class == source.Test || forTests.MatchString(file) {
			continue
		}
		if what := secrets.StateFile(file); what != "" && class == source.Source {
			b.leak(file, 1, what)
		}
		for _, f := range b.in.Tree.Secrets[file] {
			b.leak(file, f.Line, f.Kind)
		}
	}
}

func (b *builder) leak(file string, line int, what string) {
	b.add(Fact{Category: "secret", Subject: what, Path: file, Line: line, Context: string(source.Source)})
}
