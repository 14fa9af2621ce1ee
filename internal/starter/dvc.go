package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// dvcFile is the file that DVC's pipelines are in.
const dvcFile = "dvc.yaml"

// dvcReader imports a dvc.yaml. It keeps to what DVC does with the file (3.x): what
// muster does otherwise, or not at all, is said where it stood.
type dvcReader struct {
	*look
	p       *pipeline
	globals *value // what ${…} stands for everywhere
	paramed map[string]map[*stage][]string
	metrics []string // of the top level
	remote  dvcRemotes
}

// maxStages bounds what a loop may expand to.
const maxStages = 200

// dvc imports dvc.yaml, if there is one.
func (l *look) dvc() *pipeline {
	l.otherPipelines()
	if !l.has(dvcFile) {
		return nil
	}
	doc, ok := l.yaml(dvcFile)
	if !ok || !doc.get("stages").isMap() {
		if ok {
			l.add(dvcFile, 0, "it has no stages, so there is nothing to import")
		}
		return nil
	}
	l.saw("DVC pipeline", dvcFile, doc.get("stages").line)
	d := &dvcReader{look: l, p: &pipeline{}, paramed: map[string]map[*stage][]string{}, remote: l.dvcRemotes()}
	d.globals = d.variables(doc.get("vars"), &value{}, ".")
	d.metrics = doc.get("metrics").texts()
	stages := doc.get("stages")
	for _, name := range stages.keys {
		d.entry(name, stages.fields[name])
	}
	d.topLevel(doc)
	d.settleParams()
	d.tracked()
	return d.p
}

// yaml reads a YAML file; what is wrong with it becomes a note.
func (l *look) yaml(name string) (*value, bool) {
	data, err := l.read(name, maxText)
	if err != nil {
		l.add(name, 0, "not read: %v", err)
		return nil, false
	}
	doc, err := parseYAML(data, func(key string, line int) {
		l.add(name, line, "key %q stands twice; the first one counts here", printable(key))
	})
	if err != nil {
		l.add(name, 0, "not read: %s", printable(err.Error()))
		return nil, false
	}
	return doc, true
}

// otherPipelines names those in other folders: each is a muster.yaml of its own.
func (l *look) otherPipelines() {
	for _, name := range l.files {
		if base := path.Base(name); (base == dvcFile || base == mlprojectFile) && name != base {
			l.add(name, 0, "a pipeline of its own, not looked at: muster init %s", path.Dir(name))
		}
	}
}

// entry imports one entry of stages: a stage, or a loop that makes several.
func (d *dvcReader) entry(name string, v *value) {
	switch {
	case !v.isMap():
		d.add(dvcFile, v.line, "stage %s is no mapping, and was left out", printable(name))
	case v.get("foreach").kind != 0:
		d.foreach(name, v)
	case v.get("matrix").kind != 0:
		d.matrix(name, v)
	default:
		d.stage(name, v, d.globals, nil)
	}
}

// stage imports a stage, loop variables and all else filled in.
func (d *dvcReader) stage(name string, v, scope *value, axes []axis) *stage {
	if len(d.p.stages) >= maxStages {
		d.add(dvcFile, v.line, "more than %d stages: %s was left out", maxStages, printable(name))
		return nil
	}
	wdir := d.dir((&template{scope: scope}).one(v.get("wdir")), v.line)
	t := &template{scope: d.variables(v.get("vars"), scope, wdir)}
	s := d.p.add(name, fmt.Sprintf("%s:%d", dvcFile, v.line))
	if s.name != name {
		s.comment("in DVC: %s", name)
	}
	d.saw("stage "+printable(name), dvcFile, v.line)
	s.matrix = axes
	if wdir != "." {
		s.workdir = wdir
	}
	if desc := v.get("desc"); desc.isScalar() {
		s.comment("%s", desc.text)
	}
	d.command(s, t, v.get("cmd"))
	d.deps(s, t, v.get("deps"), wdir)
	d.params(s, t, v.get("params"), wdir)
	d.outs(s, t, "outs", v.get("outs"), wdir)
	d.outs(s, t, "metrics", v.get("metrics"), wdir)
	d.outs(s, t, "plots", v.get("plots"), wdir)
	if len(s.uncached) > 0 {
		s.comment("cache: false for %s: git keeps them; muster caches them as well", strings.Join(s.uncached, ", "))
	}
	d.switches(s, v)
	d.filledIn(s, t, v.line)
	return s
}

// dir resolves wdir to a folder of the repository.
func (d *dvcReader) dir(wdir string, line int) string {
	dir := path.Clean(wdir)
	if wdir == "" || dir == "." {
		return "."
	}
	if path.IsAbs(dir) || within(dir, "..") || strings.HasPrefix(dir, "../") {
		d.add(dvcFile, line, "wdir %s lies outside of this folder; the stage runs in this folder instead", printable(wdir))
		return "."
	}
	return dir
}

