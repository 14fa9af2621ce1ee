package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnusedFunctions: a tracker that only a function names which nothing calls
// is told apart, and starts nothing.
func TestUnusedFunctions(t *testing.T) {
	set := build(t, `
-- Makefile --
all:
	python run.py
-- run.py --
import subprocess, mlflow
def log():
    mlflow.log_metric("auc", 1)
    subprocess.run(["python", "train.py"])
def used():
    mlflow.log_param("n", 1)
used()
-- train.py --
from sklearn.linear_model import Ridge
Ridge().fit(x, y)
`)
	want := []string{"source run.py:6 mlflow.log_param <- Makefile#all", "unused run.py:3 mlflow.log_metric"}
	if diff := cmp.Diff(want, show(set, "tracking")); diff != "" {
		t.Errorf("tracking (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"source train.py:2 sklearn.linear_model.Ridge().fit"}, show(set, "train")); diff != "" {
		t.Errorf("training (-want +got):\n%s", diff)
	}
}
