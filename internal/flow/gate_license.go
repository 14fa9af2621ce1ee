package flow

import (
	"bytes"
	"context"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// maxCard is how much is read of a licence or a model card.
const maxCard = 1 << 20

// findLicense looks for a licence: among the model's files, in the front matter
// of a model card, in the repository, in this order.
func (g Gate) findLicense(ctx context.Context, model result.Model) policies.License {
	places := []place{g.modelFiles(model)}
	for _, dir := range g.repositoryFolders(ctx) {
		places = append(places, beside(dir))
	}
	for _, look := range []func(place) (policies.License, bool){licenseCard, licenseFile} {
		if found, ok := look(places[0]); ok {
			return found
		}
	}
	for _, look := range []func(place) (policies.License, bool){licenseCard, licenseFile} {
		for _, p := range places[1:] {
			if found, ok := look(p); ok {
				return found
			}
		}
	}
	return policies.License{}
}

// place is where files lie side by side, by name.
type place struct {
	names []string
	// path is the name as a report has it.
	path func(name string) string
	read func(name string) []byte // nil for what cannot be read
}

// modelFiles are the model's own, from the store.
func (g Gate) modelFiles(model result.Model) place {
	files := map[string]result.File{}
	p := place{path: func(name string) string { return name }}
	for _, file := range model.Files {
		files[file.Path] = file
		p.names = append(p.names, file.Path)
	}
	p.read = func(name string) []byte {
		content, err := g.openMade(files[name])
		if err != nil {
			return nil
		}
		defer content.Close()
		return readHead(content)
	}
	return p
}

// repositoryFolders are the project's folder and the top of the repository.
func (g Gate) repositoryFolders(ctx context.Context) []string {
	dirs := []string{g.Project.Dir}
	if repo, err := git.Open(ctx, g.Project.Dir); err == nil {
		if top, err := repo.Root(ctx); err == nil && resolve(top) != resolve(g.Project.Dir) {
			dirs = append(dirs, top)
		}
	}
	return dirs
}

// beside is the files right in a folder. A link that leads out of it is none.
func beside(dir string) place {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return place{}
	}
	p := place{path: path.Base}
	for _, entry := range entries {
		p.names = append(p.names, entry.Name())
	}
	p.read = func(name string) []byte {
		content, err := openIn(dir, name)
		if err != nil {
			return nil
		}
		defer content.Close()
		return readHead(content)
	}
	return p
}

func readHead(in io.Reader) []byte {
	data, err := io.ReadAll(io.LimitReader(in, maxCard))
	if err != nil {
		return nil
	}
	return data
}

func isLicense(name string) bool {
	upper := strings.ToUpper(name)
	return slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "UNLICENSE"}, func(word string) bool {
		rest, ok := strings.CutPrefix(upper, word)
		return ok && (rest == "" || strings.ContainsAny(rest[:1], ".-_"))
	})
}

func isCard(name string) bool {
	return slices.Contains([]string{"README.MD", "MODEL_CARD.MD", "MODELCARD.MD", "MODEL-CARD.MD"}, strings.ToUpper(name))
}

// licenseFile finds a licence's text. An empty file is none.
func licenseFile(p place) (policies.License, bool) {
	for _, name := range p.names {
		if isLicense(path.Base(name)) && len(bytes.TrimSpace(p.read(name))) > 0 {
			return policies.License{Path: p.path(name)}, true
		}
	}
	return policies.License{}, false
}

// licenseCard finds what a model card calls its licence, as Hugging Face has it
// (https://huggingface.co/docs/hub/model-cards).
func licenseCard(p place) (policies.License, bool) {
	for _, name := range p.names {
		if !isCard(path.Base(name)) {
			continue
		}
		if license := frontMatter(p.read(name)); license != "" {
			return policies.License{Name: license, Path: p.path(name)}, true
		}
	}
	return policies.License{}, false
}

// frontMatter returns the licence that the YAML at the top of a Markdown file names.
func frontMatter(text []byte) string {
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(text, []byte("---\n"))
	if !ok {
		return ""
	}
	head, _, ok := bytes.Cut(rest, []byte("\n---"))
	if !ok {
		return ""
	}
	var card struct {
		License yaml.Node `yaml:"license"`
	}
	if yaml.Unmarshal(head, &card) != nil {
		return ""
	}
	node := &card.License
	if node.Kind == yaml.SequenceNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	name := strings.TrimSpace(node.Value)
	if node.Kind != yaml.ScalarNode || node.Tag != "!!str" || slices.Contains([]string{"", "unknown", "none"}, strings.ToLower(name)) {
		return ""
	}
	return name[:min(len(name), 100)]
}
