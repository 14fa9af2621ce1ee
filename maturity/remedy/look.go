package remedy

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Repo is what the templates know of a repository.
type Repo struct {
	Name string
	// Dir is the project's folder, "." for the repository itself.
	Dir string
	// Branch is the default branch, Owner who has the repository on the forge; "" if nobody knows.
	Branch, Owner string
	Host          string
	// Python is the minor version, "3.12"; "" where there is no Python.
	Python string
	// Install are the commands that install the project, TestInstall what its tests need besides.
	Install, TestInstall []string
	// Test and Train are commands; "" if there is none.
	Test, Train string
	// Image says that there is a Dockerfile, Muster that there is a muster.yaml.
	Image, Muster bool
	// Conda says that the environment is conda's.
	Conda bool
	// Attest are the criteria that an example of an attestation is shown of.
	Attest []string
	known  map[string]bool
	read   func(name string) string
}

// The hosts whose CI is written for.
const (
	hostGitHub = "github"
	hostGitLab = "gitlab"
)

// Source is what a repository is looked at through.
type Source struct {
	Tree  fs.FS
	Files []string // with slashes, from the top
	Name  string
	Dir   string
	// Branch is the default branch, Remote the address that the repository was cloned from.
	Branch, Remote string
}

// maxText is the largest file that is looked into.
const maxText = 1 << 20

var (
	safeBranch = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
	safeDir    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$`)
	safeName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$`)
	remoteAt   = regexp.MustCompile(`(?:@|://)(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::\d+)?[:/]([A-Za-z0-9][A-Za-z0-9-]{0,38})/`)
	pinned     = regexp.MustCompile(`^3\.(\d{1,2})`)
	requires   = regexp.MustCompile(`(?m)^\s*(?:requires-python|python)\s*=\s*["'][^"'\n]*?3\.(\d{1,2})`)
	usesPytest = regexp.MustCompile(`(?m)\bpytest\b`)
)

// Look finds out what the templates need to know. It opens few files, and runs nothing.
func Look(src Source) *Repo {
	r := &Repo{
		Name: "the model", Dir: ".", Branch: "main", Host: hostGitHub,
		known: make(map[string]bool, len(src.Files)), read: func(name string) string { return text(src.Tree, name) },
	}
	for _, name := range src.Files {
		r.known[name] = true
	}
	if dir := path.Clean(src.Dir); safeDir.MatchString(dir) {
		r.Dir = dir
	}
	if safeName.MatchString(src.Name) {
		r.Name = src.Name
	}
	if safeBranch.MatchString(src.Branch) {
		r.Branch = src.Branch
	}
	r.forge(src)
	r.Image, r.Muster = r.mine("Dockerfile") || r.has("Dockerfile"), r.mine("muster.yaml")
	if slices.ContainsFunc(src.Files, r.isPython) {
		r.python(src.Files)
	}
	return r
}

