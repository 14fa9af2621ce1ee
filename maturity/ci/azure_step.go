package ci

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// step reads a script or task; a multi-line script goes on after a failure
// unless it says set -e.
func (a *azure) step(v yamldoc.Value, file string, job *Job, depth int) {
	if v.Get("template").Exists() {
		a.template(v, file, depth, func(doc yamldoc.Value, at string) {
			for _, s := range a.flat(doc.Get("steps"), maxNesting) {
				a.step(s, at, job, depth+1)
			}
		})
		return
	}
	s := Step{Name: v.Get("displayName").Text(), Path: file, Line: v.Line(), If: a.text(v.Get("condition").Text()), Env: a.env}
	s.Triggers = narrowBy(job.Triggers, azureCondition(s.If), a.atom)
	if s.If == "false" || v.Get("enabled").Text() == "false" {
		s.Off = "it is switched off"
	} else if len(s.Triggers) == 0 && len(job.Triggers) > 0 {
		s.Off = "its condition fits nothing that starts the job"
	}
	if v.Get("continueOnError").Text() == "true" {
		s.Swallowed = "continueOnError: true"
	}
	for _, script := range []yamldoc.Value{v.Get("script"), v.Get("bash"), v.Get("inputs", "inlineScript"), v.Get("inputs", "script")} {
		if t := script.Text(); t != "" {
			s.Run, s.RunLine = azureMacros(a.text(t), a.env), script.TextLine()
		}
	}
	s.Dir = azureMacros(a.text(v.Get("workingDirectory").Text()+v.Get("inputs", "workingDirectory").Text()), a.env)
	if t := v.Get("task").Text(); t != "" {
		s.Uses, s.With = t, a.opts.Budget.texts(v.Get("inputs"))
		for name, value := range s.With {
			s.With[name] = azureMacros(a.text(value), a.env)
		}
		a.task(v, &s)
	}
	if a.opts.Budget.step(s) {
		job.Steps = append(job.Steps, s)
	}
}

// task reads the tasks that are given a script of the repository, or that stand
// for a command.
func (a *azure) task(v yamldoc.Value, s *Step) {
	name, _, _ := strings.Cut(strings.ToLower(s.Uses), "@")
	file := firstText(s.With["scriptPath"], s.With["filePath"])
	arguments := strings.Fields(s.With["arguments"] + " " + s.With["args"])
	s.RunLine = max(s.RunLine, v.Line())
	switch {
	case name == "pythonscript" && s.Run != "":
		s.Python = true
	case name == "pythonscript" && file != "":
		s.Args = append([]string{"python", file}, arguments...)
	case (name == "bash" || name == "shellscript" || name == "azurecli") && s.Run == "" && file != "" && !strings.HasSuffix(file, ".ps1"):
		s.Args = append([]string{"bash", file}, arguments...)
	case name == "docker" && strings.Contains(strings.ToLower(s.With["command"]), "build"):
		file := firstText(strings.TrimPrefix(firstText(s.With["Dockerfile"], s.With["dockerfile"]), "**/"), "Dockerfile")
		s.Args = []string{"docker", "build", "-f", file, firstText(strings.TrimSuffix(s.With["buildContext"], "**"), ".")}
	}
}

// azureCondition writes and(…), or(…), not(…), eq(…) and ne(…) with operators.
func azureCondition(cond string) string {
	cond = strings.TrimSpace(cond)
	name, rest, ok := strings.Cut(cond, "(")
	if !ok || !strings.HasSuffix(rest, ")") || strings.Count(cond, "(") > maxNesting || len(cond) > maxCondition {
		return cond
	}
	args := splitTop(rest[:len(rest)-1], ",")
	for i, arg := range args {
		args[i] = azureCondition(arg)
	}
	switch name = strings.ToLower(strings.TrimSpace(name)); {
	case name == "and":
		return "(" + strings.Join(args, " && ") + ")"
	case name == "or":
		return "(" + strings.Join(args, " || ") + ")"
	case name == "not" && len(args) == 1:
		return "!(" + args[0] + ")"
	case name == "eq" && len(args) == 2:
		return args[0] + " == " + args[1]
	case name == "ne" && len(args) == 2:
		return args[0] + " != " + args[1]
	}
	return cond
}

var azureVariable = regexp.MustCompile(`variables(?:\.([\w.]+)|\[\s*'([^']+)'\s*\])`)

// atom is the truth of one comparison of a condition.
func (a *azure) atom(text string, t Trigger) truth {
	m := azureVariable.FindStringSubmatch(text)
	if m == nil {
		return maybe
	}
	right, equal := "", true
	if _, op, r, ok := comparison(text, "==", "!="); ok {
		right, equal = r, op == "=="
	} else if parts := strings.Split(text, "'"); len(parts) > 2 && strings.HasPrefix(strings.ToLower(text), "startswith") {
		right = parts[len(parts)-2]
	}
	if right == "" {
		return maybe
	}
	switch m[1] + m[2] {
	case "Build.Reason":
		return azureReason(right, t).equal(equal)
	case "Build.SourceBranch", "Build.SourceBranchName":
		return a.opts.githubRef(right, t).equal(equal)
	}
	return maybe
}

// azureReason is the truth of "this is why the build runs".
func azureReason(reason string, t Trigger) truth {
	names := map[Trigger]string{
		Push: "IndividualCI", Branch: "IndividualCI", Change: "PullRequest", Schedule: "Schedule", Manual: "Manual", After: "ResourceTrigger",
	}
	if reason == "BatchedCI" {
		reason = "IndividualCI"
	}
	return truthOf(names[t] == reason)
}
