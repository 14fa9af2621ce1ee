package cli

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/policies"
)

func (a *app) completionCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "completion",
		Short: "Print a script that lets the shell complete commands, stages and runs",
		Long: `Print a script for the shell. With it, the tab key completes commands and flags,
the stages of the muster.yaml that --file names, runs, versions of the model, codes
of findings, and what flags such as --format take.

Exit codes: 0 done · 2 there is no such shell`,
		Example: `  source <(muster completion bash)                          # bash, this session
  source <(muster completion zsh)                           # zsh, this session
  muster completion fish | source                           # fish, this session
  muster completion powershell | Out-String | Invoke-Expression`,
	},
		a.shellCommand("bash", `To have it in every session:

  muster completion bash > /etc/bash_completion.d/muster    # Linux, for all users
  muster completion bash > $(brew --prefix)/etc/bash_completion.d/muster    # macOS

It needs bash 4.1 or later, and the package bash-completion.`,
			bashCompletion),
		a.shellCommand("zsh", `To have it in every session, with completion switched on
(autoload -U compinit; compinit, in ~/.zshrc):

  muster completion zsh > "${fpath[1]}/_muster"`,
			func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) }),
		a.shellCommand("fish", `To have it in every session:

  muster completion fish > ~/.config/fish/completions/muster.fish`,
			func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }),
		a.shellCommand("powershell", `To have it in every session:

  muster completion powershell >> $PROFILE`,
			func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) }),
	)
}

// bashCompletion writes cobra's script, changed for the names of a matrix's
// stages, such as train@seed=1,model=rf: bash takes an @ for the beginning of a
// word, and the script escapes a comma, which it then does not find in what was typed.
func bashCompletion(root *cobra.Command, w io.Writer) error {
	var script strings.Builder
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	const special = `    __muster_handle_special_char "$cur" `
	_, err := strings.NewReplacer(
		"_init_completion -n =: ", "_init_completion -n =:@ ",
		special+":\n", `    COMPREPLY=("${COMPREPLY[@]//\\,/,}")`+"\n"+special+":\n",
		special+"=\n", special+"=\n"+special+"@\n", // in this order: the = comes after the @
	).WriteString(w, script.String())
	return err
}

func (a *app) shellCommand(shell, setUp string, write func(*cobra.Command, io.Writer) error) *cobra.Command {
	session := "  source <(muster completion " + shell + ")"
	switch shell {
	case "fish":
		session = "  muster completion fish | source"
	case "powershell":
		session = "  muster completion powershell | Out-String | Invoke-Expression"
	}
	return &cobra.Command{
		Use:     shell,
		Short:   "Print the script for " + shell,
		Long:    "Print the script that lets " + shell + " complete muster's commands. " + setUp + "\n\nExit codes: 0 done",
		Example: session,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return write(cmd.Root(), a.Out) },
	}
}

// registerCompletions gives flags and commands their completions by what they
// are called: a flag that many commands have is completed the same in all.
func (a *app) registerCompletions(root *cobra.Command) {
	byFlag := map[string]cobra.CompletionFunc{
		"color":     words("auto", "always", "never"),
		"executor":  words("docker", "process"),
		"file":      cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt),
		"format":    words("text", "json", "jsonl"),
		"host":      words("auto", "github", "gitlab", "plain"),
		"min-level": words("0", "1", "2", "3", "4"),
		"progress":  words(progressKinds()...),
		"run":       a.completeRunIDs,
		"alias":     a.completeAliases,
		"decision":  cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),
		"to":        a.completeVersions,
		"version":   a.completeModels,
	}
	byCommand := map[string]cobra.CompletionFunc{
		"muster compare":        a.completeSides,
		"muster calibrate":      once(a.completeSides),
		"muster graph":          a.completeStages,
		"muster init":           cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"muster models diff":    a.completeModels,
		"muster models export":  cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"muster models history": once(a.completeAliases),
		"muster models show":    once(a.completeModels),
		"muster policy explain": once(a.completeCodes),
		"muster run":            a.completeStages,
	}
	visit(root, func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if complete, ok := byFlag[flag.Name]; ok {
				_ = cmd.RegisterFlagCompletionFunc(flag.Name, complete) // a command that registered its own keeps it
			}
		})
		switch complete, ok := byCommand[cmd.CommandPath()]; {
		case ok && cmd.ValidArgsFunction == nil:
			cmd.ValidArgsFunction = complete
		case cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, " "): // it takes no arguments
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	})
}

func visit(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, below := range cmd.Commands() {
		visit(below, do)
	}
}

func words(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// once completes the first argument, and no other.
func once(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, typed)
	}
}

// completeStages offers the stages that are not named yet.
func (a *app) completeStages(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	cfg, err := config.Load(a.file)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, stage := range cfg.Stages {
		base, _, _ := strings.Cut(stage.Name, "@") // a stage with a matrix is all that it made, too
		for _, name := range []string{base, stage.Name} {
			if !slices.Contains(names, name) && !slices.Contains(args, name) {
				names = append(names, name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeRunIDs offers the runs that have a record, newest first.
func (a *app) completeRunIDs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	records, err := filepath.Glob(filepath.Join(filepath.Dir(a.file), ".muster", "runs", "*", "run.json"))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	slices.Sort(records) // an id begins with its time
	slices.Reverse(records)
	const most = 50
	ids := []string{"last"}
	for _, record := range records[:min(most, len(records))] {
		ids = append(ids, filepath.Base(filepath.Dir(record)))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeVersions offers the versions of the model, newest first.
func (a *app) completeVersions(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	project, err := a.peek()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	reg, err := project.Registry(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	versions, err := reg.Versions(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, v := range slices.Backward(versions) {
		names = append(names, cobra.CompletionWithDesc(v.Version, v.Created.Format("2006-01-02 15:04")))
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeAliases offers the aliases of the registry.
func (a *app) completeAliases(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	project, err := a.peek()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	reg, err := project.Registry(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	aliases, err := reg.Aliases(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return aliases, cobra.ShellCompDirectiveNoFileComp
}

// completeModels offers aliases, then versions, newest first, that are not named yet.
func (a *app) completeModels(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	aliases, _ := a.completeAliases(cmd, args, typed)
	versions, directive := a.completeVersions(cmd, args, typed)
	offered := slices.DeleteFunc(slices.Concat(aliases, versions), func(c cobra.Completion) bool {
		name, _, _ := strings.Cut(c, "\t")
		return slices.Contains(args, name)
	})
	return offered, directive
}

// completeSides offers versions, aliases and runs that begin with what was typed,
// and files where there is none: most sides are files.
func (a *app) completeSides(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) >= 2 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	versions, _ := a.completeVersions(cmd, args, typed)
	runs, _ := a.completeRunIDs(cmd, args, typed)
	offered := slices.Concat(versions, runs)
	if project, err := a.peek(); err == nil && len(versions) > 0 {
		offered = append(offered, championAlias(project))
	}
	offered = slices.DeleteFunc(offered, func(name cobra.Completion) bool { return typed == "" || !strings.HasPrefix(name, typed) })
	return offered, cobra.ShellCompDirectiveDefault
}

// completeCodes offers the codes of findings, muster's and the team's.
func (a *app) completeCodes(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	explained := policies.Team{} // muster's own are there without a muster.yaml, too
	if project, err := a.peek(); err == nil {
		explained = flow.LocalPolicies(project)
	}
	set, err := policies.LoadTeam(explained)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var codes []string
	for _, e := range set.Explanations() {
		codes = append(codes, cobra.CompletionWithDesc(e.Code, e.Title))
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}
