package installs

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// pins counts the requirements of a list, and those whose version is exact.
type pins struct {
	exact, total int
	names        []string
	read         map[string]bool // lists, which may include one another, each once
	cut          bool            // it leads to more lists than are read
}

// locked reports whether a list repeats a build: nine of ten are exact, which
// leaves room for the one that only exists as an address.
func (p pins) locked() bool { return p.total > 0 && p.exact*10 >= p.total*9 }

func (p *pins) add(line string, exact bool) {
	p.total++
	if name := Requirement(line); name != "" {
		p.names = append(p.names, name)
	}
	if exact {
		p.exact++
	}
}

var requirement = regexp.MustCompile(`^\s*["']?([A-Za-z0-9][A-Za-z0-9._-]*)`)

// Requirement is the package that a line of a list asks for, or "".
func Requirement(line string) string {
	if m := requirement.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// IsExact reports whether a list of packages fixes their versions.
func (r Reader) IsExact(file string) bool { return r.pinsOf(file).locked() }

// pinsOf reads a list of packages: requirements of pip
// (https://pip.pypa.io/en/stable/reference/requirements-file-format/), an
// environment of conda, or an explicit list of conda.
func (r Reader) pinsOf(file string) pins {
	var p pins
	src := string(r.Tree.Text[file])
	switch {
	case yamldoc.IsYAML(file):
		for _, doc := range r.Tree.Documents(file) {
			p.conda(doc.Get("dependencies"))
		}
	case path.Ext(file) == ".toml":
		doc := tasks.ReadTOML([]byte(src))
		p.project(doc)
		r.dynamic(&p, file, doc)
	case path.Base(file) == "setup.py":
		r.setup(&p, file)
	case path.Base(file) == "setup.cfg":
		p.setupConfig(src)
	case strings.Contains(src, "@EXPLICIT"):
		p = pins{exact: 1, total: 1}
	default:
		p.read = map[string]bool{}
		r.requirements(&p, file)
	}
	return p
}

var (
	exactVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*\(?={2,3}\s*[^*,;\s]+\s*\)?(\s*;.*|\s+--hash.*|\s*\\.*)?$`)
	exactCommit  = regexp.MustCompile(`@(v?\d[\w.]*|[0-9a-f]{7,40})(#|$)|\.whl|\.tar\.gz`)
	condaExact   = regexp.MustCompile(`^\S+?\s*={1,2}\s*\d+(\.\d+){2,}[^*,<>]*$|==\s*\d[^*,<>]*$|=[^=]+=[^=]+$`)
	included     = regexp.MustCompile(`^(?:-r|--requirement)[ =]*(\S+)`)
	startsName   = regexp.MustCompile(`^[A-Za-z0-9]`)
)

// maxIncluded bounds the files that one of requirements leads to.
const maxIncluded = 50

// requirements counts the lines of a requirements file and of those it includes.
func (r Reader) requirements(p *pins, file string) {
	if p.read[file] {
		return
	}
	if len(p.read) > maxIncluded {
		p.cut = true
		return
	}
	p.read[file] = true
	text := strings.ReplaceAll(string(r.Tree.Text[file]), "\\\n", " ")
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
		line = strings.TrimSpace(line)
		switch m := included.FindStringSubmatch(line); {
		case m != nil:
			r.requirements(p, path.Join(path.Dir(file), m[1]))
		case strings.Contains(line, "git+") || strings.Contains(line, "://"):
			if !strings.HasPrefix(line, "#") && (!strings.HasPrefix(line, "-") || strings.HasPrefix(line, "-e")) {
				p.add(line, exactCommit.MatchString(line))
			}
		case startsName.MatchString(line):
			p.add(line, exactVersion.MatchString(line))
		}
	}
}

// Cut says of a list of requirements that it leads to more lists than are read, or is nil.
func (r Reader) Cut(file string) error {
	if !source.IsRequirements(file) || !bytes.Contains(r.Tree.Text[file], []byte("-r")) || !r.pinsOf(file).cut {
		return nil
	}
	return fmt.Errorf("it leads to more than %d lists: the rest was not read", maxIncluded)
}

// conda counts the dependencies of an environment; the interpreter and the
// installer are none of them.
func (p *pins) conda(list yamldoc.Value) {
	for _, item := range list.Items() {
		name := strings.TrimSpace(item.Text())
		switch bare := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("=<>! ", r) }); {
		case len(bare) > 0 && (bare[0] == "python" || bare[0] == "pip" || bare[0] == "r-base"):
		case name != "":
			p.add(name, condaExact.MatchString(name))
		}
		for _, line := range item.Get("pip").Texts() {
			if startsName.MatchString(line) {
				p.add(line, exactVersion.MatchString(line) || exactCommit.MatchString(line))
			}
		}
	}
}

