package source

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Class is what sort of file it is, by the conventions for paths.
type Class string

// The classes of files. Only Source counts as what the project does.
const (
	Source    Class = "source"
	Test      Class = "test"
	Fixture   Class = "fixture"   // data of tests, which may look like anything
	Example   Class = "example"   // shown to readers, not run by the project
	Docs      Class = "docs"      // documentation, and instructions for assistants
	Template  Class = "template"  // becomes something elsewhere
	Vendored  Class = "vendored"  // somebody else's
	Generated Class = "generated" // made by a tool
	Notebook  Class = "notebook"
)

// folders maps the names of folders to the class of what lies in them; the
// first that fits, from the root on, decides.
var folders = map[string]Class{
	"node_modules": Vendored, "vendor": Vendored, "third_party": Vendored, "third-party": Vendored,
	"thirdparty": Vendored, "site-packages": Vendored, ".venv": Vendored, "venv": Vendored, "bower_components": Vendored,
	"external": Vendored, ".tox": Vendored, ".nox": Vendored, ".eggs": Vendored,
	"testdata": Fixture, "test_data": Fixture, "fixtures": Fixture, "__snapshots__": Fixture, "cassettes": Fixture,
	"tests": Test, "test": Test, "testing": Test, "__tests__": Test, "e2e": Test, "integration_tests": Test, "unittests": Test,
	"examples": Example, "example": Example, "samples": Example, "sample": Example, "demo": Example, "demos": Example,
	"tutorials": Example, "tutorial": Example, "snippets": Example, "playground": Example,
	"docs": Docs, "doc": Docs, "documentation": Docs, ".gemini": Docs, ".claude": Docs, ".cursor": Docs, "skills": Docs,
	"templates": Template, "cookiecutter": Template, ".ipynb_checkpoints": Generated, "__pycache__": Generated,
	"dist": Generated, "build": Generated, "generated": Generated, ".git": Generated, ".muster": Generated,
}

var (
	placeholder   = regexp.MustCompile(`\{\{.*\}\}|\{%.*%\}|__cookiecutter`)
	testFile      = regexp.MustCompile(`^(test_.*|.*_tests?|tests|conftest)\.py$|_test\.go$|[._](test|spec)\.[jt]sx?$|^test[-_].*\.R$`)
	generatedFile = regexp.MustCompile(`_pb2(_grpc)?\.pyi?$|\.min\.(js|css)$|\.pb\.go$|_generated\.|\.lock$|-lock\.(json|ya?ml)$`)
	docFile       = regexp.MustCompile(`(?i)\.(md|mdx|rst|adoc|txt)$`)
)

// Classify returns the class of a path in the repository.
func Classify(file string) Class {
	dir, base := path.Split(file)
	if placeholder.MatchString(file) {
		return Template
	}
	class := Source
	for name := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		c, ok := folders[strings.ToLower(name)]
		if !ok {
			continue
		}
		// Test data in a folder of tests is data; anything inside somebody else's code is theirs.
		if class == Source || c == Vendored || class == Test && c == Fixture {
			class = c
		}
	}
	switch {
	case class == Vendored || class == Fixture || class == Template:
		return class
	case generatedFile.MatchString(base):
		return Generated
	case class != Source:
		return class
	case testFile.MatchString(base):
		return Test
	case strings.HasSuffix(base, ".ipynb"):
		return Notebook
	case strings.HasSuffix(base, ".j2") || strings.HasSuffix(base, ".tmpl") || strings.HasSuffix(base, ".jinja"):
		return Template
	case docFile.MatchString(base) && !IsRequirements(file):
		return Docs
	}
	return Source
}

// IsRequirements reports whether a file lists Python packages to install.
func IsRequirements(file string) bool {
	base := path.Base(file)
	return strings.HasPrefix(base, "requirements") && (strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".in")) ||
		path.Base(path.Dir(file)) == "requirements" && strings.HasSuffix(base, ".txt")
}

// definition tells, by its name or folder, a JSON file that describes what a
// scheduler or a cloud runs from one that holds data.
var definition = regexp.MustCompile(`(?i)(hook|task|job|state.?machine|step.?function|pipeline|workflow|schedule|trigger|deploy|infra|cloudformation|template|\.asl\.)`)

// IsDefinition reports whether a JSON file may describe what a scheduler or a
// cloud runs.
func IsDefinition(file string) bool {
	return path.Ext(file) == ".json" && definition.MatchString(file) && !strings.Contains(file, "package-lock")
}

// artefacts are the endings of files that hold a trained model.
var artefacts = []string{
	".onnx", ".pt", ".pth", ".pkl", ".joblib", ".h5", ".keras", ".safetensors", ".gguf", ".tflite", ".ckpt", ".pkl.dvc", ".pt.dvc", ".onnx.dvc",
}

// IsModel reports whether a file is, by its name, a trained model.
func IsModel(file string) bool {
	class := Classify(file)
	if class == Fixture || class == Test || class == Vendored {
		return false
	}
	return path.Base(file) == "MLmodel" || slices.ContainsFunc(artefacts, func(end string) bool {
		return strings.HasSuffix(strings.ToLower(file), end)
	})
}
