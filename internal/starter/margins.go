package starter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/metrics/input"
	answers "github.com/muster-ci/muster/internal/metrics/predictions"
)

const (
	// maxAnswers is the size up to which predictions are read for their margins.
	maxAnswers = 64 << 20
	// marginTrials is a number of candidates that takes a second or two.
	marginTrials = 200
	// guess is the margin where nothing is known.
	guess = "0.01"
)

// margins proposes what the gate allows: what the predictions that lie there can
// support, or else a guess that is called one.
func (l *look) margins(ctx context.Context, p *pipeline) error {
	if len(p.gate) == 0 {
		return nil
	}
	p.margins = map[string]string{}
	for _, name := range p.gate {
		p.margins[name] = guess
	}
	why := "A guess: after the first run, muster calibrate says what the data can support."
	if file := predicted(p); file != nil && l.has(file.path) {
		supported, rows, err := l.supported(ctx, p.gate, file)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			l.add(file.path, 0, "no margin could be worked out from these predictions: %s", reasonOf(err))
		} else {
			var texts []string
			for _, name := range p.gate {
				p.margins[name] = supported[name]
				texts = append(texts, supported[name])
			}
			why = fmt.Sprintf("%s is about the smallest that %s (%d rows) can support: muster calibrate says more.", strings.Join(texts, ", "), printable(file.path), rows)
			l.saw("predictions, which the margins are from", file.path, 0)
		}
	}
	p.gateNote = strings.TrimSpace(p.gateNote + " " + why)
	return nil
}

// predicted is the file of predictions that the gate would compare.
func predicted(p *pipeline) *predictions {
	for _, s := range p.stages {
		if s.predictions != nil {
			return s.predictions
		}
	}
	return nil
}

// supported asks what margins the predictions of one model can support.
func (l *look) supported(ctx context.Context, gate []string, file *predictions) (map[string]string, int, error) {
	set, err := l.answers(file)
	if err != nil {
		return nil, 0, err
	}
	var specs []metrics.Spec
	for _, name := range gate {
		specs = append(specs, metrics.Spec{Metric: name})
	}
	found, err := calibration.Calibrate(ctx, calibration.Request{
		Champion: set, Specs: specs, Trials: marginTrials, Correlation: calibration.DefaultCorrelation, EqualOnly: true,
	})
	if err != nil {
		return nil, 0, err
	}
	margins := map[string]string{}
	for _, row := range found.Rows {
		if row.Supports != nil && *row.Supports > 0 {
			margins[row.Metric] = strconv.FormatFloat(*row.Supports, 'f', -1, 64)
		}
	}
	if len(margins) < len(gate) {
		return nil, 0, errors.New(found.Reason)
	}
	return margins, set.Len(), nil
}

// answers reads the predictions, without following links out of the repository.
func (l *look) answers(file *predictions) (*answers.Set, error) {
	in, err := l.root.Open(file.path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file.path, err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file.path, err)
	}
	if info.Size() > maxAnswers {
		return nil, &tooLarge{file.path, maxAnswers}
	}
	return answers.Read(in, file.path, answers.Columns{ID: file.id, Label: file.label, Score: file.score, Prediction: file.prediction})
}

// reasonOf is an error without the name of the file, which a note has already.
func reasonOf(err error) string {
	if wrong, ok := errors.AsType[*input.FileError](err); ok {
		return printable(wrong.Msg)
	}
	return printable(err.Error())
}
