package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	// maxReads is how many places of the input one element is explained with.
	maxReads = 500
	// maxUsed is how many elements of another rule are followed where a rule uses all of them.
	maxUsed = 50
)

// lineage knows, for values that evaluation comes upon, where in the input they
// stand, and for elements of rules, what they were derived from. OPA hands lists
// and objects of the input on as they are, so that one that is bound to a
// variable is still the very one of the input.
type lineage struct {
	input   *ast.Term
	places  map[ast.Value]ast.Ref
	derived map[string]*derivations
}

// derivations are those of one rule, all in the order found, and by the hash of key or arguments.
type derivations struct {
	all    []*derivation
	hashed map[int][]*derivation
}

// derivation is one success of one body of a rule.
type derivation struct {
	rule *ast.Rule
	// key is the element of a set, the key of an object, or the arguments of a
	// function; nil for a rule with one value.
	key, value *ast.Term
	found      []found
}

// found is a place of the input, or elements of other rules, that a body used.
type found struct {
	place ast.Ref
	used  []*derivation
	// aside is true if no condition depends on it.
	aside bool
}

func newLineage(input *ast.Term) *lineage {
	l := &lineage{input: input, places: map[ast.Value]ast.Ref{}, derived: map[string]*derivations{}}
	l.index(input, ast.Ref{ast.InputRootDocument})
	return l
}

// index notes where every list and object of the input stands.
func (l *lineage) index(term *ast.Term, at ast.Ref) {
	switch value := term.Value.(type) {
	case *ast.Array:
		l.places[value] = at
		for i := range value.Len() {
			l.index(value.Elem(i), at.Append(ast.IntNumberTerm(i)))
		}
	case ast.Object:
		l.places[value] = at
		value.Foreach(func(key, part *ast.Term) { l.index(part, at.Append(key)) })
	}
}

// placeOf says where in the input the value is that a path leads to: the value
// itself, or the nearest part of it on the way that the input has.
func (l *lineage) placeOf(value *ast.Term, path ast.Ref) ast.Ref {
	for i := 0; value != nil; i++ {
		var next *ast.Term
		switch v := value.Value.(type) {
		case *ast.Array:
			if at, ok := l.places[v]; ok {
				return at.Concat(path[i:])
			}
			if i < len(path) {
				next = v.Get(path[i])
			}
		case ast.Object:
			if at, ok := l.places[v]; ok {
				return at.Concat(path[i:])
			}
			if i < len(path) {
				next = v.Get(path[i])
			}
		}
		value = next
	}
	return nil
}

func (l *lineage) add(d *derivation) {
	name := d.rule.Ref().GroundPrefix().String()
	known := l.derived[name]
	if known == nil {
		known = &derivations{hashed: map[int][]*derivation{}}
		l.derived[name] = known
	}
	known.all = append(known.all, d)
	if d.key != nil {
		hash := d.key.Hash()
		known.hashed[hash] = append(known.hashed[hash], d)
	}
}

// with returns how the element was derived; several bodies may give the same.
func (d *derivations) with(key *ast.Term) []*derivation {
	var same []*derivation
	for _, candidate := range d.hashed[key.Hash()] {
		if candidate.key.Equal(key) {
			same = append(same, candidate)
		}
	}
	return same
}

// some returns the first of all derivations.
func (d *derivations) some() []*derivation { return d.all[:min(len(d.all), maxUsed)] }

// tracer follows the evaluation of one rule.
type tracer struct {
	known *lineage
	// question is the rule that was asked for, and asked what is known of its elements.
	question ast.Ref
	asked    []*derivation
	// inner has what comprehensions found, by the query that they belong to and their
	// place; asides the steps of a body that only build the rule's value.
	inner map[uint64]map[string][]found
	// every has the query that an `every` stands in, by the query that goes through its elements.
	every  map[uint64]uint64
	asides map[*ast.Rule]map[*ast.Expr]bool
}

