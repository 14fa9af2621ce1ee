// Package installs says what commands, actions and lists of packages install, and
// whether the versions are fixed.
package installs

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
)

// Reader reads the locks and lists of a repository.
type Reader struct {
	Tree *source.Tree
	// Catalogue tells which packages handle models.
	Catalogue *catalogue.Catalogue
}

// Install is what a command installs the project's packages from.
type Install struct {
	What string
	// Language is that of the packages: ml for those in which models are made.
	Language string
	Locked   bool
	// Whole is true if it installs the project or a list, false for single packages.
	Whole bool
	// Models is true if packages are among them with which models are made.
	Models bool
	// Renews is true if it looks for newer versions, and writes the lock anew.
	Renews bool
}

// lockFiles are the locks that commands of their tool install from.
var lockFiles = []string{
	"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock", "renv.lock", "Manifest.toml", "pylock.toml",
	"flake.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "go.sum", "Cargo.lock", "packrat.lock",
}

// IsLock reports whether a file is a lock, by its name.
func IsLock(file string) bool { return slices.Contains(lockFiles, path.Base(file)) }

// byLock is an install by a tool that has a lock of its own.
func (r Reader) byLock(what, lock, language string, dirs []string) []Install {
	file := r.Tree.LookFor(lock, dirs)
	return []Install{{What: what, Language: language, Locked: file != "" && !r.Hollow(file), Whole: true, Models: true}}
}

// List is an install from a list of packages, if that list is here.
func (r Reader) List(name string, dirs []string) []Install {
	file := r.Tree.LookFor(name, dirs)
	if file == "" {
		return nil
	}
	if IsLock(file) {
		return r.byLock(path.Base(file), path.Base(file), "ml", []string{path.Dir(file)})
	}
	p := r.pinsOf(file)
	if p.total == 0 {
		return nil
	}
	return []Install{r.listed(file, p)}
}

// listed is the install of what a list asks for.
func (r Reader) listed(file string, p pins) Install {
	return Install{What: fmt.Sprintf("%s, %d of %d exact", file, p.exact, p.total), Language: "ml", Locked: p.locked(), Whole: true, Models: r.models(p)}
}

// Command says what a command installs.
func (r Reader) Command(args, dirs []string) []Install {
	if len(args) < 2 {
		return nil
	}
	text := strings.Join(args, " ")
	switch name := path.Base(args[0]); name {
	case "pip", "pip3", "uv", "pipenv", "pip-sync", "pip-install":
		return r.python(name, args, dirs)
	case "poetry":
		if args[1] == "update" || args[1] == "lock" && slices.Contains(args, "--regenerate") {
			return renewed("poetry " + args[1])
		}
		if slices.Contains([]string{"install", "export", "sync", "run"}, args[1]) {
			return r.byLock("poetry "+args[1], "poetry.lock", "ml", dirs)
		}
	case "pdm":
		if slices.Contains([]string{"install", "sync", "export"}, args[1]) {
			return r.byLock("pdm "+args[1], "pdm.lock", "ml", dirs)
		}
	case "pixi":
		if args[1] == "install" || args[1] == "run" {
			return r.byLock("pixi "+args[1], "pixi.lock", "ml", dirs)
		}
	case "conda", "mamba", "micromamba":
		return r.List(shell.Flag(args, "-f", "--file", "-n-file"), dirs)
	case "rye":
		if args[1] == "sync" {
			return r.List("requirements.lock", dirs)
		}
	case "nix":
		if args[1] == "develop" || args[1] == "build" || args[1] == "run" {
			return r.byLock("nix "+args[1], "flake.lock", "ml", dirs)
		}
	case "gcloud", "func", "sam", "az":
		return r.handedIn(args, dirs)
	case "conda-lock":
		return r.byLock("conda-lock", "conda-lock.yml", "ml", dirs)
	case "Rscript", "R":
		switch {
		case strings.Contains(text, "renv::restore"):
			return r.byLock("renv::restore", "renv.lock", "ml", dirs)
		case strings.Contains(text, "install.packages") || strings.Contains(text, "install_deps") || strings.Contains(text, "pak::"):
			return []Install{{What: "packages of R in their newest versions", Language: "ml", Whole: true, Models: true}}
		}
	case "julia":
		if strings.Contains(text, "Pkg.instantiate") || strings.Contains(text, "Pkg.test") {
			return r.byLock("Pkg.instantiate", "Manifest.toml", "ml", dirs)
		}
	default:
		return r.other(name, args, dirs)
	}
	return nil
}

