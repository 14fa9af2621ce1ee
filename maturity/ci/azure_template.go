package ci

import (
	"maps"
	"path"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

var (
	templateParameter = regexp.MustCompile(`^\$\{\{\s*parameters\.([\w-]+)\s*\}\}$`)
	templateValue     = regexp.MustCompile(`\$\{\{\s*(parameters|variables)(?:\.([\w-]+)|\['([^']+)'\])\s*\}\}`)
	templateEqual     = regexp.MustCompile(`^\$\{\{\s*if\s+eq\(\s*parameters\.([\w-]+)\s*,\s*'?([\w-]*)'?\s*\)\s*\}\}$`)
)

// template reads a local template: relative to the file, or from the root if
// it begins with a slash.
func (a *azure) template(use yamldoc.Value, file string, depth int, read func(yamldoc.Value, string)) {
	name := strings.TrimSuffix(a.text(use.Get("template").Text()), "@self")
	if strings.Contains(name, "@") {
		a.pipeline.Remote = append(a.pipeline.Remote, Remote{use.Line(), "the template " + name + " lies elsewhere"})
		return
	}
	at := path.Join(path.Dir(file), name)
	if after, ok := strings.CutPrefix(name, "/"); ok {
		at = after
	}
	if depth >= maxTemplates || a.read >= maxIncluded || a.size >= maxFile {
		return
	}
	t := a.parsed(at)
	if !t.doc.Exists() {
		return
	}
	a.read++
	a.size += t.size
	a.included[at] = true
	outer := a.params
	a.params = defaults(t.doc, a.given(use))
	read(t.doc, at)
	a.params = outer
}

// azureTemplate is a file that was parsed, and its size in bytes.
type azureTemplate struct {
	doc  yamldoc.Value
	size int
}

// parsed is a template, which is parsed once however often it is used.
func (a *azure) parsed(at string) azureTemplate {
	t, known := a.templates[at]
	if known {
		return t
	}
	if data, ok := a.opts.include(at); ok && len(data) <= maxFile {
		if docs, err := yamldoc.Read(data); err == nil && len(docs) > 0 {
			t = azureTemplate{docs[0], len(data)}
		}
	}
	a.templates[at] = t
	return t
}

// maxIncluded bounds how many templates one pipeline reads; together they may be as
// large as a file.
const maxIncluded = 200

// given are the parameters that a template is used with.
func (a *azure) given(use yamldoc.Value) map[string]yamldoc.Value {
	out := map[string]yamldoc.Value{}
	for _, e := range use.Get("parameters").Entries() {
		out[e.Key] = e.Value
		if m := templateParameter.FindStringSubmatch(e.Value.Text()); m != nil {
			out[e.Key] = a.params[m[1]]
		}
	}
	return out
}

// defaults are the parameters of a template: what it was given, else the
// defaults that it states itself, as a map or as a list.
func defaults(doc yamldoc.Value, given map[string]yamldoc.Value) map[string]yamldoc.Value {
	out := map[string]yamldoc.Value{}
	for _, e := range doc.Get("parameters").Entries() {
		out[e.Key] = e.Value
	}
	for _, p := range doc.Get("parameters").Items() {
		out[p.Get("name").Text()] = p.Get("default")
	}
	maps.Copy(out, given)
	return out
}

// extends reads the template that the whole pipeline is made from.
func (a *azure) extends(doc yamldoc.Value, file string) {
	v := doc.Get("extends")
	if v.Get("template").Exists() {
		a.template(v, file, 0, func(inner yamldoc.Value, at string) {
			a.part(inner, at, Job{ID: "steps", Line: 1, Triggers: a.pipeline.Triggers}, 1)
		})
	}
}

// flat takes the items out of the ${{ if }} and ${{ each }} around them, and puts
// in the lists that a template was given.
func (a *azure) flat(v yamldoc.Value, depth int) []yamldoc.Value {
	if depth == 0 {
		return nil
	}
	if m := templateParameter.FindStringSubmatch(v.Text()); m != nil {
		return a.flat(a.params[m[1]], depth-1)
	}
	var out []yamldoc.Value
	for _, item := range v.Items() {
		if !a.opts.Budget.take(perStep) {
			break
		}
		if m := templateParameter.FindStringSubmatch(item.Text()); m != nil {
			out = append(out, a.flat(a.params[m[1]], depth-1)...)
			continue
		}
		entries := item.Entries()
		if len(entries) == 0 || !strings.HasPrefix(entries[0].Key, "${{") {
			out = append(out, item)
			continue
		}
		for _, e := range entries {
			if a.mayHold(e.Key) {
				out = append(out, a.flat(e.Value, depth-1)...)
			}
		}
	}
	return out
}

// mayHold reports whether a condition of a template can hold: one that a
// parameter's value decides is decided.
func (a *azure) mayHold(key string) bool {
	m := templateEqual.FindStringSubmatch(key)
	if m == nil {
		return true
	}
	have, ok := a.params[m[1]]
	return !ok || have.Text() == "" || strings.Contains(have.Text(), "${{") || strings.EqualFold(have.Text(), m[2])
}

// text puts the values of parameters and variables into a text.
func (a *azure) text(s string) string {
	if !strings.Contains(s, "${{") {
		return s
	}
	s = Replaced(templateValue, s, func(m string) string {
		parts := templateValue.FindStringSubmatch(m)
		name := parts[2] + parts[3]
		value := a.env[name]
		if parts[1] == "parameters" {
			value = a.params[name].Text()
		}
		if value == "" || strings.Contains(value, "${{") {
			return Unknown
		}
		return value
	})
	return expression.ReplaceAllString(s, Unknown)
}
