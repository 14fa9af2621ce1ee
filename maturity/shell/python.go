package shell

import (
	"path"
	"strings"
)

// AfterPython takes "sudo" and "python -m" off a command, with the options that
// stand before the -m. A module that Python starts is the command of its name.
func AfterPython(args []string) []string {
	if len(args) > 1 && args[0] == "sudo" {
		args = args[1:]
	}
	if len(args) < 3 || !strings.HasPrefix(path.Base(args[0]), "python") {
		return args
	}
	for i, a := range args[1 : len(args)-1] {
		switch {
		case a == "-m":
			return args[i+2:]
		case !strings.HasPrefix(a, "-"):
			return args
		}
	}
	return args
}
