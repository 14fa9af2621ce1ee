package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// checkSchema holds the value against [Schema] and returns every difference.
func (s *source) checkSchema(value any) ([]Problem, error) {
	const url = "https://muster-ci.github.io/schema/muster.yaml/v1.json" // a name alone would be looked for in the working directory, whatever that is called
	return s.checkAgainst(Schema, url, value)
}

// checkAgainst holds the value against a schema, which calls itself by a URL.
func (s *source) checkAgainst(text []byte, url string, value any) ([]Problem, error) {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", s.path, err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, raw); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", s.path, err)
	}
	schema, err := compiler.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile schema of %s: %w", s.path, err)
	}
	s.schema = text
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(value); !errors.As(err, &invalid) {
		return nil, err
	}
	var problems []Problem
	s.collect(schema, invalid, &problems)
	return problems, nil
}

// collect turns the leaves of a validation error into problems.
func (s *source) collect(schema *jsonschema.Schema, e *jsonschema.ValidationError, out *[]Problem) {
	var at strings.Builder
	for _, token := range e.InstanceLocation {
		at.WriteString("/" + escape(token))
	}
	if k, ok := e.ErrorKind.(*kind.PropertyNames); ok {
		// The error does not reliably say where.
		*out = append(*out, s.problem(s.keyNamed(k.Property), fmt.Sprintf("%q cannot be a name", k.Property), "use letters, digits, - and _"))
		return
	}
	for _, cause := range e.Causes {
		s.collect(schema, cause, out)
	}
	if len(e.Causes) > 0 {
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known := properties(schema, e.InstanceLocation)
		for _, key := range k.Properties {
			*out = append(*out, s.problem(at.String()+"/"+escape(key), fmt.Sprintf("unknown key %q", key), suggest(key, known)))
		}
	case *kind.Required:
		*out = append(*out, s.problem(at.String(), "missing "+strings.Join(k.Missing, ", "), "add it here"))
	case *kind.Type:
		*out = append(*out, s.problem(at.String(), "this is "+strings.Join(articles([]string{k.Got}), ""), "it must be "+strings.Join(articles(k.Want), " or ")))
	case *kind.Enum:
		*out = append(*out, s.problem(at.String(), fmt.Sprintf("%v is not known here", k.Got), fmt.Sprintf("use one of %v", k.Want)))
	case *kind.Const:
		*out = append(*out, s.problem(at.String(), fmt.Sprintf("this muster reads version %v", k.Want), "write version: 1, or use a newer muster"))
	case *kind.Pattern:
		*out = append(*out, s.problem(at.String(), fmt.Sprintf("%q is not of the form that is wanted here", k.Got), form(s.schema, e.SchemaURL, k.Want)))
	case *kind.Minimum:
		*out = append(*out, s.problem(at.String(), decimal(k.Got)+" is too small", "use at least "+decimal(k.Want)))
	case *kind.ExclusiveMinimum:
		*out = append(*out, s.problem(at.String(), decimal(k.Got)+" is too small", "use more than "+decimal(k.Want)))
	case *kind.Maximum:
		*out = append(*out, s.problem(at.String(), decimal(k.Got)+" is too large", "use at most "+decimal(k.Want)))
	case *kind.MaxLength:
		*out = append(*out, s.problem(at.String(), fmt.Sprintf("this is %d characters long", k.Got), fmt.Sprintf("use at most %d", k.Want)))
	case *kind.MinLength, *kind.MinItems, *kind.MinProperties:
		*out = append(*out, s.problem(at.String(), "this is empty", "write what belongs here, or leave the key out"))
	case *kind.UniqueItems:
		*out = append(*out, s.problem(at.String(), fmt.Sprintf("entries %d and %d are the same", k.Duplicates[0]+1, k.Duplicates[1]+1), "remove one"))
	default:
		*out = append(*out, s.problem(at.String(), e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), ""))
	}
}

// form says what a text must look like: as the schema's own examples do, or
// else by its pattern.
func form(schema []byte, schemaURL, pattern string) string {
	_, pointer, _ := strings.Cut(schemaURL, "#")
	var node any
	if json.Unmarshal(schema, &node) != nil {
		return "it must match " + pattern
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := node.(map[string]any)
		node = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
	}
	object, _ := node.(map[string]any)
	examples, _ := object["examples"].([]any)
	if len(examples) == 0 {
		return "it must match " + pattern
	}
	words := make([]string, len(examples))
	for i, example := range examples {
		words[i] = fmt.Sprint(example)
	}
	return "write it as in " + strings.Join(words, ", ")
}

// decimal writes a bound as people do.
func decimal(r *big.Rat) string {
	value, _ := r.Float64()
	return strconv.FormatFloat(value, 'g', -1, 64)
}

func articles(types []string) []string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = map[string]string{
			"object": "a mapping", "array": "a list", "string": "text", "number": "a number",
			"integer": "a whole number", "boolean": "true or false", "null": "empty",
		}[t]
	}
	return out
}

// properties lists the keys that the schema knows at a place, for a suggestion.
func properties(schema *jsonschema.Schema, location []string) []string {
	for _, token := range location {
		schema = resolve(schema)
		if next, ok := schema.Properties[token]; ok {
			schema = next
			continue
		}
		if schema.Items2020 != nil {
			schema = schema.Items2020
			continue
		}
		next, ok := schema.AdditionalProperties.(*jsonschema.Schema)
		if !ok {
			return nil
		}
		schema = next
	}
	var names []string
	for name := range resolve(schema).Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func resolve(schema *jsonschema.Schema) *jsonschema.Schema {
	for schema.Ref != nil {
		schema = schema.Ref
	}
	return schema
}

// suggest names the nearest of the known keys, or all if none is near.
func suggest(key string, known []string) string {
	best, distance := "", 3
	for _, name := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(key), name); d < distance {
			best, distance = name, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) > 0:
		return "known here: " + strings.Join(known, ", ")
	default:
		return "remove it"
	}
}
