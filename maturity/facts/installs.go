package facts

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// install is what a command installs the project's packages from.
type install struct {
	what string
	// language is that of the packages: ml for those in which models are made.
	language string
	locked   bool
	// whole is true if it installs the project or a list, false for single packages.
	whole bool
	// models is true if packages are among them with which models are made.
	models bool
	// renews is true if it looks for newer versions, and writes the lock anew.
	renews bool
}

// lockFiles are the locks that commands of their tool install from.
var lockFiles = []string{
	"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock", "renv.lock", "Manifest.toml", "pylock.toml",
	"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "go.sum", "Cargo.lock", "packrat.lock",
}

// installs makes a fact of each place that installs packages: a job of CI, an
// image, an environment; and of each lock, whoever installs from it.
func (b *builder) installs() {
	for _, file := range b.in.Tree.Files {
		if b.mine(file) && slices.Contains(lockFiles, path.Base(file)) && !b.hollow(file) {
			b.add(Fact{Category: "lock", Subject: path.Base(file), Path: file, Line: 1, Context: "declared"})
		}
		if b.mine(file) && source.IsRequirements(file) && b.pinsOf(file).locked() {
			b.add(Fact{Category: "lock", Subject: path.Base(file), Path: file, Line: 1, Context: "declared"})
		}
	}
	for _, h := range b.reach.Hits {
		b.installHit(h)
	}
	b.installDefinitions()
}

// installHit makes the fact of one command or action.
func (b *builder) installHit(h reach.Hit) {
	dirs := append(b.copied(h.Path), b.around(h.Dir, h.Path)...)
	var found []install
	if h.Uses != "" {
		found = b.installAction(h.Uses, h.With, dirs)
	} else {
		found = b.installCommand(h.Args, dirs)
		if len(found) == 0 && len(h.Full) > 0 {
			found = b.installCommand(h.Full, dirs)
		}
	}
	link := linkOf(h)
	for _, i := range found {
		unit := h.Entry
		if isImageFile(path.Base(h.Path)) {
			unit = h.Path
		}
		b.installed(i, unit, h.Path, h.Line, link)
	}
}

func (b *builder) installed(i install, unit, file string, line int, link Link) {
	f := Fact{
		Category: "install", Subject: i.what, Path: file, Line: max(line, 1), Context: "command", Conditional: link.Conditional,
		Detail: map[string]any{"locked": i.locked, "whole": i.whole, "models": i.models, "language": i.language, "unit": unit, "renews": i.renews},
	}
	if link.ID != "" {
		f.Entries = []Link{link}
	}
	b.add(f)
}

// around are the folders in which a command's files may lie: where it runs and
// those above, where it stands, the project.
func (b *builder) around(dir, file string) []string {
	var out []string
	for d := path.Clean(dir); ; d = path.Dir(d) {
		out = append(out, d)
		if d == "." || d == "/" || d == ".." {
			break
		}
	}
	return append(out, path.Dir(file), b.project, ".")
}

