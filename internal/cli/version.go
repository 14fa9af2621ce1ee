package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/rego"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of muster, and of what it is built with",
		Example: "  muster version --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := struct {
				Muster   string `json:"muster"`
				Go       string `json:"go"`
				OPA      string `json:"opa"`
				Platform string `json:"platform"`
			}{version, runtime.Version(), rego.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if a.json() {
				return a.printJSON(info)
			}
			_, err := fmt.Fprintf(a.Out, "muster %s (%s, OPA %s, %s)\n", info.Muster, info.Go, info.OPA, info.Platform)
			return err
		},
	}
}
