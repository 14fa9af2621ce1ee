package starter

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// template fills in ${…} as DVC does. It remembers which values it used, and
// which names it did not know.
type template struct {
	scope   *value
	used    []string
	unknown []string
}

// maxFilled bounds how long a text may become by what is filled in.
const maxFilled = 64 << 10

// one returns a scalar with its values filled in, or "" for anything else.
func (t *template) one(v *value) string {
	if !v.isScalar() {
		return ""
	}
	return t.fill(v.text)
}

// whole returns the value that a lone ${…} stands for, of any kind, else v.
func (t *template) whole(v *value) *value {
	if !v.isScalar() {
		return v
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(v.text), "${")
	name, closed := strings.CutSuffix(name, "}")
	if !ok || !closed || strings.ContainsAny(name, "{}") {
		return v
	}
	if found, ok := t.scope.pick(strings.TrimSpace(name)); ok {
		return found.at(v.line)
	}
	t.miss(name)
	return v
}

func (t *template) fill(text string) string { return t.replace(text, scalarText) }

// command fills in a command, where a mapping becomes options: --lr 0.1 --n 5.
func (t *template) command(v *value) string {
	if !v.isScalar() {
		return ""
	}
	return t.replace(v.text, options)
}

// replace walks over the text once: what is filled in is not looked at again.
func (t *template) replace(text string, show func(*value) (string, bool)) string {
	var out strings.Builder
	for out.Len() < maxFilled {
		at := strings.Index(text, "${")
		end := -1
		if at >= 0 {
			end = strings.IndexByte(text[at:], '}')
		}
		if end < 0 {
			break
		}
		name := strings.TrimSpace(text[at+2 : at+end])
		if at > 0 && text[at-1] == '\\' { // \${x} is the shell's
			out.WriteString(text[:at-1] + text[at:at+end+1])
		} else {
			out.WriteString(text[:at] + t.value(name, text[at:at+end+1], show))
		}
		text = text[at+end+1:]
	}
	out.WriteString(text)
	return out.String()
}

func (t *template) value(name, written string, show func(*value) (string, bool)) string {
	found, ok := t.scope.pick(name)
	if !ok {
		t.miss(name)
		return written
	}
	shown, ok := show(found)
	if !ok {
		t.miss(name)
		return written
	}
	if !strings.HasPrefix(name, "item") && !strings.HasPrefix(name, "key") {
		if pair := name + " = " + shown; !slices.Contains(t.used, pair) {
			t.used = append(t.used, pair)
		}
	}
	return shown
}

func (t *template) miss(name string) {
	if !slices.Contains(t.unknown, name) {
		t.unknown = append(t.unknown, name)
	}
}

// scalarText shows a scalar as DVC does: truth values as JSON has them.
func scalarText(v *value) (string, bool) {
	switch {
	case v.isNull():
		return "null", true
	case v.tag == "!!bool":
		return strings.ToLower(v.text), true
	default:
		return v.text, v.isScalar()
	}
}

// options shows a mapping as the options of a command.
func options(v *value) (string, bool) {
	if !v.isMap() {
		return scalarText(v)
	}
	var out []string
	collectOptions(v, "", &out)
	return strings.Join(out, " "), true
}

func collectOptions(v *value, prefix string, out *[]string) {
	for _, key := range v.keys {
		field, name := v.fields[key], prefix+key
		switch {
		case field.isMap():
			collectOptions(field, name+".", out)
		case field.isList():
			*out = append(*out, "--"+name)
			for _, text := range field.texts() {
				*out = append(*out, shellQuoted(text))
			}
		case field.isTrue():
			*out = append(*out, "--"+name)
		case field.tag == "!!bool" || field.isNull():
		default:
			*out = append(*out, "--"+name, shellQuoted(field.text))
		}
	}
}

func shellQuoted(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'"
}

// variables adds to a scope what vars names, after params.yaml, which DVC reads
// of itself.
func (d *dvcReader) variables(vars, scope *value, wdir string) *value {
	out := scope.copied()
	if scope.kind == 0 && d.has(defaultParams) {
		if doc, ok := d.yaml(defaultParams); ok {
			out = out.merged(doc, 0)
		}
	}
	for _, v := range vars.list() {
		switch {
		case v.isMap():
			out = out.merged(v, 0)
		case v.isScalar():
			out = out.merged(d.varsFile(v, wdir), 0)
		}
	}
	return out
}

// varsFile reads "file.yaml" or "file.yaml:key,key".
func (d *dvcReader) varsFile(v *value, wdir string) *value {
	name, keys, some := strings.Cut(v.text, ":")
	name = path.Join(wdir, name)
	if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" && ext != ".json" {
		d.add(dvcFile, v.line, "vars of %s are not read: only YAML and JSON are", printable(name))
		return &value{}
	}
	if !d.has(name) {
		d.add(dvcFile, v.line, "vars: there is no file %s", printable(name))
		return &value{}
	}
	doc, ok := d.yaml(name)
	if !ok {
		return &value{}
	}
	if !some {
		return doc
	}
	out := (&value{}).copied()
	for key := range strings.SplitSeq(keys, ",") {
		if field, ok := doc.fields[strings.TrimSpace(key)]; ok {
			out.set(strings.TrimSpace(key), field)
		}
	}
	return out
}