var _ topdown.QueryTracer = (*tracer)(nil)

func newTracer(known *lineage, question ast.Ref) *tracer {
	return &tracer{
		known: known, question: question, inner: map[uint64]map[string][]found{},
		every: map[uint64]uint64{}, asides: map[*ast.Rule]map[*ast.Expr]bool{},
	}
}

func (t *tracer) Enabled() bool { return true }

func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent is told of every step. When a body has succeeded, its variables have
// the values that it succeeded with.
func (t *tracer) TraceEvent(event topdown.Event) {
	if event.Input() != t.known.input {
		return // a policy that asks itself about another input
	}
	switch node := event.Node.(type) {
	case *ast.Rule:
		if event.Op == topdown.ExitOp {
			t.derive(event, node)
		}
	case *ast.Expr:
		if every, ok := node.Terms.(*ast.Every); ok && event.Op == topdown.EnterOp {
			t.every[event.QueryID] = event.ParentID
			t.begin(event.ParentID, every.Body)
		}
	case ast.Body:
		t.closure(event, node)
	}
}

// derive notes what a successful body of a rule used.
func (t *tracer) derive(event topdown.Event, rule *ast.Rule) {
	d := &derivation{rule: rule}
	switch head := rule.Head; {
	case len(head.Args) > 0:
		d.key, d.value = event.Plug(ast.ArrayTerm(head.Args...)), event.Plug(head.Value)
	case head.Key != nil && head.Value == nil:
		d.key = event.Plug(head.Key)
		d.value = d.key
	case head.Value != nil:
		d.value = event.Plug(head.Value)
		if ref := head.Ref(); len(ref) > 1 {
			d.key = event.Plug(ref[len(ref)-1])
		}
	}
	asides := t.asidesOf(rule)
	for _, expr := range rule.Body {
		t.use(event, expr, asides[expr], &d.found)
	}
	t.known.add(d)
	if rule.Ref().GroundPrefix().Equal(t.question) {
		t.asked = append(t.asked, d)
	}
}

// closure notes what a comprehension, or what stands behind every, used: it is
// part of the body that it stands in.
func (t *tracer) closure(event topdown.Event, body ast.Body) {
	parent, inEvery := t.every[event.ParentID]
	if !inEvery {
		parent = event.ParentID
	}
	switch event.Op {
	case topdown.EnterOp:
		if !inEvery {
			t.begin(parent, body)
		}
	case topdown.ExitOp:
		uses := t.inner[parent][placeIn(body)]
		for _, expr := range body {
			if len(uses) < maxReads {
				t.use(event, expr, false, &uses)
			}
		}
		t.begin(parent, body)
		t.inner[parent][placeIn(body)] = uses
	}
}

// begin forgets what a closure found for another value of an outer variable.
func (t *tracer) begin(parent uint64, body ast.Body) {
	if t.inner[parent] == nil {
		t.inner[parent] = map[string][]found{}
	}
	t.inner[parent][placeIn(body)] = nil
}

// placeIn tells the closures of one body apart.
func placeIn(body ast.Body) string {
	if len(body) == 0 || body[0].Location == nil {
		return ""
	}
	return body[0].Location.String() + ":" + body[0].String()
}

// use notes what an expression of a successful body refers to.
func (t *tracer) use(event topdown.Event, expr *ast.Expr, aside bool, into *[]found) {
	add := func(f found) {
		f.aside = f.aside || aside
		*into = append(*into, f)
	}
	visitor := ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case *ast.ArrayComprehension:
			t.nested(event, node.Body, add)
			return true
		case *ast.SetComprehension:
			t.nested(event, node.Body, add)
			return true
		case *ast.ObjectComprehension:
			t.nested(event, node.Body, add)
			return true
		case *ast.Every:
			t.nested(event, node.Body, add)
			return false
		case ast.Ref:
			t.ref(event, node, add)
			return true
		}
		return false
	})
	if !expr.IsCall() {
		visitor.Walk(expr.Terms)
		return
	}
	t.call(event, expr, add)
	for _, operand := range expr.Operands() {
		visitor.Walk(operand)
	}
}

