package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/web"
)

// Of a list no more is read than anybody asked for, and what is none is told apart from
// one without items.
func TestList(t *testing.T) {
	type item struct{ Name string }
	for text, want := range map[string]int{
		`[]`: 0, `[{"name": "a"}]`: 1, `[{}, null]`: 2, "[" + strings.Repeat("{},", 1_000_000) + "{}]": 100,
		`null`: -1, `{}`: -2, `"x"`: -2, `[1]`: -2, `[{"name": 1}]`: -2,
	} {
		var got web.List[item]
		n := -1
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			n = -2
		} else if got != nil {
			n = len(got)
		}
		if n != want {
			t.Errorf("%.30s: %d, want %d", text, n, want)
		}
	}
}
