package report

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// maturityView is how a repository stands against the levels 0–4.
type maturityView struct {
	// Level is nil where the repository has none.
	Level   *int
	Verdict string // "maturity level 2"
	Clause  phrase // "Automated training"
	Summary phrase
	Steps   []stepView
	Roots   []rootView
	// Next is the way to the next level, the core criteria first.
	Next   []criterionView
	Facts  []fact
	Unread []evidenceView
}

// stepView is one level on the ladder.
type stepView struct {
	Level   int
	Name    string
	Reached bool
	Current bool
}

// rootView is one project of the repository.
type rootView struct {
	Path   string
	Level  string
	Bars   []barView
	Debts  phrase
	Groups []groupView
}

// barView is the share of a level's weight that is met.
type barView struct {
	Level   int
	Name    string
	Percent int
}

// groupView has the criteria of one level.
type groupView struct {
	Level    int
	Name     string
	Criteria []criterionView
}

// criterionView is the answer to one question.
type criterionView struct {
	Tone     tone
	ID       string
	Question string
	Core     bool
	Verdict  string
	Strength string
	// Pips is the strength as a number from 0 to 4.
	Pips     int
	Reason   phrase
	Evidence []evidenceView
	More     int // evidence that is not listed
	Remedy   phrase
	Effort   string
}

// evidenceView is a place where something was seen.
type evidenceView struct {
	Place string // path:line
	Link  string // an http address, or empty
	Note  string
}

// levelName names a level as the project does everywhere.
func levelName(level int) string {
	names := [...]string{"No automation", "DevOps, no MLOps", "Automated training", "Automated deployment", "Full automation"}
	if level < 0 || level >= len(names) {
		return "level " + strconv.Itoa(level)
	}
	return names[level]
}

func newMaturity(a result.Assessment) *maturityView {
	v := &maturityView{Level: a.Level, Summary: phrase{said(a.Summary)}}
	if a.Level != nil {
		v.Verdict, v.Clause = "maturity level "+strconv.Itoa(*a.Level), phrase{own(levelName(*a.Level))}
	} else {
		v.Verdict, v.Clause = "no maturity level", phrase{own(kindInWords(a.Kind))}
	}
	for level := range 5 {
		v.Steps = append(v.Steps, stepView{
			Level: level, Name: levelName(level),
			Reached: a.Level != nil && level <= *a.Level, Current: a.Level != nil && level == *a.Level,
		})
	}
	for _, root := range a.Roots {
		v.Roots = append(v.Roots, newRoot(root))
	}
	v.Next = next(a)
	for _, unread := range a.Unread {
		v.Unread = append(v.Unread, newEvidence(unread))
	}
	v.Facts = []fact{{Label: "Kind", Value: phrase{own(kindInWords(a.Kind))}}, {Label: "Rubric", Value: phrase{said(a.Rubric)}}}
	if a.ProvenLevel != nil {
		v.Facts = append(v.Facts, fact{Label: "Proven level", Value: phrase{own(strconv.Itoa(*a.ProvenLevel) + ", by records alone")}})
	}
	if a.Commit != "" {
		v.Facts = append(v.Facts, fact{Label: "Commit", Value: phrase{name(commit7(a.Commit))}, Full: clean(a.Commit)})
	}
	return v
}

func kindInWords(kind result.Kind) string {
	switch kind {
	case result.KindTraining:
		return "a repository that trains models"
	case result.KindConsumer:
		return "a repository that uses models and trains none"
	case result.KindLibrary:
		return "a library"
	case result.KindTemplate:
		return "a template"
	case result.KindCollection:
		return "a collection of projects"
	default:
		return "no machine learning was found"
	}
}

