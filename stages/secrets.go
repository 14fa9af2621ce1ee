package stages

import (
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages/mask"
)

// Lookup finds a variable of the caller's environment.
type Lookup func(name string) (value string, set bool)

// secret returns the value of a variable; one that is empty is as good as
// none, which is what GitHub gives for a secret that it does not know.
func (r *Runner) secret(name string) string {
	if r.Env == nil {
		return ""
	}
	value, _ := r.Env(name)
	return value
}

// masker hides the secrets of all stages in what any of them prints: an output
// of one may hold a secret, and the next may print it. So it hides muster's own
// tokens, which a stage may have found. It is nil if there are none.
func (r *Runner) masker() *mask.Masker {
	var values []string
	for _, stage := range r.Config.Stages {
		for _, name := range stage.Secrets {
			values = append(values, r.secret(name))
		}
	}
	for _, name := range config.HostTokens() {
		if value := r.secret(name); value != "" {
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return mask.New(values...)
}

// hide masks a text of muster's own.
func (s *session) hide(text string) string {
	if m := s.mask(); m != nil {
		return m.String(text)
	}
	return text
}

// masked sends events without secrets. Lines of logs have lost theirs already.
func (s *session) masked(send func(result.Event)) func(result.Event) {
	return func(e result.Event) {
		e.Reason = s.hide(e.Reason)
		if e.Result != nil {
			shown := *e.Result
			hideInStage(&shown, s.hide)
			e.Result = &shown
		}
		send(e)
	}
}

// hidden is the error with its words masked.
func (s *session) hidden(err error) error {
	if s.mask() == nil {
		return err
	}
	return &maskedError{s.hide(err.Error()), err}
}

type maskedError struct {
	text  string
	cause error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.cause }

// giveSecrets gives the stage what it names, and takes the rest out of it: what
// it makes without a secret is something else. What a change request may not
// have is withheld, and the stage says so; it may still do what it is to do, and
// fails by itself if it cannot.
func (s *session) giveSecrets(ready *prepared, outcome *result.Stage) (err error) {
	stage := &ready.stage
	if len(stage.Secrets) == 0 {
		return nil
	}
	ready.secrets = map[string]string{}
	for _, name := range stage.Secrets {
		value := s.secret(name)
		granted := s.Scope != result.ScopeChange || s.Base.grants(stage.Name, func(b config.Stage) bool { return slices.Contains(b.Secrets, name) })
		switch {
		case !granted:
			s.remark(outcome, "secret %s is withheld: the base does not give it to this stage (%s)", name, s.Base.remedy())
			continue
		case value == "" && s.Scope == result.ScopeChange:
			s.remark(outcome, "secret %s is not there: a change request from a fork gets none; else %s", name, howToSet(name))
			continue
		case value == "":
			return &stageError{fmt.Errorf("secret %s is not set: %s", name, howToSet(name))}
		case len(value) < mask.MinLength:
			s.remark(outcome, "secret %s is shorter than %d bytes: it is not masked", name, mask.MinLength)
		}
		ready.secrets[name] = value
	}
	stage.Secrets = slices.Sorted(maps.Keys(ready.secrets))
	ready.doc.Secrets = stage.Secrets
	if ready.key, err = ready.doc.key(); err != nil {
		return err
	}
	outcome.Key = ready.key
	return s.noteRuler(ready)
}

func howToSet(name string) string {
	return fmt.Sprintf("export it before muster runs; on GitHub give the step env: {%s: ${{ secrets.%s }}}, on GitLab add it under Settings → CI/CD → Variables", name, name)
}

// remark says something about a stage, now and in its record.
func (s *session) remark(outcome *result.Stage, format string, args ...any) {
	line := s.hide(fmt.Sprintf(format, args...))
	outcome.Remarks = append(outcome.Remarks, line)
	s.send(result.Event{Kind: result.EventLog, Stage: outcome.Name, Stream: result.Remarks, Line: line})
}
