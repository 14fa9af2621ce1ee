package metricfile

import (
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// isHarness recognises a results file of lm-evaluation-harness: results by task,
// beside at least one other section that it always writes.
func isHarness(root *node) bool {
	if !root.get("results").isObject() {
		return false
	}
	sections := 0
	for _, key := range []string{"versions", "n-shot", "configs", "config", "higher_is_better", "n-samples", "group_subtasks"} {
		if root.get(key).isObject() {
			sections++
		}
	}
	for _, task := range root.get("results").children {
		if task.kind != object {
			return false
		}
	}
	return sections >= 2
}

// harness takes results, groups and numbers of samples. What else is in the file
// says how was measured, not what came out.
func (c *collector) harness(root *node) error {
	results, directions := byKey(root, "results"), byKey(root, "higher_is_better")
	for _, section := range []string{"results", "groups"} {
		for _, task := range sectionOf(root, section) {
			if section == "groups" && results[task.key] != nil {
				continue // older versions wrote groups into both
			}
			if err := c.harnessTask(section, task, directions[task.key]); err != nil {
				return err
			}
		}
	}
	for _, task := range sectionOf(root, "n-samples") {
		as := dialect{format: "lm-evaluation-harness, n-samples." + task.key, refine: func(_ string, n *Number) { n.Unit, n.Better = "rows", "" }}
		if err := c.value(task, task.key+".n-samples", as); err != nil {
			return err
		}
	}
	return nil
}

// byKey makes a section ready for looking up, since there may be many tasks.
func byKey(root *node, section string) map[string]*node {
	found := map[string]*node{}
	for _, entry := range sectionOf(root, section) {
		found[entry.key] = entry
	}
	return found
}

func sectionOf(root *node, name string) []*node {
	if section := root.get(name); section.isObject() {
		return section.children
	}
	return nil
}

// harnessTask takes the numbers of one task. They are called metric,filter; the
// filter "none", which most have, is left out of the name.
func (c *collector) harnessTask(section string, task, directions *node) error {
	as := dialect{
		format: fmt.Sprintf("lm-evaluation-harness, %s.%s", section, task.key),
		rename: func(key string) string { return strings.TrimSuffix(key, ",none") },
	}
	as.refine = func(key string, n *Number) {
		metric, _, _ := strings.Cut(key, ",")
		n.Better = harnessBetter(directions, metric)
		if metric == "sample_len" || strings.HasPrefix(n.Name, task.key+".sample_count.") {
			n.Better, n.Unit = "", "rows"
		}
	}
	return c.value(task, task.key, as)
}

// harnessBetter is what the file says; convention where it does not speak of the metric.
// A standard error has no direction, and null means that subtasks disagree.
func harnessBetter(directions *node, metric string) result.Direction {
	if strings.HasSuffix(metric, "_stderr") {
		return ""
	}
	said := directions.get(metric)
	switch {
	case said == nil:
		return Better(metric)
	case said.text == "true":
		return result.Higher
	case said.text == "false":
		return result.Lower
	}
	return ""
}
