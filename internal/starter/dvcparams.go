package starter

import (
	"path"
	"slices"
	"strings"
)

// defaultParams is where DVC looks for parameters.
const defaultParams = "params.yaml"

// matrixValue is what a value of a matrix may be, since stages are named by it;
// axisName is what an axis may be called.
var (
	matrixValue = pattern(`^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$`)
	axisName    = pattern(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// params notes which keys of which files a stage reads; which of the files
// becomes muster's is decided when all stages are known.
func (d *dvcReader) params(s *stage, t *template, params *value, wdir string) {
	note := func(file string, keys []string) {
		if d.paramed[file] == nil {
			d.paramed[file] = map[*stage][]string{}
		}
		d.paramed[file][s] = append(d.paramed[file][s], keys...)
	}
	for _, entry := range params.list() {
		if entry.isScalar() {
			note(path.Join(wdir, defaultParams), []string{t.one(entry)})
			continue
		}
		for _, file := range entry.keys {
			var keys []string
			for _, key := range entry.fields[file].list() {
				keys = append(keys, t.one(key))
			}
			if len(keys) == 0 {
				keys = []string{"*"} // all of the file
			}
			note(path.Join(wdir, t.fill(file)), keys)
		}
	}
}

// settleParams makes the file that most stages read the params file; others are
// inputs as a whole.
func (d *dvcReader) settleParams() {
	var files []string
	for file := range d.paramed {
		files = append(files, file)
	}
	slices.Sort(files)
	best := ""
	for _, file := range files {
		if d.isParams(file) && (best == "" || len(d.paramed[file]) > len(d.paramed[best]) || len(d.paramed[file]) == len(d.paramed[best]) && file == defaultParams) {
			best = file
		}
	}
	for _, file := range files {
		for _, s := range d.p.stages {
			keys, ok := d.paramed[file][s]
			switch {
			case !ok:
			case file == best:
				d.paramKeys(s, file, keys)
			case slices.Equal(keys, []string{"*"}):
				s.reads(file)
			default:
				s.reads(file)
				d.cannot(s, 0, "DVC looks at %s of %s only; muster at the whole file, since there is one params file for all stages", strings.Join(keys, ", "), file)
			}
		}
	}
	d.p.params = best
}

// isParams reports whether muster can read a file as its params file.
func (d *dvcReader) isParams(file string) bool {
	ext := path.Ext(file)
	return (ext == ".yaml" || ext == ".yml" || ext == ".json") && d.has(file)
}

// paramKeys names the keys of the params file that a stage reads.
func (d *dvcReader) paramKeys(s *stage, file string, keys []string) {
	doc, ok := d.yaml(file)
	if !ok {
		s.reads(file)
		return
	}
	for _, key := range keys {
		if key == "*" {
			s.params = append(s.params, doc.keys...)
			continue
		}
		if _, there := doc.pick(key); !there || strings.Contains(key, "[") {
			d.cannot(s, 0, "params: %s has no %s", file, key)
			continue
		}
		s.params = append(s.params, key)
	}
	slices.Sort(s.params)
	s.params = slices.Compact(s.params)
}
