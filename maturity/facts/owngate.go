package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

var (
	// standingFile is a file of what the model in use measured, or of that model.
	standingFile = regexp.MustCompile(`(?i)(^|[/_.-])(current|production|prod|champion|incumbent|deployed|live|best|latest|previous|baseline)([/_.-])`)
	// standingWord is how the measure that was read from it may be called.
	standingWord = regexp.MustCompile(`(?i)(^|[ ._])(current|production|prod|champion|incumbent|deployed|live|best|latest|prev|previous|old|existing|last|baseline|saved)([ ._]|$)`)
	readsFile    = regexp.MustCompile(`(^|\.)(open|read_text|read_json|read_csv|load|get_object|download_file|download_as_text|download_as_string|read_bytes|safe_load|Object|blob|fget_object|download_to_filename)$`)
	updatesFile  = regexp.MustCompile(`(^|\.)(open|write_text|dump|copy|copy2|copyfile|copytree|move|rename|replace|put_object|upload_file|upload_from_filename|upload_from_string|upload_fileobj|symlink_to|write_bytes|fput_object|save|save_model)$`)
)

// fileGates makes facts of gates by files: a comparison that decides something, between
// a measure and the one that the model in use had, which is read from a file that the
// same module writes anew when the candidate takes its place.
func (b *builder) fileGates() {
	for _, m := range b.ownModules() {
		does := doingsOf(m.mod)
		at := slices.IndexFunc(m.mod.Compares, func(c python.Compare) bool {
			return c.Branch && !c.Idle && !c.Fixed && standsAgainst(c) && !does.fits[c.Func] &&
				(!fromBefore.MatchString(c.Left+" "+c.Right) || does.before(c))
		})
		if at < 0 {
			continue
		}
		if standing := readAndWritten(m.mod); standing != "" {
			c := m.mod.Compares[at]
			b.note(m, "compare.files", c.Left+" and "+c.Right+", with "+standing, c.Line, m.mod.FuncName(c.Func))
		}
	}
}

// standsAgainst reports whether a comparison is one of two measures, one of them that
// of what is in use.
func standsAgainst(c python.Compare) bool {
	if !isMeasure(c.Left) || !isMeasure(c.Right) || strings.Contains(c.Left+c.Right, "epoch") {
		return false
	}
	return standingWord.MatchString(c.Left) != standingWord.MatchString(c.Right) && !strings.Contains(strings.ToLower(c.Left+c.Right), "thresh")
}

// readAndWritten is a file, or folder of files, of the model in use that a module both
// reads and writes.
func readAndWritten(mod *python.Module) string {
	read, written := map[string]string{}, map[string]bool{}
	for _, c := range mod.Calls {
		for _, text := range standingPaths(mod, c) {
			word := strings.ToLower(standingFile.FindStringSubmatch(text + "/")[2])
			writes := c.Method() == "open" && c.OpensToWrite()
			if readsFile.MatchString(c.Name) && !writes {
				read[word] = text
			}
			if updatesFile.MatchString(c.Name) && (c.Method() != "open" || writes) {
				written[word] = true
			}
		}
	}
	for _, word := range []string{"current", "production", "prod", "champion", "incumbent", "deployed", "live", "best", "latest", "previous", "baseline"} {
		if read[word] != "" && written[word] {
			return read[word]
		}
	}
	return ""
}

// standingPaths are the paths of a call that are those of the model in use.
func standingPaths(mod *python.Module, c python.Call) []string {
	paths := pathsOf(c)
	for _, name := range append([]string{c.Receiver}, writtenArgs(c)...) {
		if text := mod.Texts[name]; text != "" {
			paths = append(paths, text)
		}
	}
	return slices.DeleteFunc(paths, func(text string) bool { return text == "" || !standingFile.MatchString(text+"/") })
}

func writtenArgs(c python.Call) []string {
	var out []string
	for _, a := range c.Args {
		out = append(out, a.Written)
	}
	return out
}

// doings are what the functions of a module do besides comparing: fits are those that go
// through epochs, what they compare are those; from is the first line of each that reads
// what another run left, or asks a store.
type doings struct {
	fits map[int]bool
	from map[int]int
}

// doingsOf looks at each call of a module once.
func doingsOf(mod *python.Module) doings {
	out := doings{map[int]bool{}, map[int]int{}}
	for _, c := range mod.Calls {
		switch c.Method() {
		case "backward", "zero_grad", "train_on_batch", "partial_fit":
			out.fits[c.Func] = true
		}
		if line, ok := out.from[c.Func]; ok && line <= c.Line {
			continue
		}
		if readsFile.MatchString(c.Name) && !c.OpensToWrite() && len(standingPaths(mod, c)) > 0 ||
			readsStanding.MatchString(c.Method()) || storeLookup.MatchString(c.Name) {
			out.from[c.Func] = c.Line
		}
	}
	return out
}

// before reports whether the function of a comparison has read or asked before it.
func (d doings) before(c python.Compare) bool {
	line, ok := d.from[c.Func]
	return ok && line < c.Line
}
