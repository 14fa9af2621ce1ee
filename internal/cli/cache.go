package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/stages"
)

func (a *app) cacheCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "cache",
		Short: "The cache of stages: what is in it, make it smaller, check it",
		Long: `What stages have made is kept in .muster/cache, by content: entries say which
outputs belong to which key, objects hold each content once. Any of it may be
removed at any time; the stages then run again.`,
		Example: "  muster cache stats\n  muster cache prune --max-size 2GB\n  muster cache verify",
	}, a.cacheStatsCommand(), a.cachePruneCommand(), a.cacheVerifyCommand())
}

// folder opens what muster keeps beside muster.yaml, also if the file itself has mistakes.
func (a *app) folder() (*stages.Folder, error) {
	if _, err := os.Stat(a.file); err != nil {
		_, err := config.Load(a.file) // which says it best
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(a.file))
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	return stages.OpenFolder(dir)
}

func (a *app) cacheStatsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "stats",
		Short:   "Show how much is in the cache",
		Long:    "Show how much is in the cache.\n\nExit codes: 0 done · 1 the cache cannot be read · 2 there is no muster.yaml",
		Example: "  muster cache stats\n  muster cache stats --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			folder, err := a.folder()
			if err != nil {
				return err
			}
			stats, err := folder.CacheStats()
			if err != nil {
				return err
			}
			if a.json() {
				return a.printJSON(stats)
			}
			return a.describeCache(stats)
		},
	}
}

func (a *app) describeCache(s stages.CacheStats) error {
	table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	row := func(name, format string, values ...any) {
		fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, values...))
	}
	var scopes []string
	for _, scope := range slices.Sorted(maps.Keys(s.Scopes)) {
		scopes = append(scopes, fmt.Sprintf("%d %s", s.Scopes[scope], scope))
	}
	row("cache", "%s", relative(s.Path))
	row("size", "%s", humanSize(s.Bytes))
	row("entries", "%d", s.Entries)
	if len(scopes) > 0 {
		row("made in", "%s", strings.Join(scopes, ", "))
	}
	row("objects", "%d", s.Objects)
	row("unused", "%d, %s", s.Unused, humanSize(s.UnusedBytes))
	row("fetched", "%s", humanSize(s.FetchedBytes))
	if s.Oldest != nil {
		row("oldest use", "%s", s.Oldest.Local().Format("2006-01-02 15:04"))
	}
	row("files in the index", "%d", s.Indexed)
	row("runs on record", "%d", s.Runs)
	return table.Flush()
}

func (a *app) cachePruneCommand() *cobra.Command {
	opt := stages.PruneOptions{Runs: -1}
	var size string
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove what was used least recently, until the rest fits",
		Long: `Make the cache smaller: entries that were used least recently go first, with the
objects that no other entry needs. Objects that no entry names go too, once they
are an hour old, and so does whatever is damaged. What a run that goes on has used
stays, even if the cache is then larger than was asked for.

A size is a number with kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB.

Exit codes: 0 done · 1 something cannot be removed · 2 wrong usage`,
		Example: `  muster cache prune --max-size 2GB
  muster cache prune --max-size 500MB --drop-fetched   # before CI saves it
  muster cache prune --runs 20                         # and keep 20 run records`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if opt.MaxSize, err = parseSize(size); err != nil {
				return err
			}
			if cmd.Flags().Changed("runs") && opt.Runs < 0 {
				return &usageError{err: fmt.Errorf("--runs %d is no number of runs", opt.Runs), hint: "use 0 or more, or leave it out to keep all"}
			}
			return a.pruneCache(cmd, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&size, "max-size", "2GB", "how large the cache may be afterwards")
	flags.BoolVar(&opt.DropFetched, "drop-fetched", false, "remove also what fetch stages got: they can get it again")
	flags.IntVar(&opt.Runs, "runs", -1, "keep only so many run records, the latest; all if left out")
	return cmd
}

