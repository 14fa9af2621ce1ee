package terraform_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/terraform"
)

const schedule = `# a comment { with a brace
variable "region" { default = "eu" }
resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "retrain-${var.region}"
  schedule_expression = "rate(1 day)" // every day
  is_enabled          = false
}
/* resource "x" "y" {} */
resource "aws_ecs_task_definition" "train" {
  container_definitions = jsonencode([{
    name    = "train"
    command = ["python", "-m", "train"]
    environment = [{ name = "A", value = "1" }]
  }])
  lifecycle { ignore_changes = [tags] }
}
resource "aws_sfn_state_machine" "m" {
  definition = <<-EOT
    {"StartAt": "Train"}
  EOT
  role_arn   = var.x ? "a" : "b"
}
resource "google_cloud_scheduler_job" "j" {
  http_target {
    uri = google_cloud_run_v2_job.train.id
    headers = { "Content-Type" : "application/json" }
  }
}
`

func TestRead(t *testing.T) {
	blocks := terraform.Read([]byte(schedule))
	var names []string
	for _, b := range blocks {
		names = append(names, b.Address())
	}
	want := []string{
		"region", "aws_cloudwatch_event_rule.nightly", "aws_ecs_task_definition.train", "aws_sfn_state_machine.m", "google_cloud_scheduler_job.j",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("blocks (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		got  terraform.Value
		text string
		line int
	}{
		{blocks[1].Get("schedule_expression"), "rate(1 day)", 5},
		{blocks[1].Get("name"), "retrain-${var.region}", 4},
		{blocks[2].Get("container_definitions").Items[0].Items[0].Get("name"), "train", 11},
		{blocks[3].Get("definition"), `    {"StartAt": "Train"}`, 18},
		{blocks[4].Get("http_target", "headers", "Content-Type"), "application/json", 26},
		{blocks[3].Get("role_arn"), "", 21},
		{blocks[3].Get("nothing"), "", 0},
	} {
		if tt.got.Text != tt.text || tt.got.Line != tt.line {
			t.Errorf("got %q at line %d, want %q at %d", tt.got.Text, tt.got.Line, tt.text, tt.line)
		}
	}
	command := blocks[2].Get("container_definitions").Items[0].Items[0].Get("command")
	if diff := cmp.Diff([]string{"python", "-m", "train"}, command.Texts()); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"google_cloud_run_v2_job.train"}, blocks[4].Get("http_target", "uri").Refs()); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	if !blocks[1].Is("aws_cloudwatch_event_rule") || blocks[1].Get("is_enabled").Raw != "false" || len(blocks[2].All("lifecycle")) != 1 {
		t.Errorf("blocks are %+v", blocks)
	}
}

func TestReadHostile(t *testing.T) {
	for _, src := range []string{
		"", "{", "}", "a", "a =", `a = "`, "a = [", "a = {", "a b", "a \"b", "/*", "<<", "a = <<X", "a = <<X\nb", "a \"${\" {}",
		strings.Repeat("a {", 10_000), "a = " + strings.Repeat("[", 10_000), "a = " + strings.Repeat("{b = ", 10_000),
		strings.Repeat("x", terraform.MaxSize+1),
	} {
		for _, b := range terraform.Read([]byte(src)) {
			if b.Line < 1 {
				t.Errorf("a block of %.20q has line %d", src, b.Line)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(schedule)
	f.Add("a \"b\" {\n c = f(\"x\", {d: [1, \"${e}\"]})\n}")
	f.Add("dynamic \"x\" { for_each = y\n content { z = <<-E\n E\n } }")
	f.Fuzz(func(t *testing.T, src string) {
		lines := strings.Count(src, "\n") + 1
		for _, b := range terraform.Read([]byte(src)) {
			if b.Line < 1 || b.Line > lines {
				t.Errorf("block %s at line %d of %d", b.Type, b.Line, lines)
			}
		}
	})
}
