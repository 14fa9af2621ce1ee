package stages

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Base is what the branch that a change goes into says. Where a change request
// asks for more than its stages had, the base decides, not the change.
type Base struct {
	// Config is the base's configuration, or nil: then nothing is granted.
	Config *config.Config
	// Missing says why there is no configuration, and what to do about it.
	Missing string
	// New is true if it is known that the base has no pipeline yet.
	New bool
}

// grants reports whether the base lets the stage have something. A cell of a
// matrix that the base does not have has what all cells of the base's stage have.
func (b Base) grants(name string, has func(config.Stage) bool) bool {
	if b.Config == nil {
		return false
	}
	stem, _, _ := strings.Cut(name, "@")
	var same []config.Stage
	for _, stage := range b.Config.Stages {
		if stage.Name == name {
			return has(stage)
		}
		if other, _, _ := strings.Cut(stage.Name, "@"); other == stem {
			same = append(same, stage)
		}
	}
	return len(same) > 0 && !slices.ContainsFunc(same, func(s config.Stage) bool { return !has(s) })
}

// refuse holds what the stages ask for against the base. Outside of a change
// request there is nothing to refuse.
func (r *Runner) refuse(stages []config.Stage) error {
	if r.Scope != result.ScopeChange {
		return nil
	}
	if r.Executor.Name() == "process" && (r.Base.Config == nil || r.Base.Config.Executor != "process") {
		return r.Base.refuseProcess()
	}
	var problems []config.Problem
	for _, stage := range stages {
		for _, wish := range r.Base.ungranted(stage) {
			at := "/stages/" + stage.Name + "/" + wish.key
			if stage.Name == config.FromStage && stage.Fetch != nil {
				at = sourceOf(stage)
			}
			err := r.Config.ProblemAt(at,
				fmt.Sprintf("a change request may not %s, and the base does not let stage %s do so", wish.what, stage.Name), r.Base.remedy())
			problems = append(problems, err.Problems...)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &config.Error{Problems: problems}
}

// wish is something that a stage asks for, at its key in the file.
type wish struct{ key, what string }

// ungranted lists what a stage asks for and the base does not let it have.
func (b Base) ungranted(stage config.Stage) []wish {
	var out []wish
	deny := func(has func(config.Stage) bool, key, what string) {
		if !b.grants(stage.Name, has) {
			out = append(out, wish{key, what})
		}
	}
	if stage.Network {
		deny(func(s config.Stage) bool { return s.Network }, "network", "open the network")
	}
	if stage.User != "" {
		deny(func(s config.Stage) bool { return s.User == stage.User }, "user", "choose the user "+stage.User)
	}
	for _, service := range stage.Services {
		same := func(other config.Service) bool { return reflect.DeepEqual(service, other) }
		deny(func(s config.Stage) bool { return slices.ContainsFunc(s.Services, same) },
			"services/"+service.Name, "start or change the service "+service.Name)
	}
	// What is known by its checksum tells nobody anything. Another file is fetched
	// with this machine's rights, from its own disk or a bucket, and may be printed.
	if f := stage.Fetch; f != nil && f.SHA256 == "" && !strings.HasPrefix(f.URL, config.ModelScheme) {
		deny(func(s config.Stage) bool { return s.Fetch != nil && s.Fetch.URL == f.URL }, "fetch", "fetch what has no sha256")
	}
	return out
}

// remedy says how the base comes to grant something.
func (b Base) remedy() string {
	if b.Config == nil {
		return b.Missing
	}
	return "somebody who may merge without this check puts the line on the target branch first; or do without it"
}

// UntrustedError says that a change request asks for what it may not have.
type UntrustedError struct{ Message, Remedy string }

func (e *UntrustedError) Error() string { return e.Message }

// Hint says what to do about it.
func (e *UntrustedError) Hint() string { return e.Remedy }

func (b Base) refuseProcess() error {
	remedy := "use --executor docker; or put executor: process into muster.yaml on the target branch, if everybody who can open a change request may run programs on this machine"
	if b.Config == nil && !b.New {
		remedy = b.Missing
	}
	return &UntrustedError{"the process executor isolates nothing, so a change request may use it only if muster.yaml on the target branch says executor: process", remedy}
}
