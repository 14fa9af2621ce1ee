package stages

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// The limits of what is read of a JUnit file, and kept of it.
const (
	maxJUnit       = 64 << 20
	maxFailures    = 20
	maxTestName    = 200  // in runes
	maxTestMessage = 1000 // in runes
)

// workspaceTests counts the tests of a stage that was executed, also of one that
// failed: what failed is what people want to read. A stage may have put
// anything in the file's place, a link or a pipe that nobody writes to.
func (s *session) workspaceTests(stage config.Stage, workspace string, outcome *result.Stage) {
	if stage.JUnit == "" {
		return
	}
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return // the stage's outputs are looked at next, and that says so
	}
	defer root.Close()
	file, err := root.OpenFile(filepath.FromSlash(path.Clean(stage.JUnit)), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return // missing: an error of the stage if it succeeded
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	s.countTests(stage, file, outcome)
}

// cachedTests counts the tests of a stage whose outputs were restored.
func (s *session) cachedTests(stage config.Stage, outcome *result.Stage) {
	for _, file := range outcome.Outputs {
		if stage.JUnit != "" && file.Path == path.Clean(stage.JUnit) {
			content, err := s.store.Open(file.SHA256)
			if err != nil {
				return // it has just been restored, so somebody is pruning the cache
			}
			s.countTests(stage, content, outcome)
			content.Close()
		}
	}
}

func (s *session) countTests(stage config.Stage, in io.Reader, outcome *result.Stage) {
	tests, err := readJUnit(in)
	if err != nil {
		s.remark(outcome, "no tests are counted: read %s: %v", stage.JUnit, err)
		return
	}
	outcome.Tests = &tests
}

// readJUnit counts the test cases in a JUnit file. It goes through the file
// once and keeps nothing but the first failures, however deep suites lie in
// suites. XML entities of the file's own are refused, as encoding/xml does.
func readJUnit(r io.Reader) (result.Tests, error) {
	limited := &io.LimitedReader{R: r, N: maxJUnit}
	dec := xml.NewDecoder(limited)
	dec.CharsetReader = charset
	read := junitReader{}
	for {
		token, err := dec.Token()
		switch {
		case limited.N <= 0:
			return result.Tests{}, errors.New("it is larger than 64 MB")
		case errors.Is(err, io.EOF) && read.root:
			return read.tests, nil
		case errors.Is(err, io.EOF):
			return result.Tests{}, errors.New("there is no test suite in it")
		case err != nil:
			return result.Tests{}, err
		}
		if err := read.take(token); err != nil {
			return result.Tests{}, err
		}
	}
}

// charset reads the encodings that some test runners of the West still write.
func charset(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1":
		return charmap.ISO8859_1.NewDecoder().Reader(input), nil
	case "windows-1252", "cp1252":
		return charmap.Windows1252.NewDecoder().Reader(input), nil
	default:
		return nil, fmt.Errorf("its encoding %q is not known; write it as UTF-8", label)
	}
}

// junitReader takes the tokens of a JUnit file, one after the other.
type junitReader struct {
	tests result.Tests
	root  bool // the first element was a suite

	open    bool // inside a test case
	depth   int  // of elements below the case
	skipped bool
	failed  bool
	inside  bool // inside the first failure or error of the case
	failure result.TestFailure
}

func (r *junitReader) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		r.end()
	case xml.CharData:
		if r.inside && r.failure.Message == "" {
			r.failure.Message = shorten(firstLine(string(t)), maxTestMessage)
		}
	}
	return nil
}

func (r *junitReader) start(e xml.StartElement) error {
	name := e.Name.Local
	if !r.root && name != "testsuites" && name != "testsuite" {
		return fmt.Errorf("it begins with <%s>, not with <testsuites> or <testsuite>", shorten(name, maxTestName))
	}
	r.root = true
	if !r.open {
		if name == "testcase" {
			r.begin(e)
		}
		return nil
	}
	r.depth++
	if r.depth > 1 {
		return nil
	}
	switch name {
	case "skipped":
		r.skipped = true
	case "failure", "error":
		if !r.failed {
			r.failed, r.inside = true, true
			r.failure.Message = shorten(firstLine(attribute(e, "message")), maxTestMessage)
		}
	}
	return nil
}

func (r *junitReader) begin(e xml.StartElement) {
	name := attribute(e, "name")
	if class := attribute(e, "classname"); class != "" {
		name = class + "." + name
	}
	status := attribute(e, "status")
	*r = junitReader{
		tests: r.tests, root: true, open: true, failure: result.TestFailure{Name: shorten(name, maxTestName)},
		skipped: status == "skipped" || status == "notrun" || status == "disabled",
	}
}

func (r *junitReader) end() {
	switch {
	case !r.open:
	case r.depth > 0:
		r.depth--
		r.inside = r.inside && r.depth > 0
	default:
		r.open = false
		r.count()
	}
}

func (r *junitReader) count() {
	switch {
	case r.failed:
		r.tests.Failed++
		if len(r.tests.Failures) < maxFailures {
			r.tests.Failures = append(r.tests.Failures, r.failure)
		}
	case r.skipped:
		r.tests.Skipped++
	default:
		r.tests.Passed++
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, attr := range e.Attr {
		if attr.Name.Local == name && attr.Name.Space == "" {
			return attr.Value
		}
	}
	return ""
}

// firstLine returns the first line that has anything in it.
func firstLine(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

func shorten(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes-1]) + truncated
}
