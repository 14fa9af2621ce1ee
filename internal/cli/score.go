package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/collector"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// scoreFlags are the flags of muster score.
type scoreFlags struct {
	minLevel      int
	as, output    string
	verbose       bool
	project, kind string
	compare       string
	explain       string
	history       int
	every         string
	fix, dryRun   bool
	noCache       bool
	forge         scoreForge
}

func (a *app) scoreCommand() *cobra.Command {
	var flags scoreFlags
	cmd := &cobra.Command{
		Use:   "score [dir] [criterion...]",
		Short: "Score the repository against the MLOps maturity levels 0-4",
		Long: `Read the repository and answer the 44 criteria of the MLOps maturity levels, each
with evidence by file and line. A level counts what is wired: what an active CI job,
an image or a pipeline really reaches. What a document says raises nothing. No
muster.yaml is needed, nothing of the repository is executed, and no network
is used but with --forge.

--compare says what the working copy raises or lowers against a branch, a tag or a
commit, --history how the level came about. Both read other commits from git's
objects, and leave the working copy as it is. --explain shows the rule of a criterion
and the facts that it had. --fix writes files that close gaps and fit the repository;
none that is there is ever changed.

Exit codes: 0 done · 1 the repository cannot be read · 2 wrong usage · 6 the level
is below --min-level`,
		Example: `  muster score
  muster score -v ../other-repository          # with every criterion
  muster score --min-level 2                   # in CI
  muster score --compare main --as markdown    # what a change raises or lowers
  muster score --explain ci-test-gate          # rule, facts, and why not
  muster score --fix --dry-run                 # what could be written
  muster score -o score.html                   # a page; also .md, .json, .sarif, .svg
  muster score --history 12 --every month -o trend.svg`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.score(cmd, args, flags) },
	}
	flags.register(cmd)
	cmd.Annotations = map[string]string{formatsAnnotation: strings.Join(scoreForms(), " ")}
	cmd.ValidArgsFunction = a.completeScore
	return cmd
}

func (f *scoreFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.minLevel, "min-level", 0, "fail if the level is below this one")
	flags.StringVar(&f.as, "as", "terminal", "what is printed: "+strings.Join(scoreForms(), ", ")+"; --format takes these, too")
	flags.StringVarP(&f.output, "output", "o", "", "write to this file; what it is called says what is written, unless --as does")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "show every criterion with its evidence, and all steps")
	flags.StringVar(&f.project, "project", "", "score this folder of the repository; CI files of its root belong to it where they work on it")
	flags.StringVar(&f.kind, "kind", "", "what kind of repository it is, if that is taken wrongly: "+strings.Join(kinds(), ", "))
	flags.StringVar(&f.compare, "compare", "", "say what changed against this branch, tag or commit")
	flags.StringVar(&f.explain, "explain", "", "explain the answer to this criterion")
	flags.IntVar(&f.history, "history", 0, "score this many earlier commits, too")
	flags.StringVar(&f.every, "every", flow.EveryMonth, "which commits --history takes: the last of each month or week, each commit, or each with a tag")
	flags.BoolVar(&f.fix, "fix", false, "write files that close gaps: of the criteria that are named, else of all that the next level needs")
	flags.BoolVarP(&f.dryRun, "dry-run", "n", false, "with --fix: print the files, and write none")
	flags.BoolVar(&f.noCache, "no-cache", false, "read everything anew, and keep nothing")
	f.forge.register(cmd)
	for flag, values := range map[string][]string{"as": scoreForms(), "every": flow.Everies(), "kind": kinds()} {
		_ = cmd.RegisterFlagCompletionFunc(flag, words(values...)) // the flags are there
	}
	_ = cmd.RegisterFlagCompletionFunc("explain", completeCriteria)
	_ = cmd.RegisterFlagCompletionFunc("project", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
	cmd.MarkFlagsMutuallyExclusive("compare", "explain", "history", "fix")
}

func kinds() []string {
	return []string{string(result.KindTraining), string(result.KindConsumer), string(result.KindLibrary), string(result.KindTemplate), string(result.KindCollection), string(result.KindNotML)}
}

// score does what the flags ask for.
func (a *app) score(cmd *cobra.Command, args []string, flags scoreFlags) error {
	dir, criteria, err := scoreArgs(args, flags.fix)
	if err == nil {
		flags, err = a.checkScore(cmd, flags)
	}
	if err != nil {
		return err
	}
	scoring := a.scoring(dir, flags)
	scoring.Options.Listed = func(l maturity.Listing) { collector.Expect(fileMemory * int64(len(l.Files))) }
	flags.forge.add(cmd.Context(), a, dir, &scoring.Options)
	var out bytes.Buffer
	level, err := a.scored(cmd, scoring, criteria, flags, &out)
	if err != nil {
		return explainScore(err)
	}
	if err := a.deliver(out.Bytes(), flags.output); err != nil {
		return err
	}
	return asOutcome(level)
}

// fileMemory is what a score keeps of a file to its end, in bytes, where there are many.
const fileMemory = 16 << 10

// scored writes what was asked for, and returns the exit code.
func (a *app) scored(cmd *cobra.Command, s *flow.Scoring, criteria []string, flags scoreFlags, w io.Writer) (int, error) {
	ctx := cmd.Context()
	switch {
	case flags.fix:
		return codeDone, a.fix(ctx, s, criteria, flags, w)
	case flags.explain != "":
		doc, err := s.Explain(ctx, flags.explain)
		if err != nil {
			return codeFailed, err
		}
		return codeDone, a.showRationale(w, doc, flags)
	case cmd.Flags().Changed("history"):
		doc, err := s.History(ctx, flags.history, flags.every)
		if err != nil {
			return codeFailed, err
		}
		return codeDone, a.showHistory(w, doc, s.Dir, flags)
	case flags.compare != "":
		doc, err := s.Change(ctx, flags.compare)
		if err != nil {
			return codeFailed, err
		}
		return levelCode(result.Assessment{Level: doc.Head.Level}, flags.minLevel), a.showChange(w, doc, flags)
	}
	doc, err := s.ScoreReady(ctx)
	if err != nil {
		return codeFailed, err
	}
	return levelCode(doc, flags.minLevel), a.showScore(w, doc, s.Dir, flags)
}

