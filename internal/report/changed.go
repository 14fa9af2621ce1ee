package report

import (
	"strconv"

	"github.com/muster-ci/muster/internal/result"
)

// changed says what differs between what made the champion and what made the
// candidate: the differences that are known, the first few of them, and what of
// data and ruler is as it was.
func changed(d result.Decision) phrase {
	a, b := d.Candidate, d.Champion
	switch {
	case len(d.Changes) > 0:
		return append(listedChanges(d.Changes), unchanged(d)...)
	case a == nil || b == nil:
		return nil
	case same(d):
		return phrase{own("nothing; both models have the digest "), name(short(a.Digest)), own(".")}
	}
	return changedKeys(*a, *b)
}

// changedKeys says it as far as the keys tell.
func changedKeys(a, b result.Model) phrase {
	var out phrase
	switch {
	case a.TrainingKey == "" || b.TrainingKey == "":
		out = phrase{own("the model")}
	case a.TrainingKey == b.TrainingKey:
		out = phrase{own("the model, though it was trained from the same inputs: training is not deterministic")}
	default:
		out = phrase{own("what trains the model (code, data, parameters or image)")}
	}
	switch {
	case a.RulerKey == "" || b.RulerKey == "":
	case a.RulerKey == b.RulerKey:
		out = append(out, own("; what evaluates it: unchanged"))
	default:
		out = append(out, own("; and what evaluates it; both were measured with the new one"))
	}
	return append(out, own("."))
}

// listedChanges names the first few differences, parameters and ruler first.
func listedChanges(changes []result.Difference) phrase {
	const most = 4
	var parts []phrase
	for _, kind := range []string{"param", "ruler", "code", "data", "command", "image", "env"} {
		for _, c := range changes {
			if c.Kind == kind {
				parts = append(parts, changePhrase(c))
			}
		}
	}
	if left := len(parts) - most; left > 1 {
		return append(joined("; ", parts[:most]), own("; and "+strconv.Itoa(left)+" more."))
	}
	return append(joined("; ", parts), own("."))
}

// changePhrase is one difference: "params.yaml:7 max_depth 8 → 3".
func changePhrase(c result.Difference) phrase {
	var out phrase
	if c.Path != "" {
		place := c.Path
		if c.Line > 0 {
			place += ":" + strconv.Itoa(c.Line)
		}
		out = append(out, name(place))
	}
	switch {
	case c.Kind == "command" || c.Kind == "image":
		out = append(out, own(c.Kind+" of "), name(c.Name))
	case c.Name != "" && c.Path != "":
		out = append(out, own(" "), said(clip(clean(c.Name), nameLimit)))
	case c.Name != "":
		out = append(out, name(c.Name))
	}
	return append(out, became(c)...)
}

// became is what became of it. The contents of files are digests, which say nothing to people.
func became(c result.Difference) phrase {
	const most = 40
	value := func(text *string) span { return said(clip(clean(*text), most)) }
	file := c.Name == "" && c.Path != ""
	switch {
	case c.From == nil && c.To == nil, file && c.From != nil && c.To != nil:
		return nil
	case c.From == nil && file:
		return phrase{own(" is new")}
	case c.From == nil:
		return phrase{own(" is new: "), value(c.To)}
	case c.To == nil:
		return phrase{own(" is gone")}
	default:
		return phrase{own(" "), value(c.From), own(" → "), value(c.To)}
	}
}

// unchanged says what of data and ruler is as it was for the champion, as far as that is known.
func unchanged(d result.Decision) phrase {
	data, ruler := true, true
	for _, c := range d.Changes {
		data = data && c.Kind != "data"
		ruler = ruler && c.Kind != "ruler"
	}
	keys := d.Candidate != nil && d.Champion != nil && d.Candidate.RulerKey != "" && d.Candidate.RulerKey == d.Champion.RulerKey
	switch {
	case data && ruler && keys:
		return phrase{own(" Data and ruler: unchanged.")}
	case data && d.Champion != nil:
		return phrase{own(" Data: unchanged.")}
	case ruler && keys:
		return phrase{own(" Ruler: unchanged.")}
	default:
		return nil
	}
}