// handedIn is what a platform installs that is handed the folder of a function or an
// application: its list of requirements
// (https://cloud.google.com/run/docs/runtimes/python-dependencies).
func (r Reader) handedIn(args, dirs []string) []Install {
	text := strings.Join(args, " ")
	for _, deploys := range []string{"functions deploy", "run deploy", "app deploy", "azure functionapp publish", "webapp up"} {
		if !strings.Contains(text, deploys) || strings.Contains(text, "--image") {
			continue
		}
		if from := shell.Flag(args, "--source"); from != "" {
			dirs = append([]string{from}, dirs...)
		}
		return r.List("requirements.txt", dirs)
	}
	return nil
}

// other says what the builders of other languages install.
func (r Reader) other(name string, args, dirs []string) []Install {
	strict := slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--frozen") || a == "--immutable" })
	switch name {
	case "npm":
		if args[1] == "ci" {
			return r.byLock("npm ci", "package-lock.json", "js", dirs)
		}
	case "yarn":
		if args[1] == "install" && strict {
			return r.byLock("yarn install", "yarn.lock", "js", dirs)
		}
	case "pnpm":
		if args[1] == "install" && strict {
			return r.byLock("pnpm install", "pnpm-lock.yaml", "js", dirs)
		}
	case "go":
		if slices.Contains([]string{"build", "test", "mod", "vet"}, args[1]) {
			return r.byLock("go "+args[1], "go.sum", "go", dirs)
		}
	case "cargo":
		if slices.Contains([]string{"build", "test", "run"}, args[1]) {
			return r.byLock("cargo "+args[1], "Cargo.lock", "rust", dirs)
		}
	case "mvn", "mvnw", "gradle", "gradlew", "sbt":
		return r.jvm(dirs)
	}
	return nil
}

var floating = regexp.MustCompile(`SNAPSHOT|LATEST|RELEASE<|<version>\s*[\[(]|latest\.(release|integration)|:\+["']`)

// jvm says what Maven, Gradle and sbt install: their files name versions,
// which are exact unless they say otherwise.
func (r Reader) jvm(dirs []string) []Install {
	for _, name := range []string{"pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"} {
		if file := r.Tree.LookFor(name, dirs); file != "" {
			return []Install{{What: file, Language: "ml", Locked: !floating.Match(r.Tree.Text[file]), Whole: true, Models: true}}
		}
	}
	return nil
}

// python says what pip, uv and pipenv install.
func (r Reader) python(name string, args, dirs []string) []Install {
	switch {
	case name == "pipenv" && slices.Contains([]string{"install", "sync", "requirements"}, args[1]):
		return r.byLock("pipenv "+args[1], "Pipfile.lock", "ml", dirs)
	case name == "uv" && args[1] != "pip" && slices.ContainsFunc(args[2:], upgrades):
		return renewed("uv " + args[1] + " with newer versions")
	case name == "uv" && (args[1] == "sync" || args[1] == "run" || args[1] == "export"):
		if slices.Contains(args, "--no-project") || args[1] == "run" && r.Tree.LookFor("uv.lock", dirs) == "" {
			return nil
		}
		return r.byLock("uv "+args[1], "uv.lock", "ml", dirs)
	case name == "pip-sync":
		return r.List(args[len(args)-1], dirs)
	}
	at := slices.Index(args, "install")
	if at < 0 {
		if at = slices.Index(args, "sync"); at > 0 && args[1] == "pip" {
			return r.lists(args[at+1:], dirs)
		}
	}
	if at < 0 || name == "uv" && args[1] != "pip" {
		return nil
	}
	return r.pip(args[at+1:], dirs)
}

// lists are the installs of files that stand among the arguments by their name.
func (r Reader) lists(args, dirs []string) []Install {
	var out []Install
	for _, a := range args {
		if ext := path.Ext(a); ext == ".txt" || ext == ".toml" || ext == ".lock" {
			out = append(out, r.List(a, dirs)...)
		}
	}
	return out
}

// renewed is an install of whatever versions are the newest: what the lock says
// is given up.
func renewed(what string) []Install {
	return []Install{{What: what, Language: "ml", Whole: true, Models: true, Renews: true}}
}

func upgrades(arg string) bool {
	return arg == "--upgrade" || arg == "-U" || arg == "-P" || strings.HasPrefix(arg, "--upgrade-package")
}

