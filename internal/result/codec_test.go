package result_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/muster-ci/muster/internal/result"
)

var update = flag.Bool("update", false, "write the schemas from the types")

// schemaFor generates the published schema of one document type; descriptions
// come from the doc comments, so that schema and code cannot say two things.
func schemaFor[T result.Document](t *testing.T) (name string, schema []byte) {
	t.Helper()
	var doc T
	return generate(t, result.SchemaOf[T](), &doc)
}

func generate(t *testing.T, title string, value any) (name string, schema []byte) {
	t.Helper()
	reflector := jsonschema.Reflector{AllowAdditionalProperties: true, Anonymous: true}
	if err := reflector.AddGoComments("github.com/muster-ci/muster/internal/result", "./"); err != nil {
		t.Fatal(err)
	}
	generated := reflector.Reflect(value)
	generated.Title = title
	schema, err := json.MarshalIndent(generated, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	kind := strings.TrimSuffix(strings.TrimPrefix(title, "muster."), "/v1")
	return filepath.Join("schema", kind+".schema.json"), append(schema, '\n')
}

func checkSchema[T result.Document](t *testing.T) {
	t.Helper()
	name, got := schemaFor[T](t)
	compareSchema(t, name, got)
}

func compareSchema(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs from the types; run go test ./internal/result -update\n%s", name, diff)
	}
}

func TestSchemasMatchTypes(t *testing.T) {
	checkSchema[result.Run](t)
	checkSchema[result.Bundle](t)
	checkSchema[result.Decision](t)
	checkSchema[result.Comparison](t)
	checkSchema[result.Calibration](t)
	checkSchema[result.Assessment](t)
	checkSchema[result.ScoreChange](t)
	checkSchema[result.ScoreHistory](t)
	checkSchema[result.Rationale](t)
	checkSchema[result.Promotion](t)
	checkSchema[result.Version](t)
	checkSchema[result.Move](t)
	checkSchema[result.Attempt](t)
	checkSchema[result.Moves](t)
	checkSchema[result.Versions](t)
	checkSchema[result.Verification](t)
	checkSchema[result.PolicyEvaluation](t)
	checkSchema[result.PolicyTests](t)
	checkSchema[result.PolicyCheck](t)
	checkSchema[result.PolicyCodes](t)
	checkSchema[result.Explanation](t)
	checkSchema[result.Replay](t)
	checkSchema[result.Report](t)
	checkSchema[result.Preview](t)
	checkSchema[result.Reproduction](t)
	checkSchema[result.Graph](t)
	checkSchema[result.Diagnosis](t)
	checkSchema[result.Runs](t)
	checkSchema[result.Diff](t)
	checkSchema[result.Best](t)
	checkSchema[result.Illustration](t)
	checkSchema[result.Verdicts](t)
}

// An event is no document: it is a line among others. Its schema is published all the same.
func TestEventSchemaMatchesType(t *testing.T) {
	name, got := generate(t, "muster.event/v1", &result.Event{})
	compareSchema(t, name, got)
}

func TestDocumentComesBackAsItWas(t *testing.T) {
	value, low, high := 0.93, -0.02, 0.01
	want := result.Decision{
		Schema: result.SchemaOf[result.Decision](), Pipeline: "a <b> & \"c\"", Verdict: result.Deny,
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Reason: "Grün > rot",
		Findings: []result.Finding{{Code: "metric-worse", Severity: result.SeverityDeny, Message: "m"}},
		Comparison: []result.Compared{{
			Metric: "roc_auc", Better: result.Higher, Candidate: &value, Interval: &[2]float64{low, high},
			N: 100, Method: "bca", Require: result.NonInferior, Verdict: result.Inconclusive,
		}},
	}
	data, err := result.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(`a <b> & \"c\"`)) {
		t.Errorf("markup is escaped twice over:\n%s", data)
	}
	got, err := result.Decode[result.Decision](data, "decision.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeWritesNothingThatCannotBeRead(t *testing.T) {
	_, err := result.Encode(result.Decision{Schema: result.SchemaOf[result.Decision](), Verdict: "maybe"})
	if _, ok := errors.AsType[*result.InvalidError](err); !ok {
		t.Errorf("error is %v, want an InvalidError", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	valid, err := result.Encode(result.Promotion{
		Schema: result.SchemaOf[result.Promotion](), Pipeline: "p", Status: result.Promoted, Alias: "production",
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ data, want string }{
		"nothing":             {"", "promotion.json: not a valid muster.promotion/v1 document"},
		"half a file":         {string(valid[:len(valid)/2]), "not a valid"},
		"two documents":       {string(valid) + string(valid), "not a valid"},
		"another kind":        {strings.Replace(string(valid), "promotion/v1", "run/v1", 1), `its schema is "muster.run/v1"`},
		"a later version":     {strings.Replace(string(valid), "promotion/v1", "promotion/v2", 1), `its schema is "muster.promotion/v2"`},
		"an unknown status":   {strings.Replace(string(valid), `"promoted"`, `"perhaps"`, 1), "/status"},
		"a field of no use":   {strings.Replace(string(valid), `"production"`, `7`, 1), "/alias"},
		"a field left out":    {strings.Replace(string(valid), `"alias"`, `"other"`, 1), "alias"},
		"not an object":       {"[]", "not a valid"},
		"NaN, not being JSON": {`{"schema": NaN}`, "not a valid"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := result.Decode[result.Promotion]([]byte(test.data), "promotion.json")
			if _, ok := errors.AsType[*result.InvalidError](err); !ok {
				t.Fatalf("error is %v, want an InvalidError", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %q, want it to have %q", err, test.want)
			}
		})
	}
}

func TestDecodeTakesFieldsOfANewerMuster(t *testing.T) {
	const data = `{"schema": "muster.promotion/v1", "pipeline": "p", "status": "promoted", "alias": "a", "signature": "x"}`
	got, err := result.Decode[result.Promotion]([]byte(data), "promotion.json")
	if err != nil {
		t.Fatal(err)
	}
	if got.Alias != "a" {
		t.Errorf("alias is %q", got.Alias)
	}
}

func FuzzDecodeDecision(f *testing.F) {
	f.Add([]byte(`{"schema": "muster.decision/v1", "verdict": "pass", "findings": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		decision, err := result.Decode[result.Decision](data, "decision.json")
		if err == nil && decision.Verdict != result.Pass && decision.Verdict != result.Deny && decision.Verdict != result.Undecided {
			t.Errorf("a decision with the verdict %q came through", decision.Verdict)
		}
	})
}

// The folder that muster is started in may be called anything.
func TestAnyWorkingDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50%zz\n#?")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if _, err := result.Encode(result.Graph{Schema: result.SchemaOf[result.Graph](), Pipeline: "p", Stages: []result.GraphStage{}}); err != nil {
		t.Error(err)
	}
}
