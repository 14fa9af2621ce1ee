package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// parse reads flags; all of the named ones must be given.
func parse(flags *flag.FlagSet, args []string, required ...string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%w: -%s is missing", errUsage, name)
		}
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: %q is not a flag", errUsage, flags.Arg(0))
	}
	return nil
}

// dataCommand makes the data that the example ships, so that it can be checked.
func dataCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("data", flag.ContinueOnError)
	count := flags.Int("rows", 600, "")
	seed := flags.Uint64("seed", 1, "")
	path := flags.String("out", "", "")
	if err := parse(flags, args, "out"); err != nil {
		return err
	}
	rows := generate(*count, *seed)
	fmt.Fprintf(out, "%d rows -> %s\n", len(rows), *path)
	return writeRows(*path, rows)
}

// prepareCommand splits the rows by their ids alone: a row stays on its side
// when others come or go.
func prepareCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("prepare", flag.ContinueOnError)
	in := flags.String("in", "", "")
	trainPath := flags.String("train", "", "")
	testPath := flags.String("test", "", "")
	if err := parse(flags, args, "in", "train", "test"); err != nil {
		return err
	}
	rows, err := readRows(*in)
	if err != nil {
		return err
	}
	train, test := split(rows)
	fmt.Fprintf(out, "%d rows to learn from, %d to judge by\n", len(train), len(test))
	if err := writeRows(*trainPath, train); err != nil {
		return err
	}
	return writeRows(*testPath, test)
}

// trainCommand fits the model with the parameters below "train".
func trainCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	in := flags.String("in", "", "")
	params := flags.String("params", "", "")
	path := flags.String("out", "", "")
	if err := parse(flags, args, "in", "params", "out"); err != nil {
		return err
	}
	settings, err := readSettings(*params)
	if err != nil {
		return err
	}
	rows, err := readRows(*in)
	if err != nil {
		return err
	}
	fitted, err := fit(rows, settings)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows, %d rounds: loss %.4f\n", len(rows), settings.Rounds, loss(fitted, rows))
	return writeJSON(*path, fitted)
}

// evaluateCommand scores rows with a model, whichever one it is given.
func evaluateCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	in := flags.String("in", "", "")
	modelPath := flags.String("model", "", "")
	predictions := flags.String("predictions", "", "")
	metrics := flags.String("metrics", "", "")
	if err := parse(flags, args, "in", "model", "predictions", "metrics"); err != nil {
		return err
	}
	fitted, err := readModel(*modelPath)
	if err != nil {
		return err
	}
	rows, err := readRows(*in)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	table.WriteString("id,label,score,site\n")
	correct := 0
	for _, r := range rows {
		score := fitted.score(r)
		if (score >= 0.5) == (r.Label == 1) {
			correct++
		}
		fmt.Fprintf(&table, "%s,%d,%s,%s\n", r.ID, r.Label, strconv.FormatFloat(score, 'g', -1, 64), r.Site)
	}
	accuracy := float64(correct) / float64(len(rows))
	fmt.Fprintf(out, "%d rows: accuracy %.4f\n", len(rows), accuracy)
	if err := writeFile(*predictions, table.Bytes()); err != nil {
		return err
	}
	return writeJSON(*metrics, map[string]float64{"accuracy": accuracy, "rows": float64(len(rows))})
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return writeFile(path, append(data, '\n'))
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
