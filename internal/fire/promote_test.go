package fire_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/registry"
)

// gated is a pipeline whose model is one number, the better the higher, with a gate.
const gated = `
version: 1
name: fire
executor: process
stages:
  train: {run: cp skill.txt model.txt, inputs: [skill.txt], outputs: [model.txt]}
  evaluate:
    run: awk -v skill=$(cat model.txt) -f predict.awk > predictions.csv
    inputs: [predict.awk, model.txt]
    predictions: predictions.csv
gate: {metrics: {roc_auc: {margin: 0.02}}}
`

const predictAWK = `BEGIN {
  seed = 42
  print "id,label,score"
  for (i = 1; i <= 400; i++) {
    seed = (seed * 16807) % 2147483647; label = seed % 2
    seed = (seed * 16807) % 2147483647
    printf "row-%d,%d,%.9f\n", i, label, 1 / (1 + exp(-skill * (label - 0.5) - 3 * (seed / 2147483647 - 0.5)))
  }
}
`

// newGated makes a project with a gate, whose registry lies in the folder given.
func newGated(t *testing.T, folder string) *project {
	t.Helper()
	p := newProject(t, gated)
	p.write("predict.awk", predictAWK)
	p.env = append(p.env, "MUSTER_REGISTRY="+folder)
	return p
}

// passes makes a model and takes it through the gate, up to its promotion.
func (p *project) passes(skill float64) {
	p.Helper()
	p.write("skill.txt", strconv.FormatFloat(skill, 'f', -1, 64)+"\n")
	p.call(0, "run", "--quiet")
	p.call(0, "gate", "--quiet")
}

// kept opens the registry as muster would.
func (p *project) kept(folder string) *registry.Registry {
	p.Helper()
	reg, err := registry.OpenDir(p.Context(), folder)
	if err != nil {
		p.Fatal(err)
	}
	return reg
}

// wantWhole wants a registry without damage whose alias names one of the versions.
func (p *project) wantWhole(folder string, versions ...string) {
	p.Helper()
	reg := p.kept(folder)
	found, err := reg.Verify(p.Context(), nil)
	if err != nil || len(found.Damages) > 0 {
		p.Fatalf("the registry is damaged: %v %+v", err, found.Damages)
	}
	version, _, err := reg.Current(p.Context(), "production")
	if err != nil {
		p.Fatal(err)
	}
	if !slices.Contains(versions, version.Version) {
		p.Fatalf("production names %s, want one of %v", version.Version, versions)
	}
}

// 50 processes promote 50 candidates over one champion at once, each from a working
// copy of its own: one wins, and the others are told who.
func TestFiftyPromote(t *testing.T) {
	t.Parallel()
	const rivals = 50
	folder := filepath.Join(t.TempDir(), "registry")
	first := newGated(t, folder)
	first.call(0, "models", "init")
	first.passes(1)
	first.call(0, "promote")

	projects := make([]*project, rivals)
	for i := range projects {
		projects[i] = newGated(t, folder)
	}
	each(projects, 4, func(i int, p *project) { p.passes(2 + float64(i)/100) })
	started := make([]*muster, rivals)
	for i, p := range projects {
		started[i] = p.start("promote")
	}
	for _, m := range started {
		m.code()
	}
	winner, winners := first.current(folder), 0
	first.wantWhole(folder, winner)
	for _, m := range started {
		switch code := m.code(); {
		case code == 0 && strings.Contains(m.said(), winner):
			winners++
		case code != 7 || !strings.Contains(m.said(), "production names "+winner):
			t.Errorf("exit code %d, want 7 with the name of %s:\n%s", code, winner, m.said())
		}
	}
	history, err := first.kept(folder).History(t.Context(), "production")
	if err != nil || winners != 1 || len(history) != 2 {
		t.Errorf("%d won; the history has %d moves, %v", winners, len(history), err)
	}
}

// each does something with all projects, some at a time.
func each(projects []*project, atOnce int, do func(int, *project)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, p := range projects {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			do(i, p)
		})
	}
	all.Wait()
}

func (p *project) current(folder string) string {
	p.Helper()
	version, _, err := p.kept(folder).Current(p.Context(), "production")
	if err != nil {
		p.Fatal(err)
	}
	return version.Version
}

// promoteKills is how many times a promotion is killed; each time at another instant.
const promoteKills = 60

// However often a promotion is killed, and whenever: the alias names the old version
// or the new one, nothing in the registry is damaged, and the next try gets through.
func TestKilledWhilePromoting(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "registry")
	p := newGated(t, folder)
	p.call(0, "models", "init")
	p.passes(1)
	began := time.Now()
	p.call(0, "promote")
	whole := time.Since(began)
	before := p.current(folder)
	for killed, round := 0, 1; killed < promoteKills; round++ {
		p.passes(1 + float64(round)/20)
		after := fmt.Sprintf("v%d", round+1)
		for try := range 2 + rand.IntN(6) {
			m, started := p.start("promote", "--quiet"), time.Now()
			switch code := m.killAfter(rand.N(whole)); {
			case code == -1:
				killed++
			case try == 0: // it had everything to do
				whole = time.Since(started)
			}
			p.wantWhole(folder, before, after)
		}
		p.finishPromotion(folder, after)
		before = after
	}
	versions, err := p.kept(folder).Versions(t.Context())
	history, errHistory := p.kept(folder).History(t.Context(), "production")
	if err != nil || errHistory != nil || len(versions) != len(history) {
		t.Errorf("%d versions for %d moves: %v, %v", len(versions), len(history), err, errHistory)
	}
}

// finishPromotion promotes once more: if one that was killed had moved the alias
// already, this one may say that it has moved.
func (p *project) finishPromotion(folder, want string) {
	p.Helper()
	done := p.current(folder) == want
	m := p.start("promote")
	if code := m.code(); code != 0 && (!done || code != 7) {
		p.Fatalf("exit code %d:\n%s", code, m.said())
	}
	p.wantWhole(folder, want)
}

// A bit turns over in the registry, anywhere: whoever uses what it belongs to notices.
func TestFlippedBit(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "registry")
	p := newGated(t, folder)
	p.call(0, "models", "init")
	p.passes(1)
	p.call(0, "promote")
	v, err := p.kept(folder).Version(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	p.passes(2)
	flipBit(t, registry.NewDir(folder).ObjectPath(v.Model.Files[0].SHA256))
	p.says(1, []string{"promote"}, "does not hold model.txt of v1 whole")
	p.says(5, []string{"gate"}, "undecided", "registry-failed")
	p.says(1, []string{"models", "verify"}, "model.txt of v1", "--mend")
	p.says(0, []string{"models", "verify", "--mend"})
	p.call(0, "gate")
	p.call(0, "promote")
}

func flipBit(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
