package flow

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

// Calibrate finds out whether predictions can carry the gate that is asked for.
type Calibrate struct {
	// Compare says where predictions are found, how they are read, and by what
	// they would be gated.
	Compare
	// With names a second model whose differences from the champion are taken; it may be empty.
	With        string
	Trials      int
	Correlation float64
	// Progress hears how many of all candidates have been compared; nil if nobody listens.
	Progress func(done, all int)
}

// calibrating is what the steps of a calibration hand on to one another.
type calibrating struct {
	comparing
	calibrated result.Calibration
}

// Do calibrates the gate with what a model answered. The model is named as a
// side of a comparison is; without a name it is the champion, or else the last
// run's. What keeps the champion from being compared are problems in the result;
// the error is for what cannot be read, and for metrics or options that make no sense.
func (c Calibrate) Do(ctx context.Context, name string) (result.Calibration, error) {
	if c.Recipe {
		return result.Calibration{}, &CompareError{"--question recipe is about ways of training, and one model is calibrated here", "leave it out"}
	}
	s := &calibrating{}
	steps := []func(context.Context, *calibrating) error{
		func(ctx context.Context, s *calibrating) error { return c.findChampion(ctx, s, name) },
		c.findOther,
		func(ctx context.Context, s *calibrating) error { return c.read(ctx, &s.comparing) },
		func(ctx context.Context, s *calibrating) error { return c.choose(ctx, &s.comparing) },
		c.simulate,
	}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return result.Calibration{}, err
		}
	}
	doc := c.conclude(s)
	return doc, c.plot(&doc)
}

// plot draws a curve for each metric of which drops were planted.
func (c Calibrate) plot(doc *result.Calibration) (err error) {
	if c.Plots == "" {
		return nil
	}
	var pictures []picture
	for _, row := range doc.Rows {
		if len(row.Curve) == 0 {
			continue
		}
		file := "denials.svg"
		if len(pictures) > 0 {
			file = fmt.Sprintf("denials-%d.svg", len(pictures)+1) // a metric's name may be no name of a file
		}
		pictures = append(pictures, picture{file, func(w io.Writer) error { return plot.Denials(w, row) }})
	}
	doc.Plots, err = draw(c.Plots, pictures)
	return err
}

// findChampion looks the model up; without a name, the one in use, or the last run's.
func (c Calibrate) findChampion(ctx context.Context, s *calibrating, name string) (err error) {
	if name != "" {
		s.champion, err = c.one(ctx, name)
		return err
	}
	if c.Project == nil {
		return &CompareError{"there is no muster.yaml here, so there is no champion and no run", "name a file of predictions: muster calibrate predictions.csv"}
	}
	if gate := c.Project.Config.Gate; gate != nil {
		found, ok, err := c.version(ctx, gate.Champion)
		if _, unkept := errors.AsType[*CompareError](err); err != nil && !unkept {
			return err // not another model in its place
		}
		if err == nil && ok {
			found.side.Name = gate.Champion
			s.champion = found
			return nil
		}
	}
	found, ok, err := c.run(ctx, "last")
	if err == nil && !ok {
		err = &CompareError{"there is no champion whose answers were kept, and no run", "run the pipeline first: muster run; or name a file of predictions"}
	}
	found.side.Name = "last"
	s.champion = found
	return err
}

// findOther looks the second model up. Without one the champion stands in both places.
func (c Calibrate) findOther(ctx context.Context, s *calibrating) (err error) {
	s.candidate = s.champion
	if c.With != "" {
		s.candidate, err = c.one(ctx, c.With)
	}
	if err == nil && c.With == "-" && s.champion.side.Name == "-" {
		err = &CompareError{"standard input cannot be both models", "write one of them to a file"}
	}
	return err
}

// one is the one file of predictions that a name stands for.
func (c Calibrate) one(ctx context.Context, name string) (source, error) {
	found, err := c.resolve(ctx, name)
	if err == nil && len(found.files) != 1 {
		err = &CompareError{fmt.Sprintf("%s is %s of %d files", name, found.what, len(found.files)), "name one of them"}
	}
	return found, err
}

// read reads the predictions once where both places have one name.
func (c Calibrate) read(ctx context.Context, s *comparing) error {
	if c.With != "" {
		return c.Compare.read(ctx, s)
	}
	var err error
	s.columns = c.columns()
	if s.theirs, err = s.champion.read(ctx, s.columns); err != nil {
		return err
	}
	err = c.joinLabels(&s.theirs)
	s.mine = s.theirs
	return err
}

// simulate makes candidates and has them compared.
func (c Calibrate) simulate(ctx context.Context, s *calibrating) error {
	request := calibration.Request{
		Champion: s.theirs.sets[0], Specs: s.specs, Options: s.opts,
		Trials: c.Trials, Correlation: c.Correlation, Progress: c.Progress,
	}
	if c.With != "" {
		request.Other = s.mine.sets[0]
	}
	var err error
	s.calibrated, err = calibration.Calibrate(ctx, request)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if invalid, ok := errors.AsType[*calibration.InvalidError](err); ok {
		return &CompareError{invalid.Message, invalid.Advice}
	}
	return &CompareError{Message: err.Error()}
}

// conclude completes the document by where the predictions come from.
func (c Calibrate) conclude(s *calibrating) result.Calibration {
	doc := s.calibrated
	doc.Champion = s.champion.sideOf(s.theirs)
	if c.With != "" {
		other := s.candidate.sideOf(s.mine)
		doc.Other = &other
	}
	doc.Receipt.Muster = c.Version
	if c.Project != nil && c.Project.Config.Gate != nil && len(c.Metrics) == 0 {
		doc.Receipt.Gate = gateDigest(c.Project.Config)
	}
	doc.Problems = append(doc.Problems, s.problems...)
	return doc
}
