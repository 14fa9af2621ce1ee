package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
	"github.com/muster-ci/muster/maturity/rubric"
)

// formatsAnnotation names further values of --format that a command takes.
const formatsAnnotation = "muster-formats"

// The forms in which a score is shown.
const (
	formTerminal = "terminal"
	formMarkdown = "markdown"
	formHTML     = "html"
	formSARIF    = "sarif"
	formBadge    = "badge"
	formShields  = "shields"
	formSVG      = "svg"
)

func scoreForms() []string {
	return []string{formTerminal, formMarkdown, formHTML, formSARIF, formBadge, formShields, formSVG}
}

// settleForm finds what is printed: by --as, by --format, or by the name of the file.
func (a *app) settleForm(cmd *cobra.Command, f scoreFlags) (scoreFlags, error) {
	byName := map[string]string{"": formTerminal, ".txt": formTerminal, ".html": formHTML, ".htm": formHTML, ".md": formMarkdown, ".sarif": formSARIF, ".svg": formBadge, ".json": formatJSON}
	switch form := byName[strings.ToLower(filepath.Ext(f.output))]; {
	case slices.Contains(scoreForms(), a.format):
		f.as, a.format = a.format, formatText
	case cmd.Flags().Changed("as") || a.json():
	case form == "":
		return f, &usageError{err: fmt.Errorf("what %s is to hold cannot be told by its name", f.output), hint: "say it by --as, or end the name with .txt, .md, .html, .json, .sarif or .svg"}
	case form == formatJSON:
		a.format = formatJSON
	case form == formBadge && cmd.Flags().Changed("history"):
		f.as = formSVG
	default:
		f.as = form
	}
	allowed := scoreForms()[:6]
	switch {
	case cmd.Flags().Changed("history"):
		allowed = []string{formTerminal, formHTML, formSVG}
	case f.compare != "":
		allowed = []string{formTerminal, formMarkdown}
	case f.explain != "" || f.fix:
		allowed = []string{formTerminal}
	}
	if !slices.Contains(allowed, f.as) {
		return f, &usageError{err: fmt.Errorf("--as %s is not known here", f.as), hint: "use one of " + strings.Join(allowed, ", ")}
	}
	return f, nil
}

func (a *app) terminalOptions(flags scoreFlags) report.TerminalOptions {
	opts := report.TerminalOptions{Color: a.colored(a.Out), Width: a.width(a.Out), Verbose: flags.verbose}
	if flags.output != "" {
		opts.Color = a.color == "always"
	}
	return opts
}

// repositoryName is what a repository is called: its folder.
func repositoryName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return filepath.Base(abs)
}

func (a *app) showScore(w io.Writer, doc result.Assessment, dir string, flags scoreFlags) error {
	view := result.Report{Assessment: &doc}
	switch {
	case a.json():
		return encodeTo(a, w, doc)
	case flags.as == formMarkdown:
		return report.Markdown(w, view)
	case flags.as == formHTML:
		return report.ScoreHTML(w, repositoryName(dir), doc)
	case flags.as == formSARIF:
		return report.ScoreSARIF(w, doc, ownVersion(), "README.md")
	case flags.as == formBadge:
		return report.Badge(w, view)
	case flags.as == formShields:
		return report.BadgeData(w, view)
	}
	return report.Terminal(w, view, a.terminalOptions(flags))
}

func (a *app) showChange(w io.Writer, doc result.ScoreChange, flags scoreFlags) error {
	switch {
	case a.json():
		return encodeTo(a, w, doc)
	case flags.as == formMarkdown:
		return report.ScoreChangeMarkdown(w, doc)
	}
	return report.ScoreChange(w, doc, a.terminalOptions(flags))
}

func (a *app) showHistory(w io.Writer, doc result.ScoreHistory, dir string, flags scoreFlags) error {
	switch {
	case a.json():
		return encodeTo(a, w, doc)
	case flags.as == formHTML:
		return report.ScoreHistoryHTML(w, repositoryName(dir), doc)
	case flags.as == formSVG:
		return report.ScoreHistorySVG(w, repositoryName(dir), doc)
	}
	return report.ScoreHistory(w, doc, a.terminalOptions(flags))
}

func (a *app) showRationale(w io.Writer, doc result.Rationale, flags scoreFlags) error {
	if a.json() {
		return encodeTo(a, w, doc)
	}
	return report.Rationale(w, doc, a.terminalOptions(flags))
}

// encodeTo writes a document as JSON, or as one line.
func encodeTo[T result.Document](a *app, w io.Writer, doc T) error {
	data, err := result.Encode(doc)
	if err != nil {
		return err
	}
	out := a.Out
	defer func() { a.Out = out }()
	a.Out = w
	return a.writeJSON(data)
}

func plainName(s string) string { return report.Plain(s) }

// explainScore adds what to do to the errors of scoring that a person can mend.
func explainScore(err error) error {
	if unknown, ok := errors.AsType[*maturity.UnknownError](err); ok {
		hint := "the criteria are " + strings.Join(criterionIDs(), ", ")
		if nearest := input.Nearest(unknown.ID, criterionIDs()); nearest != "" {
			hint = fmt.Sprintf("did you mean %s?", nearest)
		}
		return &usageError{err: err, hint: hint}
	}
	if project, ok := errors.AsType[*maturity.ProjectError](err); ok {
		return &usageError{err: fmt.Errorf("--project: %w", project), hint: "name a folder of the repository that git tracks files of"}
	}
	switch {
	case errors.Is(err, git.ErrNoCommit):
		return &usageError{err: err, hint: "name a branch, a tag or a commit; a shallow clone has few of them: git fetch --unshallow, or fetch-depth: 0"}
	case errors.Is(err, git.ErrNoRepository):
		return &usageError{err: err, hint: "--compare and --history need the commits of a git repository"}
	}
	return err
}

// criteria are those of the rubric that comes with muster.
func criteria() []rubric.Criterion {
	r, err := rubric.Bundled()
	if err != nil {
		return nil
	}
	return r.Criteria
}

func criterionIDs() []string {
	var ids []string
	for _, c := range criteria() {
		ids = append(ids, c.ID)
	}
	return ids
}

// completeCriteria offers the criteria, with their questions.
func completeCriteria(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, c := range criteria() {
		if !slices.Contains(args, c.ID) {
			out = append(out, cobra.CompletionWithDesc(c.ID, c.Question))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeScore offers criteria after --fix, and folders else.
func (a *app) completeScore(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if fix, err := cmd.Flags().GetBool("fix"); err == nil && fix {
		return completeCriteria(cmd, args, typed)
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
