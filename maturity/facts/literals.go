package facts

import (
	"slices"

	"github.com/muster-ci/muster/internal/python"
)

// onlyLiterals reports whether all that a call is given are numbers and texts that
// stand there: such a call measures nothing that could change.
func onlyLiterals(c python.Call) bool {
	const least = 2 // what is compared, and with what
	given := 0
	for _, a := range c.Args {
		if a.Name == "" {
			given++
		}
		list := len(a.Items) > 0 && a.Value == "" && a.Written == "" && !slices.Contains(a.Items, "$")
		if !a.Literal && !list {
			return false
		}
	}
	return given >= least
}
