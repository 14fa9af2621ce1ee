package config_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/config"
)

// node is the part of a JSON Schema that the types must agree with.
type node struct {
	Ref                  string          `json:"$ref"`
	Type                 any             `json:"type"`
	Description          string          `json:"description"`
	Default              any             `json:"default"`
	Properties           map[string]node `json:"properties"`
	Items                *node           `json:"items"`
	AdditionalProperties json.RawMessage `json:"additionalProperties"`
	Defs                 map[string]node `json:"$defs"`
}

// at follows a path such as "stages/*/build": names of properties, and * for
// what every entry of a mapping or a list has.
func (root node) at(t *testing.T, path string) node {
	t.Helper()
	here := root
	for token := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' }) {
		here = root.resolve(here)
		switch {
		case token != "*":
			next, ok := here.Properties[token]
			if !ok {
				t.Fatalf("the schema has no %s (%s)", path, token)
			}
			here = next
		case here.Items != nil:
			here = *here.Items
		default:
			var next node
			if err := json.Unmarshal(here.AdditionalProperties, &next); err != nil {
				t.Fatalf("the schema has no entries at %s: %v", path, err)
			}
			here = next
		}
	}
	return root.resolve(here)
}

func (root node) resolve(n node) node {
	for n.Ref != "" {
		n = root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
	}
	return n
}

func schema(t *testing.T) node {
	t.Helper()
	var root node
	if err := json.Unmarshal(config.Schema, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// everything is a file in which each part is there and says as little as it may.
const everything = `version: 1
stages:
  image: {build: {}}
  raw: {fetch: {url: "https://example.org/a"}, outputs: [a]}
  explore: {notebook: {path: a.ipynb}}
  train:
    run: x
    inputs: [a, {ref: "s3://b", version: 1}]
    outputs: [m]
    services: {db: {image: i, health: {command: x}}}
  evaluate: {run: x, inputs: [m], predictions: {path: p}}
gate: {metrics: {roc_auc: {}}}
`

// TestTypesAndSchemaAgree holds every mapping of muster.yaml against the type
// that it is read into: a key that one of them lacks would be refused, or be
// read by nobody; a default that differs would be a lie.
func TestTypesAndSchemaAgree(t *testing.T) {
	root := schema(t)
	cfg, err := config.Parse("muster.yaml", "demo", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	train := cfg.Stages[3]
	tests := []struct {
		path  string
		value any
		// byHand are keys that are read without a tag of their own.
		byHand []string
	}{
		{"", *cfg, []string{"version"}},
		{"stages/*", train, []string{"inputs", "services", "matrix"}},
		{"stages/*/build", *cfg.Stages[0].Build, nil},
		{"stages/*/fetch", *cfg.Stages[1].Fetch, nil},
		{"stages/*/notebook", *cfg.Stages[2].Notebook, nil},
		{"stages/*/inputs/*", train.Refs[0], nil},
		{"stages/*/resources", train.Resources, nil},
		{"stages/*/services/*", train.Services[0], nil},
		{"stages/*/services/*/health", *train.Services[0].Health, nil},
		{"stages/*/predictions", *cfg.Stages[4].Predictions, nil},
		{"model", *cfg.Model, nil},
		{"gate", *cfg.Gate, []string{"metrics"}},
		{"gate/metrics/*", cfg.Gate.Metrics[0], nil},
		{"gate/slices", cfg.Gate.Slices, nil},
		{"registry", cfg.Registry, nil},
		{"tracking", cfg.Tracking, nil},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.path, "/", "."), func(t *testing.T) {
			properties := root.at(t, test.path).Properties
			fields := tagged(test.value)
			got := slices.Sorted(maps.Keys(fields))
			got = slices.Compact(slices.Sorted(slices.Values(append(got, test.byHand...))))
			want := slices.Sorted(maps.Keys(properties))
			if !slices.Equal(got, want) {
				t.Errorf("the types read %v, the schema has %v", got, want)
			}
			for name, property := range properties {
				checkDefault(t, name, property, fields)
			}
		})
	}
}

// tagged lists the fields by the key that they are read from. The top of the
// file is read by hand, with keys named as the fields are.
func tagged(value any) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	v := reflect.ValueOf(value)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, ok := field.Tag.Lookup("yaml")
		if v.Type() == reflect.TypeFor[config.Config]() {
			name, ok = strings.ToLower(field.Name), field.IsExported()
		}
		if ok && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	return fields
}

func checkDefault(t *testing.T, name string, property node, fields map[string]reflect.Value) {
	t.Helper()
	field, ok := fields[name]
	if property.Default == nil || !ok {
		return
	}
	want := fmt.Sprint(property.Default)
	got := fmt.Sprint(field.Interface())
	if span, is := reflect.TypeAssert[config.Duration](field); is {
		got = time.Duration(span).String()
		if parsed, err := time.ParseDuration(want); err == nil {
			want = parsed.String()
		}
	}
	// Empty stands for the default where nothing was filled in.
	if got != want && !field.IsZero() {
		t.Errorf("the default of %s is %s, the schema says %s", name, got, want)
	}
}

// TestEveryKeyIsDescribed keeps the reference and what editors show complete.
func TestEveryKeyIsDescribed(t *testing.T) {
	root := schema(t)
	var walk func(path string, n node)
	walk = func(path string, n node) {
		for name, property := range n.Properties {
			if property.Description == "" && root.resolve(property).Description == "" {
				t.Errorf("%s/%s has no description", path, name)
			}
			walk(path+"/"+name, property)
		}
		if n.Items != nil {
			walk(path+"/*", *n.Items)
		}
		var entries node
		if json.Unmarshal(n.AdditionalProperties, &entries) == nil {
			walk(path+"/*", entries)
		}
	}
	walk("", root)
	for name, def := range root.Defs {
		walk("$defs/"+name, def)
	}
}
