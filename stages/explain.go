package stages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/result"
)

// What a stage's key was made of when it last succeeded is kept beside the
// cache, so that the next run can say what has changed. It is advice: where it
// is missing or damaged, the reason is only less exact.

// maxReasons is how many changes are worth telling.
const maxReasons = 4

// remember keeps what the stage's key is made of. Nothing depends on it, so it
// is not synced, and what cannot be written is not missed.
func (s *session) remember(ready *prepared) {
	data, err := json.Marshal(ready.doc)
	if err != nil {
		return
	}
	place := s.explanationPath(ready.stage.Name)
	if os.MkdirAll(filepath.Dir(place), 0o755) != nil {
		return
	}
	temp := s.workPath("explain-" + ready.stage.Name)
	if os.WriteFile(temp, data, 0o644) == nil {
		_ = os.Rename(temp, place)
	}
}

func (s *session) explanationPath(stage string) string {
	return s.Folder.Path("cache", "explain", s.Config.Name, stage+".json")
}

// reason says why a stage has to be executed.
func (s *session) reason(ready *prepared, hit bool) string {
	if hit {
		return "it was asked for"
	}
	data, err := os.ReadFile(s.explanationPath(ready.stage.Name))
	var last keyDocument
	if err != nil || json.Unmarshal(data, &last) != nil {
		return "it has not run here before"
	}
	changes := last.changes(ready.doc)
	switch {
	case len(changes) == 0:
		return "its outputs are no longer in the cache"
	case len(changes) > maxReasons:
		return fmt.Sprintf("%s and %d more", strings.Join(changes[:maxReasons-1], "; "), len(changes)-maxReasons+1)
	default:
		return strings.Join(changes, "; ")
	}
}

// changes lists what differs in now, the likeliest to be meant first.
func (d keyDocument) changes(now keyDocument) []string {
	if d.Format != now.Format {
		return []string{"this muster computes keys in another way"}
	}
	var out []string
	add := func(differs bool, what string) {
		if differs {
			out = append(out, what)
		}
	}
	add(!slices.Equal(d.Command, now.Command), "the command changed")
	out = append(out, paramChanges(d.Params, now.Params)...)
	out = append(out, fileChanges(d.Inputs, now.Inputs)...)
	out = append(out, refChanges(d.Refs, now.Refs)...)
	add(d.Image != now.Image, "the image changed")
	add(!slices.Equal(d.Bases, now.Bases), "an image that it is built on changed")
	add(d.Dockerfile != now.Dockerfile, "another Dockerfile is used")
	out = append(out, mapChanges("variable", d.Env, now.Env, false)...)
	add(!slices.Equal(d.Secrets, now.Secrets), "it gets other secrets")
	add(d.Network != now.Network, "the network was opened or closed")
	add(d.User != now.User, "the user changed")
	add(d.GPUs != now.GPUs, "it asks for more or fewer GPUs")
	add(d.Workdir != now.Workdir, "the working directory changed")
	add(!slices.EqualFunc(d.Services, now.Services, sameService), "its services changed")
	add(!slices.Equal(d.Outputs, now.Outputs), "it declares other outputs")
	add(d.Platform != now.Platform, "it ran on another platform")
	return out
}

func sameService(a, b keyService) bool {
	return a.Name == b.Name && a.Image == b.Image && slices.Equal(a.Command, b.Command) && maps.Equal(a.Env, b.Env)
}

func fileChanges(before, now []result.File) []string {
	was := map[string]result.File{}
	for _, file := range before {
		was[file.Path] = file
	}
	var out []string
	for _, file := range now {
		old, known := was[file.Path]
		delete(was, file.Path)
		switch {
		case !known:
			out = append(out, "input "+file.Path+" is new")
		case old.SHA256 != file.SHA256:
			out = append(out, "input "+file.Path+" changed")
		case old.Executable != file.Executable:
			out = append(out, "the executable bit of input "+file.Path+" changed")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		out = append(out, "input "+name+" is gone")
	}
	return out
}

func refChanges(before, now []keyRef) []string {
	was, is := map[string]string{}, map[string]string{}
	for _, ref := range before {
		was[ref.Ref] = ref.Version
	}
	for _, ref := range now {
		is[ref.Ref] = ref.Version
	}
	return mapChanges("version of", was, is, true)
}

func paramChanges(before, now string) []string {
	was, err := flatParams([]byte(before))
	if err != nil {
		return nil
	}
	is, err := flatParams([]byte(now))
	if err != nil {
		return nil
	}
	return mapChanges("parameter", was, is, true)
}

// mapChanges says which entries differ, with their values if they are fit to be shown.
func mapChanges(what string, before, now map[string]string, values bool) []string {
	names := maps.Clone(before)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, now)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := before[name]
		is, has := now[name]
		switch {
		case !had:
			out = append(out, what+" "+name+" is new")
		case !has:
			out = append(out, what+" "+name+" is gone")
		case was != is && values:
			out = append(out, fmt.Sprintf("%s %s: %s → %s", what, name, short(was), short(is)))
		case was != is:
			out = append(out, what+" "+name+" changed")
		}
	}
	return out
}

// short keeps a value to what fits in a line.
func short(value string) string {
	const most = 40
	value = strings.Join(strings.Fields(value), " ")
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return value
}

// flatParams names each value of a params file by the dotted path to it. A list
// is one value, as it is written.
func flatParams(data []byte) (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read params: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	flat := map[string]string{}
	return flat, flatten(flat, "", doc.Content[0])
}

func flatten(flat map[string]string, name string, node *yaml.Node) error {
	if node.Kind != yaml.MappingNode || (len(node.Content) == 0 && name != "") {
		if node.Kind == yaml.ScalarNode {
			flat[name] = node.Value
			return nil
		}
		node.Style = yaml.FlowStyle
		data, err := yaml.Marshal(node)
		flat[name] = string(bytes.TrimSpace(data))
		return err
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		if name != "" {
			key = name + "." + key
		}
		if err := flatten(flat, key, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}
