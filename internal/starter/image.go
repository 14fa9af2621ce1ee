package starter

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// defaultImage is what stages run in where nothing says otherwise.
const (
	defaultImage = "python:3.12-slim"
	plainImage   = "debian:12-slim" // for commands of the shell
	usualMinor   = 12               // of Python 3
)

// image gives the stages something to run in: the repository's own Dockerfile,
// else one that installs what it names, else a plain Python. It returns the
// files that must be written for that.
func (l *look) image(p *pipeline) []File {
	if p.image != "" {
		return nil
	}
	if name := l.dockerfile(p); name != "" {
		l.saw("Dockerfile", name, 0)
		l.buildStage(p, name)
		if !l.has(".dockerignore") {
			p.stages[0].comment("without a .dockerignore, each change of a file builds the image again")
			l.add(name, 0, "there is no .dockerignore: each change of a file builds the image anew; list there what the build does not need")
		}
		return nil
	}
	install, copied := l.install(p)
	if len(install) == 0 {
		if p.image = l.pythonImage(); !p.python() {
			p.image = plainImage
		}
		return nil
	}
	return l.writeDockerfile(p, install, copied)
}

// buildStage puts a stage that builds the image in front.
func (l *look) buildStage(p *pipeline, dockerfile string) {
	s := &stage{name: p.free("image"), origin: dockerfile, build: &build{dockerfile}}
	p.stages = slices.Insert(p.stages, 0, s)
	p.image = "stage:" + s.name
}

// dockerfile chooses a Dockerfile that Python can run in.
func (l *look) dockerfile(p *pipeline) string {
	for _, name := range l.files {
		base := path.Base(name)
		if base != "Dockerfile" && !strings.HasPrefix(base, "Dockerfile.") || strings.Count(name, "/") > 1 || base == "Dockerfile.dockerignore" {
			continue
		}
		if l.runsStages(name, p) && (name == "Dockerfile" || !l.has("Dockerfile")) {
			return name
		}
		l.add(name, 0, "not used as the image of the stages")
	}
	return ""
}

var pythonish = pattern(`(?im)^\s*FROM\s+\S*(python|conda|mamba|pytorch|tensorflow|jupyter|sklearn|huggingface|nvidia|cuda|uv)|\b(pip3?|conda|mamba|poetry|uv|python3?)\b`)

// runsStages reports whether an image can run the stages. One without Python
// cannot, if they are Python.
func (l *look) runsStages(name string, p *pipeline) bool {
	data, err := l.read(name, maxText)
	if err != nil {
		return false
	}
	return !p.python() || pythonish().Match(data)
}

// python reports whether a stage needs Python.
func (p *pipeline) python() bool {
	return slices.ContainsFunc(p.stages, func(s *stage) bool {
		return s.script != "" || s.notebook != "" || strings.Contains(s.commandText(), "python")
	})
}

var (
	versionFile  = pattern(`^3\.([0-9]{1,2})(\.[0-9]+)?$`)
	requiresLine = pattern(`(?m)^\s*requires-python\s*=\s*["']([^"'\n]*)["']`)
	versionBound = pattern(`(<=|<|>=|~=|==)\s*3\.([0-9]{1,2})`)
)

// pythonImage is the image of the Python that the repository asks for.
func (l *look) pythonImage() string {
	if minor, ok := l.pythonMinor(); ok {
		return fmt.Sprintf("python:3.%d-slim", minor)
	}
	return defaultImage
}

// pythonMinor is the minor version that .python-version, an environment of
// MLflow's or requires-python asks for.
func (l *look) pythonMinor() (int, bool) {
	var wish string
	if data, err := l.read(".python-version", maxText); err == nil {
		wish = string(data)
	}
	if l.pythonEnv != "" {
		if doc, ok := l.yaml(l.pythonEnv); ok {
			wish = doc.get("python").text
		}
	}
	if m := versionFile().FindStringSubmatch(strings.TrimSpace(wish)); m != nil {
		return atoi(m[1]), true
	}
	data, err := l.read("pyproject.toml", maxText)
	m := requiresLine().FindSubmatch(data)
	if err != nil || m == nil {
		return 0, false
	}
	minor := usualMinor
	for _, bound := range versionBound().FindAllStringSubmatch(string(m[1]), -1) {
		switch n := atoi(bound[2]); bound[1] {
		case "<":
			minor = min(minor, n-1)
		case "<=", "==":
			minor = min(minor, n)
		default:
			minor = max(minor, n)
		}
	}
	return max(minor, 0), true
}

func atoi(text string) int {
	n := 0
	for _, r := range text {
		n = n*10 + int(r-'0')
	}
	return n
}

