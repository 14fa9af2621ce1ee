package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
)

// promotable is a pipeline whose model is one number, and its gate.
const promotable = `version: 1
name: bench
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
  for (i = 1; i <= 600; i++) {
    seed = (seed * 16807) % 2147483647; label = seed % 2
    seed = (seed * 16807) % 2147483647
    printf "row-%d,%d,%.6f\n", i, label, 1 / (1 + exp(-skill * (label - 0.5) - 3 * (seed / 2147483647 - 0.5)))
  }
}
`

// promoting: the same promotion into a registry with few versions and with many,
// each of which was promoted once.
func promoting(ctx context.Context, p *place) ([]row, error) {
	const few, many = 10, 1000
	var commands []command
	for _, versions := range []int{few, many} {
		dir := filepath.Join(p.dir, fmt.Sprint(versions))
		if err := promotableProject(ctx, p.muster, dir, versions); err != nil {
			return nil, err
		}
		commands = append(commands, command{argv: []string{p.muster, "promote"}, dir: dir, before: unpromote(dir, versions+1)})
	}
	m, err := medians(ctx, 8*p.rounds, commands...)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: fmt.Sprintf("promote into a registry with %d versions", many), against: fmt.Sprintf("with %d versions", few),
		ours: m[1], theirs: m[0], limit: 1.5,
	}}, nil
}

// promotableProject makes a project with a registry of so many versions, and a candidate that has passed.
func promotableProject(ctx context.Context, muster, dir string, versions int) error {
	for name, text := range map[string]string{"muster.yaml": promotable, "predict.awk": predictAWK, "skill.txt": "1.0\n"} {
		if err := write(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	const pass = "$0 run --quiet --executor process && $0 gate --executor process"
	call := func(line string) error {
		_, err := command{argv: []string{"sh", "-ec", line, muster}, dir: dir}.once(ctx)
		return err
	}
	if err := call("$0 models init && " + pass + " && $0 promote"); err != nil {
		return err
	}
	if err := fillRegistry(ctx, filepath.Join(dir, ".muster"), versions); err != nil {
		return err
	}
	return call("echo 1.5 > skill.txt; " + pass)
}

// fillRegistry promotes models like the first one, until there are so many.
func fillRegistry(ctx context.Context, folder string, versions int) error {
	reg, err := registry.OpenDir(ctx, filepath.Join(folder, "registry"))
	if err != nil {
		return err
	}
	store, err := objects.Open(filepath.Join(folder, "cache", "objects"))
	if err != nil {
		return err
	}
	v, err := reg.Version(ctx, "v1")
	if err != nil {
		return err
	}
	for n := 2; n <= versions; n++ {
		from := v.Version
		v.Model.Files[0].SHA256, v.Model.Files[0].Size, err = store.AddReader(ctx, strings.NewReader(fmt.Sprintf("1.0%06d\n", n)))
		if err != nil {
			return err
		}
		v.Model.Digest = objects.TreeDigest(v.Model.Files)
		if v, err = reg.Add(ctx, store, v); err != nil {
			return err
		}
		if _, err := reg.Move(ctx, registry.Promotion{Alias: "production", From: from, To: v.Version}); err != nil {
			return err
		}
	}
	return nil
}

// unpromote takes the last promotion out of a registry again, where there was one.
func unpromote(dir string, version int) func() error {
	return func() error {
		reg := filepath.Join(dir, ".muster", "registry")
		made := []string{
			fmt.Sprintf("versions/v%d.json", version), fmt.Sprintf("aliases/production/%06d.json", version),
			"aliases/production-anchor/000002.json", fmt.Sprintf("models/*-v%d", version),
		}
		for _, pattern := range made {
			found, err := filepath.Glob(filepath.Join(reg, pattern))
			if err != nil {
				return err
			}
			for _, file := range found {
				if err := os.Remove(file); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
