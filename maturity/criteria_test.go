package maturity_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
	"github.com/muster-ci/muster/maturity/rubric"
)

// TestCriteria scores the small repositories in testdata/criteria: in each folder
// some that meet the criterion of its name, and some that only look like it. The
// file "want" of an archive says the answer: "verdict path:line", where the place
// is that of the first evidence; a second line may name the kind to be assumed.
func TestCriteria(t *testing.T) {
	for _, name := range archives(t) {
		id := filepath.Base(filepath.Dir(name))
		t.Run(id+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive := parse(t, name)
			want, kind := wanted(archive)
			got := answerOf(score(t, unpack(t, archive), maturity.Options{Kind: kind}), id)
			switch {
			case *update:
				rewriteAnswer(t, name, archive, got, kind)
			case got != want:
				t.Errorf("%s is %q, want %q", id, got, want)
			}
		})
	}
}

// TestEveryCriterionHasBoth keeps testdata/criteria complete.
func TestEveryCriterionHasBoth(t *testing.T) {
	met, not := map[string]bool{}, map[string]bool{}
	for _, name := range archives(t) {
		id := filepath.Base(filepath.Dir(name))
		want, _ := wanted(parse(t, name))
		if strings.HasPrefix(want, "met") {
			met[id] = true
		} else {
			not[id] = true
		}
	}
	r, err := rubric.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Criteria {
		if !met[c.ID] || !not[c.ID] {
			t.Errorf("%s: met in an archive: %t; only looks like it in an archive: %t", c.ID, met[c.ID], not[c.ID])
		}
	}
}

func archives(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/criteria/*/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	return names
}

// wanted reads an archive's answer and the kind it is to be taken for.
func wanted(archive *txtar.Archive) (string, result.Kind) {
	for _, f := range archive.Files {
		if f.Name == "want" {
			answer, kind, _ := strings.Cut(strings.TrimSpace(string(f.Data)), "\n")
			if kind == "" {
				kind = string(result.KindTraining)
			}
			return answer, result.Kind(kind)
		}
	}
	return "", result.KindTraining
}

// answerOf is a criterion's answer with its first evidence.
func answerOf(a result.Assessment, id string) string {
	for _, c := range a.Roots[0].Criteria {
		if c.ID != id {
			continue
		}
		if len(c.Evidence) == 0 {
			return string(c.Verdict)
		}
		return fmt.Sprintf("%s %s:%d", c.Verdict, c.Evidence[0].Path, c.Evidence[0].Line)
	}
	return "not asked"
}

func rewriteAnswer(t *testing.T, name string, archive *txtar.Archive, answer string, kind result.Kind) {
	t.Helper()
	text := answer + "\n"
	if kind != result.KindTraining {
		text += string(kind) + "\n"
	}
	for i := range archive.Files {
		if archive.Files[i].Name == "want" {
			archive.Files[i].Data = []byte(text)
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Errorf("%s has no file want", name)
}
