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
	"thirdparty": Vendored, "3rdparty": Vendored, "3rd_party": Vendored, "3rd-party": Vendored, "vendors": Vendored, "vendored": Vendored,
	"_vendor": Vendored, "extern": Vendored, "godeps": Vendored, "virtualenv": Vendored, "site-packages": Vendored, ".venv": Vendored, "venv": Vendored, "bower_components": Vendored,
	"external": Vendored, ".tox": Vendored, ".nox": Vendored, ".eggs": Vendored,
	"testdata": Fixture, "test_data": Fixture, "fixtures": Fixture, "__snapshots__": Fixture, "cassettes": Fixture,
	"tests": Test, "test": Test, "testing": Test, "__tests__": Test, "e2e": Test, "integration_tests": Test, "unittests": Test,
	"examples": Example, "example": Example, "samples": Example, "sample": Example, "demo": Example, "demos": Example,
	"tutorials": Example, "tutorial": Example, "snippets": Example, "playground": Example,
	"docs": Docs, "doc": Docs, "documentation": Docs, ".gemini": Docs, ".claude": Docs, ".cursor": Docs, "skills": Docs,
	"templates": Template, "cookiecutter": Template, ".ipynb_checkpoints": Generated, "__pycache__": Generated,
	"dist": Generated, "generated": Generated, ".git": Generated, ".muster": Generated,
}

var placeholder = regexp.MustCompile(`\{\{.*\}\}|\{%.*%\}|__cookiecutter`)

// docs are the endings of documents.
var docs = map[string]bool{".md": true, ".mdx": true, ".rst": true, ".adoc": true, ".txt": true}

// isTest reports whether a file is one of tests by its name, as the runners of
// its language look for them.
func isTest(base string) bool {
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	switch ext {
	case ".py":
		return strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, "_tests") || stem == "tests" || stem == "conftest"
	case ".go":
		return strings.HasSuffix(stem, "_test")
	case ".js", ".ts", ".jsx", ".tsx":
		return strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, ".spec") || strings.HasSuffix(stem, "_spec")
	case ".R":
		return strings.HasPrefix(stem, "test-") || strings.HasPrefix(stem, "test_")
	case ".java", ".scala", ".kt":
		return strings.HasSuffix(stem, "Test") || strings.HasSuffix(stem, "Tests") || strings.HasSuffix(stem, "Spec") || strings.HasSuffix(stem, "Suite")
	}
	return false
}

// isGenerated reports whether a file was made by a tool, by its name.
func isGenerated(base string) bool {
	for _, end := range []string{
		".lock", ".min.js", ".min.css", ".pb.go", "_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi", "-lock.json", "-lock.yaml", "-lock.yml",
	} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return strings.Contains(base, "_generated.")
}

// Classify returns the class of a path in a repository that says nothing of it
// itself; [Tree.Class] knows what the repository says.
func Classify(file string) Class {
	dir, base := path.Split(file)
	if isPlaceholder(file) {
		return Template
	}
	return classify(folderClass(dir), file, base)
}

// isPlaceholder reports whether a path has a part that a template fills in.
func isPlaceholder(file string) bool {
	return (strings.Contains(file, "{") || strings.Contains(file, "__cookiecutter")) && placeholder.MatchString(file)
}

// folderClass is the class that the folders of a path give.
func folderClass(dir string) Class {
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
	if strings.Contains(dir, "build/lib/") || strings.Contains(dir, "build/bdist") { // what setuptools leaves behind
		return Generated
	}
	return class
}

// classify is the class of a file in folders of a class.
func classify(class Class, file, base string) Class {
	switch {
	case class == Vendored || class == Fixture || class == Template:
		return class
	case isGenerated(base):
		return Generated
	case class != Source:
		return class
	case isTest(base):
		return Test
	case strings.HasSuffix(base, ".ipynb"):
		return Notebook
	case strings.HasSuffix(base, ".j2") || strings.HasSuffix(base, ".tmpl") || strings.HasSuffix(base, ".jinja"):
		return Template
	case docs[strings.ToLower(path.Ext(base))] && !isList(file):
		return Docs
	}
	return Source
}

// IsFence reports whether a line of a page opens or closes a block of code. What has
// more backticks behind it is code within the line
// (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
func IsFence(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "~~~") || strings.HasPrefix(line, "```") && !strings.Contains(strings.TrimLeft(line, "`"), "`")
}

// IsRequirements reports whether a file lists Python packages to install.
func IsRequirements(file string) bool {
	base := path.Base(file)
	return strings.HasPrefix(base, "requirements") && (strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".in")) ||
		path.Base(path.Dir(file)) == "requirements" && strings.HasSuffix(base, ".txt")
}

// lists are the names of lists of versions that commands install from, beside those
// of the requirements of pip: "dev-requirements.txt", "constraints.txt",
// "requirements.lock" of Rye, "conda-linux-64.lock".
var lists = regexp.MustCompile(`(?i)^(.+[-_.])?requirements?([-_.].+)?\.(txt|in|lock)$|^(.+[-_.])?constraints?([-_.].+)?\.txt$|^(conda-)?[\w.-]*(linux|osx|win)-(64|arm64|aarch64)\.(lock|txt)$`)

// isList reports whether a command may install from a file of versions.
func isList(file string) bool { return IsRequirements(file) || lists.MatchString(path.Base(file)) }

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
	lower := strings.ToLower(file)
	return path.Base(file) == "MLmodel" || slices.ContainsFunc(artefacts, func(end string) bool { return strings.HasSuffix(lower, end) })
}
