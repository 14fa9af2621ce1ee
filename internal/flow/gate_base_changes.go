package flow

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// noteChanges lists what of the ruler the change edits: what its words say, and
// what went into measuring. Formatting and comments are no change.
func (t *trial) noteChanges(g Gate, measured stages.Measured) {
	was, is := t.ruler, g.ownRuler(t.run)
	t.changes = append(t.changes, wordChanges(g.Project.File, was.config, is.config)...)
	t.changes = append(t.changes, fileChanges(was, is)...)
	if candidate := t.run.Candidate; candidate.RulerKey != measured.RulerKey {
		t.changes = append(t.changes, stageChanges(g.Project.File, t.ruler.config, measured.Stages, t.run.Stages)...)
		if len(t.changes) == 0 {
			t.changes = []result.Difference{{Kind: "ruler", Path: g.Project.File, Name: "the definition of what evaluates"}}
		}
	}
}

// judgeChanges says whether the change may edit its ruler: not along with the model.
func (t *trial) judgeChanges() {
	if len(t.changes) == 0 {
		return
	}
	what := edits(t.changes)
	switch {
	case t.receipt.Anew != "":
		t.note("ruler-changed", "this change edits what measures and judges (%s), and nothing of it is executed here, so that nobody knows what its own would say; it was judged by %s", what, t.ruler.from)
	case t.champion == nil:
		t.note("ruler-renewed", "this change edits what measures and judges (%s), and there is no champion yet; it was judged by %s", what, t.ruler.from)
	case madeAlike(t.champion.Model, *t.run.Candidate):
		t.note("ruler-renewed", "this change edits what measures and judges (%s), and the model is the champion; it was judged by %s", what, t.ruler.from)
	default:
		t.note("ruler-changed", "this change edits what measures and judges (%s), and the model is another one than %s; change one of them at a time, or bring the branch up to date with %s if it did not edit them", what, t.champion.Version, t.ruler.from)
	}
}

// madeAlike reports whether two models are the same bytes, or were made the same way:
// the same output of the same training.
func madeAlike(a, b result.Model) bool {
	return a.Digest == b.Digest || (a.TrainingKey != "" && a.TrainingKey == b.TrainingKey && a.Path == b.Path)
}

// edits names what changed, the first few of it.
func edits(changes []result.Difference) string {
	var parts []string
	for _, c := range changes {
		if part := describe(c); !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return firstOf(parts, 4)
}

// describe is one change in words: "muster.yaml: gate.metrics.roc_auc.margin 0.01 → 0.5".
func describe(c result.Difference) string {
	text := strings.TrimPrefix(c.Path+": "+c.Name, ": ")
	if c.Name == "" {
		text = c.Path
	}
	switch {
	case c.From != nil && c.To != nil:
		text += fmt.Sprintf(" %s → %s", brief(*c.From), brief(*c.To))
	case c.From != nil:
		text += " is gone"
	case c.To != nil:
		text += " is new"
	}
	return text
}

func brief(value string) string {
	const most = 40
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return value
}

// wordChanges compares what the two files say of gate, registry and predictions.
func wordChanges(file string, was, is *config.Config) []result.Difference {
	var out []result.Difference
	add := func(name string, a, b any) {
		for _, c := range leaves(name, plain(a), plain(b), snake) {
			c.Kind, c.Path = "ruler", file
			out = append(out, c)
		}
	}
	add("gate", gateWords(was.Gate), gateWords(is.Gate))
	add("registry", was.Registry, is.Registry)
	add("predictions", stages.PredictionColumns(was), stages.PredictionColumns(is))
	return out
}

// gateWords are the gate section with its metrics by name: their order says nothing.
func gateWords(gate *config.Gate) any {
	if gate == nil {
		return nil
	}
	words, ok := plain(gate).(map[string]any)
	if !ok {
		return nil
	}
	metrics := map[string]any{}
	for _, m := range gate.Metrics {
		metrics[m.Name] = plain(m)
	}
	words["Metrics"] = metrics
	return words
}

// plain is a value as JSON has it.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error() // a number that JSON cannot say; the schema refuses it
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		return err.Error()
	}
	return out
}

// leaves lists the places at which two values differ. Spell is how muster.yaml writes a name.
func leaves(name string, was, is any, spell func(string) string) []result.Difference {
	a, isA := was.(map[string]any)
	b, isB := is.(map[string]any)
	if (!isA && was != nil) || (!isB && is != nil) || (!isA && !isB) {
		return leaf(name, was, is)
	}
	names := maps.Clone(a)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, b)
	var out []result.Difference
	for _, key := range slices.Sorted(maps.Keys(names)) {
		out = append(out, leaves(name+"."+spell(key), a[key], b[key], spell)...)
	}
	return out
}

func leaf(name string, was, is any) []result.Difference {
	from, to := inWords(was), inWords(is)
	if from == nil && to == nil || from != nil && to != nil && *from == *to {
		return nil
	}
	return []result.Difference{{Name: name, From: from, To: to}}
}

// inWords is a value in a sentence, or nil for one that says nothing.
func inWords(v any) *string {
	if v == nil || v == "" || v == false || v == 0.0 {
		return nil
	}
	if list, ok := v.([]any); ok && len(list) == 0 {
		return nil
	}
	text := fmt.Sprint(v)
	if data, err := json.Marshal(v); err == nil && text != v {
		text = string(data)
	}
	return &text
}

