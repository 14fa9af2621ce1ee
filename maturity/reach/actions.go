package reach

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// action follows an action: those of this repository, and those that stand for
// a command that is known.
func (g *graph) action(p place, s ci.Step) []string {
	if g.full(p) {
		return nil
	}
	g.result.Hits = append(g.result.Hits, Hit{
		Entry: p.entry, Uses: s.Uses, With: s.With, Path: p.path, Line: s.Line, Dir: ".",
		Swallowed: p.swallowed, If: p.cond,
	})
	p.line = s.Line
	name, _, _ := strings.Cut(s.Uses, "@")
	switch {
	case strings.HasPrefix(name, "./"):
		return g.composite(p, path.Clean(strings.TrimPrefix(name, "./")), s.With)
	case buildsImage(name):
		return g.build(p, g.imageFile(p, s.With), path.Clean(cmp.Or(s.With["context"], ".")))
	case strings.EqualFold(name, "google-github-actions/deploy-cloudrun") && s.With["source"] != "":
		return g.builtFrom(p, s.With["source"], "Dockerfile")
	case strings.EqualFold(name, "google-github-actions/ssh-compute"):
		if script := g.resolve(p.dirs, s.With["script"]); script != "" {
			return g.file(p, script)
		}
		return files(g.script(p, s.With["command"], s.Line, shell.Options{}))
	case strings.EqualFold(name, "appleboy/ssh-action"):
		return files(g.script(p, s.With["script"], s.Line, shell.Options{ErrExit: s.With["script_stop"] == "true"}))
	case strings.EqualFold(name, "muster-ci/muster"):
		inner := p
		if dir := cmp.Or(s.With["dir"], s.With["working-directory"]); dir != "" {
			inner.dirs = g.into(p.dirs, dir)
		}
		return g.command(inner, []string{"muster", cmp.Or(s.With["command"], "ci")}, s.Line)
	case retries(name):
		return files(g.script(p, cmp.Or(s.With["run"], s.With["command"]), s.Line, shell.Options{}))
	}
	return nil
}

func buildsImage(name string) bool { return strings.EqualFold(name, "docker/build-push-action") }

// imageFile is the file of the image that docker/build-push-action builds, or "".
func (g *graph) imageFile(p place, with map[string]string) string {
	if f := with["file"]; f != "" {
		return g.resolve(p.dirs, f)
	}
	return g.find(g.into(p.dirs, cmp.Or(with["context"], ".")), "Dockerfile", "Containerfile")
}

// retries reports whether an action runs the script that it is given, until it
// succeeds, on a display or in a container.
func retries(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"retry", "xvfb", "headless", "docker-run-action"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// composite follows the steps of an action of this repository.
func (g *graph) composite(p place, dir string, with map[string]string) []string {
	var out []string
	for _, name := range []string{"action.yml", "action.yaml"} {
		f := path.Join(dir, name)
		if p.depth > MaxDepth || g.tree.Text[f] == nil {
			continue
		}
		docs, err := g.tree.YAML(f)
		if err != nil || len(docs) == 0 {
			continue
		}
		// Actions may use themselves, as workflows.
		out = append(out, g.once(p, fmt.Sprint(f, "\x00", p.cond, "\x00", with), func() []string { return g.actionSteps(p.at(f), docs[0], with) })...)
	}
	return out
}

// actionSteps follows the steps of an action that is used with these inputs.
func (g *graph) actionSteps(p place, doc yamldoc.Value, with map[string]string) []string {
	var out []string
	inputs := inputsOf(doc.Get("inputs"), with)
	for _, step := range doc.Get("runs", "steps").Items() {
		if step.Get("if").Text() == "false" {
			continue
		}
		inner := p
		if step.Get("continue-on-error").Text() == "true" {
			inner.swallowed = cmp.Or(inner.swallowed, "continue-on-error on the step")
		}
		if dir := known(step.Get("working-directory").Text(), inputs); dir != "" && dir != ci.Unknown {
			inner.dirs = g.into(p.dirs, dir)
		}
		if run := step.Get("run"); run.Exists() {
			text := known(run.Text(), inputs)
			opts := shell.Options{ErrExit: true, PipeFail: step.Get("shell").Text() == "bash"}
			out = append(out, files(g.script(inner, text, run.TextLine(), opts))...)
		}
		if uses := step.Get("uses").Text(); uses != "" {
			out = append(out, g.action(inner, ci.Step{Uses: uses, Line: step.Line(), With: step.Get("with").StringMap()})...)
		}
	}
	return out
}

var expressions = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// known puts in the inputs that an action was given; what else an expression
// says only the host knows.
func known(text string, inputs map[string]string) string {
	return ci.Replaced(expressions, text, func(m string) string {
		name, ok := strings.CutPrefix(expressions.FindStringSubmatch(m)[1], "inputs.")
		if value := inputs[name]; ok && value != "" && !strings.Contains(value, "${{") {
			return value
		}
		return ci.Unknown
	})
}

// inputsOf are the inputs of an action: what it is given, else its defaults.
func inputsOf(v yamldoc.Value, with map[string]string) map[string]string {
	out := map[string]string{}
	for _, e := range v.Entries() {
		out[e.Key] = cmp.Or(with[strings.ToLower(e.Key)], with[e.Key], e.Value.Get("default").Text())
	}
	return out
}
