package starter

import (
	"path"
	"slices"
	"strings"
)

var predictionName = pattern(`(?i)(^|[_-])(pred|preds|prediction|predictions|predicted|scored)([_-]|$)`)

// measure finds the stage that measures the model, the model, and what a gate
// can compare.
func (l *look) measure(p *pipeline) {
	s := l.predicting(p)
	if s == nil {
		s = l.measuring(p)
	}
	l.chooseModel(p, s)
	switch {
	case s == nil || s.predictions == nil:
		p.howto = true
		l.add("", 0, "no gate: no stage was seen to write predictions (a CSV with id, label and score for each test example); the file says how to add one")
	case p.modelOf(s) == nil:
		l.add("", 0, "no gate: stage %s reads no model that a stage makes", s.name)
		p.comments = append(p.comments, "No gate yet: stage "+s.name+" reads no model that another stage makes.")
	default:
		p.gate, p.gateNote = l.metrics(s)
	}
}

// predicting finds the stage that writes predictions, and makes that output one.
func (l *look) predicting(p *pipeline) *stage {
	for _, s := range slices.Backward(p.stages) {
		for i, out := range s.outputs {
			base := strings.TrimSuffix(path.Base(out), ".csv")
			if base == path.Base(out) || !predictionName().MatchString(base) || len(s.matrix) > 0 {
				continue
			}
			columns, why := l.columns(s, out)
			if columns == nil {
				s.comment("%s is no predictions: file yet: %s", out, why)
				continue
			}
			s.outputs = slices.Delete(s.outputs, i, i+1)
			s.predictions = columns
			if why != "" {
				s.comment("%s", why)
			}
			return s
		}
	}
	return nil
}

// columns finds out which columns of the predictions are which, from the
// dictionary that the script makes a table of.
func (l *look) columns(s *stage, out string) (*predictions, string) {
	code := l.scripts[s.script]
	if code == nil {
		return &predictions{path: out}, "predictions: columns id, label and score are expected; name others: {path: …, label: …, score: …}"
	}
	var keys []string
	for _, c := range code.mod.Calls {
		for _, arg := range c.Args {
			if c.Method() == "DataFrame" && len(arg.Keys) > 1 {
				keys = arg.Keys
			}
		}
	}
	if keys == nil {
		return &predictions{path: out}, "predictions: columns id, label and score are expected; name others: {path: …, label: …, score: …}"
	}
	find := func(names ...string) string {
		for _, name := range names {
			for _, key := range keys {
				if strings.EqualFold(key, name) {
					return key
				}
			}
		}
		return ""
	}
	id := find("id", "row_id", "index", "sample_id", "example_id", "idx", "uid")
	label := find("label", "y_true", "target", "actual", "truth", "y", "true", "ground_truth", "y_test")
	score := find("score", "y_score", "proba", "probability", "prob", "y_prob", "y_proba", "scores")
	hard := find("prediction", "y_pred", "pred", "predicted", "predictions", "predicted_label")
	if id == "" || label == "" || score == "" && hard == "" {
		return nil, "it has the columns " + strings.Join(keys, ", ") + "; muster wants an id, a label, and a score or a prediction"
	}
	c := &predictions{path: out, id: unless(id, "id"), label: unless(label, "label"), score: unless(score, "score")}
	switch {
	case score == "" && l.regression(s):
		c.score = hard
	case score == "":
		c.prediction = hard
	}
	return c, ""
}

func unless(name, usual string) string {
	if name == usual {
		return ""
	}
	return name
}

// regression reports whether a stage's script measures numbers, not classes.
func (l *look) regression(s *stage) bool {
	code := l.scripts[s.script]
	if code == nil {
		return false
	}
	for _, name := range []string{"mean_squared_error", "root_mean_squared_error", "mean_absolute_error", "r2_score", "mean_absolute_percentage_error"} {
		if code.calls[name] {
			return true
		}
	}
	return false
}

// metrics proposes what to gate.
func (l *look) metrics(s *stage) ([]string, string) {
	const usual = "How much worse a new model may be than the one in use. Choose what matters to you."
	code := l.scripts[s.script]
	switch {
	case l.regression(s):
		return []string{"rmse"}, "By how much the error of a new model may be larger, in the unit of the label. Choose what matters to you."
	case s.predictions.prediction != "" || code != nil && code.calls["accuracy_score"] && !code.calls["roc_auc_score"] && !code.calls["predict_proba"]:
		return []string{"accuracy"}, usual
	default:
		return []string{"roc_auc"}, usual
	}
}

