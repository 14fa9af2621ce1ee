package policies_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/muster-ci/muster/policies"
)

var update = flag.Bool("update", false, "write golden files and the schema of the input")

// The schema is both documentation and what team policies are checked against,
// so it is generated from the types that make the document.
func TestInputSchemaMatchesTypes(t *testing.T) {
	reflector := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true}
	for path, dir := range map[string]string{
		"github.com/muster-ci/muster/policies":        "./",
		"github.com/muster-ci/muster/internal/result": "../internal/result",
	} {
		if err := reflector.AddGoComments(path, dir); err != nil {
			t.Fatal(err)
		}
	}
	schema := reflector.Reflect(&policies.Document{})
	schema.Title = policies.InputSchema
	got, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "input.schema.json", append(got, '\n'))
}

// golden compares with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; run go test ./policies -update\n%s", path, diff)
	}
}
