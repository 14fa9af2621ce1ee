package cli

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Go notes in a binary cannot be chosen from outside it.
func TestBuild(t *testing.T) {
	vcs := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"},
		{Key: "vcs.time", Value: "2026-03-04T05:06:07Z"},
	}
	tests := map[string]struct {
		info   debug.BuildInfo
		linked string
		want   string // how the line begins
	}{
		"by make":                 {debug.BuildInfo{Settings: vcs}, "v1.2.3", "muster v1.2.3 (commit 0123456 2026-03-04, go"},
		"changed since":           {debug.BuildInfo{Settings: append(vcs[:2:2], debug.BuildSetting{Key: "vcs.modified", Value: "true"})}, "v1.2.3-dirty", "muster v1.2.3-dirty (commit 0123456 with changes 2026-03-04, go"},
		"by go install":           {debug.BuildInfo{Main: debug.Module{Version: "v1.4.0"}}, "dev", "muster v1.4.0 (go"},
		"in no working copy":      {debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "dev", "muster dev (go"},
		"the linker's word first": {debug.BuildInfo{Main: debug.Module{Version: "v1.4.0"}}, "v9", "muster v9 (go"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := newBuild(&test.info, test.linked).String(); !strings.HasPrefix(got, test.want) {
				t.Errorf("%q, want it to begin with %q", got, test.want)
			}
		})
	}
}

func TestModulesOfABuild(t *testing.T) {
	got := newBuild(&debug.BuildInfo{Deps: []*debug.Module{
		{Path: "github.com/open-policy-agent/opa", Version: "v1.2.3"},
		{Path: "github.com/nobody/asks", Version: "v1.0.0"},
		{Path: "github.com/docker/docker", Version: "v28.0.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v28.0.1"}},
	}}, "dev").Modules
	want := map[string]string{"github.com/open-policy-agent/opa": "v1.2.3", "example.org/fork": "v28.0.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
