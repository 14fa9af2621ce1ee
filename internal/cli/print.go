package cli

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// printDocument prints a result: the document itself as JSON, or the view of it
// for people.
func printDocument[T result.Document](a *app, doc T, view result.Report) error {
	return printAs(a, doc, func(w io.Writer, _ T, opts report.TerminalOptions) error {
		return report.Terminal(w, view, opts)
	})
}

// printAs prints a document as JSON, or as a function of internal/report shows it.
func printAs[T result.Document](a *app, doc T, show func(io.Writer, T, report.TerminalOptions) error) error {
	if !a.json() {
		return show(a.Out, doc, report.TerminalOptions{Color: a.colored(a.Out), Width: a.width(a.Out)})
	}
	data, err := result.Encode(doc)
	if err != nil {
		return err
	}
	return a.writeJSON(data)
}

// writeJSON prints an encoded value, or as one line of it; nothing in it acts on a terminal.
func (a *app) writeJSON(data []byte) error {
	if a.format == formatLines {
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return err
		}
		data = append(line.Bytes(), '\n')
	}
	_, err := a.Out.Write(report.PlainJSON(data))
	return err
}

// printJSON prints what is no document of internal/result.
func (a *app) printJSON(value any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		return err
	}
	return a.writeJSON(buf.Bytes())
}