func text(tree fs.FS, name string) string {
	info, err := fs.Stat(tree, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxText {
		return ""
	}
	data, err := fs.ReadFile(tree, name)
	if err != nil {
		return ""
	}
	return string(data)
}

func (r *Repo) has(name string) bool { return r.known[name] }

// mine reports whether the project has a file.
func (r *Repo) mine(name string) bool { return r.known[path.Join(r.Dir, name)] }

func (r *Repo) isPython(name string) bool {
	return strings.HasSuffix(name, ".py") && (r.Dir == "." || strings.HasPrefix(name, r.Dir+"/"))
}

// forge finds the host by the address of the remote, else by the files of its CI. A
// repository with the CI of another host gets no workflow beside it.
func (r *Repo) forge(src Source) {
	if m := remoteAt.FindStringSubmatch(src.Remote); m != nil {
		r.Owner = m[2]
		if strings.Contains(m[1], "gitlab") {
			r.Host = hostGitLab
		}
	}
	workflows := slices.ContainsFunc(src.Files, func(name string) bool { return strings.HasPrefix(name, ".github/workflows/") })
	switch {
	case workflows:
		r.Host = hostGitHub
	case r.has(".gitlab-ci.yml"):
		r.Host = hostGitLab
	case slices.ContainsFunc([]string{"Jenkinsfile", "azure-pipelines.yml", ".circleci/config.yml", "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", ".taskcluster.yml"}, r.has):
		r.Host = ""
	}
}

// python settles version, package manager, tests and training.
func (r *Repo) python(files []string) {
	project := r.read(path.Join(r.Dir, "pyproject.toml"))
	r.Python = "3." + r.minor(project)
	prefix := r.install(project)
	tests := slices.ContainsFunc(files, func(name string) bool {
		base := path.Base(name)
		return r.isPython(name) && (strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py"))
	})
	if tests {
		r.Test = prefix + "python -m pytest"
		declared := project + r.read(path.Join(r.Dir, "requirements.txt")) + r.read(path.Join(r.Dir, "requirements-dev.txt")) + r.read(path.Join(r.Dir, "environment.yml"))
		if !usesPytest.MatchString(declared) {
			r.TestInstall = []string{prefix + "pip install pytest"}
			if strings.HasPrefix(prefix, "uv ") {
				r.TestInstall, r.Test = nil, "uv run --with pytest python -m pytest"
			}
		}
	}
	r.training(prefix)
}

func (r *Repo) minor(project string) string {
	if m := pinned.FindStringSubmatch(strings.TrimSpace(r.read(path.Join(r.Dir, ".python-version")))); m != nil {
		return m[1]
	}
	if m := requires.FindStringSubmatch(project); m != nil && len(m[1]) > 1 { // 3.9 and older are past their end
		return m[1]
	}
	return "12"
}

// install finds the package manager by its lock, then by what lists the packages. It
// returns what stands before a command in its environment.
func (r *Repo) install(project string) (prefix string) {
	switch {
	case r.mine("uv.lock"):
		r.Install = []string{"pip install uv", "uv sync --frozen"}
		return "uv run "
	case r.mine("poetry.lock"):
		r.Install = []string{"pip install poetry", "poetry install --no-interaction"}
		return "poetry run "
	case r.mine("pdm.lock"):
		r.Install = []string{"pip install pdm", "pdm sync"}
		return "pdm run "
	case r.mine("Pipfile.lock"):
		r.Install = []string{"pip install pipenv", "pipenv sync --dev"}
		return "pipenv run "
	case r.mine("environment.yml"):
		r.Conda = true
		r.Install = []string{"mamba env update --name base --file environment.yml"}
	case r.mine("requirements.txt"):
		r.Install = []string{"pip install -r requirements.txt"}
		if r.mine("requirements-dev.txt") {
			r.Install = append(r.Install, "pip install -r requirements-dev.txt")
		}
		if strings.Contains(project, "[build-system]") {
			r.Install = append(r.Install, "pip install --no-deps .")
		}
	case strings.Contains(project, "[project]") || r.mine("setup.py"):
		r.Install = []string{"pip install ."}
	}
	return ""
}

// training finds the command that trains.
func (r *Repo) training(prefix string) {
	for _, script := range []string{"train.py", "src/train.py", "scripts/train.py", "src/training/train.py", "training/train.py"} {
		if r.Train == "" && r.mine(script) {
			r.Train = prefix + "python " + script
		}
	}
	if r.mine("dvc.yaml") {
		r.Train = prefix + "dvc repro"
	}
}

// PythonImage is the image of the project's Python.
func (r *Repo) PythonImage() string {
	if r.Python == "" {
		return "python:3.12"
	}
	return "python:" + r.Python
}

// Container is the image that its commands run in.
func (r *Repo) Container() string {
	if r.Conda {
		return "condaforge/miniforge3"
	}
	return r.PythonImage()
}

// BaseImage is what the project's own image is built from.
func (r *Repo) BaseImage() string {
	if r.Conda {
		return r.Container()
	}
	return r.PythonImage() + "-slim"
}

// TrainWords is the training command as a Dockerfile has it.
func (r *Repo) TrainWords() string {
	var quoted []string
	for word := range strings.FieldsSeq(r.Train) {
		quoted = append(quoted, fmt.Sprintf("%q", word))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
