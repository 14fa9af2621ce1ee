package rego

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

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

// Answer is the value of a rule. Defined is false if it has none; Err is not
// nil if the rule conflicts with itself, calls a built-in wrongly, or takes
// more than its limits, which is a [LimitError].
type Answer struct {
	Question
	Value   any
	Defined bool
	Err     error
}

// Ask answers questions about one input, which is parsed once; what rules share
// is computed once. The input crosses as JSON, so that what cannot be written
// down (NaN) is an error. An evaluation that does not stop when it is told to
// ends the answers: there are fewer than questions then, the last with a
// [LimitError]. The error of Ask itself is the input's or the context's.
func (p *Policy) Ask(ctx context.Context, input any, questions []Question) ([]Answer, error) {
	document, err := inputValue(input)
	if err != nil {
		return nil, fmt.Errorf("encode input of policies: %w", err)
	}
	txn, err := p.store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("read data of policies: %w", err)
	}
	defer p.store.Abort(ctx, txn)
	e := &evaluation{policy: p, txn: txn, input: ast.NewTerm(document), cache: topdown.NewVirtualCache()}
	var answers []Answer
	for _, question := range questions {
		answer := e.answer(ctx, question)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("evaluate policies: %w", err)
		}
		answers = append(answers, answer)
		if IsStuck(answer.Err) {
			break
		}
		if _, limited := errors.AsType[*LimitError](answer.Err); limited {
			e.cache = topdown.NewVirtualCache() // what was too large may lie in it
		}
	}
	return answers, nil
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
	cache  topdown.VirtualCache
}

func (e *evaluation) answer(ctx context.Context, question Question) Answer {
	answer := Answer{Question: question}
	var value *ast.Term
	// What a stuck evaluation still writes must not be read, so it gets variables of its own.
	found := make(chan *ast.Term, 1)
	err := newWatch(e.policy.limits).run(ctx, func(cancel topdown.Cancel) error {
		value, err := e.value(ctx, question, cancel)
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
func (e *evaluation) value(ctx context.Context, question Question, cancel topdown.Cancel) (*ast.Term, error) {
	rule, err := ast.ParseRef("data." + question.String())
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
		WithVirtualCache(e.cache)
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
