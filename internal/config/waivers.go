package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// WaiversSchema is the JSON Schema of a file of waivers.
//
//go:embed waivers.schema.json
var WaiversSchema []byte

// waiversURL is what the schema calls itself.
const waiversURL = "https://muster-ci.github.io/schema/waivers.yaml/v1.json"

// Waiver lets findings of one code pass until a day; Line is where it stands.
type Waiver struct {
	Finding string `yaml:"finding"`
	Metric  string `yaml:"metric"`
	Slice   string `yaml:"slice"`
	Reason  string `yaml:"reason"`
	Owner   string `yaml:"owner"`
	Expires string `yaml:"expires"` // as 2006-01-02
	Line    int    `yaml:"-"`
}

// ParseWaivers reads a file of waivers. Path is used in messages; now is what a
// year ahead is counted from. All mistakes come back together as an [Error]. A file
// with nothing in it has no waivers.
func ParseWaivers(path string, data []byte, now time.Time) ([]Waiver, error) {
	var waivers []Waiver
	src, err := readBeside(path, data, WaiversSchema, waiversURL, &waivers)
	if src == nil {
		return nil, err
	}
	if problems := src.checkWaivers(waivers, now); len(problems) > 0 {
		return nil, inOrder(problems)
	}
	return waivers, nil
}

// readBeside reads a file that lies beside the configuration: it is not too large,
// fits its schema, and is decoded into out. The source is nil if the file has nothing
// in it, or is wrong.
func readBeside(path string, data []byte, schema []byte, url string, out any) (*source, error) {
	if len(data) > MaxSize {
		return nil, &Error{[]Problem{{Path: path, Message: "the file is larger than 1 MiB", Hint: "it is written by people: take out what no longer holds"}}}
	}
	if empty(data) {
		return nil, nil
	}
	src, value, err := readSource(path, data)
	if err != nil {
		return nil, err
	}
	problems, err := src.checkAgainst(schema, url, value)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, inOrder(problems)
	}
	if err := src.root.Decode(out); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return src, nil
}

// empty reports whether a file has nothing but comments.
func empty(data []byte) bool {
	var doc yaml.Node
	return yaml.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &doc) == nil && len(doc.Content) == 0
}

// checkWaivers finds the mistakes that no schema can say, and notes where each waiver stands.
func (s *source) checkWaivers(waivers []Waiver, now time.Time) []Problem {
	type named struct{ finding, metric, slice string }
	first := map[named]int{}
	var problems []Problem
	for i := range waivers {
		waiver, at := &waivers[i], fmt.Sprintf("/%d", i)
		waiver.Line = follow(s.values[at]).Line
		day, err := time.Parse(time.DateOnly, waiver.Expires)
		switch {
		case err != nil:
			problems = append(problems, s.problem(at+"/expires", fmt.Sprintf("%s is no day of the calendar", waiver.Expires), "write the last day on which it holds, as in 2027-03-31"))
		case day.After(now.UTC().AddDate(1, 0, 0)):
			problems = append(problems, s.problem(at+"/expires", fmt.Sprintf("%s is more than a year ahead", waiver.Expires), "a waiver is for a time: name a day within a year, and renew it then if it is still needed"))
		}
		key := named{waiver.Finding, waiver.Metric, waiver.Slice}
		if line, twice := first[key]; twice {
			problems = append(problems, s.problem(at, "this is waived already", fmt.Sprintf("the first is in line %d; remove one", line)))
			continue
		}
		first[key] = waiver.Line
	}
	return problems
}
