package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// settings are the parameters below "train".
type settings struct {
	Features []string
	Rounds   int
	Rate     float64
}

// model is a logistic regression.
type model struct {
	Features []string  `json:"features"`
	Weights  []float64 `json:"weights"`
	Bias     float64   `json:"bias"`
}

// fit descends the gradient of the mean log loss over all rows. Nothing is left
// to chance: it starts at zero and takes the rows in their order.
func fit(rows []row, s settings) (model, error) {
	m := model{Features: s.Features, Weights: make([]float64, len(s.Features))}
	for _, name := range s.Features {
		if !slices.Contains(featureNames[:], name) {
			return model{}, fmt.Errorf("there is no feature %q: choose from %v", name, featureNames)
		}
	}
	for range s.Rounds {
		slope := make([]float64, len(m.Weights))
		bias := 0.0
		for _, r := range rows {
			miss := m.score(r) - float64(r.Label)
			bias += miss
			for i, name := range m.Features {
				slope[i] += miss * r.feature(name)
			}
		}
		step := s.Rate / float64(len(rows))
		m.Bias -= step * bias
		for i := range m.Weights {
			m.Weights[i] -= step * slope[i]
		}
	}
	return m, nil
}

// score is how likely the model thinks that the label is 1.
func (m model) score(r row) float64 {
	sum := m.Bias
	for i, name := range m.Features {
		sum += m.Weights[i] * r.feature(name)
	}
	return sigmoid(sum)
}

func (r row) feature(name string) float64 {
	return r.Features[slices.Index(featureNames[:], name)]
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// loss is the mean log loss.
func loss(m model, rows []row) float64 {
	sum := 0.0
	for _, r := range rows {
		score := m.score(r)
		if r.Label == 0 {
			score = 1 - score
		}
		sum -= math.Log(score)
	}
	return sum / float64(len(rows))
}

func readModel(path string) (model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return model{}, err
	}
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		return model{}, fmt.Errorf("read %s: %w", path, err)
	}
	if len(m.Weights) != len(m.Features) {
		return model{}, fmt.Errorf("read %s: %d weights for %d features", path, len(m.Weights), len(m.Features))
	}
	for _, name := range m.Features {
		if !slices.Contains(featureNames[:], name) {
			return model{}, fmt.Errorf("read %s: there is no feature %q", path, name)
		}
	}
	return m, nil
}

// readSettings reads the section "train" of a params file. It knows as much of
// YAML as that file needs: sections, and a plain value to each name.
func readSettings(path string) (settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return settings{}, err
	}
	s := settings{Rounds: 200, Rate: 0.5}
	section := ""
	for i, line := range strings.Split(string(data), "\n") {
		line, _, _ = strings.Cut(line, "#")
		name, value, found := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
			continue
		case !found:
			err = fmt.Errorf("%q is not a name and a value", line)
		case name == strings.TrimSpace(name):
			section = name
		case section == "train":
			err = s.set(strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"'`))
		}
		if err != nil {
			return settings{}, fmt.Errorf("read %s: line %d: %w", path, i+1, err)
		}
	}
	if len(s.Features) == 0 {
		return settings{}, fmt.Errorf("read %s: train.features is missing", path)
	}
	return s, nil
}

func (s *settings) set(name, value string) (err error) {
	switch name {
	case "features":
		s.Features = strings.Fields(value)
	case "rounds":
		s.Rounds, err = strconv.Atoi(value)
	case "rate":
		s.Rate, err = strconv.ParseFloat(value, 64)
	default:
		err = fmt.Errorf("there is no parameter train.%s", name)
	}
	return err
}
