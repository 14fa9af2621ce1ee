package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	tinyImage = "muster-example/tiny:1"           // one static binary
	shImage   = "muster-example/python-sklearn:1" // has a shell, scikit-learn and pandas
	// pandasImage has pandas and Arrow, which Debian's stable release lacks.
	pandasImage = "muster-bench/pandas:1"
)

// benches lists what is measured, in the order of docs/benchmarks.md.
func benches() []bench {
	return []bench{
		{"chain of containers", chain},
		{"independent stages", independent},
		{"nothing changed", nothingChanged},
		{"first hash", firstHash},
		{"start", start},
		{"compare", comparison},
		{"read predictions", reading},
		{"policies", policyRules},
		{"promote", promoting},
		{"score", scoring},
		{"size", size},
	}
}

// write puts a file down, with its folders.
func write(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

// forget removes what muster knows of a project, so that nothing is cached.
func forget(dir string) func() error {
	return func() error { return os.RemoveAll(filepath.Join(dir, ".muster")) }
}

// chain: stages in a row, each a trivial container.
func chain(ctx context.Context, p *place) ([]row, error) {
	const stages = 20
	var yaml strings.Builder
	fmt.Fprintf(&yaml, "version: 1\nimage: %s\nstages:\n", tinyImage)
	for i := range stages {
		inputs := "[]"
		if i > 0 {
			inputs = fmt.Sprintf("[out/%d.txt]", i-1)
		}
		fmt.Fprintf(&yaml, "  s%d: {run: [/tiny, write, out/%d.txt, \"%d\"], inputs: %s, outputs: [out/%d.txt]}\n", i, i, i, inputs, i)
	}
	ours, theirs := filepath.Join(p.dir, "ours"), filepath.Join(p.dir, "theirs")
	if err := write(filepath.Join(ours, "muster.yaml"), yaml.String()); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(theirs, "out"), 0o755); err != nil {
		return nil, err
	}
	loop := func(flags string) command {
		return sh(theirs, fmt.Sprintf(`i=0; while [ $i -lt %d ]; do docker run --rm %s --user "$(id -u):$(id -g)" -v "$PWD:/w" -w /w %s /tiny write out/$i.txt $i; i=$((i+1)); done`, stages, flags, tinyImage))
	}
	m, err := medians(ctx, p.rounds, command{argv: []string{p.muster, "run", "--quiet"}, dir: ours, before: forget(ours)}, loop(""), loop("--network none"))
	if err != nil {
		return nil, err
	}
	return []row{
		{what: "20 trivial containers in a chain, nothing cached", against: "docker run --rm in a shell loop", ours: m[0], theirs: m[1], limit: 1.00},
		{what: "the same", against: "docker run --rm --network none in a shell loop", ours: m[0], theirs: m[2]},
	}, nil
}

// independent: stages that each keep one processor busy for two seconds.
func independent(ctx context.Context, p *place) ([]row, error) {
	const stages, seconds = 8, 2
	loops, err := calibrate(ctx, p, seconds)
	if err != nil {
		return nil, err
	}
	busy := fmt.Sprintf("i=0; while [ $i -lt %d ]; do i=$((i+1)); done", loops)
	var yaml strings.Builder
	fmt.Fprintf(&yaml, "version: 1\nimage: %s\nstages:\n", shImage)
	for i := range stages {
		fmt.Fprintf(&yaml, "  s%d: {run: \"%s; echo %d > out%d.txt\", outputs: [out%d.txt]}\n", i, busy, i, i, i)
	}
	if err := write(filepath.Join(p.dir, "muster.yaml"), yaml.String()); err != nil {
		return nil, err
	}
	loop := fmt.Sprintf(`n=0; while [ $n -lt %d ]; do docker run --rm %s sh -c '%s'; n=$((n+1)); done`, stages, shImage, busy)
	m, err := medians(ctx, min(p.rounds, 3), command{argv: []string{p.muster, "run", "--quiet"}, dir: p.dir, before: forget(p.dir)}, sh(p.dir, loop))
	if err != nil {
		return nil, err
	}
	return []row{{what: "8 independent stages of 2 s on one core each", against: "docker run --rm in a shell loop", ours: m[0], theirs: m[1], limit: 0.60}}, nil
}

// calibrate finds how many turns of an empty loop take so many seconds in a container.
func calibrate(ctx context.Context, p *place, seconds float64) (int, error) {
	const some = 2_000_000
	took, err := medians(ctx, 3, sh(p.dir, fmt.Sprintf(`docker run --rm %s sh -c 'i=0; while [ $i -lt %d ]; do i=$((i+1)); done'`, shImage, some)),
		sh(p.dir, fmt.Sprintf(`docker run --rm %s true`, shImage)))
	if err != nil {
		return 0, err
	}
	return int(some * seconds / (took[0].seconds - took[1].seconds)), nil
}

