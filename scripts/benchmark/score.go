package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// scoring: scores of a large repository beside one search in it, by a program known
// for its speed, with the same number of threads. The tree is in memory for all of
// them; again means that muster scored it before and nothing changed since.
func scoring(ctx context.Context, p *place) ([]row, error) {
	dir := filepath.Join(p.dir, "monorepo")
	if err := writeMonorepo(dir, monorepo); err != nil {
		return nil, err
	}
	if _, err := commit(dir).once(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "the repository:", describe(monorepo))
	cache := filepath.Join(p.dir, "cache")
	first := command{argv: []string{p.muster, "score", "--format", "json"}, dir: dir, env: []string{"XDG_CACHE_HOME=" + cache}}
	again, changed := first, first
	first.before = func() error { return os.RemoveAll(cache) }
	changed.before = func() error { return change(filepath.Join(dir, "projects", "p00", "src", "p00", "m0.py")) }
	search := command{argv: []string{"rg", "-c", "import", "-j", fmt.Sprint(runtime.NumCPU())}, dir: dir}
	m, err := medians(ctx, min(p.rounds, 3), search, first, again, changed)
	if err != nil {
		return nil, err
	}
	rows := []row{{
		what: "score 20,000 files (300 MB) again", against: "rg -c import, the same tree and threads",
		ours: m[2], theirs: m[0], limit: 2, bound: 300e6,
	}, {
		what: "the first score of them, nothing remembered", against: "the same search", ours: m[1], theirs: m[0], limit: 2, bound: 300e6,
	}, {
		what: "a score after one file changed", against: "the first score", ours: m[3], theirs: m[1], limit: 0.2,
	}}
	static, err := secretsAlone(dir).once(ctx)
	if err != nil {
		return nil, err
	}
	rows = append(rows, row{what: "the first score, once more", against: "gitleaks dir, which looks for secrets only", ours: m[1], theirs: static})
	more, err := linear(ctx, p)
	return append(rows, more...), err
}

// secretsAlone is one of the 44 questions, asked by a tool that has no other: no tool
// was found that asks them all.
func secretsAlone(dir string) command {
	return command{argv: []string{tool("gitleaks"), "dir", dir, "--no-banner", "--exit-code", "0"}}
}

// change adds a line to a file.
func change(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, "changed = 1\n"...), 0o644)
}

// grown is a file that is measured at one, two and four times its size.
type grown struct {
	what, name string
	text       func(times int) string
}

// large are files as people have them, of a size that nothing may choke on.
func large() []grown {
	t := newTree("")
	return []grown{
		{"a notebook of 5 MB", "train.ipynb", func(n int) string { _, text := t.notebook(0, n*1_220_000); return text }},
		{"minified JavaScript of 1 MB", "web/app.js", func(n int) string {
			return strings.Repeat("!function(e,t){var n=t[e];n&&n(e)}(window,{});", n*256<<10/47)
		}},
		{"Python of 200,000 lines", "train.py", func(n int) string {
			return "import mlflow\n" + strings.Repeat("x = model.fit(a, b[0], c=\"d\")\n", n*50_000)
		}},
	}
}

// linear measures each large file in a repository of its own: four times the size
// may take at most about four times as long.
func linear(ctx context.Context, p *place) ([]row, error) {
	var rows []row
	for _, g := range large() {
		var commands []command
		for _, times := range []int{1, 2, 4} {
			dir := filepath.Join(p.dir, fmt.Sprintf("%s-%d", filepath.Base(g.name), times))
			if err := write(filepath.Join(dir, g.name), g.text(times)); err != nil {
				return nil, err
			}
			commands = append(commands, command{argv: []string{p.muster, "score", "--format", "json", "--no-cache"}, dir: dir})
		}
		m, err := medians(ctx, p.rounds, commands...)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			row{what: "score " + g.what, against: "the first half of it", ours: m[2], theirs: m[1], limit: 2.2},
			row{what: "the same", against: "the first quarter of it", ours: m[2], theirs: m[0], limit: 4.4})
	}
	return rows, nil
}