// scoreArgs divides the arguments: with --fix, those that name no folder are criteria.
func scoreArgs(args []string, fix bool) (dir string, criteria []string, err error) {
	dir = "."
	for i, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case i == 0 && err == nil && info.IsDir():
			dir = arg
		case fix:
			criteria = append(criteria, arg)
		case i == 0:
			return "", nil, &usageError{err: fmt.Errorf("there is no folder %s", arg), hint: "name the folder of a repository"}
		default:
			return "", nil, &usageError{err: fmt.Errorf("%s is one argument too many", arg), hint: "criteria are named with --fix, or after --explain"}
		}
	}
	return dir, criteria, nil
}

// checkScore checks the flags against one another, and settles what is printed.
func (a *app) checkScore(cmd *cobra.Command, f scoreFlags) (scoreFlags, error) {
	if err := checkLevel(f.minLevel); err != nil {
		return f, err
	}
	mistakes := []struct {
		is        bool
		what, say string
	}{
		{f.kind != "" && !slices.Contains(kinds(), f.kind), "--kind " + f.kind + " is not known", "use one of " + strings.Join(kinds(), ", ")},
		{!slices.Contains(flow.Everies(), f.every), "--every " + f.every + " is not known", "use one of " + strings.Join(flow.Everies(), ", ")},
		{cmd.Flags().Changed("every") && !cmd.Flags().Changed("history"), "--every says nothing without --history", "for example: muster score --history 12 --every " + f.every},
		{cmd.Flags().Changed("history") && (f.history < 1 || f.history > maxHistory), fmt.Sprintf("--history %d is no number of commits", f.history), fmt.Sprintf("use 1 to %d", maxHistory)},
		{cmd.Flags().Changed("min-level") && (f.fix || f.explain != "" || cmd.Flags().Changed("history")), "--min-level says nothing with --fix, --explain or --history", "score once more without them"},
		{f.dryRun && !f.fix, "--dry-run says nothing without --fix", "for example: muster score --fix --dry-run"},
		{f.project != "" && !filepath.IsLocal(filepath.FromSlash(f.project)), "--project " + f.project + " leads out of the repository", "name a folder of it, such as models/churn"},
	}
	for _, m := range mistakes {
		if m.is {
			return f, &usageError{err: errors.New(m.what), hint: m.say}
		}
	}
	return a.settleForm(cmd, f)
}

// maxHistory is how many commits are scored at most.
const maxHistory = 500

// scoring wires what scores.
func (a *app) scoring(dir string, flags scoreFlags) *flow.Scoring {
	s := &flow.Scoring{
		Dir:     dir,
		Options: maturity.Options{Project: filepath.ToSlash(flags.project), Kind: result.Kind(flags.kind)},
		Step:    a.scoreProgress(),
	}
	folder, err := os.UserCacheDir()
	if err != nil || flags.noCache {
		return s
	}
	made := thisBuild()
	if !made.Modified && made.Revision != "" {
		s.Cache, s.Build = filepath.Join(folder, "muster", "score"), made.Muster+" "+made.Revision
	}
	s.Options.Cache = maturity.Cache{Dir: filepath.Join(folder, "muster", "parsed"), Build: thisProgram(made)}
	return s
}

// thisProgram tells this program from any other, also from one that was built of
// a changed working copy: by its size and the time at which it was made. It is
// empty where that cannot be told.
func thisProgram(made build) string {
	file, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %s %d %d", made.Muster, made.Revision, info.Size(), info.ModTime().UnixNano())
}

// scoreProgress shows on a terminal which part of a long read is under way; what
// stands there is gone when it is done.
func (a *app) scoreProgress() func(part, of int, what string) {
	if !isTerminal(a.Err) {
		return nil
	}
	return func(part, of int, what string) {
		fmt.Fprintf(a.Err, "\r\x1b[Kscoring %d of %d: %s", part, of, plainName(what))
		if part == of {
			fmt.Fprint(a.Err, "\r\x1b[K")
		}
	}
}

// deliver prints what was made, or writes it to a file, which is then there whole.
func (a *app) deliver(text []byte, output string) error {
	if output == "" {
		_, err := a.Out.Write(text)
		return err
	}
	write := func() error { return objects.WriteFile(output, text, 0o644) }
	if isDevice(output) {
		write = func() error { return appendTo(output, text) }
	}
	if err := write(); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "wrote %s\n", plainName(relative(output)))
	return nil
}

// isDevice reports whether a path is a device or a pipe: a file must not take its
// place, which is what writing a file whole does.
func isDevice(name string) bool {
	info, err := os.Stat(name)
	return strings.HasPrefix(filepath.Clean(name), "/dev/") || err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// appendTo writes to what is there.
func appendTo(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return fmt.Errorf("open output: %w", err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func checkLevel(minLevel int) error {
	if minLevel < 0 || minLevel > 4 {
		return &usageError{err: fmt.Errorf("--min-level %d is no level", minLevel), hint: "the levels are 0 to 4"}
	}
	return nil
}

// levelCode compares the level with the one that is asked for. A repository
// that has no level, having no machine learning, is below none.
func levelCode(assessment result.Assessment, minLevel int) int {
	if assessment.Level != nil && *assessment.Level < minLevel {
		return codeLevel
	}
	return codeDone
}
