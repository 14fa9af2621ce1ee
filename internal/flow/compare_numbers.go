package flow

import (
	"errors"
	"math"
	"path/filepath"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/result"
)

// numbersAlone is what a file of metrics says about chance.
const numbersAlone = "numbers alone say nothing about chance: compare the predictions that they were computed from"

// isNumbers reports whether the side is one file of metrics that were computed
// elsewhere. Predictions may be called .json, too: then they are JSON lines, which
// no file of metrics is.
func (s source) isNumbers() (bool, error) {
	if len(s.files) != 1 {
		return false, nil
	}
	switch strings.ToLower(filepath.Ext(s.files[0].name)) {
	case ".yaml", ".yml", ".toml":
		return true, nil
	case ".json":
		_, _, err := s.files[0].numbers()
		if _, wrong := errors.AsType[*input.FileError](err); wrong {
			return false, nil
		}
		return err == nil, err
	}
	return false, nil
}

// numbers reads a file of metrics, and returns its SHA-256.
func (f content) numbers() ([]metricfile.Number, string, error) {
	in, err := f.open()
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	once := newOnce(in)
	numbers, err := metricfile.Read(once, f.name)
	if err != nil {
		return nil, "", err
	}
	digest, err := once.digest()
	return numbers, digest, err
}

// onlyNumbers compares two files of metrics: their values stand side by side,
// and no verdict is possible. It is false if the sides are predictions.
func (c Compare) onlyNumbers(s *comparing) (doc result.Comparison, ok bool, err error) {
	mine, err := s.candidate.isNumbers()
	if err != nil {
		return doc, false, err
	}
	theirs, err := s.champion.isNumbers()
	switch {
	case err != nil:
		return doc, false, err
	case !mine && !theirs:
		return doc, false, nil
	case mine != theirs:
		return doc, false, &CompareError{"one side is a file of metrics, and the other has predictions", "name the predictions of both"}
	case len(c.Metrics) > 0 || c.Require != "":
		return doc, false, &CompareError{"nothing can be required of files of metrics: " + numbersAlone, "name predictions, or leave --metric and --require out"}
	}
	doc, err = c.sideBySide(s)
	return doc, true, err
}

func (c Compare) sideBySide(s *comparing) (result.Comparison, error) {
	before, beforeDigest, err := s.champion.files[0].numbers()
	if err != nil {
		return result.Comparison{}, err
	}
	after, afterDigest, err := s.candidate.files[0].numbers()
	if err != nil {
		return result.Comparison{}, err
	}
	doc := result.Comparison{
		Schema: result.SchemaOf[result.Comparison](), Verdict: result.Inconclusive, Comparison: []result.Compared{},
		Champion: s.champion.side, Candidate: s.candidate.side, Receipt: result.Receipt{Question: "artefact", Muster: c.Version},
	}
	doc.Champion.Predictions, doc.Candidate.Predictions = []string{beforeDigest}, []string{afterDigest}
	known := byName(before)
	for _, number := range after {
		if other, ok := known[number.Name]; ok {
			doc.Comparison = append(doc.Comparison, numberRow(other, number))
		}
	}
	doc.Problems = append(onlyIn("champion", before, after), onlyIn("candidate", after, before)...)
	doc.Reason = "cannot tell: " + numbersAlone
	if len(doc.Comparison) == 0 {
		return doc, &CompareError{"the two files have no metric in common", "name files that the same program wrote"}
	}
	return doc, nil
}

func byName(numbers []metricfile.Number) map[string]metricfile.Number {
	known := make(map[string]metricfile.Number, len(numbers))
	for _, number := range numbers {
		known[number.Name] = number
	}
	return known
}

func numberRow(before, after metricfile.Number) result.Compared {
	difference := after.Value - before.Value
	row := result.Compared{
		Metric: after.Name, Better: after.Better, Unit: after.Unit, Champion: &before.Value, Candidate: &after.Value,
		Method: "none: numbers alone", Require: result.NonInferior, Verdict: result.Inconclusive,
	}
	if row.Better == "" {
		row.Better, row.Note = result.Higher, "which way is better is not known; higher is assumed"
	}
	if row.Diff = &difference; math.IsInf(difference, 0) {
		row.Diff, row.Note = nil, "the difference is beyond the largest number"
	}
	return row
}

// onlyIn names the metrics that one side alone has.
func onlyIn(who string, numbers, others []metricfile.Number) []result.Problem {
	var names []string
	known := byName(others)
	for _, number := range numbers {
		if _, ok := known[number.Name]; !ok {
			names = append(names, number.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []result.Problem{{Code: "metrics-differ", Severity: result.SeverityWarn, Message: "only the " + who + " has " + input.QuoteList(names, 10)}}
}
