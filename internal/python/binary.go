package python

import (
	"encoding/binary"
	"errors"
	"sync"
)

// errBinary says that bytes are no module, or one that another program wrote.
var errBinary = errors.New("damaged module")

// AppendBinary appends the module in a form that [Module.UnmarshalBinary] reads:
// its strings, each once, and then numbers. Only the same program reads it.
func (m *Module) AppendBinary(b []byte) ([]byte, error) {
	c := writers.Get().(*coder)
	defer writers.Put(c)
	clear(c.number)
	clear(c.formed)
	c.data, c.table = c.data[:0], c.table[:0]
	c.module(m)
	b = binary.AppendUvarint(b, uint64(len(c.table)))
	for _, s := range c.table {
		b = binary.AppendUvarint(b, uint64(len(s)))
	}
	for _, s := range c.table {
		b = append(b, s...)
	}
	return append(b, c.data...), nil
}

// writers holds coders that have written a module: later ones have their room.
var writers = sync.Pool{New: func() any {
	return &coder{writes: true, number: map[string]uint64{}, formed: map[*Form]uint64{}}
}}

// coders holds coders that have read a module: later ones have their room.
var coders = sync.Pool{New: func() any { return new(coder) }}

// UnmarshalBinary reads what AppendBinary wrote; it keeps nothing of the bytes.
func (m *Module) UnmarshalBinary(data []byte) error {
	c := coders.Get().(*coder)
	defer coders.Put(c)
	c.data, c.bad, c.table, c.numbered = data, false, c.table[:0], c.numbered[:0]
	c.readTable()
	c.module(m)
	c.data = nil
	if c.bad {
		return errBinary
	}
	return nil
}

// readTable reads the strings, which are parts of one.
func (c *coder) readTable() {
	c.sizes = c.sizes[:0]
	all := 0
	for range c.length() {
		size := c.length()
		c.sizes = append(c.sizes, size)
		all += size
	}
	if c.bad || all > len(c.data) {
		c.bad, c.data = true, nil
		return
	}
	text := string(c.data[:all])
	c.data = c.data[all:]
	for _, size := range c.sizes {
		c.table = append(c.table, text[:size])
		text = text[size:]
	}
}

// coder writes a module, or reads one: the same walk over its parts does both.
type coder struct {
	writes bool
	data   []byte
	bad    bool
	last   int // the length that was read last
	table  []string
	sizes  []int // of the strings
	number map[string]uint64

	numbered []*Form // forms in the order in which they come first
	formed   map[*Form]uint64
	forms    slab[Form]
}

func (c *coder) uint(v *uint64) {
	if c.writes {
		c.data = binary.AppendUvarint(c.data, *v)
		return
	}
	if len(c.data) > 0 && c.data[0] < 0x80 { // most are small
		*v, c.data = uint64(c.data[0]), c.data[1:]
		return
	}
	n := 0
	if *v, n = binary.Uvarint(c.data); n <= 0 {
		c.bad, c.data, *v = true, nil, 0
		return
	}
	c.data = c.data[n:]
}

// int writes numbers from -1 on.
func (c *coder) int(v *int) {
	u := uint64(*v + 1)
	c.uint(&u)
	*v = int(u) - 1
}

// rising writes numbers that rise, each as its distance from the one before.
func (c *coder) rising(v *[]uint32) {
	if c.writes {
		n, last := uint64(len(*v)), uint32(0)
		c.uint(&n)
		for _, h := range *v {
			u := uint64(h - last)
			c.uint(&u)
			last = h
		}
		return
	}
	n, last := c.length(), uint32(0)
	*v = make([]uint32, n)
	for i := range *v {
		var u uint64
		c.uint(&u)
		last += uint32(u)
		(*v)[i] = last
	}
}

func (c *coder) bools(flags ...*bool) {
	var u uint64
	if c.writes {
		for i, f := range flags {
			if *f {
				u |= 1 << i
			}
		}
	}
	if c.uint(&u); u == 0 {
		return // a flag that was not read yet is false
	}
	for i, f := range flags {
		*f = u&(1<<i) != 0
	}
}

// length reads how many parts follow, each of which takes a byte at least.
func (c *coder) length() int {
	var u uint64
	c.uint(&u)
	if u > uint64(len(c.data)) {
		c.bad, c.data, u = true, nil, 0
	}
	c.last = int(u)
	return c.last
}

func (c *coder) strings(values ...*string) {
	for _, v := range values {
		c.string(v)
	}
}

func (c *coder) string(v *string) {
	if c.writes {
		u, ok := c.number[*v]
		if !ok {
			u = uint64(len(c.table))
			c.number[*v] = u
			c.table = append(c.table, *v)
		}
		c.uint(&u)
		return
	}
	var u uint64
	if c.uint(&u); u >= uint64(len(c.table)) {
		c.bad = true
		return
	}
	*v = c.table[u]
}

