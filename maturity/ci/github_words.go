package ci

import (
	"strings"

	"github.com/rhysd/actionlint"
)

func text(s *actionlint.String) string {
	if s == nil {
		return ""
	}
	return s.Value
}

func texts(list []*actionlint.String) []string {
	var out []string
	for _, s := range list {
		out = append(out, text(s))
	}
	return out
}

func line(pos *actionlint.Pos) int {
	if pos == nil {
		return 0
	}
	return pos.Line
}

// isTrue reports whether a flag is set; one that an expression decides is not.
func isTrue(b *actionlint.Bool) bool {
	if b != nil && b.Expression != nil {
		return strings.Trim(b.Expression.Value, "${} ") == "true"
	}
	return b != nil && b.Value
}
