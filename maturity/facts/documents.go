package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// guides makes the facts of what the documentation says: what the project is
// for, and which commands of it exist.
func (b *builder) guides() {
	b.purpose()
	known := b.taskNames()
	for _, h := range b.reach.Hits {
		if e, ok := b.reach.Entry(h.Entry); !ok || e.Kind != reach.KindDocumented || h.Path != e.Path || !b.tells(e.Path) {
			continue
		}
		args := shell.AfterPython(h.Args)
		kind := commandKind(args)
		if kind == "" {
			continue
		}
		there, told := b.works(h.Args, b.around(path.Dir(h.Path), h.Path), known)
		if !told {
			continue
		}
		context := string(source.Source)
		if !there {
			context = string(source.Docs)
		}
		b.add(Fact{
			Category: "doc.command", Subject: shorten(strings.Join(h.Args, " ")), Path: h.Path, Line: max(h.Line, 1), Context: context,
			Detail: map[string]any{"kind": kind, "exists": there},
		})
	}
}

// tells reports whether a page is written for those who use the project.
func (b *builder) tells(page string) bool {
	base := strings.ToLower(path.Base(page))
	switch strings.TrimSuffix(base, path.Ext(base)) {
	case "changelog", "history", "claude", "agents", "gemini", "copilot-instructions": // records, and instructions for assistants
		return false
	}
	if strings.HasPrefix(page, ".") {
		return false
	}
	return b.mine(page) || path.Dir(page) == "." || strings.HasPrefix(page, "docs/")
}

// minDocumented is how much text a README and the pages beside it must have
// before they can say what to do, in bytes.
const minDocumented = 1500

var (
	heading  = regexp.MustCompile(`^(#+\s|=+$|-{3,}$|~+$|\.\. |:\w+:)`)
	markup   = regexp.MustCompile(`!?\[!?\[?[^\]]*\]?\]?\([^)]*\)(\]\([^)]*\))?|<[^>]*>|\|[^|]*\||\.\. .*`)
	sentence = regexp.MustCompile(`[A-Za-z\p{L}]{2,}(\s+\S+){4,}`)
)

// purpose makes a fact of the first sentence of the README, with how much
// documentation there is.
func (b *builder) purpose() {
	size := 0
	readme, line := "", 0
	for _, file := range b.in.Tree.Files {
		text, ok := b.in.Tree.Text[file]
		ext := strings.ToLower(path.Ext(file))
		if !ok || !b.tells(file) || ext != ".md" && ext != ".rst" && ext != ".mdx" && ext != ".adoc" && ext != ".qmd" {
			continue
		}
		size += len(text)
		isReadme := strings.HasPrefix(strings.ToLower(path.Base(file)), "readme")
		nearer := readme == "" || strings.Count(file, "/") < strings.Count(readme, "/")
		if at := firstSentence(string(text)); isReadme && nearer && at > 0 {
			readme, line = file, at
		}
	}
	if readme != "" {
		b.add(Fact{
			Category: "doc.purpose", Subject: "says what it is for", Path: readme, Line: line, Context: string(source.Source),
			Detail: map[string]any{"size": size, "enough": size >= minDocumented},
		})
	}
}

// firstSentence returns the line of the first sentence of a page outside of
// code, headings, badges and tables; 0 if there is none.
func firstSentence(text string) int {
	code := false
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if source.IsFence(trimmed) {
			code = !code
			continue
		}
		if code || heading.MatchString(trimmed) {
			continue
		}
		if sentence.MatchString(markup.ReplaceAllString(trimmed, " ")) {
			return i + 1
		}
	}
	return 0
}

// taskNames are the targets and scripts by which commands of the project are known.
func (b *builder) taskNames() map[string]bool {
	out := map[string]bool{}
	for _, e := range b.reach.Entries {
		if e.Kind == reach.KindTask || e.Kind == reach.KindScript {
			if _, name, ok := strings.Cut(e.ID, "#"); ok {
				out[name] = true
				_, last, _ := strings.Cut(name, ":")
				out[last] = true
			}
		}
	}
	for _, file := range b.in.Tree.Files { // a command of Go is called as its folder is
		if dir := path.Dir(file); path.Base(file) == "main.go" && path.Base(path.Dir(dir)) == "cmd" {
			out[path.Base(dir)] = true
		}
	}
	delete(out, "")
	return out
}

var (
	setUp  = regexp.MustCompile(`(?i)\b(install|sync|restore|instantiate|set-?up|init|bootstrap|env|venv|create|build|deps|requirements|dependencies|up)\b`)
	tested = regexp.MustCompile(`(?i)(^|[ /:_-])(tests?|pytest|tox|nox|unittest|check|testthat|ctest)([ /:_-]|$)`)
)

// idle are commands that say nothing of the project.
var idle = setOf("cd", "git", "echo", "export", "mkdir", "cp", "mv", "rm", "cat", "ls", "source", "curl", "wget", "touch", "chmod", "sudo", "open", "unzip", "tar",
	"brew", "apt", "apt-get", "set", "nvidia-smi", "which", "pwd", "code", "vim", "nano", "head", "tail", "sleep", "aws", "gcloud", "az", "gh", "ssh", "scp", "activate", "deactivate")

