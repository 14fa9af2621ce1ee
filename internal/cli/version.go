package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/rego"
)

// version is set by the linker.
var version = "dev" //nolint:gochecknoglobals // -ldflags -X can set nothing else

// build says what this binary was made from, and with what.
type build struct {
	Muster string `json:"muster"`
	// Revision, Time and Modified are of the commit, where the binary was built in a working copy.
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	OPA      string `json:"opa"`
	Platform string `json:"platform"`
	// Modules are those that decide, run and count: what a finding may depend on.
	Modules map[string]string `json:"modules,omitempty"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of muster, and of what it is built with",
		Long: `Print the version, the commit that it was built from, and the versions of Go and of
Open Policy Agent. As JSON, also those of the modules that run, decide and count.

Exit codes: 0 done`,
		Example: `  muster version
  muster version --format json | jq -r .revision`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			made := thisBuild()
			if a.json() {
				return a.printJSON(made)
			}
			_, err := fmt.Fprintln(a.Out, made)
			return err
		},
	}
}

// thisBuild describes the binary that runs.
func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return newBuild(info, version)
}

// ownVersion is the version alone.
func ownVersion() string { return thisBuild().Muster }

// newBuild reads what Go notes in a binary. The linker's word on the version
// comes first; a binary made by go install has its module's version instead.
func newBuild(info *debug.BuildInfo, linked string) build {
	b := build{
		Muster: linked, Go: runtime.Version(), OPA: rego.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if main := info.Main.Version; linked == "dev" && main != "" && main != "(devel)" {
		b.Muster = main
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	b.Modules = telling(info.Deps)
	return b
}

// telling picks the modules whose version somebody asks for who hunts a fault.
func telling(deps []*debug.Module) map[string]string {
	found := map[string]string{}
	for _, dep := range deps {
		switch dep.Path {
		case "github.com/docker/docker", "github.com/moby/buildkit", "github.com/open-policy-agent/opa",
			"github.com/santhosh-tekuri/jsonschema/v6", "go.yaml.in/yaml/v3", "gonum.org/v1/gonum":
			if dep.Replace != nil {
				dep = dep.Replace
			}
			found[dep.Path] = dep.Version
		}
	}
	return found
}

// String is the build in one line.
func (b build) String() string {
	var parts []string
	if b.Revision != "" {
		commit := fmt.Sprintf("commit %.7s", b.Revision)
		if b.Modified {
			commit += " with changes"
		}
		day, _, _ := strings.Cut(b.Time, "T")
		parts = append(parts, strings.TrimSpace(commit+" "+day))
	}
	parts = append(parts, b.Go, "OPA "+b.OPA, b.Platform)
	return fmt.Sprintf("muster %s (%s)", b.Muster, strings.Join(parts, ", "))
}
