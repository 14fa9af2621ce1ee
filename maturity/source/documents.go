package source

import (
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// documents are the files of YAML that were parsed.
type documents struct {
	mutex  sync.Mutex
	parsed map[string]parsed
}

type parsed struct {
	docs []yamldoc.Value
	err  error
}

// YAML returns the documents of a file of YAML, which is parsed when it is first
// asked for, and never again. Where a later one is broken, those before it are
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

// ParseYAML parses files of YAML that will all be asked for, by as many workers as
// there are processors.
func (t *Tree) ParseYAML(files []string) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(files, maxTogether) {
		group.Go(func() error {
			for _, file := range part {
				_, _ = t.YAML(file) // whoever asks is told what is wrong with it
			}
			return nil
		})
	}
	_ = group.Wait() // see above
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
