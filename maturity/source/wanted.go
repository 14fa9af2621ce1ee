package source

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxFile is the largest file that is read.
const maxFile = 5 << 20

// How much of a file is kept at most. A manifest that a person wrote is small;
// what is larger is data, and says nothing that a score needs.
const (
	tiny   = 4 << 10 // a lock that is larger is not empty
	small  = 256 << 10
	medium = 1 << 20
)

// locks are the files of exact versions, which are read where they may be empty.
var locks = []string{"uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "renv.lock", "pixi.lock"}

// endings maps the endings of files that are read to the size up to which they are.
var endings = map[string]int64{
	".py": maxFile, ".ipynb": maxFile, ".yml": maxFile, ".yaml": maxFile, ".sh": maxFile, ".bash": maxFile, ".zsh": medium, ".ksh": medium,
	".md": maxFile, ".rst": maxFile, ".mdx": medium, ".adoc": medium, ".qmd": medium, ".rmd": medium, ".toml": maxFile, ".mk": maxFile,
	".r": medium, ".jl": medium, ".scala": medium, ".sc": medium, ".java": medium, ".kt": medium, ".go": medium, ".sql": medium,
	".tf": medium, ".hcl": medium, ".tfvars": small, ".bicep": medium, ".nomad": small, ".gradle": small, ".kts": small, ".sbt": small,
	".groovy": medium, ".jenkinsfile": medium, ".json": small, ".jsonc": small, ".jsonnet": small, ".libsonnet": small, ".tpl": small,
	".tmpl": small, ".j2": small, ".jinja": small, ".gotmpl": small, ".cfg": small, ".ini": small, ".conf": small, ".properties": small,
	".service": small, ".timer": small, ".cron": small, ".proto": small, ".ps1": small, ".smk": medium, ".rake": small, ".crontab": small, ".star": small, ".bzl": small, ".rules": small,
	".dvc": small, ".env": small, ".just": small,
}

// names are files that are read by their name, in small letters.
var names = []string{
	"makefile", "gnumakefile", "justfile", ".justfile", "dockerfile", "containerfile", "mlproject", "mlmodel", "pipfile", "jenkinsfile",
	"snakefile", "procfile", "earthfile", "tiltfile", "build.bazel", "run", "ci", "codeowners", "description", "crontab", "rakefile", "pom.xml",
	"pylintrc", ".pylintrc", ".flake8", ".coveragerc", ".bandit", ".condarc", ".gitignore", ".dockerignore", ".gitattributes",
	".gitmodules", ".lfsconfig", ".dvcignore", ".python-version", ".tool-versions", ".nvmrc", ".rprofile", ".lintr", "go.mod",
}

// most returns up to which size a file of a class is read, 0 if it is not.
func most(file string, class Class) int64 {
	base := strings.ToLower(path.Base(file))
	switch class {
	case Generated:
		switch {
		case base == "dvc.lock":
			return medium
		case slices.Contains(locks, base):
			return tiny
		case isList(file):
			return medium
		}
		return 0
	case Vendored, Fixture:
		return 0
	}
	if base == "manifest.json" { // of Posit Connect: it lists all packages
		return medium
	}
	if most, ok := endings[path.Ext(base)]; ok {
		return most
	}
	if isUnit(file) {
		return small
	}
	switch path.Ext(base) {
	case ".txt", ".in":
		if isList(file) {
			return medium
		}
	case ".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs":
		if isTest(base) {
			return small
		}
	}
	switch {
	case slices.Contains(names, base), strings.HasPrefix(base, ".env"), isDVCConfig(file):
		return small
	case strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "containerfile"), strings.HasSuffix(base, ".dockerfile"),
		strings.HasPrefix(base, "jenkinsfile"):
		return medium
	case isBare(base): // a script without an ending, if its first line says so
		return small
	case !isKept(file):
		return small
	}
	return 0
}

// looked are the endings of files that are looked through for credentials and
// not kept.
var looked = []string{".pem", ".key", ".ppk", ".crt", ".js", ".ts", ".jsx", ".tsx", ".html", ".xml", ".npmrc", ".pypirc", ".netrc", ".dockercfg", ".php", ".c", ".cpp", ".cs", ".rb", ".swift", ".dart"}

// isKept reports whether the text of a file that is read matters beside what
// credentials may stand in it.
func isKept(file string) bool {
	base := strings.ToLower(path.Base(file))
	return !slices.Contains(looked, path.Ext(base)) || isTest(base) || base == "pom.xml"
}

// buildsPipelines reports whether a program puts a pipeline of AWS together: it is
// kept, whatever its language.
func buildsPipelines(text []byte) bool {
	steps := bytes.Contains(text, []byte("ShellStep")) || bytes.Contains(text, []byte("CodeBuildStep"))
	return bytes.Contains(text, []byte("aws-codepipeline")) || steps && bytes.Contains(text, []byte("aws-cdk"))
}

// isLoud reports whether it is worth saying that a file is too large to be
// read: it would have been code or configuration.
func isLoud(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return endings[ext] == maxFile || ext == ".tf" || slices.Contains(loudNames, strings.ToLower(path.Base(file)))
}

// loudNames are files by their name that say what a project runs.
var loudNames = []string{"makefile", "gnumakefile", "justfile", ".justfile", "dockerfile", "containerfile", "jenkinsfile", "snakefile", "mlproject"}

// sizeOf is a number of bytes in words.
func sizeOf(n int64) string {
	if n < medium {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// isDVCConfig reports whether a file says where DVC keeps data.
func isDVCConfig(file string) bool {
	return strings.HasPrefix("/"+file, "/.dvc/config") || strings.HasSuffix(file, "/.dvc/config")
}

// isUnit reports whether a file is a unit of systemd that serves or keeps time, or
// the template of one, into which an installer puts folders and users.
func isUnit(file string) bool {
	base := UnitName(file)
	return strings.HasSuffix(base, ".service") || strings.HasSuffix(base, ".timer")
}

// UnitName is the path without the ending of a template.
func UnitName(file string) string {
	for _, ending := range []string{".template", ".tmpl", ".tpl", ".j2", ".jinja", ".in"} {
		if name, ok := strings.CutSuffix(file, ending); ok {
			return name
		}
	}
	return file
}

// isBare reports whether a name has no ending, as many scripts.
func isBare(base string) bool { return !strings.Contains(base, ".") && len(base) < 40 }

// isNamed reports whether a file is read whatever its first line says.
func isNamed(file string) bool {
	base := strings.ToLower(path.Base(file))
	return !isBare(base) || isDVCConfig(file) || slices.Contains(names, base) || strings.Contains(base, "file")
}