// commandKind tells setting up, testing and running apart; "" is none of them.
func commandKind(args []string) string {
	if len(args) == 0 || idle[path.Base(args[0])] {
		return ""
	}
	text := strings.Join(args, " ")
	switch {
	case tested.MatchString(text):
		return "test"
	case setUp.MatchString(text):
		return "setup"
	}
	return "run"
}

// runners start a target, a session or a script that a file of the project names.
var runners = setOf("make", "gmake", "just", "task", "mise", "poe", "npm", "yarn", "pnpm", "pdm", "hatch", "pixi", "inv", "invoke", "tox", "nox", "rake")

// commandFiles are what commands work on that find their file by its name.
var commandFiles = map[string][]string{
	"dvc": {"dvc.yaml", ".dvc/config"}, "pytest": {"tests", "test"}, "py.test": {"tests", "test"}, "docker-compose": {"docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"},
	"mlflow": {"MLproject"}, "poetry": {"pyproject.toml"}, "uv": {"pyproject.toml"}, "pipenv": {"Pipfile"}, "snakemake": {"Snakefile", "workflow/Snakefile"},
	"kedro": {"pyproject.toml"}, "go": {"go.mod"}, "cargo": {"Cargo.toml"}, "mvn": {"pom.xml"}, "sbt": {"build.sbt"}, "gradle": {"build.gradle", "build.gradle.kts"},
	"muster": {"muster.yaml"}, "pre-commit": {".pre-commit-config.yaml"}, "conda": {"environment.yml", "environment.yaml"}, "databricks": {"databricks.yml"},
	"cdk": {"cdk.json"}, "sam": {"template.yaml", "template.yml", "samconfig.toml"}, "serverless": {"serverless.yml", "serverless.yaml"}, "sls": {"serverless.yml", "serverless.yaml"},
	"prefect": {"prefect.yaml"}, "zenml": {"run.py"}, "mvnw": {"pom.xml"}, "gradlew": {"build.gradle", "build.gradle.kts"}, "dbt": {"dbt_project.yml"},
}

var projectFile = regexp.MustCompile(`^[\w./-]+\.(py|sh|ipynb|R|r|jl|scala|ya?ml|txt|toml|cfg|json|sbt|bash|qmd|Rmd)$|^\./[\w./-]+$`)

// works reports whether what a command works on is in the repository. The
// second result is false if that cannot be told from the command.
func (b *builder) works(args, dirs []string, known map[string]bool) (there, told bool) {
	name := path.Base(args[0])
	rest := args[1:]
	switch {
	case known[name] && !strings.Contains(args[0], "/"):
		return true, true
	case runners[name]:
		return b.target(name, rest, known)
	case name == "pip" || name == "pip3" || name == "python" && slices.Contains(rest, "pip") || name == "uv" && len(rest) > 0 && rest[0] == "pip":
		return b.installable(rest, dirs)
	case (name == "conda" || name == "mamba" || name == "micromamba") && !slices.Contains(rest, "env") && !slices.Contains(rest, "-f") && !slices.Contains(rest, "--file"):
		return true, slices.Contains(rest, "install") // single packages, as pip
	case strings.HasPrefix(name, "python") && slices.Contains(rest, "-m"):
		return b.moduleExists(rest[slices.Index(rest, "-m")+1:], dirs)
	case name == "docker" && len(rest) > 0 && rest[0] == "compose":
		return b.anyFile(func(f string) bool { return slices.Contains(commandFiles["docker-compose"], path.Base(f)) }), true
	case name == "terraform" || name == "tofu": // people change to the folder, as the page says or not
		return b.anyFile(func(f string) bool { return path.Ext(f) == ".tf" }), true
	case name == "docker" && slices.Contains(rest, "build"):
		return b.anyFile(func(f string) bool { return isImageFile(path.Base(f)) }), true
	}
	if there, told := b.namedFiles(args, dirs); told {
		return there, true
	}
	for _, f := range commandFiles[name] {
		if b.in.Tree.LookFor(f, dirs) != "" || b.anyFile(func(g string) bool { return strings.HasPrefix(g, f+"/") || strings.Contains(g, "/"+f+"/") }) {
			return true, true
		}
	}
	return false, commandFiles[name] != nil
}

func (b *builder) anyFile(match func(string) bool) bool {
	return slices.ContainsFunc(b.in.Tree.Files, func(f string) bool { return b.mine(f) && match(f) })
}

