package maturity_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	mustergit "github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// repository is the fixture of level 2 as a git repository with one commit.
func repository(t *testing.T) string {
	t.Helper()
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	commitAll(t, dir)
	return dir
}

func commitAll(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "all")
}

func notes(a result.Assessment) map[string]string {
	out := map[string]string{}
	for _, u := range a.Unread {
		out[u.Path] = u.Note
	}
	return out
}

// wantLevel2 asks for the level of the fixture that is damaged here.
func wantLevel2(t *testing.T, a result.Assessment) {
	t.Helper()
	if a.Level == nil || *a.Level != 2 {
		t.Errorf("level %s, want 2 (unread: %v)", show(a.Level), a.Unread)
	}
}

// TestNothingIsExecuted scores a repository whose configuration names a program
// wherever git knows a place for one. None of them may run.
func TestNothingIsExecuted(t *testing.T) {
	dir := repository(t)
	ran := filepath.Join(t.TempDir(), "ran")
	program := filepath.Join(t.TempDir(), "program")
	script := fmt.Sprintf("#!/bin/sh\necho \"$0 $*\" >>%s\n", ran)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	hooks := t.TempDir()
	for _, hook := range []string{"post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-auto-gc"} {
		if err := os.WriteFile(filepath.Join(hooks, hook), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, ".gitattributes"), []byte("* filter=evil diff=evil\n"))
	commitAll(t, dir)
	for key, value := range map[string]string{
		"core.fsmonitor": program, "core.hooksPath": hooks, "core.sshCommand": program, "core.gitProxy": program, "core.askPass": program,
		"core.pager": program, "core.editor": program, "core.alternateRefsCommand": program, "diff.external": program, "gpg.program": program,
		"log.showSignature": "true", "filter.evil.clean": program, "filter.evil.smudge": program, "filter.evil.process": program,
		"diff.evil.textconv": program, "diff.evil.command": program, "credential.helper": "!" + program, "protocol.ext.allow": "always",
		"remote.origin.url": "ext::" + program, "remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none",
		"alias.ls-files": "!" + program, "alias.rev-parse": "!" + program, "init.templateDir": hooks, "uploadpack.packObjectsHook": program,
	} {
		git(t, dir, "config", key, value)
	}
	// Files that are newer than the index make git look at them.
	write(t, filepath.Join(dir, "README.md"), []byte("# changed\n"))
	wantLevel2(t, score(t, dir, maturity.Options{}))
	if said, err := os.ReadFile(ran); err == nil {
		t.Errorf("this was executed:\n%s", said)
	}
	status := exec.CommandContext(t.Context(), "git", "status", "--porcelain")
	status.Dir = dir
	_ = status.Run() // the program is none of those that git expects
	if _, err := os.Stat(ran); err != nil {
		t.Error("git itself executed nothing either, so this test shows nothing")
	}
}

// TestCheckouts scores the same repository in the forms that a checkout has.
func TestCheckouts(t *testing.T) {
	dir := repository(t)
	t.Run("worktree", func(t *testing.T) {
		tree := filepath.Join(t.TempDir(), "tree")
		git(t, dir, "worktree", "add", "-q", "-b", "other", tree)
		a := score(t, tree, maturity.Options{})
		wantLevel2(t, a)
		if a.Commit == "" {
			t.Error("the commit of a worktree is not known")
		}
	})
	t.Run("shallow clone", func(t *testing.T) {
		clone := filepath.Join(t.TempDir(), "clone")
		write(t, filepath.Join(dir, "more.txt"), []byte("more\n"))
		git(t, dir, "add", "-A")
		git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "more")
		git(t, dir, "clone", "-q", "--depth", "1", "file://"+dir, clone)
		a := score(t, clone, maturity.Options{})
		wantLevel2(t, a)
		if !strings.Contains(notes(a)[".git"], "newest commits") {
			t.Errorf("nothing is said of the shallow clone: %v", a.Unread)
		}
	})
	t.Run("no commit yet", func(t *testing.T) {
		empty := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
		git(t, empty, "init", "-q")
		wantLevel2(t, score(t, empty, maturity.Options{}))
	})
	t.Run("bare", func(t *testing.T) {
		bare := filepath.Join(t.TempDir(), "bare")
		git(t, dir, "clone", "-q", "--bare", dir, bare)
		if _, err := scorer().Score(t.Context(), bare, maturity.Options{}); err == nil || !strings.Contains(err.Error(), mustergit.ErrBare.Error()) {
			t.Errorf("error %v, want %v", err, mustergit.ErrBare)
		}
	})
	t.Run("submodule", func(t *testing.T) {
		outer := repository(t)
		git(t, outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", dir, "third")
		a := score(t, outer, maturity.Options{})
		wantLevel2(t, a)
		if !strings.Contains(notes(a)["third"], "submodule") {
			t.Errorf("nothing is said of the submodule: %v", a.Unread)
		}
	})
}

