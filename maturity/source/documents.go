package source

import (
	"path"
	"sync"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// documents are the files of YAML that were parsed.
type documents struct {
	mutex  sync.Mutex
	parsed map[string]parsed
}

// maxParsed bounds the files of YAML that are parsed when they are read: larger ones
// are data, which hardly anybody asks for.
const maxParsed = 1 << 20

func isYAML(file string) bool {
	ext := path.Ext(file)
	return ext == ".yml" || ext == ".yaml"
}

type parsed struct {
	docs []yamldoc.Value
	err  error
}

// YAML returns the documents of a file of YAML, which is parsed when it is read or
// first asked for, and never again. Where a later one is broken, those before it are
// returned beside the error.
func (t *Tree) YAML(file string) ([]yamldoc.Value, error) {
	if t.yaml == nil {
		return yamldoc.Read(t.Text[file])
	}
	p, ok := t.yaml.get(file)
	if !ok {
		docs, err := yamldoc.Read(t.Text[file])
		p = t.yaml.put(file, parsed{docs, err})
	}
	return p.docs, p.err
}

func (d *documents) get(file string) (parsed, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p, ok := d.parsed[file]
	return p, ok
}

// put keeps what was parsed first.
func (d *documents) put(file string, p parsed) parsed {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if first, ok := d.parsed[file]; ok {
		return first
	}
	d.parsed[file] = p
	return p
}
