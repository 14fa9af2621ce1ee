package stages_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

func notebook(source, output string, count int) string {
	return fmt.Sprintf(`{
 "cells": [
  {"cell_type": "code", "execution_count": %d, "metadata": {"tags": ["parameters"], "execution": {"iopub": "2026"}}, "source": [%q],
   "outputs": [{"output_type": "stream", "name": "stdout", "text": [%q]}]},
  {"cell_type": "markdown", "metadata": {}, "source": ["# why"]}
 ],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python", "version": "3.%d"}},
 "nbformat": 4, "nbformat_minor": 5
}`, count, source, output, count)
}

// What running a notebook leaves in it is no input: looking at it retrains nothing.
func TestANotebooksOutputsAreNotInItsKey(t *testing.T) {
	bin := t.TempDir()
	// In place of the real one: it says what it was called with, and copies what it was given.
	papermill := "#!/bin/sh\necho \"$@\" > \"$CALLED\"\nfor last; do :; done\nfor in; do case $in in *.ipynb) break;; esac; done\ncp \"$in\" \"$last\"\n"
	if err := os.WriteFile(filepath.Join(bin, "papermill"), []byte(papermill), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	called := filepath.Join(t.TempDir(), "called")
	p := newProject(t, `
version: 1
params: params.yaml
stages:
  nb: {notebook: {path: "nb/it's mine.ipynb", kernel: python3, output: out/done.ipynb}, params: [lr], env: {CALLED: PLACE}}
`, map[string]string{"nb/it's mine.ipynb": notebook("lr = 1", "first", 11), "params.yaml": "lr: 2\n"})
	p.runner.Config.Stages[0].Env["CALLED"] = called
	first := p.run(result.RunPassed)
	if got := p.read("out/done.ipynb"); strings.Contains(got, "first") || strings.Contains(got, "3.11") || !strings.Contains(got, `"tags":["parameters"]`) {
		t.Errorf("the stage got %s", got)
	}
	want := "--no-progress-bar --log-output --cwd ./nb --kernel python3 -f params.yaml nb/it's mine.ipynb ./out/done.ipynb\n"
	if got, err := os.ReadFile(called); err != nil || string(got) != want {
		t.Errorf("it was called with %q, %v", got, err)
	}

	p.write("nb/it's mine.ipynb", notebook("lr = 1", "second", 12))
	if again := p.run(result.RunPassed); len(p.ran) > 0 || again.Stages[0].Key != first.Stages[0].Key {
		t.Errorf("it ran again because of its own outputs: %s", again.Stages[0].Reason)
	}
	p.write("nb/it's mine.ipynb", notebook("lr = 3", "second", 12))
	if other := p.run(result.RunPassed); len(p.ran) != 1 || other.Stages[0].Reason != "input nb/it's mine.ipynb changed" {
		t.Errorf("other code: %+v", other.Stages[0])
	}
}

func TestWhatIsNoNotebook(t *testing.T) {
	tests := map[string]string{
		"{\n \"cells\": [\n<<<<<<< HEAD": "nb.ipynb:3:1: this is no notebook",
		`{"nbformat": 3}`:                "nb.ipynb: this is no notebook of format 4",
		`{"nbformat": 4}`:                "nb.ipynb: the notebook has no cells",
		"":                               "nb.ipynb: this is no notebook: EOF",
	}
	for text, want := range tests {
		p := newProject(t, "version: 1\nstages: {nb: {notebook: nb.ipynb}}", map[string]string{"nb.ipynb": text})
		_, err := p.runner.Run(t.Context(), nil)
		if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %s", text, err, want)
		}
	}
}

func FuzzNotebook(f *testing.F) {
	f.Add(notebook("x", "y", 1))
	f.Add(`{"nbformat": 4, "cells": [1, null, {"cell_type": []}], "metadata": {"kernelspec": 1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p := newProject(t, "version: 1\nstages: {nb: {notebook: nb.ipynb}}", map[string]string{"nb.ipynb": text})
		_, err := p.runner.Preview(t.Context(), nil)
		if err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("a mistake in the notebook came back as %T: %v", err, err)
			}
		}
	})
}
