package rego_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/rego"
)

// readLog returns one text for each line that there is something to say of.
func readLog(t *testing.T, r io.Reader) []string {
	t.Helper()
	var lines []string
	err := rego.ReadLog(r, func(line int, event rego.LoggedEvent, wrong error) error {
		if wrong != nil {
			lines = append(lines, fmt.Sprintf("%d: %v", line, wrong))
		} else {
			lines = append(lines, fmt.Sprintf("%d: %s %s", line, event.Input, event.Result))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestReadLogReportsBadLines(t *testing.T) {
	log := "\n" + `{"input":{"a":1},"result":{"verdict":"pass"}}` + "\n" +
		`{"input":{"a":1},"resu` + "\n" + // a crash
		`[]` + "\n" + `{"result":{}}` + "\n" +
		`{"input":2,"result":3}` // no end
	want := []string{
		`2: {"a":1} {"verdict":"pass"}`,
		`3: the line is no JSON, or was cut short: unexpected end of JSON input`,
		`4: the line is no event of a decision log: json: cannot unmarshal array into Go value of type rego.LoggedEvent`,
		`5: the line has no input and result: it is no event of a decision log, or was masked`,
		`6: 2 3`,
	}
	if diff := cmp.Diff(want, readLog(t, strings.NewReader(log))); diff != "" {
		t.Error(diff)
	}
}

// endless is a line without end.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = '['
	}
	e.left -= n
	return n, nil
}

func TestReadLogSkipsLineThatIsTooLong(t *testing.T) {
	log := io.MultiReader(&endless{left: 65 << 20}, strings.NewReader("\n"+`{"input":1,"result":2}`+"\n"))
	want := []string{"1: the line is longer than 64 MiB", "2: 1 2"}
	if diff := cmp.Diff(want, readLog(t, log)); diff != "" {
		t.Error(diff)
	}
}

func TestReadLogEndsWithItsCaller(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := rego.ReadLog(strings.NewReader("{}\n{}\n"), func(int, rego.LoggedEvent, error) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func FuzzReadLog(f *testing.F) {
	event, err := rego.NewEvent(map[string]string{"id": "p"}, nil, []byte(`{"a":1}`), "pass", time.Second)
	if err != nil {
		f.Fatal(err)
	}
	line, err := event.Line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(append(line, line[:len(line)/2]...))
	f.Add([]byte("{}\n\n[\n\"\xff\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		err := rego.ReadLog(bytes.NewReader(data), func(line int, event rego.LoggedEvent, wrong error) error {
			if line <= last || line > bytes.Count(data, []byte{'\n'})+1 {
				t.Errorf("line %d after %d", line, last)
			}
			if wrong == nil && (len(event.Input) == 0 || len(event.Result) == 0) {
				t.Errorf("line %d has nothing in it", line)
			}
			last = line
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
