package terraform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/terraform"
)

func TestRead(t *testing.T) {
	got, err := terraform.Read("main.tf", []byte(`
resource "aws_cloudwatch_metric_alarm" "drift" {
  # alarm_actions = [aws_sns_topic.commented.arn]
  metric_name   = "PSI"
  threshold     = 0.2
  alarm_actions = [aws_sns_topic.alerts["a"].arn, var.more]
  ok_actions    = []
  name          = "${local.project}-drift"
  tags          = merge(local.tags, { Team = "ml" })
  dimensions {
    enabled = true
  }
}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []terraform.Block{{
		Type: "resource", Labels: []string{"aws_cloudwatch_metric_alarm", "drift"}, Line: 2,
		Attrs: map[string]terraform.Attr{
			"metric_name":   {Line: 4, Text: "PSI", Texts: []string{"PSI"}},
			"threshold":     {Line: 5, Text: "0.2", Texts: []string{"0.2"}},
			"alarm_actions": {Line: 6, Refs: []string{"aws_sns_topic.alerts.arn", "var.more"}},
			"ok_actions":    {Line: 7, Empty: true},
			"name":          {Line: 8, Texts: []string{"-drift"}, Refs: []string{"local.project"}},
			"tags":          {Line: 9, Texts: []string{"ml"}, Refs: []string{"local.tags"}},
		},
		Blocks: []terraform.Block{{
			Type: "dimensions", Line: 10, Blocks: []terraform.Block{},
			Attrs: map[string]terraform.Attr{"enabled": {Line: 11, Text: "true", Texts: []string{"true"}}},
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	if !got[0].Is("aws_cloudwatch_metric_alarm") || got[0].Name() != "aws_cloudwatch_metric_alarm.drift" {
		t.Errorf("name %q", got[0].Name())
	}
}

func TestBrokenFilesGiveWhatCanBeRead(t *testing.T) {
	got, err := terraform.Read("main.tf", []byte("resource \"a\" \"b\" {}\nresource \"c\" {{{"))
	if err == nil || len(got) == 0 || got[0].Name() != "a.b" {
		t.Errorf("%d blocks, error %v; want the first block and an error", len(got), err)
	}
}

// A parser that calls itself for each level would end the whole program.
func TestWhatNestsIsRefused(t *testing.T) {
	for name, src := range map[string]string{
		"blocks": strings.Repeat("a {\n", 60_000), "brackets": "x = " + strings.Repeat("(", 200_000), "signs": "x = " + strings.Repeat("! ", 100_000) + "a",
		"parts": `x = "` + strings.Repeat("%{ if a }", 20_000) + `"`, "large": strings.Repeat("# \n", 100_000), "minus": "x = " + strings.Repeat("-", 240_000) + "1",
	} {
		if got, err := terraform.Read("main.tf", []byte(src)); err == nil || len(got) > 0 {
			t.Errorf("%s: %d blocks, error %v; want an error", name, len(got), err)
		}
	}
	ruler := strings.Repeat("# "+strings.Repeat("-", 78)+"\n", 1000) + "a {}\n"
	if got, err := terraform.Read("main.tf", []byte(ruler)); err != nil || len(got) != 1 {
		t.Errorf("comments: %d blocks, error %v; want one", len(got), err)
	}
}

func FuzzRead(f *testing.F) {
	for _, src := range []string{"", "a {", `x = "${`, "x = [[[[", "resource \"a\" \"b\" {\n x = <<E\nE\n}", "\xff\xfe", strings.Repeat("a {\n", 50)} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lines := strings.Count(string(src), "\n") + 1
		got, _ := terraform.Read("f.tf", src)
		for _, b := range got {
			if b.Line < 1 || b.Line > lines {
				t.Fatalf("block %+v in %d lines", b, lines)
			}
		}
	})
}

func TestMadeIsTheBlockThatADynamicOneMakes(t *testing.T) {
	all, err := terraform.Read("main.tf", []byte("resource \"a\" \"b\" {\n  dynamic \"capture\" {\n    for_each = [1]\n    content {\n      on = true\n      part {}\n    }\n  }\n  dynamic \"empty\" {}\n  plain {}\n}\n"))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d blocks, error %v", len(all), err)
	}
	var got []string
	for _, part := range all[0].Blocks {
		made := part.Made()
		got = append(got, fmt.Sprintf("%s %s %d", made.Type, made.Attrs["on"].Text, len(made.Blocks)))
	}
	if diff := cmp.Diff([]string{"capture true 1", "dynamic  0", "plain  0"}, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}
