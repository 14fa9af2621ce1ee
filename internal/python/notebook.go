package python

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Notebook reads the code cells of a Jupyter notebook as one module, lines
// counted as in the file where they can be told. Lines for the shell or for
// the notebook itself (! and %) are left out, and so are whole cells of
// another language (%%bash).
func Notebook(data []byte) (*Module, error) {
	var doc struct {
		Cells []struct {
			Type   string          `json:"cell_type"`
			Source json.RawMessage `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read notebook: %w", err)
	}
	var src strings.Builder
	for _, cell := range doc.Cells {
		if cell.Type == "code" {
			writeCell(&src, cellText(cell.Source))
		}
	}
	return readAll(src.String(), true), nil
}

// cellText joins the source of a cell, which is a string or a list of lines.
func cellText(raw json.RawMessage) string {
	var lines []string
	if json.Unmarshal(raw, &lines) == nil {
		return strings.Join(lines, "")
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return ""
}

// writeCell adds a cell's lines of Python.
func writeCell(out *strings.Builder, text string) {
	if strings.HasPrefix(strings.TrimSpace(text), "%%") {
		magic, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
		name := strings.Fields(magic)[0]
		if name != "%%time" && name != "%%timeit" && name != "%%capture" {
			return
		}
		text = rest
	}
	for line := range strings.Lines(text) {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "%") || strings.HasPrefix(t, "!") {
			line = "\n"
		}
		out.WriteString(line)
	}
	out.WriteString("\n")
}