// project counts the dependencies of a pyproject.toml.
func (p *pins) project(doc *tasks.TOML) {
	if v, ok := doc.Get("project", "dependencies"); ok {
		for _, s := range v.Strings {
			p.add(s, exactVersion.MatchString(strings.TrimSpace(s)))
		}
	}
	for _, v := range doc.In("tool", "poetry", "dependencies") {
		if v.Key[0] != "python" && len(v.Strings) > 0 {
			p.add(v.Key[0], len(v.Strings[0]) > 0 && v.Strings[0][0] >= '0' && v.Strings[0][0] <= '9')
		}
	}
}

// dynamic counts the lists that a pyproject.toml takes its dependencies from
// (https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata).
func (r Reader) dynamic(p *pins, file string, doc *tasks.TOML) {
	p.read = map[string]bool{} // each list once, whoever names it
	for _, key := range [][]string{{"tool", "setuptools", "dynamic", "dependencies", "file"}, {"tool", "hatch", "metadata", "hooks", "requirements_txt", "files"}} {
		v, _ := doc.Get(key...)
		for _, name := range v.Strings {
			r.requirements(p, path.Join(path.Dir(file), name))
		}
	}
}

// setup counts what a setup.py asks for: a list that stands there, or the list of
// requirements that it reads.
func (r Reader) setup(p *pins, file string) {
	mod := r.Tree.Python[file].Module()
	if mod == nil {
		return
	}
	for _, c := range mod.Calls {
		if c.Method() == "setup" {
			asked, _ := c.Arg("install_requires")
			for _, s := range asked.Items {
				p.add(s, exactVersion.MatchString(strings.TrimSpace(s)))
			}
		}
		for _, text := range append(c.Texts(), c.On) {
			if list := path.Join(path.Dir(file), text); strings.HasSuffix(text, ".txt") && r.Tree.Has(list) && p.read == nil {
				p.read = map[string]bool{}
				r.requirements(p, list)
			}
		}
	}
}

// setupConfig counts what a setup.cfg asks for.
func (p *pins) setupConfig(src string) {
	inside := false
	for line := range strings.Lines(src) {
		name, value, found := strings.Cut(line, "=")
		if line[0] != ' ' && line[0] != '\t' {
			inside = found && strings.TrimSpace(name) == "install_requires"
			line = value
		}
		if text := strings.TrimSpace(line); inside && startsName.MatchString(text) {
			p.add(text, exactVersion.MatchString(text))
		}
	}
}

// numericPackages are those with which data and models are handled, and that are the
// use of no tool by themselves.
var numericPackages = []string{"numpy", "pandas", "scipy", "pyspark", "polars", "dask", "statsmodels", "matplotlib", "nltk", "spacy", "opencv-python", "opencv-python-headless", "pyarrow", "datasets", "torchvision", "jax", "r-base"}

// models reports whether a list has packages with which data and models are handled.
func (r Reader) models(p pins) bool {
	for _, name := range p.names {
		if slices.Contains(numericPackages, strings.ToLower(name)) {
			return true
		}
		if t, ok := r.Catalogue.Package(name); ok {
			for _, u := range t.Uses {
				if u.As == "train" || u.As == "infer" || u.As == "load" {
					return true
				}
			}
		}
	}
	return false
}
