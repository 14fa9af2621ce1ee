package settings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/settings"
	"github.com/muster-ci/muster/maturity/terraform"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// file reads a file of configuration.
func file(t *testing.T, name, text string) settings.File {
	t.Helper()
	f := settings.File{Name: name, Text: []byte(text)}
	var err error
	if name == "main.tf" {
		f.Blocks, err = terraform.Read(name, f.Text)
	} else {
		f.Documents, err = yamldoc.Read(f.Text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhatFilesSet(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		read       func(settings.File) []settings.Setting
		want       []settings.Setting
	}{
		{"main.tf", "resource \"a\" \"b\" {}\n", settings.Definitions, []settings.Setting{{Tool: "Terraform", Line: 1}}},
		{"main.tf", "variable \"a\" {}\n", settings.Definitions, nil},
		{"app.yaml", "apiVersion: apps/v1\nkind: Deployment\n", settings.Definitions, []settings.Setting{{Tool: "Kubernetes", Line: 2}}},
		{"app.yaml", "kind: Deployment\n", settings.Definitions, nil},
		{"canary.yaml", "apiVersion: flagger.app/v1\nkind: Canary\n", settings.Splits, []settings.Setting{{Tool: "Flagger", What: "Canary", Line: 2}}},
		{"route.yaml", "kind: VirtualService\nspec: {http: [{route: [{weight: 90}, {weight: 10}]}]}\n", settings.Splits, []settings.Setting{{What: "VirtualService with weights", Line: 2}}},
		{"route.yaml", "kind: VirtualService\nspec: {http: [{route: [{weight: 100}]}]}\n", settings.Splits, nil},
		{"main.tf", "resource \"aws_sagemaker_endpoint_configuration\" \"a\" {\n  production_variants {}\n}\n", settings.Splits, nil},
		{
			"main.tf", "resource \"aws_sagemaker_endpoint_configuration\" \"a\" {\n  data_capture_config {\n    enable_capture = true\n  }\n}\n", settings.Watches,
			[]settings.Setting{{Category: "monitor.capture", Tool: "SageMaker", What: "data_capture_config of aws_sagemaker_endpoint_configuration.a", Line: 2}},
		},
		{"main.tf", "resource \"aws_sagemaker_endpoint_configuration\" \"a\" {\n  data_capture_config {\n    enable_capture = false\n  }\n}\n", settings.Watches, nil},
	} {
		if diff := cmp.Diff(tt.want, tt.read(file(t, tt.name, tt.text))); diff != "" {
			t.Errorf("%s:\n%s(-want +got):\n%s", tt.name, tt.text, diff)
		}
	}
}

func TestAlerts(t *testing.T) {
	got := settings.Alerts(file(t, "alerts.yaml", "groups:\n- rules:\n  - alert: Drift\n    expr: psi > 1\n"+
		"receivers:\n- name: team\n  slack_configs: [{api_url: 'https://your-webhook'}]\n- name: stack\n  webhook_configs: [{url: 'http://hook:80'}]\n"))
	want := []settings.Alert{
		{Category: "alert.rule", What: "Drift", Line: 3, About: "Drift psi > 1"},
		{Category: "alert.receiver", What: "team slack_configs", Line: 7, Outside: true, Sample: true},
		{Category: "alert.receiver", What: "stack webhook_configs", Line: 9},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

func TestProtections(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []settings.Protection
	}{
		"OWNERS":       {"approvers: [ann]\n", []settings.Protection{{What: "approvers ann", Line: 1, Approvals: 1}}},
		".mergify.yml": {"queue:\n- '#approved-reviews-by>=1'\n", []settings.Protection{{What: "the merge queue waits for an approval", Line: 2, Approvals: 1}}},
		".github/settings.yml": {
			"branches:\n- protection:\n    required_pull_request_reviews: {required_approving_review_count: 2}\n    required_status_checks: {contexts: [test]}\n",
			[]settings.Protection{{What: "settings requires 2 approvals", Line: 3, Approvals: 2}, {What: "settings", Line: 4, Checks: []string{"test"}, Applied: true}},
		},
		"src/OWNERS": {"approvers: [ann]\n", nil},
	} {
		if diff := cmp.Diff(tt.want, settings.Protections(file(t, name, tt.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if settings.MayProtect(name) != (tt.want != nil) {
			t.Errorf("%s may protect: %t", name, tt.want == nil)
		}
	}
}
