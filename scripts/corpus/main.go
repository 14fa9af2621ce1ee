// Command corpus scores real repositories whose right answers are known, and
// prints how far muster agrees: by criterion, by level, and with -v each answer
// that differs beside the evidence of the people who read the files.
//
// It looks below a folder for checkouts, and takes those whose commit is that of
// an answer file: clone the repositories named in scripts/corpus/answers, check
// out their commits, and run "make corpus DIR=folder".
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

//go:embed answers/*.yaml
var answers embed.FS

// expected is one answer file.
type expected struct {
	Repository string            `yaml:"repository"`
	Commit     string            `yaml:"commit"`
	Root       string            `yaml:"root"`
	Kind       result.Kind       `yaml:"kind"`
	Level      *int              `yaml:"level"`
	Reviewer   *int              `yaml:"reviewer"`
	Why        string            `yaml:"why"`
	Answers    map[string]answer `yaml:"answers"`
	Traps      []string          `yaml:"traps"`
}

// answer is what people say of one criterion: met, partial, unmet, na or unsure.
type answer struct {
	Verdict  string `yaml:"verdict"`
	Evidence string `yaml:"evidence"`
}

func main() {
	dir := flag.String("dir", "", "the folder with the checkouts")
	verbose := flag.Bool("v", false, "print each answer that differs")
	criterion := flag.String("criterion", "", "show this criterion alone, in every repository")
	folder := flag.String("answers", "", "a folder of answers in place of those of scripts/corpus/answers")
	flag.Parse()
	if err := run(context.Background(), *dir, *folder, options{verbose: *verbose, criterion: *criterion}); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, folder string, opts options) error {
	if dir == "" {
		return errors.New("no folder: name the one that has the checkouts with -dir (make corpus DIR=folder)")
	}
	byCommit, err := read(folder)
	if err != nil {
		return err
	}
	checkouts, err := find(ctx, dir, byCommit)
	if err != nil {
		return err
	}
	if len(checkouts) == 0 {
		return fmt.Errorf("no checkout below %s is at the commit of an answer; see scripts/corpus/answers", dir)
	}
	scorer := maturity.New()
	t := newTable(opts)
	for _, c := range checkouts {
		var opts maturity.Options
		if c.want.Root != "." {
			opts.Project = c.want.Root
		}
		a, err := scorer.Score(ctx, c.dir, opts)
		if err != nil {
			return fmt.Errorf("score %s: %w", c.want.Repository, err)
		}
		t.add(c.want, a)
	}
	t.print(os.Stdout, len(byCommit)-len(checkouts))
	return nil
}

// read returns the answers by commit: those of folder, or without one those that
// are built in.
func read(folder string) (map[string]expected, error) {
	files, err := answerFiles(folder)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	out := map[string]expected{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read answers: %w", err)
		}
		var e expected
		if err := yaml.Unmarshal(data, &e); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out[e.Commit] = e
	}
	return out, nil
}

func answerFiles(folder string) (fs.FS, error) {
	if folder != "" {
		return os.DirFS(folder), nil
	}
	files, err := fs.Sub(answers, "answers")
	if err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	return files, nil
}

// checkout is a repository whose answers are known.
type checkout struct {
	dir  string
	want expected
}

// find looks two folders deep for repositories at a known commit.
func find(ctx context.Context, dir string, byCommit map[string]expected) ([]checkout, error) {
	var out []checkout
	for _, pattern := range []string{"*/.git", "*/*/.git"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("look for checkouts: %w", err)
		}
		for _, name := range found {
			repo, err := git.Open(ctx, filepath.Dir(name))
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", filepath.Dir(name), err)
			}
			if want, ok := byCommit[strings.TrimSpace(repo.Head(ctx))]; ok {
				out = append(out, checkout{filepath.Dir(name), want})
			}
		}
	}
	return out, nil
}