func newRoot(root result.Root) rootView {
	v := rootView{Path: clip(clean(root.Path), nameLimit), Level: absent}
	if root.Level != nil {
		v.Level = strconv.Itoa(*root.Level)
	}
	for level := 1; level <= 4; level++ {
		share, known := root.Shape[strconv.Itoa(level)]
		if known {
			v.Bars = append(v.Bars, barView{Level: level, Name: levelName(level), Percent: min(max(int(share*100+0.5), 0), 100)})
		}
	}
	var debts []phrase
	for _, debt := range root.Debts {
		debts = append(debts, phrase{name(debt)})
	}
	v.Debts = joined(", ", debts)
	byLevel := map[int][]criterionView{}
	var levels []int
	for _, c := range root.Criteria {
		if byLevel[c.Level] == nil {
			levels = append(levels, c.Level)
		}
		byLevel[c.Level] = append(byLevel[c.Level], newCriterion(c))
	}
	slices.Sort(levels)
	for _, level := range levels {
		v.Groups = append(v.Groups, groupView{Level: level, Name: levelName(level), Criteria: byLevel[level]})
	}
	return v
}

func newCriterion(c result.Criterion) criterionView {
	const most = 5
	strengths := []result.Strength{result.StrengthNone, result.StrengthDeclared, result.StrengthAttested, result.StrengthWired, result.StrengthProven}
	v := criterionView{
		ID: clip(clean(c.ID), nameLimit), Question: clip(clean(c.Question), messageLimit), Core: c.Core,
		Strength: string(c.Strength), Pips: max(slices.Index(strengths, c.Strength), 0), Reason: phrase{said(c.Reason)},
	}
	v.Tone, v.Verdict = answered(c.Verdict)
	for i, e := range c.Evidence {
		if i == most {
			v.More = len(c.Evidence) - most
			break
		}
		v.Evidence = append(v.Evidence, newEvidence(e))
	}
	if c.Remedy != "" && (c.Verdict == result.CriterionUnmet || c.Verdict == result.CriterionPartial) {
		v.Remedy = phrase{said(c.Remedy)}
		v.Effort = effort(c.Effort)
	}
	return v
}

func answered(verdict result.CriterionVerdict) (tone, string) {
	switch verdict {
	case result.CriterionMet:
		return good, "met"
	case result.CriterionPartial:
		return unsure, "partial"
	case result.CriterionUnmet:
		return bad, "unmet"
	case result.CriterionNotApplicable:
		return neutral, "not applicable"
	default:
		return neutral, "cannot tell"
	}
}

func effort(e string) string {
	switch e {
	case "low":
		return "low effort"
	case "med":
		return "medium effort"
	case "high":
		return "high effort"
	default:
		return clip(clean(e), nameLimit)
	}
}

func newEvidence(e result.Evidence) evidenceView {
	v := evidenceView{Place: clip(clean(e.Path), lineLimit), Note: clip(clean(e.Note), lineLimit)}
	if e.Line > 0 {
		v.Place += ":" + strconv.Itoa(e.Line)
	}
	if at, err := url.Parse(clean(e.URL)); err == nil && (at.Scheme == "https" || at.Scheme == "http") && at.Host != "" && at.User == nil {
		v.Link = at.String()
	}
	if v.Place == "" {
		v.Place = clip(clean(e.URL), lineLimit)
	}
	return v
}

// next has the criteria that stand between the repository and its next level:
// debts first, then the next level's core criteria. The first root speaks for all.
func next(a result.Assessment) []criterionView {
	if a.Level == nil || len(a.Roots) == 0 {
		return nil
	}
	root := a.Roots[0]
	var debts, core []criterionView
	for _, c := range root.Criteria {
		open := c.Verdict == result.CriterionUnmet || c.Verdict == result.CriterionPartial
		switch {
		case open && slices.Contains(root.Debts, c.ID):
			debts = append(debts, newCriterion(c))
		case open && c.Core && c.Level == *a.Level+1:
			core = append(core, newCriterion(c))
		}
	}
	return append(debts, core...)
}

// Met counts the criteria of a group that are met.
func (g groupView) Met() string {
	met := 0
	for _, c := range g.Criteria {
		if c.Verdict == "met" {
			met++
		}
	}
	return strconv.Itoa(met) + " of " + strconv.Itoa(len(g.Criteria)) + " met"
}

// where is the evidence in a line.
func (e evidenceView) where() string {
	return strings.TrimSpace(e.Place + " " + e.Note)
}