// pipeline writes stages over so many files of so many bytes in all: the same
// graph for muster, Snakemake and make.
func pipeline(dir string, stages, files int, bytesInAll int) error {
	var yaml, snake, mk strings.Builder
	yaml.WriteString("version: 1\nstages:\n")
	snake.WriteString("rule all:\n  input: [f'out{i}.txt' for i in range(" + fmt.Sprint(stages) + ")]\n")
	mk.WriteString("all:")
	for i := range stages {
		fmt.Fprintf(&mk, " out%d.txt", i)
	}
	mk.WriteString("\n")
	content := make([]byte, bytesInAll/files)
	random := rand.NewChaCha8([32]byte{1})
	for i := range stages {
		fmt.Fprintf(&yaml, "  s%d: {run: \"ls data/%d | wc -l > out%d.txt\", inputs: [data/%d], outputs: [out%d.txt]}\n", i, i, i, i, i)
		fmt.Fprintf(&snake, "rule s%d:\n  input: expand('data/%d/{n}', n=glob_wildcards('data/%d/{n}').n)\n  output: 'out%d.txt'\n  shell: 'ls data/%d | wc -l > out%d.txt'\n", i, i, i, i, i, i)
		fmt.Fprintf(&mk, "out%d.txt: $(wildcard data/%d/*)\n\tls data/%d | wc -l > out%d.txt\n", i, i, i, i)
		for j := range files / stages {
			if _, err := random.Read(content); err != nil {
				return err
			}
			if err := write(filepath.Join(dir, fmt.Sprintf("data/%d/%06d.csv", i, j)), string(content)); err != nil {
				return err
			}
		}
	}
	for name, text := range map[string]string{"muster.yaml": yaml.String(), "Snakefile": snake.String(), "Makefile": mk.String()} {
		if err := write(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// nothingChanged: runs that find all as it was, and one that finds one change.
func nothingChanged(ctx context.Context, p *place) ([]row, error) {
	small, large := filepath.Join(p.dir, "small"), filepath.Join(p.dir, "large")
	if err := pipeline(small, 10, 10_000, 100_000_000); err != nil {
		return nil, err
	}
	if err := pipeline(large, 10, 100_000, 100_000_000); err != nil {
		return nil, err
	}
	ours := command{argv: []string{p.muster, "run", "--quiet", "--executor", "process"}, dir: small}
	snake, mk := sh(small, "snakemake --quiet --cores 2"), sh(small, "make -s")
	largeOurs := ours
	largeOurs.dir = large
	for _, first := range []command{ours, snake, mk, largeOurs} {
		if _, err := first.once(ctx); err != nil {
			return nil, err
		}
	}
	// An index does not trust a file that is as young as itself, so wait as people do.
	time.Sleep(2 * time.Second)
	m, err := medians(ctx, 2*p.rounds, ours, snake, mk, largeOurs)
	if err != nil {
		return nil, err
	}
	changed, err := oneChanged(ctx, 2*p.rounds, ours)
	if err != nil {
		return nil, err
	}
	return []row{
		{what: "nothing changed: 10 stages, 10,000 files (100 MB)", against: "Snakemake, the same graph", ours: m[0], theirs: m[1], limit: 0.05},
		{what: "nothing changed: the same", against: "GNU make, the same graph", ours: m[0], theirs: m[2], limit: 3},
		{what: "nothing changed: 100,000 files", against: "muster with 10,000 files", ours: m[3], theirs: m[0], limit: 11, bound: 150e6},
		{what: "one of 10,000 files changed, its stage left out", against: "muster with nothing changed", ours: changed, theirs: m[0], limit: 1.5},
	}, nil
}

// oneChanged measures runs before each of which one file changes; the time that
// the stage itself took, as the run says, is left out.
func oneChanged(ctx context.Context, rounds int, ours command) (measure, error) {
	var all []measure
	for i := range rounds {
		if err := write(filepath.Join(ours.dir, "data/3/000500.csv"), fmt.Sprint("changed ", i)); err != nil {
			return measure{}, err
		}
		m, err := ours.once(ctx)
		if err != nil {
			return measure{}, err
		}
		stage, err := stageSeconds(ours)
		if err != nil {
			return measure{}, err
		}
		m.seconds -= stage
		all = append(all, m)
	}
	return median(all), nil
}

// firstHash: files that muster has never seen, and that are in memory.
func firstHash(ctx context.Context, p *place) ([]row, error) {
	var inputs []string
	for i := range 4 {
		name := fmt.Sprintf("data%d.bin", i)
		if err := writeRandom(filepath.Join(p.dir, name), byte(i), 1<<30); err != nil {
			return nil, err
		}
		inputs = append(inputs, name)
	}
	yaml := fmt.Sprintf("version: 1\nstages: {a: {run: \"true\", inputs: [%s]}}\n", strings.Join(inputs, ", "))
	if err := write(filepath.Join(p.dir, "muster.yaml"), yaml); err != nil {
		return nil, err
	}
	m, err := medians(ctx, min(p.rounds, 3),
		command{argv: []string{p.muster, "run", "--dry-run", "--executor", "process"}, dir: p.dir, before: forget(p.dir)},
		sh(p.dir, "printf '%s\\0' *.bin | xargs -0 -n 1 -P 2 sha256sum"))
	if err != nil {
		return nil, err
	}
	return []row{{what: "first hash of 4 GiB in 4 files", against: "sha256sum, two at a time", ours: m[0], theirs: m[1], limit: 1.15}}, nil
}

// writeRandom writes a file in blocks: what a process has held in memory, Linux
// counts as its children's, too.
func writeRandom(name string, seed byte, size int64) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.CopyN(file, rand.NewChaCha8([32]byte{seed}), size); err != nil {
		return err
	}
	return file.Close()
}

func start(ctx context.Context, p *place) ([]row, error) {
	m, err := medians(ctx, 20*p.rounds, command{argv: []string{p.muster, "version"}}, command{argv: []string{"docker", "--version"}})
	if err != nil {
		return nil, err
	}
	return []row{{what: "muster version", against: "docker --version", ours: m[0], theirs: m[1], limit: 2}}, nil
}

func size(_ context.Context, p *place) ([]row, error) {
	info, err := os.Stat(p.muster)
	if err != nil {
		return nil, err
	}
	return []row{{what: "size of the binary", ours: measure{memory: info.Size()}, bound: 60e6}}, nil
}