// TestStrangeFiles scores sources in every encoding, files that are not what
// their names say, links, and names that are no text.
func TestStrangeFiles(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	lfs := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("a", 64) + "\nsize 12345\n"
	for name, data := range map[string]string{
		"src/utf16.py":                "\xff\xfei\x00m\x00p\x00o\x00r\x00t\x00 \x00o\x00s\x00\n\x00",
		"src/latin1.py":               "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n",
		"src/python2.py":              "import urllib2\nprint 'old'\nexec 'x'\nexcept_ = 0777\n",
		"src/crlf.py":                 "import os\r\nprint(os)\r\n",
		"src/name\xff.py":             "import os\n",
		"notebooks/lfs.ipynb":         lfs,
		"models/model.bin":            lfs,
		"notebooks/deep.ipynb":        `{"cells":` + strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000) + "}",
		"configs/bomb.yaml":           yamlBomb(),
		"configs/deep.yaml":           strings.Repeat("[", 100_000),
		"configs/indented.yaml":       deepYAML(2_000),
		".gitlab-ci.yml":              yamlBomb(),
		".github/workflows/bomb.yml":  "on: push\njobs: *a\n" + yamlBomb(),
		"docker-compose.yml":          "services: &a {x: *a}\n",
		"vendor/.gitattributes":       "* linguist-vendored=false\n",
		"Dockerfile.strange":          strings.Repeat("FROM x AS x\nRUN <<EOF\n", 2_000),
		"scripts/nested.sh":           strings.Repeat("$(", 20_000),
		"pyproject.toml.d/deep.toml":  "a = " + strings.Repeat("[", 50_000),
		"charts/x/templates/bomb.yml": strings.Repeat("{{", 50_000),
	} {
		write(t, filepath.Join(dir, name), []byte(data))
	}
	sparse(t, filepath.Join(dir, "src", "large.py"), 1<<30)
	for link, target := range map[string]string{"loop": ".", "a": "b", "b": "a", "src/out.py": "/etc/passwd", "src/up": "../.."} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	a := score(t, dir, maturity.Options{})
	wantLevel2(t, a)
	for file, part := range map[string]string{
		"src/large.py": "larger than", "notebooks/lfs.ipynb": "Git LFS", "notebooks/deep.ipynb": "notebook", ".github/workflows/bomb.yml": "",
	} {
		if note, ok := notes(a)[file]; !ok || !strings.Contains(note, part) {
			t.Errorf("%s: said %q, want something of %q", file, note, part)
		}
	}
	encode(t, a)
}

// yamlBomb is nine lists of nine of the one before: a billion when expanded.
func yamlBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for i := range 9 {
		ref := fmt.Sprintf("*a%d", i)
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.Join([]string{ref, ref, ref, ref, ref, ref, ref, ref, ref}, ", "))
	}
	return b.String()
}

func deepYAML(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

// sparse makes a file of that size that takes no space.
func sparse(t *testing.T, name string, size int64) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

// TestManyFilesInOneFolder lists them, and opens none.
func TestManyFilesInOneFolder(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	files := []string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		files = append(files, fmt.Sprintf("data/images/%06d.png", i))
	}
	wantLevel2(t, score(t, dir, maturity.Options{Files: files}))
}

// TestUnreadableFolder scores what can be read, and says what could not: a folder
// that is a link out of the repository.
func TestUnreadableFolder(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "outside")); err != nil {
		t.Fatal(err)
	}
	a := score(t, dir, maturity.Options{Files: []string{"README.md", "outside/x.py"}})
	if _, ok := notes(a)["outside/x.py"]; !ok {
		t.Errorf("nothing is said of the folder: %v", a.Unread)
	}
}

// TestFireTemplates scores templates of CloudFormation whose parts multiply: each project
// is built once, and each rule is looked at once.
func TestFireTemplates(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	for name, data := range map[string]string{
		"aws/projects.yml": manyBuilds(990, 1000),
		"aws/rules.yml": "Resources:\n" + numbered(500, "  P%d: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: same}}\n") +
			numbered(499, "  R%d: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Arn: same}]}}\n"),
		"aws/timers.yml": "Resources:\n  P: {Type: AWS::CodePipeline::Pipeline}\n" +
			numbered(9000, "  R%d: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Arn: P}]}}\n"),
		"aws/program.ts": "import 'aws-cdk';\n" + numbered(5000, "const p%d = new PipelineProject(this, { buildSpec: BuildSpec.fromSourceFilename('buildspec.yml') });\n") +
			numbered(1000, "new CodeBuildAction({ project: p%d });\n"),
		"buildspec.yml": "version: 0.2\nphases: {build: {commands: [make]}}\n",
	} {
		write(t, filepath.Join(dir, name), []byte(data))
	}
	wantLevel2(t, score(t, dir, maturity.Options{}))
}

// manyBuilds is a template with an action that runs that many projects, as often as told.
func manyBuilds(projects, often int) string {
	spec := "{BuildSpec: \"phases: {build: {commands: [make]}}\\n\"}"
	return "Resources:\n" + numbered(projects, "  B%d: {Type: AWS::CodeBuild::Project, Properties: {Source: "+spec+"}}\n") +
		"  P:\n    Type: AWS::CodePipeline::Pipeline\n    Properties:\n      Stages:\n        - Actions:\n" +
		"            - &a {ActionTypeId: {Category: Build}, Configuration: {ProjectName: \"" + numbered(projects, "B%d ") + "\"}}\n" +
		strings.Repeat("            - *a\n", often)
}
