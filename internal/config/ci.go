package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CI says what muster ci does beside running and deciding. In a change request
// the base's counts.
type CI struct {
	Comment     bool   `yaml:"comment"`     // the change request's one comment about this pipeline
	Check       string `yaml:"check"`       // what marks the commit: auto, check, status, or off
	Annotations bool   `yaml:"annotations"` // remarks on the lines of the change
	Issue       bool   `yaml:"issue"`       // one is opened when the default branch is denied
	Promote     bool   `yaml:"promote"`     // a pass on the default branch moves the alias
	Score       bool   `yaml:"score"`       // the maturity level
	// History is a branch that keeps verdicts, metrics and levels, and the badge; empty for none.
	History string `yaml:"history"`
	// Waivers lets a code owner waive a finding by "/muster waive CODE: reason" in an approval.
	Waivers bool `yaml:"waivers"`
	// PublishRequired makes a report that could not be published an error (exit code 1).
	PublishRequired bool `yaml:"publish_required"`
}

// DefaultCI is what muster ci does unless the file says otherwise.
func DefaultCI() CI {
	return CI{Comment: true, Check: "auto", Annotations: true, Issue: true, Promote: true, Score: true, Waivers: true}
}

// Set changes one key of the section, as if the file said "key: value".
func (c *CI) Set(key, value string) error {
	switches := map[string]*bool{
		"comment": &c.Comment, "annotations": &c.Annotations, "issue": &c.Issue, "promote": &c.Promote, "score": &c.Score,
		"waivers": &c.Waivers, "publish_required": &c.PublishRequired,
	}
	checks := []string{"auto", "check", "status", "off"}
	on, err := strconv.ParseBool(value)
	switch {
	case switches[key] != nil && err != nil:
		return fmt.Errorf("%s is %q, and must be true or false", key, value)
	case switches[key] != nil:
		*switches[key] = on
	case key == "check" && !slices.Contains(checks, value):
		return fmt.Errorf("check is %q, and must be one of %s", value, strings.Join(checks, ", "))
	case key == "check":
		c.Check = value
	case key == "history":
		c.History = value
	default:
		return fmt.Errorf("there is no %q in the ci section", key)
	}
	return nil
}
