package rego

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// maxAnswer is how large the value of a rule may be, in bytes as JSON.
const maxAnswer = 16 << 20

// Question asks for the value of one rule of a package.
type Question struct {
	Package Package
	Rule    string
}

// String is the rule as Rego names it, without data: "acme.size.deny".
func (q Question) String() string { return q.Package.Name + "." + q.Rule }

// plain names need no parser to be told apart.
//
//nolint:gochecknoglobals // nobody changes it
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

func (q Question) ref() (ast.Ref, error) {
	name := q.String()
	if !plain.MatchString(name) {
		return ast.ParseRef("data." + name)
	}
	ref := ast.DefaultRootRef.Copy()
	for part := range strings.SplitSeq(name, ".") {
		ref = append(ref, ast.StringTerm(part))
	}
	return ref, nil
}

// Answer is the value of a rule. Defined is false if it has none; Err is not
// nil if the rule conflicts with itself, calls a built-in wrongly, or takes
// more than its limits, which is a [LimitError].
type Answer struct {
	Question
	Value   any
	Defined bool
	Err     error
}

// Input is a document that was parsed once, and may be asked about several times.
type Input struct{ document *ast.Term }

// ParseInput parses an input. It crosses as JSON, so that what cannot be written
// down (NaN) is an error.
func ParseInput(input any) (Input, error) {
	if parsed, ok := input.(Input); ok {
		return parsed, nil
	}
	document, err := inputValue(input)
	if err != nil {
		return Input{}, fmt.Errorf("encode input of policies: %w", err)
	}
	return Input{ast.NewTerm(document)}, nil
}

// Ask answers questions about one input, an [Input] or what [ParseInput] makes
// one of. As many rules are evaluated at once as there are processors; what they
// share is computed once by each of these. An evaluation that does not stop when it is
// told to ends the answers: there are fewer than questions then, the last with a
// [LimitError]. The error of Ask itself is the input's or the context's.
func (p *Policy) Ask(ctx context.Context, input any, questions []Question) ([]Answer, error) {
	parsed, err := ParseInput(input)
	if err != nil {
		return nil, err
	}
	txn, err := p.store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("read data of policies: %w", err)
	}
	defer p.store.Abort(ctx, txn)
	e := &evaluation{policy: p, txn: txn, input: parsed.document}
	answers := e.together(ctx, questions)
	for i := range answers {
		// Memory is the process's: who was beside one that took too much is asked again, alone.
		if limit, ok := errors.AsType[*LimitError](answers[i].Err); ok && limit.Memory && !limit.Stuck && ctx.Err() == nil {
			answers[i] = e.answer(ctx, questions[i], topdown.NewVirtualCache())
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("evaluate policies: %w", err)
	}
	return untilStuck(answers), nil
}

// together answers questions by as many workers as there are processors. The
// answers end where one got stuck: it takes memory from all that come after it.
func (e *evaluation) together(ctx context.Context, questions []Question) []Answer {
	answers := make([]Answer, len(questions))
	var next, end atomic.Int64
	end.Store(int64(len(questions)))
	work := func() {
		cache := topdown.NewVirtualCache()
		for i := next.Add(1) - 1; i < end.Load() && ctx.Err() == nil; i = next.Add(1) - 1 {
			answers[i] = e.answer(ctx, questions[i], cache)
			if IsStuck(answers[i].Err) {
				end.Store(i + 1)
			}
			if _, limited := errors.AsType[*LimitError](answers[i].Err); limited {
				cache = topdown.NewVirtualCache() // what was too large may lie in it
			}
		}
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(questions)) {
		workers.Go(work)
	}
	workers.Wait()
	return answers[:min(end.Load(), next.Load())]
}

// untilStuck leaves out what comes after an evaluation that is still going on.
func untilStuck(answers []Answer) []Answer {
	for i, answer := range answers {
		if IsStuck(answer.Err) {
			return answers[:i+1]
		}
	}
	return answers
}

// Eval asks for one rule alone, by the name of its package without data.
func (p *Policy) Eval(ctx context.Context, pkg, rule string, input any) (value any, defined bool, err error) {
	answers, err := p.Ask(ctx, input, []Question{{Package: Package{Name: pkg}, Rule: rule}})
	if err != nil {
		return nil, false, err
	}
	return answers[0].Value, answers[0].Defined, answers[0].Err
}

// evaluation is what the rules of one decision share.
type evaluation struct {
	policy *Policy
	txn    storage.Transaction
	input  *ast.Term
}

func (e *evaluation) answer(ctx context.Context, question Question, cache topdown.VirtualCache) Answer {
	answer := Answer{Question: question}
	var value *ast.Term
	// What a stuck evaluation still writes must not be read, so it gets variables of its own.
	found := make(chan *ast.Term, 1)
	err := newWatch(e.policy.limits).run(ctx, func(cancel topdown.Cancel) error {
		value, err := e.value(ctx, question, cache, cancel)
		found <- value
		return err
	})
	if err != nil {
		answer.Err = err
		return answer
	}
	if value = <-found; value == nil {
		return answer
	}
	answer.Defined = true
	if textSize(value, maxAnswer) > maxAnswer {
		answer.Err = fmt.Errorf("its value is larger than %d MiB", maxAnswer>>20)
		return answer
	}
	answer.Value, answer.Err = ast.JSONWithOpt(value.Value, ast.JSONOpt{SortSets: true})
	return answer
}

// value evaluates one rule; nil means that it is undefined.
func (e *evaluation) value(ctx context.Context, question Question, cache topdown.VirtualCache, cancel topdown.Cancel) (*ast.Term, error) {
	rule, err := question.ref()
	if err != nil {
		return nil, err
	}
	const name = ast.Var("value")
	query := topdown.NewQuery(ast.NewBody(ast.Equality.Expr(ast.NewTerm(name), ast.NewTerm(rule)))).
		WithCompiler(e.policy.compiler).
		WithStore(e.policy.store).
		WithTransaction(e.txn).
		WithInput(e.input).
		WithCancel(cancel).
		WithMetrics(metrics.NoOp()).
		WithStrictBuiltinErrors(true).
		WithVirtualCache(cache)
	var value *ast.Term
	err = query.Iter(ctx, func(result topdown.QueryResult) error {
		value = result[name]
		return nil
	})
	return value, err
}

func inputValue(input any) (ast.Value, error) {
	data, ok := input.(json.RawMessage)
	if !ok {
		var err error
		if data, err = json.Marshal(input); err != nil {
			return nil, err
		}
	}
	return ast.ValueFromReader(bytes.NewReader(data))
}
