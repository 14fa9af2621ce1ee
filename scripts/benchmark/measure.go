package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// measure is what several executions of one command took: medians.
type measure struct {
	seconds float64
	memory  int64 // bytes, of the largest single process
}

func (m measure) String() string {
	if m.memory == 0 {
		return m.time()
	}
	return strings.TrimSpace(fmt.Sprintf("%s %.0f MB", m.time(), float64(m.memory)/1e6))
}

// time is all that is told of a peer: a shell's memory is not that of what it starts.
func (m measure) time() string {
	if m.seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f s", m.seconds)
}

// command is something that is timed. Before, if there is one, is not.
type command struct {
	before func() error
	argv   []string
	dir    string
	env    []string
}

// sh is a command line for a shell.
func sh(dir, line string) command { return command{argv: []string{"sh", "-ec", line}, dir: dir} }

// output executes the command and returns what it prints.
func (c command) output(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir = c.dir
	var said bytes.Buffer
	cmd.Stderr = &said
	printed, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%v: %w\n%s", c.argv, err, tail(said.Bytes()))
	}
	return string(printed), nil
}

// once executes the command and says what it took.
func (c command) once(ctx context.Context) (measure, error) {
	if c.before != nil {
		if err := c.before(); err != nil {
			return measure{}, err
		}
	}
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	started := time.Now()
	err := cmd.Run()
	took := time.Since(started)
	if err != nil {
		return measure{}, fmt.Errorf("%v: %w\n%s", c.argv, err, tail(said.Bytes()))
	}
	return measure{took.Seconds(), peak(cmd.ProcessState)}, nil
}

func tail(data []byte) []byte { return data[max(len(data)-2000, 0):] }

// medians executes the commands in turn, A B A B …, so that a machine that
// becomes slower meanwhile does so for all of them.
func medians(ctx context.Context, rounds int, commands ...command) ([]measure, error) {
	all := make([][]measure, len(commands))
	for range rounds {
		for i, c := range commands {
			m, err := c.once(ctx)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], m)
		}
	}
	out := make([]measure, len(commands))
	for i, several := range all {
		out[i] = median(several)
	}
	return out, nil
}

func median(several []measure) measure {
	var seconds []float64
	var memory []int64
	for _, m := range several {
		seconds, memory = append(seconds, m.seconds), append(memory, m.memory)
	}
	slices.Sort(seconds)
	slices.Sort(memory)
	return measure{seconds[len(seconds)/2], memory[len(memory)/2]}
}

// output is what a command prints, for what is only shown.
func output(ctx context.Context, argv ...string) string {
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	if err != nil {
		return argv[0] + ": " + err.Error()
	}
	return string(out)
}

// stageSeconds is how long the stages that were executed took in the last run.
func stageSeconds(ours command) (float64, error) {
	records, err := filepath.Glob(filepath.Join(ours.dir, ".muster/runs/*/run.json"))
	if err != nil || len(records) == 0 {
		return 0, fmt.Errorf("find the record of the run: %w", errors.Join(err, os.ErrNotExist))
	}
	data, err := os.ReadFile(slices.Max(records)) // their names are in order of time
	if err != nil {
		return 0, err
	}
	var run struct {
		Stages []struct {
			Status  string  `json:"status"`
			Seconds float64 `json:"seconds"`
		} `json:"stages"`
	}
	if err := json.Unmarshal(data, &run); err != nil {
		return 0, err
	}
	total := 0.0
	for _, stage := range run.Stages {
		if stage.Status == "ran" {
			total += stage.Seconds
		}
	}
	return total, nil
}