// lookFor finds a file in one of the folders; what a container calls it may have
// other folders in front.
func (b *builder) lookFor(name string, dirs []string) string {
	if name == "" || strings.ContainsAny(name, "$*") {
		return ""
	}
	if _, after, ok := strings.Cut(name, "://"); ok {
		name = after
	}
	for rest := strings.TrimPrefix(path.Clean(name), "/"); rest != ""; {
		for _, dir := range dirs {
			if f := path.Join(dir, rest); b.in.Tree.Has(f) {
				return f
			}
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
	}
	return ""
}

// byLock is an install by a tool that has a lock of its own.
func (b *builder) byLock(what, lock, language string, dirs []string) []install {
	file := b.lookFor(lock, dirs)
	return []install{{what: what, language: language, locked: file != "" && !b.hollow(file), whole: true, models: true}}
}

// fromFile is an install from a list of packages, if that list is here.
func (b *builder) fromFile(name string, dirs []string) []install {
	file := b.lookFor(name, dirs)
	if file == "" {
		return nil
	}
	p := b.pinsOf(file)
	if p.total == 0 {
		return nil
	}
	return []install{{what: fmt.Sprintf("%s, %d of %d exact", file, p.exact, p.total), language: "ml", locked: p.locked(), whole: true, models: b.models(p)}}
}

// installCommand says what a command installs.
func (b *builder) installCommand(args, dirs []string) []install {
	if len(args) < 2 {
		return nil
	}
	text := strings.Join(args, " ")
	switch name := path.Base(args[0]); name {
	case "pip", "pip3", "uv", "pipenv", "pip-sync", "pip-install":
		return b.installPython(name, args, dirs)
	case "poetry":
		if args[1] == "update" || args[1] == "lock" && slices.Contains(args, "--regenerate") {
			return renewed("poetry " + args[1])
		}
		if slices.Contains([]string{"install", "export", "sync", "run"}, args[1]) {
			return b.byLock("poetry "+args[1], "poetry.lock", "ml", dirs)
		}
	case "pdm":
		if slices.Contains([]string{"install", "sync", "export"}, args[1]) {
			return b.byLock("pdm "+args[1], "pdm.lock", "ml", dirs)
		}
	case "pixi":
		if args[1] == "install" || args[1] == "run" {
			return b.byLock("pixi "+args[1], "pixi.lock", "ml", dirs)
		}
	case "conda", "mamba", "micromamba":
		return b.fromFile(flagValue(args, "-f", "--file", "-n-file"), dirs)
	case "conda-lock":
		return b.byLock("conda-lock", "conda-lock.yml", "ml", dirs)
	case "Rscript", "R":
		switch {
		case strings.Contains(text, "renv::restore"):
			return b.byLock("renv::restore", "renv.lock", "ml", dirs)
		case strings.Contains(text, "install.packages") || strings.Contains(text, "install_deps") || strings.Contains(text, "pak::"):
			return []install{{what: "packages of R in their newest versions", language: "ml", whole: true, models: true}}
		}
	case "julia":
		if strings.Contains(text, "Pkg.instantiate") || strings.Contains(text, "Pkg.test") {
			return b.byLock("Pkg.instantiate", "Manifest.toml", "ml", dirs)
		}
	default:
		return b.installOther(name, args, dirs)
	}
	return nil
}

// installOther says what the builders of other languages install.
func (b *builder) installOther(name string, args, dirs []string) []install {
	strict := slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--frozen") || a == "--immutable" })
	switch name {
	case "npm":
		if args[1] == "ci" {
			return b.byLock("npm ci", "package-lock.json", "js", dirs)
		}
	case "yarn":
		if args[1] == "install" && strict {
			return b.byLock("yarn install", "yarn.lock", "js", dirs)
		}
	case "pnpm":
		if args[1] == "install" && strict {
			return b.byLock("pnpm install", "pnpm-lock.yaml", "js", dirs)
		}
	case "go":
		if slices.Contains([]string{"build", "test", "mod", "vet"}, args[1]) {
			return b.byLock("go "+args[1], "go.sum", "go", dirs)
		}
	case "cargo":
		if slices.Contains([]string{"build", "test", "run"}, args[1]) {
			return b.byLock("cargo "+args[1], "Cargo.lock", "rust", dirs)
		}
	case "mvn", "mvnw", "gradle", "gradlew", "sbt":
		return b.installJVM(dirs)
	}
	return nil
}

var floating = regexp.MustCompile(`SNAPSHOT|LATEST|RELEASE<|<version>\s*[\[(]|latest\.(release|integration)|:\+["']`)

// installJVM says what Maven, Gradle and sbt install: their files name versions,
// which are exact unless they say otherwise.
func (b *builder) installJVM(dirs []string) []install {
	for _, name := range []string{"pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"} {
		if file := b.lookFor(name, dirs); file != "" {
			return []install{{what: file, language: "ml", locked: !floating.Match(b.in.Tree.Text[file]), whole: true, models: true}}
		}
	}
	return nil
}

// installPython says what pip, uv and pipenv install.
func (b *builder) installPython(name string, args, dirs []string) []install {
	switch {
	case name == "pipenv" && slices.Contains([]string{"install", "sync", "requirements"}, args[1]):
		return b.byLock("pipenv "+args[1], "Pipfile.lock", "ml", dirs)
	case name == "uv" && args[1] != "pip" && slices.ContainsFunc(args[2:], upgrades):
		return renewed("uv " + args[1] + " with newer versions")
	case name == "uv" && (args[1] == "sync" || args[1] == "run" || args[1] == "export"):
		if slices.Contains(args, "--no-project") || args[1] == "run" && b.lookFor("uv.lock", dirs) == "" {
			return nil
		}
		return b.byLock("uv "+args[1], "uv.lock", "ml", dirs)
	case name == "pip-sync":
		return b.fromFile(args[len(args)-1], dirs)
	}
	at := slices.Index(args, "install")
	if at < 0 {
		at = slices.Index(args, "sync")
	}
	if at < 0 || name == "uv" && args[1] != "pip" {
		return nil
	}
	return b.installPip(args[at+1:], dirs)
}

// renewed is an install of whatever versions are the newest: what the lock says
// is given up.
func renewed(what string) []install {
	return []install{{what: what, language: "ml", whole: true, models: true, renews: true}}
}

func upgrades(arg string) bool {
	return arg == "--upgrade" || arg == "-U" || arg == "-P" || strings.HasPrefix(arg, "--upgrade-package")
}

// installPip says what the arguments of "pip install" install.
func (b *builder) installPip(args, dirs []string) []install {
	var out []install
	var single pins
	for i := 0; i < len(args); i++ {
		a := args[i]
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case a == "-r" || a == "--requirement" || a == "-c" || a == "--constraint":
			out = append(out, b.fromFile(next, dirs)...)
			i++
		case strings.HasPrefix(a, "-r") && len(a) > 2:
			out = append(out, b.fromFile(a[2:], dirs)...)
		case strings.HasPrefix(a, "--requirement=") || strings.HasPrefix(a, "--constraint="):
			_, file, _ := strings.Cut(a, "=")
			out = append(out, b.fromFile(file, dirs)...)
		case slices.Contains([]string{"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--timeout", "--python", "--trusted-host", "--progress-bar", "--retries", "--default-timeout", "--group", "--extra"}, a):
			i++
		case a == "." || strings.HasPrefix(a, ".[") || strings.HasPrefix(a, "./") || strings.HasPrefix(a, "$"):
			out = append(out, b.ownPackage(dirs))
		case strings.HasPrefix(a, "-"):
		case startsName.MatchString(a) && !buildTools[strings.ToLower(requirementName(a))]:
			single.add(a, exactVersion.MatchString(a) || exactCommit.MatchString(a))
		}
	}
	if single.total > 0 {
		out = append(out, install{what: fmt.Sprintf("%d packages by name", single.total), language: "ml", locked: single.locked() && single.total > 1, models: b.models(single)})
	}
	return out
}

