package main

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// peer is what comparisons are measured beside.
//
//go:embed peer.py
var peer string

// These are the comparisons' metrics, and how many resamples of the peer are
// measured for the 10,000 that it would draw.
const (
	twelve           = "accuracy balanced_accuracy precision recall f1 f1_macro f1_weighted mcc roc_auc pr_auc log_loss brier"
	regions          = 20
	peerResamples    = 20
	peerResamplesAll = 10_000
)

// predict writes what two models answered to the same rows.
func predict(dir string, rows int) (champion, candidate string, err error) {
	champion, candidate = filepath.Join(dir, "champion.csv"), filepath.Join(dir, "candidate.csv")
	for _, side := range []struct {
		name  string
		noise float64
		seed  uint64
	}{{champion, 1.05, 7}, {candidate, 1, 8}} {
		truth, own := rand.New(rand.NewPCG(1, uint64(rows))), rand.New(rand.NewPCG(side.seed, 1))
		if err := predictAs(side.name, rows, truth, func() float64 { return side.noise * own.NormFloat64() }); err != nil {
			return "", "", err
		}
	}
	return champion, candidate, nil
}

// predictAs writes one model's answers: what all models see of the truth, and the model's own error.
func predictAs(name string, rows int, truth *rand.Rand, noise func() float64) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "id,label,score,region")
	for i := range rows {
		label := truth.IntN(10) / 7 // three in ten are 1
		signal := float64(3*label) - 2 + 0.5*truth.NormFloat64()
		score := strconv.FormatFloat(1/(1+math.Exp(-signal-noise())), 'g', -1, 64)
		fmt.Fprintf(out, "r%07d,%d,%s,region-%02d\n", i, label, score, truth.IntN(regions))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// python runs the peer in a container of an image, and returns the seconds that it prints.
func python(ctx context.Context, dir, image string, args ...string) (float64, error) {
	script := filepath.Join(dir, "peer.py")
	if err := write(script, peer); err != nil {
		return 0, err
	}
	argv := []string{"docker", "run", "--rm", "--network", "none", "--volume", dir + ":" + dir, image, "python3", script}
	said, err := command{argv: append(argv, args...), dir: dir}.output(ctx)
	if err != nil || args[0] == "parquet" {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(said), 64)
}

// comparison: the whole command, reading included, beside the resamples alone.
func comparison(ctx context.Context, p *place) ([]row, error) {
	var rows []row
	for _, size := range []struct {
		rows    int
		seconds float64
		bound   int64
	}{{10_000, 0.2, 0}, {1_000_000, 3, 500e6}} {
		champion, candidate, err := predict(p.dir, size.rows)
		if err != nil {
			return nil, err
		}
		ours := command{argv: []string{p.muster, "compare", champion, candidate, "--slices", "region", "--format", "json"}, dir: p.dir}
		for metric := range strings.FieldsSeq(twelve) {
			ours.argv = append(ours.argv, "--metric", metric+"=0.01", "--slice-metrics", metric)
		}
		m, err := medians(ctx, p.rounds, ours)
		if err != nil {
			return nil, err
		}
		seconds, err := python(ctx, p.dir, shImage, "bootstrap", champion, candidate, strconv.Itoa(peerResamples))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			what:    fmt.Sprintf("compare %d rows, 12 metrics, 20 slices", size.rows),
			against: fmt.Sprintf("bootstrap with NumPy and scikit-learn: %d resamples, %.3g s, scaled to %d", peerResamples, seconds, peerResamplesAll),
			ours:    m[0], theirs: measure{seconds: seconds * peerResamplesAll / peerResamples},
			limit: 0.001, seconds: size.seconds, bound: size.bound,
		})
	}
	return rows, nil
}

// reading: both in one process that is already running, the file in memory.
func reading(ctx context.Context, p *place) ([]row, error) {
	csv, _, err := predict(p.dir, 1_000_000)
	if err != nil {
		return nil, err
	}
	parquet := filepath.Join(p.dir, "champion.parquet")
	if _, err := python(ctx, p.dir, pandasImage, "parquet", csv, parquet); err != nil {
		return nil, err
	}
	var rows []row
	for _, file := range []struct {
		what, path, image string
		limit             float64
	}{{"CSV", csv, shImage, 0.5}, {"Parquet", parquet, pandasImage, 1}} {
		var ours, theirs []measure
		for range p.rounds {
			mine, err := readOnce(file.path)
			if err != nil {
				return nil, err
			}
			seconds, err := python(ctx, p.dir, file.image, "read", file.path)
			if err != nil {
				return nil, err
			}
			ours, theirs = append(ours, measure{seconds: mine}), append(theirs, measure{seconds: seconds})
		}
		rows = append(rows, row{
			what: "read 1000000 predictions: " + file.what, against: "pandas",
			ours: median(ours), theirs: median(theirs), limit: file.limit,
		})
	}
	return rows, nil
}

func readOnce(path string) (float64, error) {
	runtime.GC()
	started := time.Now()
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	set, err := predictions.Read(file, path, predictions.Columns{Slices: []string{"region"}})
	took := time.Since(started).Seconds()
	if err == nil && set.Len() != 1_000_000 {
		err = fmt.Errorf("read %s: %d rows", path, set.Len())
	}
	return took, err
}