// list writes or reads a list; an empty one is read as nil.
func list[T any](c *coder, values *[]T, each func(*T)) {
	if c.writes {
		u := uint64(len(*values))
		c.uint(&u)
	} else if *values = nil; c.length() > 0 {
		*values = make([]T, c.last)
	}
	for i := range *values {
		if c.bad {
			return
		}
		each(&(*values)[i])
	}
}

func (c *coder) texts(values *[]string) { list(c, values, c.string) }

// pairs writes or reads a map, in no order: what it is read to is the same.
func (c *coder) pairs(values *map[string]string) {
	if c.writes {
		u := uint64(len(*values))
		c.uint(&u)
		for k, v := range *values {
			c.strings(&k, &v)
		}
		return
	}
	n := c.length()
	*values = make(map[string]string, n)
	for range n {
		var k, v string
		c.strings(&k, &v)
		(*values)[k] = v
	}
}

func (c *coder) module(m *Module) {
	list(c, &m.Imports, func(v *Import) {
		c.strings(&v.Module, &v.Name)
		c.int(&v.Level)
		c.int(&v.Line)
		c.bools(&v.Guarded)
	})
	list(c, &m.Calls, c.call)
	list(c, &m.Funcs, c.function)
	list(c, &m.Classes, func(v *Class) {
		c.string(&v.Name)
		c.int(&v.Line)
		c.texts(&v.Bases)
		c.texts(&v.Decorators)
		c.texts(&v.Fields)
	})
	list(c, &m.Compares, func(v *Compare) {
		c.strings(&v.Left, &v.Right)
		c.int(&v.Line)
		c.int(&v.Func)
		c.bools(&v.Branch, &v.Fixed, &v.Idle)
	})
	list(c, &m.Pairs, func(v *Pair) {
		c.strings(&v.Name, &v.Value)
		c.int(&v.Line)
		c.int(&v.Func)
		c.bools(&v.Fixed)
	})
	for _, conditions := range []*[]Condition{&m.Thresholds, &m.Branches} {
		list(c, conditions, func(v *Condition) {
			c.string(&v.Names)
			c.int(&v.Line)
			c.int(&v.Func)
			c.bools(&v.Refuses, &v.Stops)
		})
	}
	c.pairs(&m.Constants)
	c.pairs(&m.Texts)
	c.bools(&m.Main, &m.Runs)
	c.int(&m.Statements)
	c.int(&m.Refuses)
	c.int(&m.Cut)
	c.rising(&m.Named)
	list(c, &m.Routes, func(v *Route) {
		c.string(&v.Text)
		c.int(&v.Line)
		c.int(&v.Func)
	})
	for _, words := range []*[]Word{&m.Names, &m.Keys, &m.Addresses, &m.Commands, &m.Programs, &m.Installs} {
		list(c, words, func(v *Word) {
			c.string(&v.Text)
			c.int(&v.Line)
		})
	}
}

func (c *coder) call(v *Call) {
	c.strings(&v.Name, &v.Receiver, &v.On)
	c.int(&v.Line)
	c.int(&v.Func)
	c.bools(&v.Conditional, &v.Decorator, &v.Guarded, &v.Loop, &v.Twice, &v.Forgiven)
	list(c, &v.Args, c.arg)
}

func (c *coder) function(v *Func) {
	c.strings(&v.Name, &v.Class)
	for _, n := range []*int{&v.Line, &v.Asserts, &v.Parent, &v.Body, &v.Refuses} {
		c.int(n)
	}
	c.texts(&v.Decorators)
	c.texts(&v.Parameters)
	if c.pairs(&v.Defaults); len(v.Defaults) == 0 {
		v.Defaults = nil
	}
}

func (c *coder) arg(v *Arg) {
	c.strings(&v.Name, &v.Value)
	c.bools(&v.Literal)
	c.form(&v.Form)
}

// form writes a form where it comes first, and later its number.
func (c *coder) form(v **Form) {
	if c.writes {
		u, known := c.formed[*v]
		if !known {
			u = uint64(len(c.formed))
			c.formed[*v] = u
		}
		if c.uint(&u); known {
			return
		}
		form := **v
		c.formParts(&form)
		return
	}
	var u uint64
	c.uint(&u)
	switch n := uint64(len(c.numbered)); {
	case u < n:
		*v = c.numbered[u]
		return
	case u > n:
		c.bad = true
	}
	var form Form
	c.formParts(&form)
	*v = &c.forms.copy([]Form{form})[0]
	c.numbered = append(c.numbered, *v)
}

func (c *coder) formParts(v *Form) {
	c.strings(&v.Written, &v.Text)
	c.texts(&v.Items)
	c.texts(&v.Keys)
}
