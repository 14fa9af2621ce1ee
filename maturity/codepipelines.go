package maturity

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// codePipelines reads the pipelines of AWS CodePipeline that templates define, or
// programs of the CDK
// (https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_codepipeline_actions-readme.html)
// put together: their builds, in the order of the actions, are the jobs of one
// pipeline, which takes the place of the builds alone.
func codePipelines(tree *source.Tree, builds []*ci.Pipeline) []*ci.Pipeline {
	var made []*ci.Pipeline
	taken := map[string]bool{}
	specs := &buildspecs{tree: tree, read: map[string][]ci.Job{}}
	for _, file := range tree.Files {
		if tree.Class(file) != source.Source {
			continue
		}
		read := templatePipelines(specs, file)
		if p := codePipeline(specs, file); p != nil {
			read = append(read, p)
		}
		for _, p := range read {
			for _, j := range p.Jobs {
				taken[j.Path] = true
			}
		}
		made = append(made, read...)
	}
	out := slices.DeleteFunc(builds, func(p *ci.Pipeline) bool { return p.Host == "codebuild" && taken[p.Path] })
	return append(out, made...)
}

// maxProgram bounds the programs that are read.
const maxProgram = 1 << 20

var lineComment = regexp.MustCompile(`(?m)(^|[\s;{(,])(//|# ).*$`)

// uncommented blanks the lines that are comments as a whole, and what follows code
// on its line as one.
func uncommented(text string) string {
	return lineComment.ReplaceAllStringFunc(text, func(m string) string { return strings.Repeat(" ", len(m)) })
}

var (
	// builtProject is a project of CodeBuild that gets a name.
	builtProject = regexp.MustCompile(`(\w+)\s*(?::[\w.\s]+)?=\s*(?:new\s+)?(?:[\w]+\.)*(?:PipelineProject|Project)\s*\(`)
	// specFile is the file of a project's build.
	specFile = regexp.MustCompile(`(?:fromSourceFilename|from_source_filename|fromAsset|from_asset)\(\s*["'` + "`" + `]([^"'` + "`" + `\s]+)["'` + "`" + `]`)
	// actionCall is an action of a pipeline, projectOf what a build takes its project from.
	actionCall = regexp.MustCompile(`\b(\w+Action)\s*\(`)
	projectOf  = regexp.MustCompile(`\bproject\s*[:=]\s*(?:self\.|this\.)?_?(\w+)`)
	// notTriggered is a source that starts nothing.
	notTriggered = regexp.MustCompile(`(?i)trigger(_?on_?push)?\s*[:=]\s*(false\b|[\w.]*\.NONE\b)`)
)

// maxArguments bounds the text in which the arguments of a call are looked for.
const maxArguments = 4000

// arguments is the text of a call's arguments, from behind its bracket.
func arguments(text string, at int) string {
	rest := text[at:min(len(text), at+maxArguments)]
	depth := 1
	for i, c := range rest {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return rest[:i]
			}
		}
	}
	return rest
}

// codePipeline reads one program; it is nil where the program runs no build of the
// repository's.
func codePipeline(specs *buildspecs, file string) *ci.Pipeline {
	tree := specs.tree
	var actions []pipelineAction
	p := &ci.Pipeline{Path: file, Host: "codebuild", Name: file}
	switch code, text := tree.Python[file], tree.Text[file]; {
	case code != nil:
		if slices.ContainsFunc(code.Outline().Calls, func(c python.Call) bool { return c.Method() == "CodeBuildAction" }) {
			actions = pythonActions(code.Module())
		}
		if importsPipelines(code.Outline()) {
			p.Jobs, p.Triggers = pythonSteps(file, code.Module())
		}
	case path.Ext(file) == ".ts" || path.Ext(file) == ".js" || path.Ext(file) == ".mjs":
		if len(text) <= maxProgram && bytes.Contains(text, []byte("CodeBuildAction")) {
			actions = scriptActions(uncommented(string(text)))
		}
		if len(text) <= maxProgram && bytes.Contains(text, []byte("aws-cdk")) && shellStep.Match(text) {
			p.Jobs, p.Triggers = scriptSteps(file, uncommented(string(text)))
		}
	}
	for _, a := range actions {
		switch a.name {
		case "CodeBuildAction":
			switch {
			case a.spec != "":
				p.Jobs = append(p.Jobs, specs.jobs(a.spec)...)
			case len(a.commands) > 0:
				p.Jobs = append(p.Jobs, commandJob(file, a.project, a.line, a.commands))
			}
		case "ManualApprovalAction":
			p.Jobs = append(p.Jobs, approvalJob(file, a.line))
		default:
			if t := sourceTrigger(a.name); t != "" && !a.off && !slices.Contains(p.Triggers, t) {
				p.Triggers = append(p.Triggers, t)
			}
		}
	}
	return inOrder(p)
}

// pipelineAction is an action of a pipeline.
type pipelineAction struct {
	name string
	line int
	spec string // the file of its build
	off  bool   // it starts nothing
	// project is the name of what builds, commands are what is written into it.
	project  string
	commands []string
}

// importsPipelines reports whether a module uses CDK Pipelines.
func importsPipelines(outline *python.Module) bool {
	return slices.ContainsFunc(outline.Imports, func(imp python.Import) bool {
		return strings.HasPrefix(imp.Module, "aws_cdk") && (strings.HasSuffix(imp.Module, ".pipelines") || imp.Name == "pipelines")
	})
}

