package flow

import (
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// What is too large to be searched is told of.
func TestLeakageTooLarge(t *testing.T) {
	folder, err := stages.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store, err := folder.Store()
	if err != nil {
		t.Fatal(err)
	}
	large := reader{"train", result.File{Path: "train.csv", SHA256: strings.Repeat("a", 64), Size: maxSearched + 1}}
	l := &leakage{
		gate: Gate{Project: &Project{Folder: folder}}, lines: &foundLines{store: store}, rows: 10,
		asked:    []result.File{{Path: "test.csv", SHA256: strings.Repeat("b", 64), Size: 100}},
		training: map[string]reader{large.file.Path: large}, byDigest: map[string]reader{large.file.SHA256: large},
	}
	problem, err := l.find(t.Context())
	if err != nil || problem == nil || problem.Code != "leakage-unchecked" || !strings.Contains(problem.Message, "more than 1024 MB") {
		t.Errorf("%+v, %v", problem, err)
	}
}