// measuring is the one stage with metrics, if there are no predictions.
func (l *look) measuring(p *pipeline) *stage {
	var found *stage
	for _, s := range p.stages {
		if len(s.metrics) > 0 {
			if found != nil {
				return nil
			}
			found = s
		}
	}
	return found
}

// chooseModel settles which output is the model: one that the measuring stage
// reads. What is read of a folder that training makes is read as a whole, since
// the champion takes the place of all of it.
func (l *look) chooseModel(p *pipeline, s *stage) {
	named := p.model
	p.model = ""
	if s == nil || len(s.matrix) > 0 {
		if named != "" {
			p.comments = append(p.comments, "The model is "+printable(named)+", but no single stage measures it, so it is not named here.")
			l.add("", 0, "the model %s is not named: no single stage measures it", named)
		}
		return
	}
	l.exactInputs(p, s)
	candidates := p.candidates(s)
	model := ""
	for _, c := range candidates {
		if named != "" && path.Clean(c) == path.Clean(named) || named == "" && model == "" && p.maker(c).trains {
			model = c
		}
	}
	if named != "" && model == "" {
		p.comments = append(p.comments, "The model is "+printable(named)+", which stage "+s.name+" does not read, so it is not named here.")
		l.add("", 0, "the model %s is not named: stage %s, which measures, does not read it", named, s.name)
	}
	if len(candidates) == 1 || model == "" {
		if len(candidates) == 1 {
			l.whole(p, s, candidates[0])
		}
		return
	}
	p.model = l.whole(p, s, model)
}

// exactInputs makes what a stage reads of others exactly what these write: a
// file in an output folder becomes the folder, a folder with outputs in it what
// is in it.
func (l *look) exactInputs(p *pipeline, s *stage) {
	var inputs []string
	for _, in := range s.inputs {
		exact := []string{in}
		for _, other := range p.stages {
			for _, out := range other.made() {
				switch {
				case other == s || path.Clean(in) == path.Clean(out):
				case within(in, out):
					exact[0] = out
				case within(out, in):
					exact = append(exact, anyCell(out))
				}
			}
		}
		if len(exact) > 1 {
			exact = append(exact[1:], l.expand(in, s)...)
		}
		inputs = append(inputs, exact...)
	}
	s.inputs = outermost(unique(inputs))
}

// candidates are the outputs of other stages that a stage reads.
func (p *pipeline) candidates(s *stage) []string {
	var out []string
	for _, in := range s.inputs {
		for _, other := range p.stages {
			if other != s && slices.ContainsFunc(other.outputs, func(o string) bool { return path.Clean(o) == path.Clean(in) }) {
				out = append(out, in)
			}
		}
	}
	return out
}

// whole makes all that the measuring stage reads of training one output, if
// training keeps it in one folder.
func (l *look) whole(p *pipeline, s *stage, model string) string {
	maker := p.maker(model)
	var parts []string
	for _, in := range s.inputs {
		if makes(maker, in) {
			parts = append(parts, in)
		}
	}
	dir := path.Dir(model)
	if len(parts) < 2 || dir == "." || slices.ContainsFunc(parts, func(part string) bool { return !within(part, dir) }) {
		return model
	}
	for _, other := range p.stages {
		for _, name := range slices.Concat(other.made(), other.inputs) {
			ours := other == maker && slices.Contains(maker.outputs, name) || slices.Contains(parts, name)
			if overlaps(name, dir) && !ours {
				return model
			}
		}
	}
	inside := func(name string) bool { return within(name, dir) }
	maker.outputs = append(slices.DeleteFunc(maker.outputs, inside), dir+"/")
	for _, other := range p.stages {
		if slices.ContainsFunc(other.inputs, inside) && other != maker {
			other.inputs = append(slices.DeleteFunc(other.inputs, inside), dir+"/")
		}
	}
	return dir + "/"
}

// modelOf is the stage whose output is the model that a stage measures.
func (p *pipeline) modelOf(s *stage) *stage {
	candidates := p.candidates(s)
	if p.model != "" {
		return p.maker(p.model)
	}
	if len(candidates) == 1 {
		return p.maker(candidates[0])
	}
	return nil
}