// scriptActions are the actions of a program in TypeScript or JavaScript.
func scriptActions(text string) []pipelineAction {
	specs := map[string]string{}     // project → file of its build
	written := map[string][]string{} // project → commands that are written into the program
	for _, m := range builtProject.FindAllStringSubmatchIndex(text, maxActions) {
		args, name := arguments(text, m[1]), text[m[2]:m[3]]
		if spec := specFile.FindStringSubmatch(args); spec != nil {
			specs[name] = path.Clean(spec[1])
			continue
		}
		for _, list := range commandList.FindAllStringSubmatch(args, -1) {
			written[name] = append(written[name], quoted(list[1])...)
		}
	}
	var out []pipelineAction
	for _, m := range actionCall.FindAllStringSubmatchIndex(text, maxActions) {
		args := arguments(text, m[1])
		a := pipelineAction{name: text[m[2]:m[3]], line: strings.Count(text[:m[0]], "\n") + 1, off: notTriggered.MatchString(args)}
		if of := projectOf.FindStringSubmatch(args); of != nil {
			a.spec, a.project, a.commands = specs[of[1]], of[1], written[of[1]]
		}
		out = append(out, a)
	}
	return out
}

// pythonActions are the actions of a program in Python. The names of its projects are
// not known: the builds are taken in the order in which their files are named.
func pythonActions(mod *python.Module) []pipelineAction {
	var out []pipelineAction
	var specs []string
	for _, c := range mod.Calls {
		switch method := c.Method(); {
		case method == "from_source_filename":
			if a, ok := c.Positional(0); ok && a.Literal {
				specs = append(specs, path.Clean(a.Value))
			}
		case strings.HasPrefix(c.Name, "aws_cdk.") && strings.HasSuffix(method, "Action") && len(out) < maxActions:
			off := slices.ContainsFunc(c.Args, func(a python.Arg) bool {
				return a.Name == "trigger_on_push" && a.Value == "False" || a.Name == "trigger" && strings.HasSuffix(a.Value, ".NONE")
			})
			out = append(out, pipelineAction{name: method, line: c.Line, off: off})
		}
	}
	for i := range out {
		if out[i].name == "CodeBuildAction" && len(specs) > 0 {
			out[i].spec, specs = specs[0], specs[1:]
		}
	}
	return out
}

// maxActions bounds the actions of one program.
const maxActions = 200

// sourceTrigger is what an action that gets sources starts its pipeline by.
func sourceTrigger(action string) ci.Trigger {
	switch action {
	case "GitHubSourceAction", "CodeStarConnectionsSourceAction", "CodeCommitSourceAction", "BitBucketSourceAction":
		return ci.Push
	case "S3SourceAction", "EcrSourceAction":
		return ci.Event
	}
	return ""
}

// buildspecs are those of a repository, each read once for all pipelines that run it.
type buildspecs struct {
	tree  *source.Tree
	read  map[string][]ci.Job
	named map[string][]string // the files of a name; nil until somebody asks
}

// jobs are the jobs of a buildspec.
func (b *buildspecs) jobs(spec string) []ci.Job {
	if _, ok := b.tree.Text[spec]; !ok { // a folder that becomes a repository of its own
		spec = b.onlyBelow(spec)
	}
	if _, read := b.read[spec]; !read {
		b.read[spec] = buildJobs(spec, b.tree.Text[spec])
	}
	return b.read[spec]
}

func buildJobs(spec string, data []byte) []ci.Job {
	if spec == "" {
		return nil
	}
	read, err := ci.CodeBuild(spec, data, ci.Options{})
	if err != nil {
		return nil // whoever reads all of the CI files lists it
	}
	var out []ci.Job
	for _, p := range read {
		for _, j := range p.Jobs {
			j.ID, j.Path = spec, spec
			out = append(out, j)
		}
	}
	return out
}

// onlyBelow is the one file of the project that ends in a path.
func (b *buildspecs) onlyBelow(file string) string {
	if b.named == nil {
		b.named = map[string][]string{}
		for _, f := range b.tree.Files {
			b.named[path.Base(f)] = append(b.named[path.Base(f)], f)
		}
	}
	found := ""
	for _, f := range b.named[path.Base(file)] {
		if strings.HasSuffix(f, "/"+file) && b.tree.Text[f] != nil && b.tree.Class(f) == source.Source {
			if found != "" {
				return ""
			}
			found = f
		}
	}
	return found
}

// inOrder has each job wait for the one before it, and start as the pipeline does.
func inOrder(p *ci.Pipeline) *ci.Pipeline {
	if !slices.ContainsFunc(p.Jobs, func(j ci.Job) bool { return j.ID != "approval" }) {
		return nil
	}
	if len(p.Triggers) == 0 {
		p.Triggers = []ci.Trigger{ci.Elsewhere}
	}
	seen := map[string]bool{}
	p.Jobs = slices.DeleteFunc(p.Jobs, func(j ci.Job) bool {
		again := seen[j.ID]
		seen[j.ID] = true
		return again
	})
	for i := range p.Jobs {
		p.Jobs[i].Triggers, p.Jobs[i].Needs = slices.Clone(p.Triggers), []string{}
		if i > 0 {
			p.Jobs[i].Needs = []string{p.Jobs[i-1].ID}
		}
	}
	return p
}