// pip says what the arguments of "pip install" install.
func (r Reader) pip(args, dirs []string) []Install {
	var out []Install
	var single pins
	limits, lists := r.limits(args, dirs), map[string]bool{}
	list := func(name string) {
		if !lists[name] { // each once, however often it is named
			lists[name] = true
			out = append(out, r.limited(name, limits, dirs)...)
		}
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case a == "-c" || a == "--constraint":
			i++
		case a == "-r" || a == "--requirement":
			list(next)
			i++
		case strings.HasPrefix(a, "-r") && len(a) > 2:
			list(a[2:])
		case strings.HasPrefix(a, "--requirement="):
			_, file, _ := strings.Cut(a, "=")
			list(file)
		case slices.Contains([]string{"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--timeout", "--python", "--trusted-host", "--progress-bar", "--retries", "--default-timeout", "--group", "--extra"}, a):
			i++
		case a == "." || strings.HasPrefix(a, ".[") || strings.HasPrefix(a, "./") || strings.HasPrefix(a, "$"):
			own := r.ownPackage(dirs)
			own.Locked = own.Locked || limits.locked()
			out = append(out, own)
		case strings.HasPrefix(a, "-"):
		case startsName.MatchString(a) && !slices.Contains(buildTools, strings.ToLower(Requirement(a))):
			single.add(a, exactVersion.MatchString(a) || exactCommit.MatchString(a))
		}
	}
	if single.total > 0 {
		out = append(out, Install{What: fmt.Sprintf("%d packages by name", single.total), Language: "ml", Locked: single.locked() && single.total > 1, Models: r.models(single)})
	}
	return out
}

// ownPackage is the install of the project itself, from what it declares.
func (r Reader) ownPackage(dirs []string) Install {
	for _, name := range []string{"pyproject.toml", "setup.py", "setup.cfg"} {
		if file := r.Tree.LookFor(name, dirs); file != "" {
			if p := r.pinsOf(file); p.locked() {
				return r.listed(file, p)
			}
		}
	}
	return Install{What: "the project with whatever versions fit", Language: "ml", Models: true}
}

// limits are the exact versions that constraints give to what is installed
// (https://pip.pypa.io/en/stable/user_guide/#constraints-files).
func (r Reader) limits(args, dirs []string) pins {
	var out pins
	name := shell.Flag(args, "-c", "--constraint")
	if file := r.Tree.LookFor(name, dirs); name != "" && file != "" {
		out = r.pinsOf(file)
	}
	return out
}

// limited is the install of a list, of which constraints fix the versions that the
// list leaves open.
func (r Reader) limited(name string, limits pins, dirs []string) []Install {
	out := r.List(name, dirs)
	if len(out) == 0 || out[0].Locked || !limits.locked() {
		return out
	}
	asked, missing, exact := r.pinsOf(r.Tree.LookFor(name, dirs)), 0, map[string]bool{}
	for _, l := range limits.names {
		exact[normal(l)] = true
	}
	for _, n := range asked.names {
		if !exact[normal(n)] {
			missing++
		}
	}
	if missing*10 <= asked.total {
		out[0].What, out[0].Locked = fmt.Sprintf("%s, with constraints, %d of %d exact", name, asked.total-missing, asked.total), true
	}
	return out
}

// normal is the name of a package as registries compare it.
func normal(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", "-"), ".", "-")
}

// buildTools are packages that build, check or fetch, and are no part of what is built.
var buildTools = []string{
	"pip", "setuptools", "wheel", "build", "twine", "uv", "poetry", "poetry-core", "pipenv", "pdm", "hatch", "tox", "nox", "pre-commit",
	"pytest", "pytest-cov", "pytest-mock", "pytest-xdist", "pytest-asyncio", "coverage", "codecov", "ruff", "black", "isort", "flake8", "pylint", "mypy",
	"bandit", "safety", "pip-audit", "pip-tools", "dvc", "dvc-s3", "dvc-gs", "dvc-gdrive", "awscli", "cmlhq", "invoke", "mkdocs", "mkdocs-material", "sphinx",
	"pipx", "virtualenv", "cython", "ninja", "packaging", "yamllint", "httpx", "requests", "tox-gh-actions", "dvc-azure", "conda-lock", "radon", "anyscale",
	"interrogate", "detect-secrets", "nbstripout", "jupytext", "nbmake", "papermill", "docker-compose", "ansible", "sqlfluff", "types-requests", "bump2version",
}

// Action says what an action of a CI host installs.
func (r Reader) Action(uses string, with map[string]string, dirs []string) []Install {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	switch name {
	case "conda-incubator/setup-miniconda", "mamba-org/setup-micromamba", "mamba-org/provision-with-micromamba":
		return r.List(with["environment-file"], dirs)
	case "prefix-dev/setup-pixi":
		return r.byLock("pixi", "pixi.lock", "ml", dirs)
	case "r-lib/actions/setup-renv":
		return r.byLock("renv", "renv.lock", "ml", dirs)
	case "r-lib/actions/setup-r-dependencies":
		return []Install{{What: "packages of R in their newest versions", Language: "ml", Whole: true, Models: true}}
	case "julia-actions/julia-buildpkg":
		return r.byLock("julia", "Manifest.toml", "ml", dirs)
	case "py-actions/py-dependency-install":
		if with["path"] == "" {
			return r.List("requirements.txt", dirs)
		}
		return r.List(with["path"], dirs)
	case "bahmutov/npm-install":
		return r.byLock("npm", "package-lock.json", "js", dirs)
	}
	return nil
}
