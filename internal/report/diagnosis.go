package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Diagnosis writes what was found, a line for each check, with what to do below it.
func Diagnosis(w io.Writer, d result.Diagnosis, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	t := terminal{Writer: buf, color: opts.Color, width: opts.columns()}
	name, count := 0, map[result.CheckStatus]int{}
	for _, check := range d.Checks {
		name = max(name, displayWidth(Plain(check.Name)))
		count[check.Status]++
	}
	name = min(name, t.width/3)
	for _, check := range d.Checks {
		t.check(check, name)
	}
	t.println("")
	t.println(t.mark(checkTone(d.Status)) + " " + t.paint(ansiBold, diagnosisSummary(count)))
	return buf.Flush()
}

func checkTone(status result.CheckStatus) tone {
	switch status {
	case result.CheckOK:
		return good
	case result.CheckWarn:
		return unsure
	case result.CheckFail:
		return bad
	default:
		return neutral
	}
}

func (t terminal) check(check result.Check, column int) {
	title := clipWidth(Plain(check.Name), column)
	head := t.mark(checkTone(check.Status)) + " " + padRight(title, column) + "  "
	t.paragraph(head, Plain(check.Message))
	if check.Hint != "" {
		t.paragraph(strings.Repeat(" ", displayWidth(head))+"hint: ", Plain(check.Hint))
	}
}

func diagnosisSummary(count map[result.CheckStatus]int) string {
	failed, warned := count[result.CheckFail], count[result.CheckWarn]
	switch {
	case failed > 0 && warned > 0:
		return plural(failed, "check fails", "checks fail") + ", " + plural(warned, "warning", "warnings")
	case failed > 0:
		return plural(failed, "check fails", "checks fail")
	case warned > 0:
		return plural(warned, "warning", "warnings") + ", but muster can work"
	default:
		return "muster can work"
	}
}