func requirementName(a string) string {
	if m := requirement.FindStringSubmatch(a); m != nil {
		return m[1]
	}
	return a
}

// ownPackage is the install of the project itself, from what it declares.
func (b *builder) ownPackage(dirs []string) install {
	if file := b.lookFor("pyproject.toml", dirs); file != "" {
		if p := b.pinsOf(file); p.locked() {
			return install{what: fmt.Sprintf("%s, %d of %d exact", file, p.exact, p.total), language: "ml", locked: true, whole: true, models: true}
		}
	}
	return install{what: "the project with whatever versions fit", language: "ml", models: true}
}

// buildTools are packages that build, check or fetch, and are no part of what is built.
var buildTools = setOf("pip", "setuptools", "wheel", "build", "twine", "uv", "poetry", "poetry-core", "pipenv", "pdm", "hatch", "tox", "nox", "pre-commit",
	"pytest", "pytest-cov", "pytest-mock", "pytest-xdist", "pytest-asyncio", "coverage", "codecov", "ruff", "black", "isort", "flake8", "pylint", "mypy",
	"bandit", "safety", "pip-audit", "pip-tools", "dvc", "dvc-s3", "dvc-gs", "dvc-gdrive", "awscli", "cmlhq", "invoke", "mkdocs", "mkdocs-material", "sphinx",
	"pipx", "virtualenv", "cython", "ninja", "packaging", "yamllint", "httpx", "requests", "tox-gh-actions", "dvc-azure", "conda-lock", "radon", "anyscale",
	"interrogate", "detect-secrets", "nbstripout", "jupytext", "nbmake", "papermill", "docker-compose", "ansible", "sqlfluff", "types-requests", "bump2version")

func setOf(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

func flagValue(args []string, flags ...string) string {
	for i, a := range args {
		for _, f := range flags {
			if a == f && i+1 < len(args) {
				return args[i+1]
			}
			if v, ok := strings.CutPrefix(a, f+"="); ok {
				return v
			}
		}
	}
	return ""
}