// foreach imports a loop over a list or a mapping. Over plain values it is a
// matrix; else each turn is a stage.
func (d *dvcReader) foreach(name string, v *value) {
	t := &template{scope: d.globals}
	over, do := t.whole(v.get("foreach")), v.get("do")
	if !do.isMap() || !over.isMap() && !over.isList() {
		d.add(dvcFile, v.line, "foreach of %s is not known, and was left out", printable(name))
		return
	}
	if over.isList() && d.plain(over.items) {
		d.loop(name, do, over, v, []axis{{"item", over.items}})
		return
	}
	for i, item := range over.items {
		key := strconv.Itoa(i)
		if item.isScalar() {
			key = item.text
		}
		d.turn(name, key, do, map[string]*value{"item": item})
	}
	for _, key := range over.keys {
		d.turn(name, key, do, map[string]*value{"item": over.fields[key], "key": textValue(key)})
	}
}

// matrix imports a stage with matrix.
func (d *dvcReader) matrix(name string, v *value) {
	t := &template{scope: d.globals}
	var axes []axis
	plain := true
	for _, key := range v.get("matrix").keys {
		over := t.whole(v.get("matrix", key))
		plain = plain && axisName().MatchString(key) && d.plain(over.items)
		axes = append(axes, axis{key, over.items})
	}
	if len(axes) > 0 && plain {
		d.loop(name, v, v.get("matrix"), v, axes)
		return
	}
	d.turns(name, v, axes, nil, map[string]*value{})
}

// turns makes each combination of the axes a stage.
func (d *dvcReader) turns(name string, v *value, axes []axis, keys []string, items map[string]*value) {
	if len(axes) == 0 {
		item := (&value{}).copied()
		for key, field := range items {
			item.set(key, field)
		}
		d.turn(name, strings.Join(keys, "-"), v, map[string]*value{"item": item, "key": textValue(strings.Join(keys, "-"))})
		return
	}
	for i, field := range axes[0].values {
		key := axes[0].name + strconv.Itoa(i)
		if field.isScalar() {
			key = field.text
		}
		if len(d.p.stages) < maxStages {
			items[axes[0].name] = field
			d.turns(name, v, axes[1:], append(slices.Clip(keys), key), items)
		}
	}
}

// turn makes one turn of a loop a stage.
func (d *dvcReader) turn(name, key string, do *value, items map[string]*value) {
	scope := d.globals.copied()
	for k, v := range items {
		scope.set(k, v)
	}
	if s := d.stage(name+"-"+key, do, scope, nil); s != nil {
		s.comments = slices.DeleteFunc(s.comments, func(c string) bool { return strings.HasPrefix(c, "in DVC: ") })
		s.comment("in DVC: %s@%s", name, key)
	}
}

// plain reports whether the values can be those of a matrix: scalars that may
// be part of a stage's name, each once.
func (d *dvcReader) plain(items []*value) bool {
	seen := map[string]bool{}
	for _, item := range items {
		if !item.isScalar() || seen[item.text] || !matrixValue().MatchString(item.text) {
			return false
		}
		seen[item.text] = true
	}
	return len(items) > 0
}

// loop makes a loop over plain values a stage with a matrix.
func (d *dvcReader) loop(name string, do, over, v *value, axes []axis) {
	count := 1
	for _, a := range axes {
		count = min(count*len(a.values), maxStages+1)
	}
	if count > maxStages {
		d.add(dvcFile, v.line, "%s makes more than %d stages, and was left out", printable(name), maxStages)
		d.p.comments = append(d.p.comments, printable(fmt.Sprintf("%s makes more than %d stages, and was left out.", name, maxStages)))
		return
	}
	item := textValue("${{ matrix.item }}")
	if v.get("matrix").kind != 0 {
		item = (&value{}).copied()
		for _, a := range axes {
			item.set(a.name, textValue(fmt.Sprintf("${{ matrix.%s }}", a.name)))
		}
	}
	scope := d.globals.copied()
	scope.set("item", item)
	scope.set("key", textValue(d.keyOf(axes)))
	if s := d.stage(name, do, scope, axes); s != nil && over.line > 0 {
		s.comment("in DVC: %s@%s and so on; here: %s@%s=…", name, axes[0].values[0].text, s.name, axes[0].name)
	}
}

func (d *dvcReader) keyOf(axes []axis) string {
	var parts []string
	for _, a := range axes {
		parts = append(parts, fmt.Sprintf("${{ matrix.%s }}", a.name))
	}
	return strings.Join(parts, "-")
}
