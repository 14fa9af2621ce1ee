package facts

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/source"
)

// Uses are what files of Python use of a catalogue, as it was found before: a file that
// holds the same is not looked through again. Its JSON form is what is kept; only the same
// program with the same catalogue may read it. The zero value knows nothing.
type Uses struct {
	before, now keptUses
	fresh       bool
}

// keptUses are the uses by file. Given is the sum of what uses of any file rest on
// beside the file.
type keptUses struct {
	Given []byte
	Files map[string]fileUses
}

type fileUses struct {
	Sum  []byte
	Uses []keptUse `json:",omitempty"`
}

// keptUse is one use, see [seen].
type keptUse struct {
	catalogue.Match
	Line     int
	Subject  string
	Function string `json:",omitempty"`
	Fn       int
	Branch   bool `json:",omitempty"`
	Optional bool `json:",omitempty"`
}

// UnmarshalJSON reads what was found before.
func (u *Uses) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &u.before) }

// MarshalJSON writes what is known now.
func (u *Uses) MarshalJSON() ([]byte, error) { return json.Marshal(u.now) }

// Changed reports whether something was found that is not kept yet.
func (u *Uses) Changed() bool { return u.fresh || len(u.now.Files) != len(u.before.Files) }

// given tells on what else uses rest: what is known before is of no worth under another.
func (u *Uses) given(s *scan) {
	data, err := json.Marshal([]any{s.fitting, s.derived})
	if err != nil {
		panic(fmt.Sprintf("encode names of classes: %v", err)) // they are texts
	}
	sum := sha256.Sum256(data)
	u.now = keptUses{sum[:], map[string]fileUses{}}
	if !bytes.Equal(u.before.Given, sum[:]) {
		u.before = keptUses{}
	}
}

// of returns the uses of a file that holds what has that sum, if they are known.
func (u *Uses) of(file string, sum source.Sum) ([]seen, bool) {
	if u == nil {
		return nil, false
	}
	kept, ok := u.before.Files[file]
	if !ok || !bytes.Equal(kept.Sum, sum[:]) {
		return nil, false
	}
	out := make([]seen, 0, len(kept.Uses))
	for _, k := range kept.Uses {
		out = append(out, seen{match: k.Match, file: file, line: k.Line, subject: k.Subject, function: k.Function, fn: k.Fn, branch: k.Branch, optional: k.Optional})
	}
	return out, true
}

// keep notes the uses of a file.
func (u *Uses) keep(file string, sum source.Sum, uses []seen, known bool) {
	if known {
		u.now.Files[file] = u.before.Files[file]
		return
	}
	list := make([]keptUse, 0, len(uses))
	for _, s := range uses {
		list = append(list, keptUse{s.match, s.line, s.subject, s.function, s.fn, s.branch, s.optional})
	}
	u.now.Files[file], u.fresh = fileUses{sum[:], list}, true
}
