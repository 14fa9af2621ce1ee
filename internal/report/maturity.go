package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	// Change is what a change request raises and lowers, in a line; empty for nothing.
	Change phrase
	// Progress is how far the next level is; nil where there is none.
	Progress *progressView
	// Next is the way to the next level, in the order of what to do first.
	Next []criterionView
	// Range is where files alone cannot tell: "2 to 3".
	Range  string
	Facts  []fact
	Unread []evidenceView
	// Overrides is what the team says of how its repository is scored.
	Overrides []evidenceView
	// Forge are the questions that a forge did not answer.
	Forge []phrase
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
	Kind   string
	Level  string
	Bars   []barView
	Debts  phrase
	Groups []groupView
	// Claims are what the documentation says and nothing backs.
	Claims     []evidenceView
	Dimensions []dimensionView
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
	// Raises is what meeting it would add, for one on the way to the next level.
	Raises string
	Level  int
	// Files are ready ones that help to meet it, by their paths.
	Files []string
}

// evidenceView is a place where something was seen.
type evidenceView struct {
	Place string // path:line
	Link  string // an http address, or empty
	Note  string
	When  string // the day on which it happened, for a record
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
	v := &maturityView{Level: a.Level, Summary: lead(a)}
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
	for _, root := range ordered(a) {
		v.Roots = append(v.Roots, newRoot(root))
	}
	if len(a.Roots) > 0 {
		v.setWay(a, ordered(a)[0])
	}
	if a.Level != nil && a.MostLevel != nil && *a.MostLevel > *a.Level {
		v.Range = fmt.Sprintf("%d to %d", *a.Level, *a.MostLevel)
	}
	for _, unread := range a.Unread {
		v.Unread = append(v.Unread, newEvidence(unread))
	}
	for _, override := range a.Overrides {
		v.Overrides = append(v.Overrides, newEvidence(override))
	}
	v.Facts = []fact{{Label: "Kind", Value: phrase{own(kindInWords(a.Kind))}}, {Label: "Rubric", Value: phrase{said(a.Rubric)}}}
	if a.ProvenLevel != nil {
		v.Facts = append(v.Facts, fact{Label: "Proven level", Value: phrase{own(strconv.Itoa(*a.ProvenLevel) + ", by records alone")}})
	}
	if v.Range != "" {
		v.Facts = append(v.Facts, fact{Label: "Level", Value: phrase{own(v.Range + ": files alone cannot tell")}})
	}
	if a.Chosen != "" && len(a.Roots) > 1 {
		v.Facts = append(v.Facts, fact{Label: "Level taken from", Value: phrase{name(a.Root), own(", "), said(a.Chosen)}})
	}
	if a.Commit != "" {
		v.Facts = append(v.Facts, fact{Label: "Commit", Value: phrase{name(commit7(a.Commit))}, Full: clean(a.Commit)})
	}
	v.setForge(a.Forge)
	return v
}

// lead is the summary without the level, which the headline says.
func lead(a result.Assessment) phrase {
	text := a.Summary
	if a.Level != nil {
		own := fmt.Sprintf("level %d of %d: %s", *a.Level, topLevel, levelName(*a.Level))
		if len(text) >= len(own) && strings.EqualFold(text[:len(own)], own) {
			text = strings.TrimLeft(text[len(own):], ";,. ")
		}
	}
	if text == "" {
		return nil
	}
	first, size := utf8.DecodeRuneInString(text)
	return phrase{said(string(unicode.ToUpper(first)) + text[size:])}
}

// setForge says what a forge was asked.
func (v *maturityView) setForge(f *result.ForgeReport) {
	if f == nil {
		return
	}
	v.Facts = append(v.Facts, fact{Label: "Forge", Value: phrase{name(f.Repository), own(", " + plural(f.Requests, "request", "requests"))}})
	for _, missing := range f.Missing {
		v.Forge = append(v.Forge, phrase{said(missing)})
	}
}

// setWay is the way to the next level of the project that speaks for all.
func (v *maturityView) setWay(a result.Assessment, root result.Root) {
	v.Progress = newProgress(root)
	for _, c := range way(root) {
		step := newCriterion(c)
		step.Raises, step.Files = raises(root, c), filesFor(a.Files, c.ID)
		v.Next = append(v.Next, step)
	}
}

func filesFor(files []result.ReadyFile, id string) []string {
	var out []string
	for _, f := range files {
		if slices.Contains(f.Criteria, id) {
			out = append(out, clip(clean(f.Path), nameLimit))
		}
	}
	return out
}

// ordered has the project first whose level the repository has.
func ordered(a result.Assessment) []result.Root {
	roots := slices.Clone(a.Roots)
	if i := slices.IndexFunc(roots, func(r result.Root) bool { return r.Path == a.Root }); i > 0 {
		first := roots[i]
		roots = slices.Insert(slices.Delete(roots, i, i+1), 0, first)
	}
	return roots
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
	v := rootView{Path: cmp.Or(clip(clean(root.Path), nameLimit), "."), Kind: kindInWords(root.Kind), Level: absent, Dimensions: newDimensions(root)}
	if root.Level != nil {
		v.Level = strconv.Itoa(*root.Level)
	}
	for level := 1; level <= 4; level++ {
		share, known := root.Shape[strconv.Itoa(level)]
		if known && (share > 0 || level <= root.Kind.Highest()) {
			v.Bars = append(v.Bars, barView{Level: level, Name: levelName(level), Percent: min(max(int(share*100+0.5), 0), 100)})
		}
	}
	var debts []phrase
	for _, debt := range root.Debts {
		debts = append(debts, phrase{name(debt)})
	}
	v.Debts = joined(", ", debts)
	for _, claim := range root.Claims {
		v.Claims = append(v.Claims, newEvidence(claim))
	}
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
		ID: clip(clean(c.ID), nameLimit), Question: clip(clean(c.Question), messageLimit), Core: c.Core, Level: c.Level,
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
	if e.Time != nil {
		v.When = e.Time.UTC().Format(time.DateOnly)
	}
	return v
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
	return strings.TrimSpace(strings.Join([]string{e.Place, e.Note, e.When}, " "))
}