// command imports cmd: one command, or a list of which each has a shell of its own.
func (d *dvcReader) command(s *stage, t *template, cmd *value) {
	for _, c := range cmd.list() {
		if text := strings.TrimSpace(t.command(c)); text != "" {
			s.run = append(s.run, text)
		}
	}
	if len(s.run) > 1 {
		for i, text := range s.run {
			if strings.Contains(text, "\n") || ownShell(text) {
				s.run[i] = "(" + text + ")"
			}
		}
	}
	if len(s.run) == 0 {
		s.run = []string{"true"}
		s.comment("there is no cmd in dvc.yaml")
	}
	if text := s.commandText(); needsBash(text) {
		s.words, s.run = []string{"bash", "-c", text}, nil
		s.comment("needs bash: DVC runs commands in your login shell, muster in sh")
	}
}

// ownShell reports whether a command changes the shell that it runs in, which
// the next one of the list must not see.
func ownShell(text string) bool {
	return slices.ContainsFunc([]string{"cd ", "export ", "set ", "exit", "unset ", ". ", "source ", "ulimit ", "umask "}, func(word string) bool {
		return strings.HasPrefix(text, word) || strings.Contains(text, "; "+word) || strings.Contains(text, "&& "+word)
	})
}

// needsBash reports whether a command has what sh does not know.
func needsBash(text string) bool {
	return slices.ContainsFunc([]string{"[[ ", "<(", ">(", "<<<", "pipefail", "&> ", "$'"}, func(sign string) bool {
		return strings.Contains(text, sign)
	}) || strings.HasPrefix(text, "source ") || strings.Contains(text, " source ")
}

// deps imports dependencies.
func (d *dvcReader) deps(s *stage, t *template, deps *value, wdir string) {
	for _, dep := range deps.list() {
		name := t.one(dep)
		switch {
		case name == "":
			d.cannot(s, dep.line, "a dependency of a form that is not known was left out")
		case strings.HasPrefix(name, "ds://"):
			d.cannot(s, dep.line, "dependency %s is a data set of DVC's: let a stage fetch: it, or read its files", name)
		case strings.HasPrefix(name, "remote://") || strings.Contains(name, "://"):
			d.cannot(s, dep.line, "dependency %s lies elsewhere, so that muster does not see it change: fetch it in a stage, or use inputs: [{ref: URL, version: …}]", name)
		default:
			s.reads(relative(wdir, name))
		}
	}
}

// cannot notes what muster.yaml cannot say, in the file at its place and in the output.
func (d *dvcReader) cannot(s *stage, line int, format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	s.comment("%s", text)
	d.add(dvcFile, line, "stage %s: %s", s.name, text)
}

// relative resolves a path of a stage against its folder.
func relative(wdir, name string) string {
	if path.IsAbs(name) {
		return name
	}
	folder := strings.HasSuffix(name, "/")
	name = path.Join(wdir, name)
	if folder {
		name += "/"
	}
	return name
}

// outs imports outs, metrics or plots: paths, each perhaps with options.
func (d *dvcReader) outs(s *stage, t *template, kind string, outs *value, wdir string) {
	for _, out := range outs.list() {
		name, options := t.one(out), &value{}
		if out.isMap() && len(out.keys) > 0 {
			name, options = t.fill(out.keys[0]), out.fields[out.keys[0]]
			if options.isNull() { // options that are indented less stand beside the path
				options = out
				options.keys = options.keys[1:]
			}
		}
		switch {
		case name == "":
			d.cannot(s, out.line, "an entry of %s of a form that is not known was left out", kind)
			continue
		case strings.Contains(name, "://"):
			d.cannot(s, out.line, "output %s lies elsewhere: muster keeps files of the repository only", name)
			continue
		}
		name = relative(wdir, name)
		if kind == "metrics" || slices.Contains(d.metrics, name) {
			d.metric(s, name, out.line)
		} else {
			s.writes(name)
		}
		d.options(s, kind, name, options)
	}
}

// metric takes a file as metrics if muster can read it.
func (d *dvcReader) metric(s *stage, name string, line int) {
	if slices.Contains([]string{".json", ".yaml", ".yml", ".toml", ".csv", ".tsv"}, path.Ext(name)) {
		if !slices.Contains(s.made(), name) {
			s.metrics = append(s.metrics, name)
		}
		return
	}
	s.writes(name)
	d.cannot(s, line, "metrics file %s is an output here: muster reads metrics from JSON, YAML, TOML and CSV", name)
}

// options says what becomes of an output's options.
func (d *dvcReader) options(s *stage, kind, name string, options *value) {
	if options.get("desc").isScalar() {
		s.comment("%s: %s", name, options.get("desc").text)
	}
	if options.get("persist").isTrue() {
		d.cannot(s, options.line, "persist: %s is not there when the stage starts: muster starts each stage from what it declares", name)
	}
	if options.get("checkpoint").isTrue() {
		d.cannot(s, options.line, "checkpoint: %s is kept at the end of the stage only", name)
	}
	if cache := options.get("cache"); cache.isScalar() && !cache.isTrue() {
		s.uncached = append(s.uncached, name)
	}
	for _, key := range options.keys {
		switch key {
		case "cache", "persist", "checkpoint", "desc":
		case "remote", "push":
			d.cannot(s, options.line, "%s: %s: muster pushes no outputs", key, name)
		case "type", "labels", "meta":
			s.comment("%s of %s: %s", key, name, strings.Join(options.get(key).texts(), ", "))
		default:
			if kind != "plots" {
				d.cannot(s, options.line, "option %s of %s is not known, and was left out", key, name)
			}
		}
	}
	if kind == "plots" {
		s.comment("%s is drawn by: dvc plots show", name)
	}
}