// install finds how to install what the code needs: lines of a Dockerfile, and
// the files that they read.
func (l *look) install(p *pipeline) (lines, copied []string) {
	switch {
	case l.condaFile != "":
		return l.conda(l.condaFile)
	case l.pythonEnv != "":
		return l.virtualEnv()
	case l.has("requirements.txt"):
		return l.requirements("requirements.txt")
	case l.has("environment.yml"):
		return l.conda("environment.yml")
	case l.has("environment.yaml"):
		return l.conda("environment.yaml")
	case l.has("uv.lock") && l.has("pyproject.toml"):
		l.saw("dependencies", "uv.lock", 0)
		return []string{"RUN pip install --no-cache-dir uv && uv export --frozen --no-emit-project --no-hashes -o /tmp/requirements.txt && pip install --no-cache-dir -r /tmp/requirements.txt"}, []string{"pyproject.toml", "uv.lock"}
	case l.has("poetry.lock") && l.has("pyproject.toml"):
		l.saw("dependencies", "poetry.lock", 0)
		return []string{"RUN pip install --no-cache-dir poetry && poetry config virtualenvs.create false && poetry install --no-root --no-interaction"}, []string{"pyproject.toml", "poetry.lock"}
	case l.has("Pipfile.lock"):
		l.saw("dependencies", "Pipfile.lock", 0)
		return []string{"RUN pip install --no-cache-dir pipenv && pipenv install --system --deploy"}, []string{"Pipfile", "Pipfile.lock"}
	case l.projectDependencies():
		l.saw("dependencies", "pyproject.toml", 0)
		return []string{`RUN python -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))' > /tmp/requirements.txt && pip install --no-cache-dir -r /tmp/requirements.txt`}, []string{"pyproject.toml"}
	}
	for _, name := range []string{"src/requirements.txt", "requirements/base.txt", "requirements-dev.txt", "requirements/prod.txt"} {
		if l.has(name) {
			return l.requirements(name)
		}
	}
	return l.imports(p)
}

func (l *look) conda(name string) (lines, copied []string) {
	l.saw("dependencies", name, 0)
	return []string{"RUN conda env update --name base --file " + name + " && conda clean --all --yes"}, []string{name}
}

// virtualEnv installs what a python_env.yaml of MLflow lists.
func (l *look) virtualEnv() (lines, copied []string) {
	doc, ok := l.yaml(l.pythonEnv)
	if !ok {
		return nil, nil
	}
	l.saw("dependencies", l.pythonEnv, 0)
	words := []string{"RUN pip install --no-cache-dir"}
	for _, dependency := range append(doc.get("build_dependencies").texts(), doc.get("dependencies").texts()...) {
		if file, ok := strings.CutPrefix(dependency, "-r "); ok && l.has(path.Clean(strings.TrimSpace(file))) {
			copied = append(copied, path.Clean(strings.TrimSpace(file)))
			words = append(words, "-r "+copied[len(copied)-1])
			continue
		}
		words = append(words, shellQuoted(printable(dependency)))
	}
	return []string{strings.Join(words, " ")}, copied
}

var projectTable = pattern(`(?ms)^\[project\]\s*$.*?^dependencies\s*=\s*\[\s*["']`)

func (l *look) projectDependencies() bool {
	data, err := l.read("pyproject.toml", maxText)
	return err == nil && projectTable().Match(data)
}

var included = pattern(`(?m)^\s*(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S+)`)

var ownPackage = pattern(`(?m)^\s*(-e\s|--editable|\.)`)

// requirements installs a requirements file, with those that it includes.
func (l *look) requirements(name string) (lines, copied []string) {
	l.saw("dependencies", name, 0)
	copied = []string{name}
	local := false
	for i := 0; i < len(copied) && i < 20; i++ {
		data, err := l.read(copied[i], maxText)
		if err != nil {
			continue
		}
		for _, m := range included().FindAllStringSubmatch(string(data), -1) {
			if other := path.Join(path.Dir(copied[i]), m[1]); l.has(other) && !slices.Contains(copied, other) {
				copied = append(copied, other)
			}
		}
		local = local || ownPackage().Match(data)
	}
	if local {
		l.add(name, 0, "the image leaves out the line that installs this repository itself: stages get the code as input")
		return []string{`RUN sed -E -i '/^[[:space:]]*(-e[[:space:]=]|--editable|\.)/d' ` + name + " && pip install --no-cache-dir -r " + name}, copied
	}
	return []string{"RUN pip install --no-cache-dir -r " + name}, copied
}

