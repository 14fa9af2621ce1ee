package githubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// File is the path of a file that scripts/setup.sh octokit brings. In CI it must be there.
func File(tb testing.TB, name string) string {
	tb.Helper()
	path, err := locate(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		tb.Fatalf("%v; in CI this test must run: scripts/setup.sh octokit", err)
	}
	tb.Skipf("%v; to run this test: scripts/setup.sh octokit", err)
	return ""
}

// locate looks in .tools of the repository, wherever below it the test runs.
func locate(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, ".tools", "octokit", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s of GitHub's descriptions is not there", name)
		}
	}
}

// spec is the part of GitHub's description of its REST API that the fake has.
type spec struct {
	doc *openapi3.T
}

// description is read once for all tests of a binary: it has 13 MB.
var description = sync.OnceValues(func() (*spec, error) {
	path, err := locate("api.github.com.json")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	small, err := prune(data)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(small)
	if err != nil {
		return nil, fmt.Errorf("read GitHub's description: %w", err)
	}
	return &spec{doc: doc}, nil
})

var reference = regexp.MustCompile(`"#/components/(\w+)/([^"]+)"`)

// prune leaves the paths that the fake has, and what they refer to.
func prune(data []byte) ([]byte, error) {
	var whole struct {
		OpenAPI    string                                `json:"openapi"`
		Info       json.RawMessage                       `json:"info"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components map[string]map[string]json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("read GitHub's description: %w", err)
	}
	paths := map[string]map[string]json.RawMessage{}
	kept := map[string]map[string]json.RawMessage{}
	var keep func(json.RawMessage)
	keep = func(text json.RawMessage) {
		for _, found := range reference.FindAllSubmatch(text, -1) {
			group, name := string(found[1]), string(found[2])
			if kept[group] == nil {
				kept[group] = map[string]json.RawMessage{}
			}
			if _, known := kept[group][name]; !known {
				kept[group][name] = whole.Components[group][name]
				keep(whole.Components[group][name])
			}
		}
	}
	for _, route := range routes() {
		method, path, _ := strings.Cut(route.pattern, " ")
		operation, ok := whole.Paths[path][strings.ToLower(method)]
		if !ok {
			continue // GraphQL has a description of its own
		}
		if paths[path] == nil {
			paths[path] = map[string]json.RawMessage{}
		}
		paths[path][strings.ToLower(method)] = operation
		keep(operation)
	}
	keep(json.RawMessage(`"#/components/schemas/basic-error" "#/components/examples/check-run" "#/components/examples/public-user-default-response"`))
	return json.Marshal(map[string]any{"openapi": whole.OpenAPI, "info": whole.Info, "paths": paths, "components": kept})
}

// example is the official one of a thing, with other values for some of its fields. What is
// within its fields belongs to all.
func (s *spec) example(name string, fields map[string]any) map[string]any {
	value := s.doc.Components.Examples[name].Value.Value
	if list, ok := value.([]any); ok {
		value = list[0]
	}
	thing := maps.Clone(value.(map[string]any))
	maps.Copy(thing, fields)
	return thing
}

// exchange is a request and its answer as the description sees them.
type exchange struct {
	spec  *spec
	input *openapi3filter.RequestValidationInput
}

// begin holds a request against the description.
func (s *spec) begin(r *http.Request, pattern string) (*exchange, error) {
	method, path, _ := strings.Cut(pattern, " ")
	operation := s.doc.Paths.Value(path).GetOperation(method)
	params := map[string]string{}
	for _, found := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
		params[found[1]] = r.PathValue(found[1])
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params,
		Options: quiet(&openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}),
		Route:   route(s.doc, path, method, operation),
	}
	e := &exchange{spec: s, input: input}
	for name := range r.URL.Query() {
		if operation.Parameters.GetByInAndName("query", name) == nil {
			return e, fmt.Errorf("%s: there is no parameter %q", pattern, name)
		}
	}
	if operation.RequestBody == nil && r.ContentLength > 0 {
		return e, fmt.Errorf("%s: it takes no body", pattern)
	}
	return e, openapi3filter.ValidateRequest(r.Context(), input)
}

// end holds the answer against the description. Errors that it does not list, such as those of
// a token, have its basic form.
func (e *exchange) end(ctx context.Context, status int, header http.Header, body []byte) error {
	if e.input.Route.Operation.Responses.Status(status) == nil {
		if status < http.StatusBadRequest {
			return fmt.Errorf("the description has no answer %d", status)
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return err
		}
		return e.spec.doc.Components.Schemas["basic-error"].Value.VisitJSON(value)
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: e.input, Status: status, Header: header, Options: e.input.Options}
	return openapi3filter.ValidateResponse(ctx, answer.SetBodyBytes(bytes.Clone(body)))
}

// quiet says where something is wrong, without the whole schema.
func quiet(o *openapi3filter.Options) *openapi3filter.Options {
	o.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
	})
	return o
}