// switches imports frozen, always_changed, and keys that are not known.
func (d *dvcReader) switches(s *stage, v *value) {
	if v.get("always_changed").isTrue() {
		d.cannot(s, v.get("always_changed").line, "always_changed: muster runs a stage when something that it declares changed; for once more: muster run --force %s", s.name)
	} else if len(s.inputs) == 0 && v.get("params").kind == 0 && !v.get("frozen").isTrue() {
		d.cannot(s, v.line, "it has no dependencies, so DVC runs it every time; muster runs it again when its command changes")
	}
	if v.get("frozen").isTrue() {
		d.freeze(s, v.get("frozen").line)
	}
	for _, key := range v.keys {
		switch key {
		case "cmd", "wdir", "deps", "params", "outs", "metrics", "plots", "desc", "vars", "frozen", "always_changed", "foreach", "do", "matrix":
		case "meta":
			s.comment("meta is kept in dvc.yaml")
		default:
			d.cannot(s, v.get(key).line, "key %s is not known, and was left out", key)
		}
	}
}

// freeze takes a frozen stage out if what it made is there: then its outputs are
// plain files, as they are for DVC.
func (d *dvcReader) freeze(s *stage, line int) {
	for _, out := range s.made() {
		if !d.has(strings.TrimSuffix(out, "/")) && !d.isDir(out) {
			d.cannot(s, line, "frozen: it runs here, because %s is not there; get it (dvc pull) and remove this stage to keep it as it is", out)
			return
		}
	}
	d.p.stages = d.p.stages[:len(d.p.stages)-1]
	text := fmt.Sprintf("Stage %s is frozen in dvc.yaml, so it is no stage here: its outputs (%s) are files like any other. Its command: %s",
		s.name, strings.Join(s.made(), ", "), s.commandText())
	d.p.comments = append(d.p.comments, printable(text))
	d.add(dvcFile, line, "stage %s is frozen: its outputs are taken as they lie there", s.name)
}

// filledIn says which values of params.yaml are now part of the stage.
func (d *dvcReader) filledIn(s *stage, t *template, line int) {
	if len(t.used) > 0 {
		s.comment("from ${…} in dvc.yaml: %s; muster fills in no values, so a change must be made here too", strings.Join(t.used, ", "))
		d.add(dvcFile, line, "stage %s: the values of ${…} are written out (%s); change them in muster.yaml too", s.name, printable(strings.Join(t.used, ", ")))
	}
	for _, name := range t.unknown {
		d.cannot(s, line, "${%s} is not known here, and stands as it was", name)
	}
}

// topLevel imports what stands beside the stages.
func (d *dvcReader) topLevel(doc *value) {
	for _, key := range doc.keys {
		v := doc.fields[key]
		switch key {
		case "stages", "vars", "metrics":
		case "artifacts":
			d.artifacts(v)
		case "plots":
			d.leftOut(v.line, "plots of dvc.yaml are not imported: draw them with dvc plots show")
		case "params":
			d.leftOut(v.line, "params files that dvc.yaml lists at its top (%s) are read only by stages that name them", strings.Join(v.texts(), ", "))
		case "datasets":
			d.leftOut(v.line, "datasets of dvc.yaml are not imported: let a stage fetch: them")
		default:
			d.leftOut(v.line, "key %s of dvc.yaml is not known, and was left out", key)
		}
	}
	for _, name := range d.metrics {
		made, inside := false, false
		for _, s := range d.p.stages {
			made = made || slices.Contains(s.made(), name)
			inside = inside || slices.ContainsFunc(s.made(), func(out string) bool { return within(name, out) })
		}
		switch {
		case made:
		case inside:
			d.leftOut(doc.get("metrics").line, "metrics file %s lies in an output folder: name it apart (metrics: [%[1]s]) to have muster show it", name)
		default:
			d.leftOut(doc.get("metrics").line, "metrics file %s is no stage's: name it under metrics: of the stage that writes it", name)
		}
	}
}

// leftOut notes what has no stage to stand at.
func (d *dvcReader) leftOut(line int, format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	d.p.comments = append(d.p.comments, strings.ToUpper(text[:1])+text[1:]+".")
	d.add(dvcFile, line, "%s", text)
}

// artifacts takes the model, if one is named.
func (d *dvcReader) artifacts(v *value) {
	for _, name := range v.keys {
		artifact := v.fields[name]
		place := artifact.get("path").text
		isModel := artifact.get("type").text == "model"
		if isModel && d.p.model == "" && place != "" {
			d.p.model = path.Clean(place)
			d.saw("model "+printable(name), dvcFile, artifact.line)
			continue
		}
		d.leftOut(artifact.line, "artifact %s (%s) stays in dvc.yaml: muster keeps models only, and one for each muster.yaml", name, place)
	}
}
