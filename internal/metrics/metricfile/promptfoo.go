package metricfile

import (
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/result"
)

// promptfooSummary finds the summary of an evaluation by promptfoo: below
// "results" in what `promptfoo eval --output` writes, at the top in what its Node
// package returns. It is nil for other files.
func promptfooSummary(root *node) *node {
	for _, summary := range []*node{root.get("results"), root} {
		if summary.get("stats", "successes") != nil && summary.get("stats", "failures") != nil {
			return summary
		}
	}
	return nil
}

// promptfoo takes the totals, and the metrics of each prompt. Labels of prompts
// are mostly their whole text, so their names are their places.
func (c *collector) promptfoo(summary *node) error {
	as := dialect{format: "promptfoo, stats", refine: refinePromptfoo}
	if err := c.object(summary.get("stats"), "stats.", as); err != nil {
		return err
	}
	prompts := summary.get("prompts") // version 3
	if prompts == nil {
		prompts = summary.get("table", "head", "prompts") // version 2
	}
	if prompts == nil {
		return nil
	}
	for i, prompt := range prompts.children {
		metrics := prompt.get("metrics")
		if !metrics.isObject() {
			continue
		}
		as.format = fmt.Sprintf("promptfoo, prompts[%d]%s", i, promptLabel(prompt))
		if err := c.object(metrics, fmt.Sprintf("prompts.%d.", i), as); err != nil {
			return err
		}
	}
	return nil
}

// promptLabel says of which provider and prompt a number is.
func promptLabel(prompt *node) string {
	var said strings.Builder
	for _, key := range []string{"provider", "label"} {
		if value := prompt.get(key); value != nil && value.kind == text && value.text != "" {
			fmt.Fprintf(&said, " %s %s", key, input.Quote(value.text))
		}
	}
	return said.String()
}

// refinePromptfoo knows promptfoo's own numbers. Its scores are all better when
// higher, whatever their users call them.
func refinePromptfoo(key string, n *Number) {
	switch {
	case strings.Contains(n.Name, ".namedScores."):
		n.Better = result.Higher
		return
	case strings.Contains(n.Name, ".tokenUsage."):
		n.Better, n.Unit = "", "tokens"
		if key == "numRequests" {
			n.Unit = "requests"
		}
		return
	case strings.Contains(n.Name, ".namedScore"): // how many of them, and their weights
		n.Better = ""
		return
	}
	switch key {
	case "score":
		n.Better = result.Higher
	case "totalLatencyMs", "durationMs", "generationDurationMs", "evaluationDurationMs":
		n.Better, n.Unit = result.Lower, "ms"
	case "cost":
		n.Better, n.Unit = result.Lower, "US dollars"
	case "successes", "testPassCount":
		n.Better, n.Unit = result.Higher, "tests"
	case "failures", "errors", "testFailCount", "testErrorCount":
		n.Better, n.Unit = result.Lower, "tests"
	case "assertPassCount":
		n.Better, n.Unit = result.Higher, "assertions"
	case "assertFailCount":
		n.Better, n.Unit = result.Lower, "assertions"
	}
}
