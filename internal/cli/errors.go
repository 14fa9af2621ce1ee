package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/starter"
	"github.com/muster-ci/muster/internal/tracking"
	"github.com/muster-ci/muster/stages"
)

// The exit codes, documented in the help of muster itself.
const (
	codeDone        = 0
	codeFailed      = 1
	codeUsage       = 2
	codeStage       = 3
	codeDenied      = 4
	codeUndecided   = 5
	codeLevel       = 6
	codeMoved       = 7
	codeInterrupted = 130
)

// usageError is a mistake on the command line.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Hint() string  { return e.hint }

// exactly takes so many arguments, and shows how if there are others.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return &usageError{
			err:  fmt.Errorf("%s takes %d arguments, and got %d", cmd.CommandPath(), n, len(args)),
			hint: "for example: " + example,
		}
	}
}

// outcomeError is a result that was printed already and asks for an exit code of its own.
type outcomeError struct{ code int }

func (e *outcomeError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// verdictCode is the exit code for a decision.
func verdictCode(verdict result.Verdict) int {
	switch verdict {
	case result.Pass:
		return codeDone
	case result.Deny:
		return codeDenied
	default:
		return codeUndecided
	}
}

// asOutcome returns nil for a code of success.
func asOutcome(code int) error {
	if code == codeDone {
		return nil
	}
	return &outcomeError{code}
}

// exitCode maps every error to its code, here and nowhere else.
func exitCode(ctx context.Context, err error) int {
	var (
		outcome *outcomeError
		refused *flow.RefusedError
	)
	switch {
	case err == nil:
		return codeDone
	case ctx.Err() != nil:
		return codeInterrupted
	case errors.As(err, &outcome):
		return outcome.code
	case errors.As(err, &refused) && refused.Verdict != "":
		return verdictCode(refused.Verdict)
	case isA[*registry.MovedError](err):
		return codeMoved
	case errors.As(err, &refused), isInvalid(err):
		return codeUsage
	default:
		return codeFailed
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isInvalid reports whether the fault lies in what the user wrote.
func isInvalid(err error) bool {
	return isA[*usageError](err) || isA[*config.Error](err) || isA[*result.InvalidError](err) ||
		isA[*stages.UnknownStageError](err) || isA[*stages.UntrustedError](err) || isA[*stages.BundleError](err) || isA[*rego.CompileError](err) || isA[*rego.BundleError](err) ||
		isA[*tracking.NoMetricError](err) || isA[*tracking.NoDirectionError](err) || isA[*starter.NothingError](err) ||
		isA[*flow.CompareError](err) || isA[*input.FileError](err) ||
		errors.Is(err, config.ErrNotFound) || errors.Is(err, flow.ErrNoGate) || errors.Is(err, flow.ErrNotThere) || errors.Is(err, flow.ErrNoTracker) ||
		errors.Is(err, stages.ErrNoRun) || errors.Is(err, registry.ErrMissing) || errors.Is(err, registry.ErrNoAlias) || errors.Is(err, registry.ErrNoVersion) ||
		strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "accepts ") ||
		strings.HasPrefix(err.Error(), "if any flags in the group")
}

// explain prints an error as a person reads it: what is wrong, where, and what to do.
func (a *app) explain(err error) {
	if isA[*outcomeError](err) {
		return
	}
	if invalid, ok := errors.AsType[*config.Error](err); ok {
		for _, problem := range invalid.Problems {
			a.showProblem(problem)
		}
		return
	}
	fmt.Fprintln(a.Err, a.red("error:"), harmless(message(err)))
	if hint := hintFor(err); hint != "" {
		fmt.Fprintln(a.Err, "hint:", harmless(hint))
	}
}

// harmless keeps a text's lines and takes out of them what acts on a terminal or
// in a runner: names of files and columns may come from a stage.
func harmless(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = report.Plain(line)
	}
	return strings.Join(lines, "\n")
}

// message is the error without the hint, which has a line of its own.
func message(err error) string {
	if wrong, ok := errors.AsType[*input.FileError](err); ok && wrong.Hint != "" {
		return strings.TrimSuffix(err.Error(), "; "+wrong.Hint)
	}
	return err.Error()
}

// showProblem prints a mistake in a file with the line itself and a caret below.
func (a *app) showProblem(p config.Problem) {
	where := report.Plain(p.Path)
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", where, p.Line, p.Column)
	}
	fmt.Fprintln(a.Err, a.red("error:"), where+":", harmless(p.Message))
	if p.Source != "" && utf8.ValidString(p.Source) && len(p.Source) < 200 {
		line := report.Plain(strings.ReplaceAll(p.Source, "\t", " "))
		fmt.Fprintf(a.Err, "  | %s\n  | %s^\n", line, strings.Repeat(" ", max(p.Column-1, 0)))
	}
	if p.Hint != "" {
		fmt.Fprintln(a.Err, "hint:", harmless(p.Hint))
	}
}

func (a *app) red(text string) string {
	if a.colored(a.Err) {
		return "\x1b[1;31m" + text + "\x1b[0m"
	}
	return text
}

// hintFor says what to do about an error: what the error itself knows, or what
// the commands offer.
func hintFor(err error) string {
	var hinted interface{ Hint() string }
	wrong, inFile := errors.AsType[*input.FileError](err)
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint()
	case inFile:
		return wrong.Hint
	case errors.Is(err, config.ErrNotFound):
		return "go to the folder that has one, name it with --file, or write a first one: muster init"
	case errors.Is(err, registry.ErrMissing):
		return "make it once, with: muster models init"
	case errors.Is(err, registry.ErrNoVersion):
		return "muster models list shows what is there"
	case errors.Is(err, registry.ErrNoAlias):
		return "promote a first model: muster run, muster gate, muster promote"
	case errors.Is(err, stages.ErrNoRun):
		return "run the pipeline first: muster run"
	case errors.Is(err, flow.ErrNotThere):
		return "make it first, with muster gate or muster ci"
	case errors.Is(err, flow.ErrNoTracker):
		return "add one, for example: tracking: {mlflow: http://localhost:5000}"
	case errors.Is(err, flow.ErrNoGate):
		return "add one, for example: gate: {metrics: {roc_auc: {margin: 0.01}}}"
	case isA[*registry.MovedError](err):
		return "somebody promoted another model meanwhile; compare with that one: muster gate"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free some space on that disk, and run again; muster cache prune --max-size SIZE makes the cache smaller"
	case errors.Is(err, fs.ErrPermission):
		return "check who owns the file or folder"
	case strings.HasPrefix(err.Error(), "unknown command"):
		return "see muster --help"
	default:
		return ""
	}
}
