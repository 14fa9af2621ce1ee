package stages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/muster-ci/muster/internal/config"
)

// notebookError says that a file is no notebook that can be run.
type notebookError struct {
	line          int
	message, hint string
}

func (e *notebookError) Error() string { return e.message }

// readNotebook returns the notebook as its stage gets it: the code, without
// what running it once left there. So looking at a notebook changes no key, and
// a stage cannot read what an earlier run wrote.
func readNotebook(dir, name string) ([]byte, error) {
	if err := checkParents(dir, path.Clean(name)); err != nil {
		return nil, fmt.Errorf("notebook %s: %w", name, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	return stripNotebook(bytes.TrimPrefix(data, []byte("\ufeff")))
}

// stripNotebook follows "The Notebook file format" 4 (nbformat's documentation).
func stripNotebook(data []byte) ([]byte, error) {
	var book map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&book); err != nil {
		return nil, invalidNotebook(data, err)
	}
	if version, _ := book["nbformat"].(json.Number); version != "4" {
		return nil, &notebookError{0, fmt.Sprintf("this is no notebook of format 4 (nbformat is %v)", book["nbformat"]), "open it in a current Jupyter and save it"}
	}
	cells, ok := book["cells"].([]any)
	if !ok {
		return nil, &notebookError{0, "the notebook has no cells", "open it in Jupyter and save it"}
	}
	for _, each := range cells {
		if cell, ok := each.(map[string]any); ok {
			stripCell(cell)
		}
	}
	stripMetadata(book)
	return json.Marshal(book) // with its keys in order, whatever wrote it
}

func invalidNotebook(data []byte, err error) error {
	line := 0
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = 1 + bytes.Count(data[:min(int(wrong.Offset), len(data))], []byte("\n"))
	}
	return &notebookError{line, "this is no notebook: " + err.Error(), "open it in Jupyter and save it; a conflict of a merge is often the cause"}
}

// stripCell leaves a cell its source, its kind and its tags, which name the
// cell of parameters.
func stripCell(cell map[string]any) {
	if cell["cell_type"] == "code" {
		cell["outputs"], cell["execution_count"] = []any{}, nil
	}
	delete(cell, "attachments")
	kept := map[string]any{}
	if metadata, ok := cell["metadata"].(map[string]any); ok && metadata["tags"] != nil {
		kept["tags"] = metadata["tags"]
	}
	cell["metadata"] = kept
}

// stripMetadata keeps which kernel runs the notebook, and not which version of
// the language ran it last.
func stripMetadata(book map[string]any) {
	kept := map[string]any{}
	metadata, _ := book["metadata"].(map[string]any)
	if kernel, ok := metadata["kernelspec"].(map[string]any); ok {
		kept["kernelspec"] = kernel
		language, _ := metadata["language_info"].(map[string]any)
		if kernel["language"] == nil && language["name"] != nil {
			kernel["language"] = language["name"]
		}
	}
	book["metadata"] = kept
}

// argv is what the stage executes.
func argv(stage config.Stage) []string {
	if stage.Notebook == nil {
		return stage.Run.Argv()
	}
	return []string{"/bin/sh", "-c", notebookCommand(*stage.Notebook)}
}

// commandLine is the command as a person would type it.
func commandLine(stage config.Stage) string {
	if stage.Notebook != nil {
		return notebookCommand(*stage.Notebook)
	}
	return stage.Run.String()
}

// notebookCommand runs the notebook in its own folder, as Jupyter does.
func notebookCommand(n config.Notebook) string {
	folder, name := path.Split(`"${TMPDIR:-/tmp}"/executed.ipynb`)
	if n.Output != "" {
		folder, name = path.Split(n.Output)
		folder = quote("./" + folder)
	}
	if n.Tool == "nbconvert" {
		// When each cell ran would make the executed notebook another file every time.
		words := []string{"exec", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.record_timing=False", "--output-dir", folder, "--output", quote(name)}
		if n.Kernel != "" {
			words = append(words, quote("--ExecutePreprocessor.kernel_name="+n.Kernel))
		}
		return strings.Join(append(words, quote(n.Path)), " ")
	}
	words := []string{"exec", "papermill", "--no-progress-bar", "--log-output", "--cwd", quote("./" + path.Dir(n.Path))}
	if n.Kernel != "" {
		words = append(words, "--kernel", quote(n.Kernel))
	}
	if n.Params != "" {
		words = append(words, "-f", quote(n.Params))
	}
	return strings.Join(append(words, quote(n.Path), folder+quote(name)), " ")
}

// quote writes a word for a shell. Paths hold no NUL, the one thing that cannot be written.
func quote(word string) string {
	quoted, err := syntax.Quote(word, syntax.LangPOSIX)
	if err != nil { // a newline or a control character, which POSIX shells take between single quotes
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return quoted
}
