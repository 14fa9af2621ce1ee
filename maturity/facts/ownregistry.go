package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

var (
	// differing is a part of a path that is another one in each run.
	differing = regexp.MustCompile(`(?i)\x00[+=]?(\w*(version|run_?id|run_name|timestamp|sha|commit|_tag|tag|hash|stamp|today|now)\w*|ts|v|date|run)\x00`)
	// setsModel are calls that put a model, or what holds one, somewhere.
	setsModel = regexp.MustCompile(`(^|\.)(dump|save|save_model|save_pretrained|to_pickle|copy|copy2|copyfile|copytree|move|rename|upload_file|upload_fileobj|upload_from_filename|put_object|write_bytes|save_weights|export|fput_object|upload_blob)$`)
	// leadsThere are calls that make a name stand for something else.
	leadsThere = regexp.MustCompile(`(^|\.)(symlink_to|symlink|replace|write_text|dump|safe_dump|copy|copy2|copyfile|copytree|put_object|upload_file|upload_from_filename|upload_from_string|open)$`)
	// versionsKey and currentKey are keys of an index of versions.
	versionsKey = regexp.MustCompile(`(?i)^(versions|models|releases|history|entries)$`)
	currentKey  = regexp.MustCompile(`(?i)^(current|latest|active|production|champion|live|default|promoted)(_?(version|model|model_version|run|run_id|release|path))?$`)
	indexWriter = regexp.MustCompile(`(?i)(save|write|dump|store)_?(index|registry|manifest|state|metadata|json|yaml)`)
	// registersRow is SQL that adds a version of a model with a mark of the current one.
	registersRow = regexp.MustCompile(`(?is)insert\s+into\s+["'\x60]?[\w.]*?(model_?(registry|versions?)|models|registered_models)\b.*\bversion\b.*\b(is_)?(current|active|latest|stage|status|alias|champion|production)\b`)
	blobCall     = regexp.MustCompile(`^(blob|get_blob_client|Blob)$`)
	blobUpload   = regexp.MustCompile(`^(upload_from_\w+|upload_blob)$`)
	trialFile    = regexp.MustCompile(`(?i)\.(png|jpe?g|html|csv|log|txt|json|ya?ml|svg|pdf)$`)
)

// ownVersions makes facts of models that Python keeps under names which differ by
// version, and of the name or index that leads to the current one.
func (b *builder) ownVersions() {
	for _, m := range b.ownModules() {
		for _, c := range m.mod.Calls {
			for _, text := range pathsOf(c) {
				switch {
				case c.Decorator || text == "" || blobCall.MatchString(c.Method()) && !uploads(m.mod, c.Func):
				case (setsModel.MatchString(c.Name) || blobCall.MatchString(c.Method())) && differing.MatchString(text) && holdsModel(c, text):
					b.noteTool(m, "registry.key", c, text)
				case (leadsThere.MatchString(c.Name) || blobCall.MatchString(c.Method())) && !isTextMethod(c) && pointingName.MatchString(text) && !differing.MatchString(text) && (c.Method() != "open" || c.OpensToWrite()):
					b.noteTool(m, "registry.pointer", c, text)
				}
			}
		}
		b.ownIndex(m)
		b.ownTable(m)
	}
}

// uploads reports whether a function of a module puts something into a bucket.
func uploads(mod *python.Module, fn int) bool {
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Func == fn && blobUpload.MatchString(c.Method()) })
}

// ownTable makes a fact of a table of versions in which one is marked as current.
func (b *builder) ownTable(m module) {
	for _, c := range m.mod.Calls {
		if c.Method() == "execute" && slices.ContainsFunc(c.Args, func(a python.Arg) bool { return registersRow.MatchString(a.Text + a.Value) }) {
			b.note(m, "registry.pointer", "a table of versions", c.Line, m.mod.FuncName(c.Func))
			return
		}
	}
}

// noteTool makes a fact of a call with the path that it is given.
func (b *builder) noteTool(m module, category string, c python.Call, text string) {
	b.note(m, category, c.Subject()+" "+differing.ReplaceAllString(text, "{version}"), c.Line, m.mod.FuncName(c.Func))
}

// pathsOf are the texts of a call that may be paths, with what it is called on.
func pathsOf(c python.Call) []string {
	out := []string{c.On}
	for _, a := range c.Args {
		if a.Text != "" && !strings.ContainsAny(a.Text, " \n") {
			out = append(out, a.Text)
		}
	}
	return out
}

// holdsModel reports whether what is put under a path is a model: the path or what is
// put there is named for it.
func holdsModel(c python.Call, text string) bool {
	if trialFile.MatchString(text) {
		return false
	}
	return modelWord.MatchString(text) || slices.ContainsFunc(c.Args, func(a python.Arg) bool {
		return modelWord.MatchString(a.Text) || modelNamed.MatchString(a.Written)
	})
}

// ownIndex makes a fact of an index of versions: a file of keys, one of which lists
// them and another says which is current, that the same function writes.
func (b *builder) ownIndex(m module) {
	if !slices.ContainsFunc(m.mod.Keys, func(w python.Word) bool { return versionsKey.MatchString(w.Text) }) &&
		!slices.ContainsFunc(m.mod.Pairs, func(p python.Pair) bool { return versionsKey.MatchString(p.Name) }) {
		return
	}
	for _, p := range m.mod.Pairs {
		if p.Fixed || p.Func < 0 || !currentKey.MatchString(p.Name) || p.Value == "None" {
			continue
		}
		if slices.ContainsFunc(m.mod.Calls, func(c python.Call) bool { return c.Func == p.Func && writesIndex(c) }) {
			b.note(m, "registry.pointer", "the key "+p.Name+" of an index", p.Line, m.mod.FuncName(p.Func))
			return
		}
	}
}

// writesIndex reports whether a call writes a file, or hands what to write to a
// function that is named for it.
func writesIndex(c python.Call) bool {
	switch c.Method() {
	case "dump", "safe_dump", "write_text", "put_object", "write":
		return true
	}
	return indexWriter.MatchString(c.Method())
}

// isTextMethod reports whether a call is the replace of a text, not of a file.
func isTextMethod(c python.Call) bool {
	return c.Method() == "replace" && !strings.HasPrefix(c.Name, "os.") && !strings.HasPrefix(c.Name, "pathlib.")
}
