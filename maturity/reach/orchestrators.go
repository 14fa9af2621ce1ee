package reach

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// spacyProject reads the commands of a project of spaCy, or of Weasel
// (https://spacy.io/usage/projects#project-yml).
func spacyProject(file string, doc yamldoc.Value) spec {
	s := spec{kind: "spacy", path: file, line: doc.Get("commands").Line()}
	for _, c := range doc.Get("commands").Items() {
		s.stages = append(s.stages, stage{
			name: c.Get("name").Text(), line: c.Line(), commands: commands(c.Get("script")),
			inputs: c.Get("deps").Texts(), outputs: c.Get("outputs").Texts(),
		})
	}
	return s
}

// spacyProject follows "spacy project run" with a command or a workflow.
func (g *graph) spacyProject(p place, args []string) []string {
	words := positional(args)
	if i := slices.Index(words, "run"); i >= 0 && i+1 < len(words) {
		f := g.find(append(slices.Clone(p.dirs), "."), "project.yml")
		if f == "" || len(g.yaml[f]) == 0 {
			return nil
		}
		return g.once(p, f+"#run "+words[i+1], func() []string {
			names := []string{words[i+1]}
			if flow := g.yaml[f][0].Get("workflows", words[i+1]); flow.IsList() {
				names = flow.Texts()
				slices.Sort(names)
				names = slices.Compact(names)
			}
			return g.spec(p, f, names)
		})
	}
	return nil
}

// mage reads the blocks of a pipeline of Mage: each is a file of Python in the folder
// of its sort (https://docs.mage.ai/design/data-pipeline-management).
func mage(file string, doc yamldoc.Value) spec {
	s := spec{kind: "mage", path: file, line: doc.Get("blocks").Line()}
	root := path.Dir(path.Dir(path.Dir(file)))
	for _, b := range doc.Get("blocks").Items() {
		id := cmp.Or(b.Get("uuid").Text(), b.Get("name").Text())
		s.stages = append(s.stages, stage{
			name: id, line: b.Line(), inputs: b.Get("upstream_blocks").Texts(), outputs: []string{id},
			program: path.Join(root, b.Get("type").Text()+"s", id+".py"),
		})
	}
	return s
}

// ploomber reads the tasks of a pipeline.yaml of Ploomber, each a script or a notebook
// (https://docs.ploomber.io/en/latest/api/spec.html).
func ploomber(file string, doc yamldoc.Value) spec {
	s := spec{kind: "ploomber", path: file, line: doc.Get("tasks").Line()}
	for _, t := range doc.Get("tasks").Items() {
		from := t.Get("source").Text()
		name := cmp.Or(t.Get("name").Text(), strings.TrimSuffix(path.Base(from), path.Ext(from)))
		s.stages = append(s.stages, stage{
			name: name, line: t.Line(), inputs: t.Get("upstream").Texts(), outputs: []string{name},
			program: path.Join(path.Dir(file), from),
		})
	}
	return s
}

// kestra reads the tasks of a flow of Kestra, which run one after another
// (https://kestra.io/docs/workflow-components/flow).
func kestra(file string, doc yamldoc.Value) spec {
	s := spec{kind: "kestra", path: file, line: doc.Get("tasks").Line()}
	before := ""
	for _, t := range doc.Get("tasks").Items() {
		st := stage{name: t.Get("id").Text(), line: t.Line(), commands: commands(t.Get("commands")), outputs: []string{t.Get("id").Text()}}
		if before != "" {
			st.inputs = []string{before}
		}
		before = st.name
		s.stages = append(s.stages, st)
	}
	for _, t := range doc.Get("triggers").Items() {
		if strings.HasSuffix(t.Get("type").Text(), "Schedule") && t.Get("disabled").Text() != "true" {
			s.triggers = []ci.Trigger{ci.Schedule}
		}
	}
	return s
}
