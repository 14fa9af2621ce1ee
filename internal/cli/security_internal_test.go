package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/muster-ci/muster/policies"
)

// Every attack that the page tells of is tried by a script that is there, and ends
// in a code that muster can explain.
func TestTheSecurityPageNamesWhatIsTried(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	set, err := policies.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Each attack, tried")
	table, _, _ = strings.Cut(table, "\n## ")
	quoted := regexp.MustCompile("`([^`]+)`")
	attacks := 0
	for row := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 6 || strings.HasPrefix(row, "| ---") || strings.HasPrefix(row, "| a change …") {
			continue
		}
		attacks++
		for _, code := range quoted.FindAllStringSubmatch(cells[3], -1) {
			if _, _, ok := set.Explain(code[1]); !ok {
				t.Errorf("%s is not explained: %s", code[1], row)
			}
		}
		tests := quoted.FindAllStringSubmatch(cells[4], -1)
		if len(tests) == 0 {
			t.Errorf("nothing tries this: %s", row)
		}
		for _, test := range tests {
			if _, err := os.Stat(filepath.Join("testdata", "script", test[1]+".txtar")); err != nil {
				t.Errorf("there is no such script: %v", err)
			}
		}
	}
	if attacks < 20 {
		t.Errorf("the table has %d attacks", attacks)
	}
}
