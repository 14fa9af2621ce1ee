package reach

import (
	"path"
	"slices"
	"strings"
)

// idle reports whether a command does nothing of what its name says: it is asked
// for its help or its version, or goes through the motions only.
func idle(args []string) bool {
	for i, a := range args[1:] {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "--":
			return false
		case "--help":
			return true
		case "--version":
			if i == len(args)-2 && i < 3 && value == "" {
				return true
			}
		case "--dry-run", "--dryrun", "--dry_run", "--just-print", "--recon":
			if next := append(slices.Clone(args[i+2:]), ""); value == "" {
				value = next[0]
			}
			if value = strings.ToLower(value); value != "none" && value != "false" && value != "0" {
				return true
			}
		}
	}
	return readsOnly(path.Base(args[0]), args[1:])
}

// readsOnly reports whether a short flag makes a shell check a script, or a
// runner print what it would do.
func readsOnly(name string, args []string) bool {
	switch name {
	case "bash", "sh", "zsh":
		if i := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") }); i >= 0 {
			args = args[:i]
		}
		return slices.ContainsFunc(args, func(a string) bool { return has(a, 'n', "neuvx") })
	case "make", "gmake":
		return slices.ContainsFunc(args, func(a string) bool { return has(a, 'n', "nkisBqe") })
	case "just":
		return slices.Contains(args, "-n")
	case "dvc":
		return slices.Contains(args, "--dry")
	}
	return false
}

// has reports whether a word is a cluster of short flags, all of them among the
// known ones, with that one.
func has(word string, flag byte, known string) bool {
	cluster, ok := strings.CutPrefix(word, "-")
	return ok && strings.IndexByte(cluster, flag) >= 0 && strings.Trim(cluster, known) == ""
}