// snake is the name of a Go field as muster.yaml writes it.
func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && unicode.IsLower(rune(name[i-1])) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// fileChanges compares the files that the gate section and the registry name.
func fileChanges(was, is ruler) []result.Difference {
	names := map[string]bool{}
	for _, r := range []ruler{was, is} {
		for _, name := range r.files() {
			names[name] = true
		}
	}
	var out []result.Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, after := was.content(name), is.content(name)
		if !bytes.Equal(before, after) {
			c := result.Difference{Kind: "ruler", Path: name}
			if before == nil {
				c.To = new("")
			}
			if after == nil {
				c.From = new("")
			}
			out = append(out, c)
		}
	}
	return out
}

// files lists the files of the ruler that no stage reads.
func (r ruler) files() []string {
	gate := r.config.Gate
	if gate == nil {
		return nil
	}
	out := []string{gate.Waivers, gate.Policies.Bundle, gate.Policies.Key, gate.Holdout.Audit}
	if gate.Labels != nil && makerOf(r.config, path.Clean(gate.Labels.Path)) == "" { // what makes them is compared
		out = append(out, gate.Labels.Path)
	}
	if gate.Baseline != nil && gate.Baseline.Ref == "" {
		out = append(out, gate.Baseline.Path)
	}
	out = append(append(out, r.config.Registry.Keys...), r.policyFiles()...)
	return slices.DeleteFunc(out, func(name string) bool { return name == "" || strings.Contains(name, "://") })
}

// policyFiles are those of the policies' folder that decide: a test does not.
func (r ruler) policyFiles() []string {
	dir := r.config.Gate.Policies.Path
	if dir == "" {
		return nil
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	var out []string
	_ = fs.WalkDir(root.FS(), path.Clean(dir), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(name, "_test.rego") {
			out = append(out, name)
		}
		return nil // what cannot be read is there on one side only, and so a change
	})
	return out
}

// maxWords bounds what is compared by what it says; a larger file is compared byte by byte.
const maxWords = 4 << 20

// content is what a file of the ruler says, without what is only formatting, or
// its digest; nil if it cannot be read.
func (r ruler) content(name string) []byte {
	file, err := r.open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	if info.Size() <= maxWords {
		data, err := io.ReadAll(io.LimitReader(file, maxWords))
		if err != nil {
			return nil
		}
		return withoutFormat(name, data)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return nil
	}
	return sum.Sum(nil)
}

// withoutFormat leaves out of Rego and YAML what says nothing. What cannot be parsed stays as it is.
func withoutFormat(name string, data []byte) []byte {
	switch filepath.Ext(name) {
	case ".rego":
		if text, err := rego.Canonical(name, data); err == nil {
			return []byte(text)
		}
	case ".yaml", ".yml":
		var value any
		if err := yaml.Unmarshal(data, &value); err == nil {
			if text, err := yaml.Marshal(value); err == nil {
				return text
			}
		}
	}
	return append([]byte{}, data...) // an empty file is not a missing one
}

// stageChanges compares what measured at the base with what measured in the
// change. What a stage made is left out: what it was made from says more.
func stageChanges(file string, cfg *config.Config, was, is []result.Stage) []result.Difference {
	var out []result.Difference
	for _, before := range was {
		i := slices.IndexFunc(is, func(s result.Stage) bool { return s.Name == before.Name })
		if i < 0 {
			out = append(out, result.Difference{Kind: "ruler", Path: file, Name: "stage " + before.Name, From: new("")})
			continue
		}
		out = append(out, recordChanges(file, cfg, before, is[i])...)
	}
	return out
}

func recordChanges(file string, cfg *config.Config, was, is result.Stage) []result.Difference {
	var out []result.Difference
	words := func(name string, a, b any) {
		for _, c := range leaves("stages."+was.Name+"."+name, plain(a), plain(b), strings.Clone) {
			c.Kind, c.Path = "ruler", file
			out = append(out, c)
		}
	}
	words("run", was.Command, is.Command)
	words("image", cmp.Or(was.ImageID, was.Image), cmp.Or(is.ImageID, is.Image))
	words("params", was.Params, is.Params)
	words("env", was.Env, is.Env)
	words("refs", was.Refs, is.Refs)
	if len(out) == 0 && was.Definition != is.Definition {
		out = append(out, result.Difference{Kind: "ruler", Path: file, Name: "the definition of stage " + was.Name})
	}
	return append(out, inputChanges(cfg, was.Inputs, is.Inputs)...)
}

// inputChanges compares files by content, without those that stages make.
func inputChanges(cfg *config.Config, was, is []result.File) []result.Difference {
	before, after := map[string]string{}, map[string]string{}
	for to, files := range map[*map[string]string][]result.File{&before: was, &after: is} {
		for _, f := range files {
			if makerOf(cfg, f.Path) == "" {
				(*to)[f.Path] = fmt.Sprint(f.SHA256, f.Executable)
			}
		}
	}
	names := maps.Clone(before)
	maps.Copy(names, after)
	var out []result.Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, had := before[name]
		b, has := after[name]
		c := result.Difference{Kind: "ruler", Path: name}
		switch {
		case !had:
			c.To = new("")
		case !has:
			c.From = new("")
		case a == b:
			continue
		}
		out = append(out, c)
	}
	return out
}
