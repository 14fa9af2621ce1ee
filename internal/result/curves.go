package result

import "time"

// Curves are what one model's answers look like, as points to draw. A curve that
// the predictions do not have is empty: regression has no ROC curve,
// classification no residuals. Every curve has at most 200 points, and all of
// them are finite.
type Curves struct {
	// ROC goes from (0, 0) to (1, 1): X is the share of zeros, Y that of ones,
	// with a score from some threshold on. X and Y never fall.
	ROC []Point `json:"roc,omitempty"`
	// PrecisionRecall goes from the highest threshold to the lowest: X is the
	// recall, Y the precision there. It is drawn as steps: up to X the precision is Y.
	PrecisionRecall []Point `json:"precision_recall,omitempty"`
	// Prevalence is the share of ones: the precision of a model that knows nothing.
	Prevalence float64 `json:"prevalence,omitempty"`
	// Calibration has the bins that hold rows, by ascending score.
	Calibration []Bin `json:"calibration,omitempty"`
	// Residuals are rows: X is what the model answered, Y label − answer. Where
	// there are too many rows, those stay that show the outline.
	Residuals []Point `json:"residuals,omitempty"`
	// Errors is the regression error characteristic: Y is the share of rows whose
	// absolute error is at most X. Neither falls, and the last Y is 1.
	Errors []Point `json:"errors,omitempty"`
}

// CurvePair is the curves of both models of one decision.
type CurvePair struct {
	// Champion is empty where there was none to evaluate.
	Champion  Curves `json:"champion"`
	Candidate Curves `json:"candidate"`
}

// Illustration is what a report draws beside a decision. No decision stands on it.
type Illustration struct {
	Schema string `json:"schema"`
	// Decided is when the decision was made, Model and Against are the digests of the
	// models that it was about: so it is known which decision is illustrated.
	Decided time.Time      `json:"decided"`
	Model   string         `json:"model"`
	Against string         `json:"against,omitempty"`
	Curves  *CurvePair     `json:"curves,omitempty"`
	History []PastChampion `json:"history,omitempty"`
}

// PastChampion is one of the champions before, and what it came to on the evaluation
// data of its time.
type PastChampion struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	// Override is true if a person promoted it although the gate had not let it pass.
	Override bool               `json:"override,omitempty"`
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	// Data is the digest of that evaluation data; values on different data are not comparable.
	Data string `json:"data,omitempty"`
}

// Point is a place in a plot.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Bin is a range of scores in a reliability diagram.
type Bin struct {
	// Low and High are the ends of the range.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Score is the mean score of its rows, Share the share of ones among them; for
	// several classes the mean score of the likeliest class, and how often it was right.
	Score float64 `json:"score"`
	Share float64 `json:"share"`
	Rows  int     `json:"rows"`
}
