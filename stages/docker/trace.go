package docker

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// traceID marks the messages in which BuildKit tells what it does: each is a
// StatusResponse of its control API, in protocol buffers. Its own types would
// bring gRPC and BuildKit's solver into the program; three of their fields are
// all that a log needs.
const traceID = "moby.buildkit.trace"

// The numbers of the fields that are read, by message.
const (
	responseVertexes, responseLogs                        = 1, 3
	vertexDigest, vertexName, vertexCached, vertexStarted = 1, 3, 4, 5
	vertexCompleted, vertexError                          = 6, 7
	logVertex, logMessage                                 = 1, 4
)

// steps prints the steps of a build in the order in which they happen.
type steps struct {
	to      io.Writer
	numbers map[string]int
	told    map[string]bool
	last    string // the step whose output was printed last
	open    bool   // its last line has no end yet
}

func newSteps(to io.Writer) *steps {
	return &steps{to: to, numbers: map[string]int{}, told: map[string]bool{}}
}

// show prints what a message adds.
func (s *steps) show(aux *json.RawMessage) error {
	if aux == nil {
		return nil
	}
	var data []byte
	if err := json.Unmarshal(*aux, &data); err != nil {
		return fmt.Errorf("read the build's trace: %w", err)
	}
	response, err := fields(data)
	if err != nil {
		return err
	}
	for _, vertex := range response[responseVertexes] {
		if err := s.vertex(vertex); err != nil {
			return err
		}
	}
	for _, log := range response[responseLogs] {
		if err := s.log(log); err != nil {
			return err
		}
	}
	return nil
}

func (s *steps) vertex(data []byte) error {
	vertex, err := fields(data)
	if err != nil {
		return err
	}
	digest, name := vertex.text(vertexDigest), vertex.text(vertexName)
	if strings.HasPrefix(name, "[internal]") {
		return nil
	}
	switch {
	case vertex.has(vertexCached) && !s.told[digest]:
		s.say(digest, name+" (cached)")
	case vertex.has(vertexStarted) && !s.told[digest]:
		s.say(digest, name)
	}
	if vertex.has(vertexError) && vertex.has(vertexCompleted) {
		s.say(digest, "error: "+vertex.text(vertexError))
	}
	return nil
}

func (s *steps) say(digest, line string) {
	s.told[digest] = true
	s.end()
	fmt.Fprintf(s.to, "#%d %s\n", s.number(digest), line)
}

func (s *steps) number(digest string) int {
	if s.numbers[digest] == 0 {
		s.numbers[digest] = len(s.numbers) + 1
	}
	return s.numbers[digest]
}

// log prints what a step printed, its number before each line.
func (s *steps) log(data []byte) error {
	log, err := fields(data)
	if err != nil {
		return err
	}
	digest := log.text(logVertex)
	if digest != s.last {
		s.end()
		s.last = digest
	}
	for line := range strings.Lines(log.text(logMessage)) {
		if !s.open {
			fmt.Fprintf(s.to, "#%d ", s.number(digest))
		}
		fmt.Fprint(s.to, line)
		s.open = !strings.HasSuffix(line, "\n")
	}
	return nil
}

// end ends a line that was left open.
func (s *steps) end() {
	if s.open {
		fmt.Fprintln(s.to)
	}
	s.open = false
}

// message is what a protocol buffer holds, by field: the bytes of those that
// have a length, and for numbers only that they are there and not zero.
type message map[protowire.Number][][]byte

func (m message) has(field protowire.Number) bool { return len(m[field]) > 0 }

func (m message) text(field protowire.Number) string {
	if !m.has(field) {
		return ""
	}
	return string(m[field][0])
}

func fields(data []byte) (message, error) {
	found := message{}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return nil, fmt.Errorf("read the build's trace: %w", protowire.ParseError(n))
		}
		data = data[n:]
		var value []byte
		switch kind {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(data)
			found[number] = append(found[number], value)
		case protowire.VarintType:
			var v uint64
			if v, n = protowire.ConsumeVarint(data); v != 0 {
				found[number] = append(found[number], nil)
			}
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return nil, fmt.Errorf("read the build's trace: %w", protowire.ParseError(n))
		}
		data = data[n:]
	}
	return found, nil
}
