package rego_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/rego"
)

func TestTextsAreThoseOfARuleAndOfWhatItUses(t *testing.T) {
	policy, err := rego.Compile([]rego.Module{
		module("lib.rego", "package lib\n\nof(name) := input.facts[name]\n\nwide := array.concat(of(\"a\"), narrow)\n\nnarrow := of(\"b\")\n\nunused := of(\"c\")\n"),
		module("p.rego", "package p\n\nimport data.lib\n\nanswer := lib.wide if count(lib.of(\"d\")) > 0\n"),
		module("q.rego", "package q\n\nanswer := \"e\"\n"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, text := range policy.Texts("p") {
		got[text] = true
	}
	for text, want := range map[string]bool{"a": true, "b": true, "c": false, "d": true, "e": false} {
		if got[text] != want {
			t.Errorf("%q is among them: %t, want %t", text, got[text], want)
		}
	}
	if diff := cmp.Diff([]string(nil), policy.Texts("nothing")); diff != "" {
		t.Errorf("of a package that is not there (-want +got):\n%s", diff)
	}
}
