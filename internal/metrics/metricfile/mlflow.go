package metricfile

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// mlflowLine is a line of MLflow's file store: time in milliseconds, value, and
// the step, which old versions do not write.
var mlflowLine = regexp.MustCompile(`^(\d+) (\S+)(?: (-?\d+))?$`)

func isMLflowLine(line string) bool {
	parts := mlflowLine.FindStringSubmatch(line)
	if parts == nil {
		return false
	}
	_, ok := parseCell(parts[2])
	return ok
}

// point is one line.
type point struct {
	time, step int64
	value      float64
	written    string
	line       int
}

// after is MLflow's own rule for which value is the latest: step, then time, then
// value (FileStore, mlflow.store.tracking). NaN is not passed over.
func (p point) after(q point) bool {
	switch {
	case p.step != q.step:
		return p.step > q.step
	case p.time != q.time:
		return p.time > q.time
	}
	return math.IsNaN(p.value) || p.value > q.value
}

// mlflow reads one metric, whose name is that of the file.
func (c *collector) mlflow() error {
	var latest point
	for i, line := range bytes.Split(c.data, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		p, err := c.point(string(line), i+1)
		if err != nil {
			return err
		}
		if latest.line == 0 || p.after(latest) {
			latest = p
		}
	}
	name := mlflowName(c.name)
	if err := c.claim(name, name, latest.line); err != nil {
		return err
	}
	source := fmt.Sprintf("MLflow, line %d (step %d)", latest.line, latest.step)
	return c.add(Number{Name: name, Value: latest.value, Better: Better(name), Source: source}, latest.written, latest.line)
}

func (c *collector) point(text string, line int) (point, error) {
	const hint = "each line has a time in milliseconds, a value and a step, separated by spaces"
	parts := mlflowLine.FindStringSubmatch(text)
	if parts == nil {
		return point{}, c.errorAt(line, "", fmt.Sprintf("is no line of an MLflow metric (%s)", input.Quote(text)), hint)
	}
	p := point{written: parts[2], line: line}
	var ok bool
	if p.value, ok = parseCell(parts[2]); !ok {
		return point{}, c.errorAt(line, "", fmt.Sprintf("the value is not a number (%s)", input.Quote(parts[2])), hint)
	}
	var err error
	if p.time, err = strconv.ParseInt(parts[1], 10, 64); err == nil && parts[3] != "" {
		p.step, err = strconv.ParseInt(parts[3], 10, 64)
	}
	if err != nil {
		return point{}, c.errorAt(line, "", "time or step is out of range", hint)
	}
	return p, nil
}

// mlflowName is what follows the folder "metrics"; MLflow makes folders of the
// slashes in a name.
func mlflowName(file string) string {
	const folder = "/metrics/"
	if at := strings.LastIndex("/"+file, folder); at >= 0 {
		return strings.ReplaceAll(("/" + file)[at+len(folder):], "/", ".")
	}
	return path.Base(file)
}
