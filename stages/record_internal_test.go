package stages

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/result"
)

// Whatever text of a record may hold a secret is masked, and the configuration,
// whose maps the record took over, stays as it is.
func TestHideSecrets(t *testing.T) {
	env := map[string]string{"URL": "https://s3cret@host"}
	run := result.Run{Metrics: map[string]float64{"s3cret": 1, "f1": 2}, Stages: []result.Stage{
		{Name: "skipped"},
		{
			Metrics: map[string]float64{"auc of s3cret": 1},
			Name:    "test", Command: "curl s3cret", Error: "exit code 1\ns3cret", Reason: "s3cret changed", Env: env,
			Params: map[string]string{"token": "s3cret"}, Cell: map[string]string{"a": "s3cret"},
			Tests: &result.Tests{Failed: 1, Failures: []result.TestFailure{{Name: "test[s3cret]", Message: "got s3cret"}}},
		},
	}}
	hideSecrets(&run, func(text string) string { return strings.ReplaceAll(text, "s3cret", "***") })
	data, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "s3cret") || strings.Count(string(data), "***") != 10 {
		t.Errorf("the record is %s", data)
	}
	if env["URL"] != "https://s3cret@host" {
		t.Errorf("the configuration is %v", env)
	}
}