func (a *app) pruneCache(cmd *cobra.Command, opt stages.PruneOptions) error {
	folder, err := a.folder()
	if err != nil {
		return err
	}
	done, err := folder.Prune(cmd.Context(), opt)
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(done)
	}
	fmt.Fprintf(a.Out, "removed %s: %s, %s, %s\n", humanSize(done.Bytes), count(done.Entries, "entry", "entries"),
		count(done.Objects, "object", "objects"), count(done.Runs, "run record", "run records"))
	_, err = fmt.Fprintf(a.Out, "the cache has %s now\n", humanSize(done.Kept))
	if done.InUse {
		fmt.Fprintln(a.Err, "warning: that is more than was asked for: the rest is new, or a run that goes on has used it")
	}
	return err
}

func (a *app) cacheVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read every object, and mend what is damaged",
		Long: `Read every object of the cache and compare it with its digest. A damaged one is
restored, if its content still lies in the working copy; else it is removed, and
the stage makes it again when it is needed. Damage is never restored into the
working copy, with or without this command: objects are checked when they are used.

Exit codes: 0 nothing is damaged, or all of it was mended · 1 some damage could
not be mended, or the cache cannot be read · 2 there is no muster.yaml ·
130 interrupted`,
		Example: "  muster cache verify\n  muster cache verify --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.verifyCache(cmd) },
	}
}

func (a *app) verifyCache(cmd *cobra.Command) error {
	folder, err := a.folder()
	if err != nil {
		return err
	}
	found, err := folder.Verify(cmd.Context(), a.readProgress(time.Second))
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(found)
	} else {
		err = a.describeDamages(found)
	}
	if err == nil && !found.Healed() {
		return &outcomeError{codeFailed}
	}
	return err
}

// readProgress shows how far a long reading is, no more often than the pause.
func (a *app) readProgress(pause time.Duration) func(read, of int64) {
	next := time.Now().Add(pause)
	return func(read, of int64) {
		if now := time.Now(); now.After(next) {
			next = now.Add(pause)
			fmt.Fprintf(a.Err, "read %s of %s\n", humanSize(read), humanSize(of))
		}
	}
}

func (a *app) describeDamages(found stages.Verified) error {
	for _, damage := range found.Damages {
		what := relative(damage.Path)
		if len(damage.Stages) > 0 {
			what += " (" + report.Plain(strings.Join(damage.Stages, ", ")) + ")"
		}
		switch damage.Remedy {
		case stages.RemedyRestored:
			fmt.Fprintf(a.Out, "damaged, restored from the working copy: %s\n", what)
		case stages.RemedyRemoved:
			fmt.Fprintf(a.Out, "damaged, removed; it will be made again: %s\n", what)
		default:
			fmt.Fprintf(a.Out, "damaged, and still there: %s: %s\n", what, report.Plain(damage.Error))
		}
	}
	_, err := fmt.Fprintf(a.Out, "%s and %s checked, %s: %s\n", count(found.Entries, "entry", "entries"),
		count(found.Objects, "object", "objects"), humanSize(found.Bytes), damageLine(found))
	return err
}

func damageLine(found stages.Verified) string {
	switch {
	case len(found.Damages) == 0:
		return "nothing is damaged"
	case found.Healed():
		return fmt.Sprintf("%d damaged, all mended", len(found.Damages))
	default:
		return fmt.Sprintf("%d damaged, not all could be mended", len(found.Damages))
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func humanSize(bytes int64) string { return units.HumanSize(float64(bytes)) }

// parseSize reads a size as people write it.
func parseSize(text string) (int64, error) {
	parse := units.FromHumanSize
	if strings.ContainsAny(text, "iI") {
		parse = units.RAMInBytes
	}
	size, err := parse(text)
	if err != nil {
		return 0, &usageError{err: fmt.Errorf("%q is no size", text), hint: "write it like 500MB, 2GB or 1.5GiB"}
	}
	return size, nil
}
