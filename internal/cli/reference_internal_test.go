package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
)

// What stands between these lines of docs/muster-yaml.md is made of the schema.
const (
	beginKeys = "<!-- keys: made of internal/config/muster.schema.json by go test ./internal/cli -run TestDocs -update -->"
	endKeys   = "<!-- end of keys -->"
)

// reference makes the tables of keys, and leaves the rest of the page as it is.
func reference(t *testing.T, docs string, pages map[string][]byte) {
	t.Helper()
	const name = "muster-yaml.md"
	data, err := os.ReadFile(filepath.Join(docs, name))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(data), beginKeys)
	_, after, ended := strings.Cut(rest, endKeys)
	if !begun || !ended {
		t.Fatalf("docs/%s has lost its marks: %s … %s", name, beginKeys, endKeys)
	}
	pages[name] = []byte(before + beginKeys + "\n" + keyTables(t) + "\n" + endKeys + after)
}

// schemaNode is a JSON Schema as a YAML document, in which keys keep their order.
type schemaNode struct{ root, node *yaml.Node }

func (s schemaNode) child(name string) (schemaNode, bool) {
	if s.node == nil || s.node.Kind != yaml.MappingNode {
		return schemaNode{}, false
	}
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if s.node.Content[i].Value == name {
			return schemaNode{s.root, s.node.Content[i+1]}, true
		}
	}
	return schemaNode{}, false
}

// get returns a keyword, here or where $ref points.
func (s schemaNode) get(name string) (schemaNode, bool) {
	if found, ok := s.child(name); ok {
		return found, true
	}
	ref, ok := s.child("$ref")
	if !ok {
		return schemaNode{}, false
	}
	target := schemaNode{s.root, s.root}
	for token := range strings.SplitSeq(strings.TrimPrefix(ref.node.Value, "#/"), "/") {
		target, _ = target.child(token)
	}
	return target.get(name)
}

func (s schemaNode) text(name string) string {
	found, _ := s.get(name)
	if found.node == nil {
		return ""
	}
	return found.node.Value
}

func (s schemaNode) words(name string) []string {
	found, ok := s.get(name)
	if !ok {
		return nil
	}
	if found.node.Kind == yaml.ScalarNode {
		return []string{found.node.Value}
	}
	var out []string
	for _, item := range found.node.Content {
		out = append(out, item.Value)
	}
	return out
}

// keyTables is a table for each mapping of the file.
func keyTables(t *testing.T) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(config.Schema, &doc); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	root := schemaNode{doc.Content[0], doc.Content[0]}
	var out strings.Builder
	keyTable(&out, "", root)
	return out.String()
}

// keyTable writes the keys of one mapping, and below it the mappings in it.
func keyTable(out *strings.Builder, at string, s schemaNode) {
	properties, ok := s.get("properties")
	if !ok {
		return
	}
	title := "The file"
	if at != "" {
		title = "`" + at + "`"
	}
	fmt.Fprintf(out, "\n### %s\n\n| key | what it takes | default | what it says |\n| --- | --- | --- | --- |\n", title)
	required := s.words("required")
	type below struct {
		at string
		s  schemaNode
	}
	var nested []below
	for i := 0; i+1 < len(properties.node.Content); i += 2 {
		key, value := properties.node.Content[i].Value, schemaNode{s.root, properties.node.Content[i+1]}
		fallback := value.text("default")
		if fallback != "" {
			fallback = "`" + fallback + "`"
		}
		if slices.Contains(required, key) {
			fallback = "**required**"
		}
		path := strings.TrimPrefix(at+"."+key, ".")
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", key, takes(value, path), fallback, tableCell(value.text("description")))
		nested = append(nested, below{path, value})
		if entries, ok := value.get("additionalProperties"); ok {
			nested = append(nested, below{path + ".NAME", entries})
		}
		if items, ok := value.get("items"); ok {
			nested = append(nested, below{path + "[]", items})
		}
	}
	for _, n := range nested {
		keyTable(out, n.at, n.s)
	}
}

// takes says in words what the key at a path may be given.
func takes(s schemaNode, path string) string {
	if ref, ok := s.child("$ref"); ok {
		// What the page explains under "Values" has a name.
		named := map[string]string{
			"path": "path", "paths": "list of paths", "command": "command", "bytes": "size", "duration": "time",
			"column": "column", "env": "names, each with text",
		}
		if name, ok := named[ref.node.Value[strings.LastIndex(ref.node.Value, "/")+1:]]; ok {
			return name
		}
	}
	if constant := s.text("const"); constant != "" {
		return "`" + constant + "`"
	}
	if values := s.words("enum"); len(values) > 0 {
		return "`" + strings.Join(values, "`, `") + "`"
	}
	var kinds []string
	for _, kind := range s.words("type") {
		kinds = append(kinds, takesKind(s, kind, path))
	}
	return strings.Join(kinds, " or ")
}

func takesKind(s schemaNode, kind, path string) string {
	switch kind {
	case "string":
		return "text"
	case "integer":
		return "whole number"
	case "null":
		return "nothing"
	case "array":
		items, _ := s.get("items")
		return "list of " + takes(items, path+"[]")
	case "object":
		if _, ok := s.get("properties"); ok {
			return "[mapping](#" + anchor(path) + ")"
		}
		entries, _ := s.get("additionalProperties")
		return "names, each with " + takes(entries, path+".NAME")
	default:
		return kind
	}
}

// anchor is what GitHub and GitLab call a heading.
func anchor(path string) string {
	return strings.ToLower(strings.NewReplacer(".", "", "[", "", "]", "").Replace(path))
}

// tableCell escapes a description for a cell of a Markdown table.
func tableCell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`).Replace(text)
}
