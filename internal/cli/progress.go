package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/report/live"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// progressFlags say how a run is shown while it goes on.
type progressFlags struct {
	progress string
	quiet    bool
}

func (f *progressFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.progress, "progress", "auto", "how a run is shown while it goes on, on standard error: "+strings.Join(progressKinds(), ", "))
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "do not show the stages' logs; the same as --progress quiet")
}

func progressKinds() []string {
	kinds := []string{"auto"}
	for _, kind := range live.Kinds() {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

// watch makes what shows a run while it goes on: a view on the error stream, so
// that results stay apart, and for --format jsonl the events as results, too.
// Call the function that it returns when nothing more will happen.
func (a *app) watch(ctx context.Context, f progressFlags) (stages.Listener, func(), error) {
	kind, err := a.viewKind(f)
	if err != nil {
		return nil, nil, err
	}
	view, err := live.New(kind, a.Err, live.Options{
		Color: a.viewColored(kind), Size: a.terminalSize, Retold: !a.json() && isTerminal(a.Out),
	})
	if err != nil {
		return nil, nil, err
	}
	listen := view.Event
	if a.format == formatLines {
		lines, err := live.New(live.JSON, a.Out, live.Options{})
		if err != nil {
			return nil, nil, err
		}
		listen = func(e result.Event) {
			lines.Event(e)
			view.Event(e)
		}
	}
	forget := context.AfterFunc(ctx, view.Interrupt)
	return listen, func() {
		forget()
		// An error stream that takes nothing can be told nothing about it.
		_ = view.Close()
	}, nil
}

// viewKind chooses the view: what was asked for, or what suits the place.
func (a *app) viewKind(f progressFlags) (live.Kind, error) {
	asked := live.Kind(f.progress)
	switch {
	case f.progress != "auto" && !slices.Contains(live.Kinds(), asked):
		return "", &usageError{err: fmt.Errorf("--progress %s is not known", f.progress), hint: "use one of " + strings.Join(progressKinds(), ", ")}
	case f.quiet && f.progress != "auto" && asked != live.Quiet:
		return "", &usageError{err: fmt.Errorf("--quiet contradicts --progress %s", f.progress), hint: "leave one of them out"}
	case asked == live.TTY && !isTerminal(a.Err):
		return "", &usageError{err: fmt.Errorf("--progress tty needs a terminal on standard error"), hint: "use --progress plain, or leave it out"}
	case f.quiet:
		return live.Quiet, nil
	case f.progress != "auto":
		return asked, nil
	}
	switch actions.DetectHost(a.env) {
	case actions.GitHub, actions.Gitea:
		return live.GitHub, nil
	case actions.GitLab:
		return live.GitLab, nil
	case actions.Plain:
	}
	ci, _ := a.env("CI")
	kindOfTerminal, _ := a.env("TERM")
	switch {
	case !isTerminal(a.Err), kindOfTerminal == "dumb", ci != "" && ci != "false":
		return live.Plain, nil
	case a.format == formatLines && isTerminal(a.Out): // events and drawings would lie on one another
		return live.Quiet, nil
	default:
		return live.TTY, nil
	}
}

// viewColored reports whether a view takes colours; the logs of the hosts do, though they are no terminals.
func (a *app) viewColored(kind live.Kind) bool {
	if a.color != "auto" || kind != live.GitHub && kind != live.GitLab {
		return a.colored(a.Err)
	}
	value, _ := a.env("NO_COLOR")
	return value == ""
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminalSize is the size of the terminal that the error stream is.
func (a *app) terminalSize() (columns, rows int) {
	if file, ok := a.Err.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return 80, 24
}
