package starter

import (
	"regexp"
	"sync"
)

// pattern is an expression that is compiled when it is first needed. This
// package has so many of them that each start of muster would feel it.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
