package python

import (
	"encoding/binary"
	"path"
	"strings"
	"sync"
)

// Source is one file of Python of which no more is decoded than is asked for: of most
// files of a large repository, only what the others have to know of them. A nil Source
// is none. It may be used by several goroutines.
type Source struct {
	outline *Module
	module  func() *Module
}

// NewSource makes a file of a module that is there as a whole.
func NewSource(m *Module) *Source { return &Source{m, func() *Module { return m }} }

// AppendSource appends a module in a form that [KeptSource] reads.
func AppendSource(b []byte, m *Module) ([]byte, error) {
	outline, err := m.outline().AppendBinary(nil)
	if err != nil {
		return b, err
	}
	b = append(binary.AppendUvarint(b, uint64(len(outline))), outline...)
	return m.AppendBinary(b)
}

// KeptSource returns a file of what [AppendSource] wrote, which must not be changed
// afterwards. The caller knows that it was not damaged: only its outline is read now.
func KeptSource(data []byte) (*Source, error) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return nil, errBinary
	}
	outline, rest := new(Module), data[n+int(size):]
	if err := outline.UnmarshalBinary(data[n : n+int(size)]); err != nil {
		return nil, err
	}
	return &Source{outline, sync.OnceValue(func() *Module {
		m := new(Module)
		if err := m.UnmarshalBinary(rest); err != nil {
			panic("read a module of which the sum was right: " + err.Error())
		}
		return m
	})}, nil
}

// Module returns all of it; nil for no file.
func (s *Source) Module() *Module {
	if s == nil {
		return nil
	}
	return s.module()
}

// Outline returns what others than the file itself have to know: of Calls, those
// without an argument that names something are there without any argument, and once
// for each function that they stand in. Arguments of functions, fields of classes, and what
// the file compares, asks, binds and keeps are left out. It may be more than that; nil for no file.
func (s *Source) Outline() *Module {
	if s == nil {
		return nil
	}
	return s.outline
}

// Without returns the file as [Module.Without] does the module.
func (s *Source) Without(dead []bool) *Source {
	return &Source{s.outline.Without(dead), sync.OnceValue(func() *Module { return s.module().Without(dead) })}
}

// outline returns what [Source.Outline] says. It shares what it can.
func (m *Module) outline() *Module {
	out := Module{
		Imports: m.Imports, Main: m.Main, Runs: m.Runs, Statements: m.Statements, Refuses: m.Refuses, Cut: m.Cut,
		Routes: m.Routes, Commands: m.Commands, Programs: m.Programs, Installs: m.Installs, Named: m.Named,
	}
	for _, f := range m.Funcs {
		f.Parameters, f.Defaults = nil, nil
		out.Funcs = append(out.Funcs, f)
	}
	for _, c := range m.Classes {
		c.Fields = nil
		out.Classes = append(out.Classes, c)
	}
	type bare struct {
		name      string
		fn        int
		decorator bool
	}
	seen := map[bare]bool{}
	for _, c := range m.Calls {
		if !c.names() {
			key := bare{c.Name, c.Func, c.Decorator}
			if seen[key] {
				continue
			}
			seen[key] = true
			c.Args, c.Receiver, c.On = nil, "", ""
		}
		out.Calls = append(out.Calls, c)
	}
	return &out
}

// IsCommandLine reports whether a text is a command with arguments that leads on
// to files of the project.
func IsCommandLine(text string) bool {
	name, _, more := strings.Cut(text, " ")
	switch path.Base(name) {
	case "python", "python3", "bash", "sh", "make", "dvc", "uv", "poetry", "Rscript", "spark-submit", "snakemake":
		return more
	}
	return false
}

// names reports whether an argument of the call may name a file, a module, a command
// or an attribute.
func (c Call) names() bool {
	switch top, _, _ := strings.Cut(c.Name, "."); top {
	case "getattr", "__import__", "importlib", "subprocess", "os", "asyncio", "runpy":
		return true
	}
	for _, a := range c.Args {
		if len(a.Items) > 0 || a.Name == "command" || a.Name == "entrypoint" || strings.ContainsAny(a.Text, "./") || IsCommandLine(a.Text) || strings.HasSuffix(a.Name, "command") {
			return true
		}
	}
	return strings.HasSuffix(c.Name, "Operator")
}
