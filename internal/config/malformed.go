package config

import (
	"regexp"
	"strconv"
	"strings"
)

// yamlPlace is how the YAML library begins a mistake: "line 3: …".
var yamlPlace = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)`)

// unknownField is how it says that a type has no such key.
var unknownField = regexp.MustCompile(`^field (\S+) not found in type \S+$`)

// Malformed turns what the YAML library says of a file that has no schema into an
// [Error] with its lines.
func Malformed(path string, data []byte, err error, hint string) *Error {
	lines := strings.Split(string(data), "\n")
	var problems []Problem
	for text := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n"), "\n") {
		p := Problem{Path: path, Message: strings.TrimPrefix(strings.TrimSpace(text), "yaml: "), Hint: hint}
		if m := yamlPlace.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Column, p.Message = 1, m[2]
		}
		if m := unknownField.FindStringSubmatch(p.Message); m != nil {
			p.Message = "unknown key " + strconv.Quote(m[1])
		}
		if p.Line > 0 && p.Line <= len(lines) {
			p.Source = lines[p.Line-1]
		}
		problems = append(problems, p)
	}
	return &Error{problems}
}
