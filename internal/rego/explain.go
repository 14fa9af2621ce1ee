package rego

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Evidence is how one element of a rule's set came about.
type Evidence struct {
	// Value is the element as encoding/json decodes it. For a rule that is no set
	// of elements (deny := …) it is nil, and the reads are those of its whole value.
	Value any
	// Path and Line say where the body stands that gave it.
	Path string
	Line int
	// Reads are the places of the input that were read on the way, each once: first
	// those that the rule's own conditions depend on, then those of the rules that it
	// uses, at last those that are only written into the element.
	Reads []Read
}

// Read is one place of the input that an evaluation looked at.
type Read struct {
	// Ref is as Rego writes it, Path the same as keys and indices: "input.comparison[3].verdict".
	Ref  string
	Path []string
	// Value is what stands there as JSON, cut if it is long; empty if there is nothing.
	Value string
	// Aside is true for what no condition depends on: it is only written into the element.
	Aside bool
}

// Explained answers one question with the evidence of every element. Err is as in [Answer].
type Explained struct {
	Question
	Evidence []Evidence
	Err      error
}

// Explain evaluates rules once more, under the same limits as [Policy.Ask], and
// traces which places of the input the successful bodies read: through the rules
// and functions that they use, too. Nothing is guessed from the policy's text: a
// body that was tried and failed leaves nothing. As with Ask there are fewer
// answers than questions if an evaluation does not stop.
func (p *Policy) Explain(ctx context.Context, input any, questions []Question) ([]Explained, error) {
	document, err := inputValue(input)
	if err != nil {
		return nil, fmt.Errorf("encode input of policies: %w", err)
	}
	txn, err := p.store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("read data of policies: %w", err)
	}
	defer p.store.Abort(ctx, txn)
	e := &evaluation{policy: p, txn: txn, input: ast.NewTerm(document)}
	cache := topdown.NewVirtualCache()
	known := newLineage(e.input)
	var all []Explained
	for _, question := range questions {
		explained := e.explain(ctx, question, known, cache)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("explain policies: %w", err)
		}
		all = append(all, explained)
		if IsStuck(explained.Err) {
			break
		}
		if _, limited := errors.AsType[*LimitError](explained.Err); limited {
			cache, known = topdown.NewVirtualCache(), newLineage(e.input)
		}
	}
	return all, nil
}

// explain traces one rule. What the rules share is evaluated once, so what is
// known of it is handed on.
func (e *evaluation) explain(ctx context.Context, question Question, known *lineage, cache topdown.VirtualCache) Explained {
	found := make(chan []Evidence, 1)
	err := newWatch(e.policy.limits).run(ctx, func(cancel topdown.Cancel) error {
		rule, err := ast.ParseRef("data." + question.String())
		if err != nil {
			return err
		}
		tracer := newTracer(known, rule)
		const name = ast.Var("value")
		err = topdown.NewQuery(ast.NewBody(ast.Equality.Expr(ast.NewTerm(name), ast.NewTerm(rule)))).
			WithCompiler(e.policy.compiler).
			WithStore(e.policy.store).
			WithTransaction(e.txn).
			WithInput(e.input).
			WithCancel(cancel).
			WithMetrics(metrics.NoOp()).
			WithStrictBuiltinErrors(true).
			WithVirtualCache(cache).
			WithQueryTracer(tracer).
			Iter(ctx, func(topdown.QueryResult) error { return nil })
		if err != nil {
			return err
		}
		evidence, err := tracer.evidence()
		found <- evidence
		return err
	})
	if err != nil {
		return Explained{Question: question, Err: err}
	}
	return Explained{Question: question, Evidence: <-found}
}

// evidence turns what was found out about the rule's elements into plain values.
func (t *tracer) evidence() ([]Evidence, error) {
	var all []Evidence
	for _, d := range t.asked {
		e := Evidence{Path: d.rule.Location.File, Line: d.rule.Location.Row, Reads: t.known.reads(d)}
		if d.rule.Head.Key != nil && d.value != nil {
			value, err := ast.JSONWithOpt(d.value.Value, ast.JSONOpt{SortSets: true})
			if err != nil {
				return nil, err
			}
			e.Value = value
		}
		all = append(all, e)
	}
	return all, nil
}

// reads collects what an element depends on, nearest first.
func (l *lineage) reads(d *derivation) []Read {
	type place struct {
		ref   ast.Ref
		depth int
		aside bool
	}
	var places []place
	visited := map[*derivation]bool{}
	level := []reached{{d, false}}
	for depth := 0; len(level) > 0 && len(places) < maxReads; depth++ {
		var next []reached
		for _, at := range level {
			if visited[at.derivation] {
				continue
			}
			visited[at.derivation] = true
			for _, found := range at.derivation.found {
				aside := at.aside || found.aside
				if found.place != nil {
					places = append(places, place{found.place, depth, aside})
				}
				for _, used := range found.used {
					next = append(next, reached{used, aside})
				}
			}
		}
		// What a condition depends on comes before what is only written down: a rule
		// that both use is reached by the condition.
		slices.SortStableFunc(next, func(a, b reached) int { return cmp.Compare(order(a.aside), order(b.aside)) })
		level = next
	}
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(order(a.aside), order(b.aside)), cmp.Compare(a.depth, b.depth))
	})
	var reads []Read
	var refs []ast.Ref
	for _, p := range places {
		if covered(p.ref, refs) {
			continue
		}
		refs = append(refs, p.ref)
		reads = append(reads, l.read(p.ref, p.aside))
	}
	return withoutParents(reads, refs)
}

type reached struct {
	derivation *derivation
	aside      bool
}

func order(aside bool) int {
	if aside {
		return 1
	}
	return 0
}

// covered reports whether the place is among those that are there already.
func covered(ref ast.Ref, refs []ast.Ref) bool {
	return slices.ContainsFunc(refs, func(other ast.Ref) bool { return ref.Equal(other) })
}

// withoutParents leaves out a place of which only parts were read: those are there.
func withoutParents(reads []Read, refs []ast.Ref) []Read {
	var kept []Read
	for i, read := range reads {
		inner := slices.ContainsFunc(refs, func(other ast.Ref) bool { return len(other) > len(refs[i]) && other.HasPrefix(refs[i]) })
		if !inner {
			kept = append(kept, read)
		}
	}
	return kept
}

// read looks the place up.
func (l *lineage) read(ref ast.Ref, aside bool) Read {
	read := Read{Ref: ref.String(), Aside: aside}
	for _, part := range ref[1:] {
		if text, ok := part.Value.(ast.String); ok {
			read.Path = append(read.Path, string(text))
		} else {
			read.Path = append(read.Path, part.Value.String())
		}
	}
	if value, err := l.input.Value.Find(ref[1:]); err == nil {
		read.Value = excerpt(value)
	}
	return read
}

// excerpt is a value as JSON, if it is short; of a longer one it says what it is.
func excerpt(value ast.Value) string {
	const longest = 120
	switch value := value.(type) {
	case *ast.Array:
		if textSize(ast.NewTerm(value), longest) > longest {
			return "[… " + strconv.Itoa(value.Len()) + " items]"
		}
	case ast.Object:
		if textSize(ast.NewTerm(value), longest) > longest {
			return "{… " + strconv.Itoa(value.Len()) + " fields}"
		}
	}
	plain, err := ast.JSON(value)
	if err != nil {
		return ""
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return ""
	}
	if runes := []rune(string(text)); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(text)
}