// nested adds what a closure of this body found.
func (t *tracer) nested(event topdown.Event, body ast.Body, add func(found)) {
	for _, f := range t.inner[event.QueryID][placeIn(body)] {
		add(f)
	}
}

// call follows a function into the body that gave its value, and tells which
// field object.get looked at.
func (t *tracer) call(event topdown.Event, expr *ast.Expr, add func(found)) {
	operator, operands := expr.Operator(), expr.Operands()
	if operator.Equal(ast.ObjectGet.Ref()) && len(operands) >= 2 {
		t.field(event.Plug(operands[0]), event.Plug(operands[1]), add)
		return
	}
	known := t.known.derived[operator.String()]
	if known == nil || len(known.all) == 0 {
		return
	}
	args := len(known.all[0].rule.Head.Args)
	if args > len(operands) {
		return
	}
	if used := known.with(event.Plug(ast.ArrayTerm(operands[:args]...))); len(used) > 0 {
		add(found{used: used})
	}
}

// field is what object.get(object, key, default) looks at; a key may be a path.
func (t *tracer) field(object, key *ast.Term, add func(found)) {
	path := ast.Ref{key}
	if steps, ok := key.Value.(*ast.Array); ok {
		path = nil
		steps.Foreach(func(step *ast.Term) { path = append(path, step) })
	}
	if place := t.known.placeOf(object, path); place != nil && place.IsGround() {
		add(found{place: place})
	}
}

// ref says what a reference leads to: a place of the input, by name or by way of a
// variable that is bound to a part of it, or an element of another rule.
func (t *tracer) ref(event topdown.Event, ref ast.Ref, add func(found)) {
	plugged := make(ast.Ref, len(ref))
	for i, part := range ref {
		plugged[i] = part
		if i > 0 || !isRoot(part) {
			plugged[i] = event.Plug(part)
		}
	}
	ground := groundPart(plugged)
	switch {
	case plugged[0].Equal(ast.InputRootDocument):
		if len(ground) > 1 {
			add(found{place: ground})
		}
	case plugged[0].Equal(ast.DefaultRootDocument):
		t.rule(plugged, ground, add)
	default:
		if place := t.known.placeOf(plugged[0], ground[1:]); place != nil {
			add(found{place: place})
		}
	}
}

// rule finds the elements of another rule that a reference leads to.
func (t *tracer) rule(ref, ground ast.Ref, add func(found)) {
	for end := len(ground); end > 1; end-- {
		known := t.known.derived[ground[:end].String()]
		if known == nil {
			continue
		}
		if len(known.all) > 0 && known.all[0].key == nil { // one value
			add(found{used: known.some()})
			if place := t.known.placeOf(known.all[0].value, ground[end:]); place != nil {
				add(found{place: place})
			}
			return
		}
		if end == len(ground) { // the whole set
			add(found{used: known.some()})
			return
		}
		add(found{used: known.with(ref[end])})
		if place := t.known.placeOf(known.valueOf(ref[end]), ground[end+1:]); place != nil {
			add(found{place: place})
		}
		return
	}
}

// valueOf is what the rule has for a key.
func (d *derivations) valueOf(key *ast.Term) *ast.Term {
	for _, one := range d.with(key) {
		return one.value
	}
	return nil
}

func isRoot(term *ast.Term) bool {
	return term.Equal(ast.InputRootDocument) || term.Equal(ast.DefaultRootDocument)
}

// groundPart is a reference up to the first variable that has no value.
func groundPart(ref ast.Ref) ast.Ref {
	for i, part := range ref {
		if i > 0 && !part.IsGround() {
			return ref[:i]
		}
	}
	return ref
}