// target looks for the target that a runner starts.
func (b *builder) target(name string, args []string, known map[string]bool) (bool, bool) {
	words := 0
	for _, a := range args {
		if strings.HasPrefix(a, "-") || strings.Contains(a, "=") || a == "run" {
			continue
		}
		words++
		if known[a] {
			return true, true
		}
	}
	switch name {
	case "tox", "nox":
		return b.anyFile(b.hasSessions), true
	case "npm", "yarn", "pnpm":
		return b.anyFile(func(f string) bool { return path.Base(f) == "package.json" }), true
	case "inv", "invoke":
		return b.anyFile(func(f string) bool { return path.Base(f) == "tasks.py" }), true
	case "pdm", "hatch", "pixi":
		return b.anyFile(func(f string) bool { return path.Base(f) == "pyproject.toml" || path.Base(f) == "pixi.toml" }), true
	case "make", "just", "task":
		return b.anyFile(func(f string) bool {
			return strings.EqualFold(path.Base(f), "makefile") && (words == 0 || anyTarget.Match(b.in.Tree.Text[f]))
		}), true
	}
	return false, words > 0
}

// anyTarget is a rule of make for whatever it is asked, as Sphinx hands all of it on.
var anyTarget = regexp.MustCompile(`(?m)^%:`)

var toxSection = regexp.MustCompile(`(?m)^\[(tox|testenv|tool\.tox)\b`)

// hasSessions reports whether a file names sessions of tox or nox
// (https://tox.wiki/en/latest/config.html).
func (b *builder) hasSessions(file string) bool {
	switch path.Base(file) {
	case "tox.ini", "noxfile.py", "tox.toml":
		return true
	case "setup.cfg", "pyproject.toml":
		return toxSection.Match(b.in.Tree.Text[file])
	}
	return false
}

// installable looks for what pip installs: a list, or the project itself. Single
// packages are fetched from elsewhere, so they can always be installed.
func (b *builder) installable(args, dirs []string) (bool, bool) {
	for i, a := range args {
		switch {
		case (a == "-r" || a == "--requirement") && i+1 < len(args):
			return b.in.Tree.LookFor(args[i+1], dirs) != "", true
		case a == "-e" || a == "." || strings.HasPrefix(a, ".["):
			return b.in.Tree.LookFor("pyproject.toml", dirs)+b.in.Tree.LookFor("setup.py", dirs)+b.in.Tree.LookFor("setup.cfg", dirs) != "" || strings.Contains(strings.Join(args, " "), "git+"), true
		}
	}
	return true, slices.Contains(args, "install")
}

// moduleExists looks for a module of the project; tools are none.
func (b *builder) moduleExists(args, dirs []string) (bool, bool) {
	if len(args) == 0 {
		return false, false
	}
	switch args[0] {
	case "venv", "virtualenv", "ipykernel", "http", "spacy", "nltk":
		return false, false
	case "pip":
		return b.installable(args[1:], dirs)
	case "pytest", "unittest":
		return b.anyFile(func(f string) bool { return b.in.Tree.Class(f) == source.Test }), true
	}
	rel := strings.ReplaceAll(args[0], ".", "/")
	for _, dir := range append(dirs, "src") {
		if b.in.Tree.Has(path.Join(dir, rel+".py")) || b.in.Tree.Has(path.Join(dir, rel, "__main__.py")) || b.in.Tree.Has(path.Join(dir, "src", rel+".py")) {
			return true, true
		}
	}
	return false, !b.asksFor(args[0]) // a tool's that is installed with the rest
}

// asksFor reports whether the project asks for a package of that name, or of the
// module's name written as packages are.
func (b *builder) asksFor(module string) bool {
	name := strings.ReplaceAll(regexp.QuoteMeta(strings.SplitN(module, ".", 2)[0]), "_", "[-_.]")
	asked, err := regexp.Compile(`(?im)(^|["'\s])` + name + `\s*([=<>~!\["';,]|$)`)
	return err == nil && b.anyFile(func(f string) bool {
		return (source.IsRequirements(f) || path.Base(f) == "pyproject.toml" || path.Base(f) == "environment.yml") && asked.Match(b.in.Tree.Text[f])
	})
}

// scriptSomewhere reports whether a script lies in some folder of the project: people
// change to it, as the page says or not.
func (b *builder) scriptSomewhere(name string) bool {
	return b.anyFile(func(f string) bool {
		return b.in.Tree.Class(f) == source.Source && (f == path.Clean(name) || strings.HasSuffix(f, "/"+path.Clean(name)))
	})
}

// namedFiles looks for the files of the project that a command names.
func (b *builder) namedFiles(args, dirs []string) (bool, bool) {
	told := false
	for i, a := range args {
		module, _, isApp := strings.Cut(a, ":")
		switch {
		case strings.HasPrefix(a, "-") || strings.Contains(a, "://"):
		case b.in.Tree.LookFor(a, dirs) != "" && (i == 0 || projectFile.MatchString(a)):
			return true, true
		case i == 0 && strings.HasPrefix(a, "./") && b.scriptSomewhere(a):
			return true, true
		case isApp && b.in.Tree.LookFor(strings.ReplaceAll(module, ".", "/")+".py", append(dirs, "src")) != "":
			return true, true
		case projectFile.MatchString(a) && i < 2 && len(args) > 1 && (i > 0 || strings.Contains(a, "/")):
			told = true
		}
	}
	return false, told
}