// imports installs what the scripts import, where nothing says it.
func (l *look) imports(p *pipeline) (lines, copied []string) {
	var names []string
	for _, s := range p.stages {
		if s.script == "" {
			continue
		}
		for _, file := range append([]string{s.script}, l.closure(s.script)...) {
			if code := l.scripts[file]; code != nil {
				names = append(names, code.packages...)
			}
		}
	}
	var packages []string
	for _, name := range unique(names) {
		if !standard(name) && regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`).MatchString(name) {
			packages = append(packages, distribution(name))
		}
	}
	if len(packages) == 0 {
		return nil, nil
	}
	packages = unique(packages)
	slices.Sort(packages)
	l.add("", 0, "no requirements.txt: Dockerfile installs what the code imports (%s), newest versions; pin them", strings.Join(packages, ", "))
	return []string{"RUN pip install --no-cache-dir " + strings.Join(packages, " ")}, nil
}

// writeDockerfile makes a Dockerfile, and a .dockerignore so that nothing but
// what the build reads makes it build again.
func (l *look) writeDockerfile(p *pipeline, install, copied []string) []File {
	p.unwrap()
	base := l.pythonImage()
	if strings.Contains(install[0], "conda ") {
		base = "condaforge/miniforge3"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# The image that the stages run in, made by muster init. The code is not copied in:\n# muster gives each stage what it declares.\nFROM %s\nWORKDIR /setup\n", base)
	for _, name := range copied {
		if strings.ContainsAny(name, " \t\"'\\$[]") {
			l.add(name, 0, "a name that a Dockerfile cannot have: copy it there by hand")
			continue
		}
		fmt.Fprintf(&out, "COPY %s %s\n", name, name)
	}
	out.WriteString(strings.Join(install, "\n") + "\n")
	if slices.ContainsFunc(p.stages, func(s *stage) bool { return s.junit != "" }) && !l.names("pytest", copied) {
		out.WriteString("RUN pip install --no-cache-dir pytest\n")
	}
	if slices.ContainsFunc(p.stages, func(s *stage) bool { return s.notebook != "" }) && !l.names("papermill", copied) {
		out.WriteString("RUN pip install --no-cache-dir papermill ipykernel\n")
	}
	l.buildStage(p, "Dockerfile")
	if l.has(".dockerignore") {
		return []File{{"Dockerfile", []byte(out.String())}}
	}
	needed := strings.Join(append([]string{"Dockerfile"}, copied...), "\n!")
	ignore := fmt.Appendf(nil, "# The image needs nothing of the repository but this.\n*\n!%s\n", needed)
	return []File{{"Dockerfile", []byte(out.String())}, {".dockerignore", ignore}}
}

var wrapper = pattern(`(^|\n|&& *|; *|\()(?:poetry|uv|pipenv|pdm) run `)

// unwrap takes off what would look for an environment: in the image that init
// writes, the packages are Python's own.
func (p *pipeline) unwrap() {
	for _, s := range p.stages {
		for i, text := range s.run {
			if s.run[i] = wrapper().ReplaceAllString(text, "$1"); s.run[i] != text {
				s.comment("was: %s", text)
			}
		}
	}
}

// names reports whether one of the files names a package.
func (l *look) names(name string, files []string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		data, err := l.read(file, maxText)
		return err == nil && regexp.MustCompile(`(?m)^[\s"'-]*`+name+`\b`).Match(data)
	})
}

// distribution is the name under which a module is installed.
func distribution(module string) string {
	names := map[string]string{
		"sklearn": "scikit-learn", "yaml": "PyYAML", "PIL": "Pillow", "cv2": "opencv-python-headless", "skimage": "scikit-image",
		"bs4": "beautifulsoup4", "dotenv": "python-dotenv", "imblearn": "imbalanced-learn", "pytorch_lightning": "pytorch-lightning",
		"umap": "umap-learn", "mpl_toolkits": "matplotlib", "Crypto": "pycryptodome", "dateutil": "python-dateutil", "attr": "attrs",
	}
	if name, ok := names[module]; ok {
		return name
	}
	return module
}

// standard reports whether a module comes with Python.
func standard(module string) bool {
	return slices.Contains(strings.Fields(`__future__ abc argparse array ast asyncio base64 bisect builtins bz2 calendar collections
		concurrent configparser contextlib copy csv ctypes dataclasses datetime decimal difflib dis email enum errno fnmatch
		fractions functools gc getpass glob gzip hashlib heapq hmac html http importlib inspect io itertools json logging lzma
		math mimetypes multiprocessing numbers operator os pathlib pickle pkgutil platform pprint profile queue random re
		sched secrets select shelve shlex shutil signal socket sqlite3 ssl stat statistics string struct subprocess sys
		tarfile tempfile textwrap threading time timeit tomllib traceback types typing unicodedata unittest urllib uuid
		warnings weakref xml zipfile zlib zoneinfo`), module)
}
