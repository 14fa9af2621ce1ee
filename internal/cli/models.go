package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) modelsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "models",
		Short:   "The registry: make it, look into it, check it, take a model out",
		Long:    "Versions of the model are immutable; an alias names the current one and moves only by promotion or rollback.",
		Example: "  muster models init\n  muster models list\n  muster models show production\n  muster models diff v3 v4\n  muster models verify",
	}, a.modelsInitCommand(), a.modelsListCommand(), a.modelsShowCommand(), a.modelsHistoryCommand(), a.modelsDiffCommand(),
		a.modelsVerifyCommand(), a.modelsExportCommand(), a.modelsSignCommand())
}

func (a *app) modelsInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make the registry, once; the first model needs it",
		Long: `Make the registry. Without one the gate decides nothing: a registry that is
missing could as well be one that was not found. Doing it again changes nothing.

Exit codes: 0 it is there · 1 it cannot be made · 2 invalid file`,
		Example: "  muster models init",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			project, err := a.project()
			if err != nil {
				return err
			}
			if err := project.InitRegistry(cmd.Context()); err != nil {
				return err
			}
			if a.json() {
				return a.printJSON(map[string]string{"pipeline": project.Config.Name, "registry": project.RegistryPlace()})
			}
			_, err = fmt.Fprintf(a.Out, "registry for %s is at %s\n", project.Config.Name, relative(project.RegistryPlace()))
			return err
		},
	}
}

func (a *app) modelsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the versions, newest first",
		Long: `List the versions of the model, newest first, with the alias that names the current
one, and the metrics that each had when it passed the gate.

Exit codes: 0 done · 1 the registry cannot be read · 2 invalid file, or no registry`,
		Example: "  muster models list\n  muster models list --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listModels(cmd) },
	}
}

func (a *app) listModels(cmd *cobra.Command) error {
	project, err := a.project()
	if err != nil {
		return err
	}
	reg, err := project.Registry(cmd.Context())
	if err != nil {
		return err
	}
	versions, err := reg.Versions(cmd.Context())
	if err != nil {
		return err
	}
	slices.Reverse(versions)
	if a.json() {
		return a.printVersions(versions)
	}
	alias := championAlias(project)
	current, _, err := reg.Current(cmd.Context(), alias)
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		return err
	}
	if len(versions) == 0 {
		_, err := fmt.Fprintln(a.Out, "no versions yet; promote a first model: muster run, muster gate, muster promote")
		return err
	}
	table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tALIAS\tCREATED\tCOMMIT\tMODEL\tMETRICS")
	for _, v := range versions {
		name := ""
		if v.Version == current.Version {
			name = alias
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.7s\t%.12s\t%s\n", v.Version, name,
			v.Created.Format("2006-01-02 15:04"), v.Model.Commit, v.Model.Digest, metricsLine(v.Metrics))
	}
	return table.Flush()
}

func metricsLine(values map[string]float64) string {
	var parts []string
	for name, value := range values {
		parts = append(parts, fmt.Sprintf("%s %.4g", report.Plain(name), value))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// printVersions prints the versions as one JSON list of documents.
func (a *app) printVersions(versions []result.Version) error {
	list := make([]json.RawMessage, 0, len(versions))
	for _, v := range versions {
		data, err := result.Encode(v)
		if err != nil {
			return err
		}
		list = append(list, data)
	}
	return a.printJSON(list)
}
