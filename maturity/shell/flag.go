package shell

import "strings"

// Flag returns the value of a flag of a command that has one of these names, as
// "--flag value" or "--flag=value"; "" if it is not there.
func Flag(args []string, names ...string) string {
	for i, a := range args {
		for _, name := range names {
			if a == name && i+1 < len(args) {
				return args[i+1]
			}
			if v, ok := strings.CutPrefix(a, name+"="); ok {
				return v
			}
		}
	}
	return ""
}
