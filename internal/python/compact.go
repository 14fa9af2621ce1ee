package python

import "strings"

// interned keeps one copy of each short string, for as long as there is room.
type interned struct {
	of     map[string]string
	buffer []byte
}

// maxInterned bounds the strings of one table, and maxShort what is worth a look
// whether it is there already.
const (
	maxInterned = 1 << 16
	maxShort    = 64
)

// dot is the name of an attribute: "a.b".
func (n *interned) dot(owner, name string) string {
	n.buffer = append(append(append(n.buffer[:0], owner...), '.'), name...)
	return n.look()
}

func (n *interned) concat(a, b string) string {
	n.buffer = append(append(n.buffer[:0], a...), b...)
	return n.look()
}

// copy is a string that holds nothing of the file's source.
func (n *interned) copy(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxShort {
		return strings.Clone(s)
	}
	if same, ok := n.of[s]; ok {
		return same
	}
	return n.add(strings.Clone(s))
}

func (n *interned) look() string {
	if same, ok := n.of[string(n.buffer)]; ok {
		return same
	}
	s := string(n.buffer)
	if len(s) > 2*maxName {
		return s
	}
	return n.add(s)
}

func (n *interned) add(s string) string {
	if n.of == nil {
		n.of = map[string]string{}
	}
	if len(n.of) >= maxInterned {
		clear(n.of)
	}
	n.of[s] = s
	return s
}

// forms keeps one copy of each form without lists.
type forms struct {
	of   map[[2]string]*Form
	slab slab[Form]
}

// shared returns the form, whose strings are kept.
func (f *forms) shared(kept *interned, form Form) *Form {
	form.Written, form.Text = kept.copy(form.Written), kept.copy(form.Text)
	if len(form.Items) > 0 || len(form.Keys) > 0 {
		form.Items, form.Keys = kept.copyList(form.Items), kept.copyList(form.Keys)
		return &f.slab.copy([]Form{form})[0]
	}
	key := [2]string{form.Written, form.Text}
	if same, ok := f.of[key]; ok {
		return same
	}
	if f.of == nil || len(f.of) >= maxInterned {
		f.of = map[[2]string]*Form{}
	}
	f.of[key] = &Form{Written: form.Written, Text: form.Text}
	return f.of[key]
}

func (n *interned) copyList(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = n.copy(s)
	}
	return out
}

// slab hands out parts of larger pieces of memory, none of which is given twice.
type slab[T any] struct{ free []T }

// copy returns a copy of values that has no room for more; nil for none.
func (s *slab[T]) copy(values []T) []T {
	const most = 128
	n := len(values)
	switch {
	case n == 0:
		return nil
	case n > most/4:
		return append(make([]T, 0, n), values...)
	case n > len(s.free):
		s.free = make([]T, most)
	}
	part := s.free[:n:n]
	s.free = s.free[n:]
	copy(part, values)
	return part
}

// slabs are for what the parts of modules are made of.
type slabs struct{ args slab[Arg] }

// compact returns a copy of the module that takes no more room than it must, and
// holds nothing of the source.
func (r *reader) compact() *Module {
	m := r.mod
	m.Imports, m.Calls, m.Funcs, m.Classes = exact(m.Imports), exact(m.Calls), exact(m.Funcs), exact(m.Classes)
	m.Compares, m.Pairs, m.Thresholds, m.Branches = exact(m.Compares), exact(m.Pairs), exact(m.Thresholds), exact(m.Branches)
	m.Names, m.Keys, m.Addresses, m.Commands = exact(r.nameWords.list), exact(r.keyWords.list), exact(r.addresses.list), exact(r.commands.list)
	m.Programs, m.Installs, m.Routes, m.Named = exact(r.programs.list), exact(r.installs.list), exact(m.Routes), r.named.sorted()
	texts := map[string]string{}
	for key, text := range r.texts {
		if key.fn < 0 && text != unknown {
			texts[key.name] = text
		}
	}
	m.Constants, m.Texts = r.strings.copyMap(m.Constants), r.strings.copyMap(texts)
	m.eachString(r.strings.copy)
	return &m
}

func exact[T any](values []T) []T { return append([]T(nil), values...) }

func (n *interned) copyMap(values map[string]string) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[n.copy(k)] = n.copy(v)
	}
	return out
}

// eachString replaces each string of the module but those of Constants and Texts,
// and of the forms of arguments.
func (m *Module) eachString(of func(string) string) {
	each := func(values []string) {
		for i, v := range values {
			values[i] = of(v)
		}
	}
	for i := range m.Imports {
		v := &m.Imports[i]
		v.Module, v.Name = of(v.Module), of(v.Name)
	}
	for i := range m.Calls {
		v := &m.Calls[i]
		v.Name, v.Receiver, v.On = of(v.Name), of(v.Receiver), of(v.On)
		for j := range v.Args {
			a := &v.Args[j]
			a.Name, a.Value = of(a.Name), of(a.Value)
		}
	}
	for i := range m.Funcs {
		v := &m.Funcs[i]
		v.Name, v.Class = of(v.Name), of(v.Class)
		each(v.Decorators)
		each(v.Parameters)
		if v.Defaults != nil {
			defaults := make(map[string]string, len(v.Defaults))
			for name, text := range v.Defaults {
				defaults[of(name)] = of(text)
			}
			v.Defaults = defaults
		}
	}
	for i := range m.Classes {
		v := &m.Classes[i]
		v.Name = of(v.Name)
		each(v.Bases)
		each(v.Decorators)
		each(v.Fields)
	}
	m.eachName(of)
}

// eachName replaces the names of what the module compares, asks, writes and binds.
func (m *Module) eachName(of func(string) string) {
	for i := range m.Compares {
		v := &m.Compares[i]
		v.Left, v.Right = of(v.Left), of(v.Right)
	}
	for i := range m.Pairs {
		v := &m.Pairs[i]
		v.Name, v.Value = of(v.Name), of(v.Value)
	}
	for _, list := range [][]Condition{m.Thresholds, m.Branches} {
		for i := range list {
			list[i].Names = of(list[i].Names)
		}
	}
	for _, list := range [][]Word{m.Names, m.Keys, m.Addresses, m.Commands, m.Programs, m.Installs} {
		for i := range list {
			list[i].Text = of(list[i].Text)
		}
	}
	for i := range m.Routes {
		m.Routes[i].Text = of(m.Routes[i].Text)
	}
}
