package result

// Calibration says whether a set of predictions can carry the gate that is
// asked for: what the gate makes of candidates that are known to be as good as
// the champion, and of candidates that are known to be worse. It holds no time
// and no path of this machine: the same files give the same bytes.
type Calibration struct {
	Schema string `json:"schema"`
	// Reason is the one sentence that matters.
	Reason string `json:"reason"`
	// Supported is true if the data can carry every gated margin, or may be
	// asked to carry less: see Calibrated.TooFine.
	Supported bool `json:"supported"`
	// Same is true if the champion against itself, byte for byte, is equivalent in every row.
	Same bool `json:"same"`
	// Champion is the model whose predictions were taken; Other the second model, if
	// its differences from the champion were.
	Champion Side  `json:"champion"`
	Other    *Side `json:"other,omitempty"`
	// Assumed says how candidates were made that are as good as the champion.
	Assumed Assumption `json:"assumed"`
	// Gate is what the whole gate makes of equal candidates: denied is every
	// candidate of which at least one gated row is denied.
	Gate Chance `json:"gate"`
	// Rows are the metrics over all rows in the order of the gate, then the slices.
	Rows     []Calibrated `json:"rows"`
	Problems []Problem    `json:"problems,omitempty"`
	// Plots are the files that were drawn, in the folder that was asked for.
	Plots   []string `json:"plots,omitempty"`
	Receipt Receipt  `json:"receipt"`
}

// Assumption says how two models of the same quality were taken to differ,
// which decides what can be seen: the more differently they answer, the less.
type Assumption struct {
	// Source is "other" for the differences of a second model, "model" for assumed ones.
	Source string `json:"source" jsonschema:"enum=other,enum=model"`
	// Correlation is that of the two models' answers among rows of one label, by
	// rank; it is what was assumed, and absent where a second model was there.
	Correlation *float64 `json:"correlation,omitempty"`
	// Disagreement is the share of rows on which the two decide differently; it
	// is absent where answers are no decisions.
	Disagreement *float64 `json:"disagreement,omitempty"`
	// Units are what was exchanged between the two as a whole: "rows", "groups", "items" or "blocks".
	Units string `json:"units" jsonschema:"enum=rows,enum=groups,enum=items,enum=blocks"`
	Count int    `json:"count"`
	// Method says in a sentence how the candidates were made.
	Method string `json:"method"`
}

// Chance is a share of simulated candidates.
type Chance struct {
	// Trials is how many candidates were simulated; 0 if the share is from a formula.
	Trials int     `json:"trials"`
	Denied float64 `json:"denied"`
	// Error is the standard error of the share, from the number of trials.
	Error float64 `json:"error"`
}

// Calibrated is what the data can carry for one metric, overall or on a slice.
// Drops and margins are absolute, in the metric's own unit; a field is absent
// where it cannot be known, and Note says why.
type Calibrated struct {
	Metric string `json:"metric"`
	// Slice is "column=value", or empty for all rows.
	Slice  string    `json:"slice,omitempty"`
	Better Direction `json:"better" jsonschema:"enum=higher,enum=lower"`
	Unit   string    `json:"unit,omitempty"`
	// Value is the champion's.
	Value  *float64 `json:"value,omitempty"`
	N      int      `json:"n"`
	Groups int      `json:"groups,omitempty"`
	// Margin is the drop that the gate allows, absolute; Percent is what it is of the champion's value, if it was given so.
	Margin  float64  `json:"margin"`
	Percent *float64 `json:"percent,omitempty"`
	Require Require  `json:"require" jsonschema:"enum=non-inferior,enum=not-worse,enum=better"`
	Gated   bool     `json:"gated"`
	// Spread is the standard deviation of the difference between equal candidates and the champion.
	Spread *float64 `json:"spread,omitempty"`
	// Worse and Denied are what becomes of equal candidates: called worse, and
	// denied for whatever Require does not let pass.
	Worse  *Chance `json:"worse,omitempty"`
	Denied *Chance `json:"denied,omitempty"`
	// Detectable is the smallest drop that is shown to be one in 80 % of trials,
	// however small; DeniedFrom is the smallest that the gate denies as often, given its margin.
	Detectable *float64 `json:"detectable,omitempty"`
	DeniedFrom *float64 `json:"deniedFrom,omitempty"`
	// Supports is the smallest margin at which 95 % of equal candidates are shown
	// not to be worse, rounded up to a number that a person would write.
	// SupportsPercent is the same where the margin was given as a percentage.
	Supports        *float64 `json:"supports,omitempty"`
	SupportsPercent *float64 `json:"supportsPercent,omitempty"`
	// TooFine is true where Require asks for more than that: equal candidates
	// would be denied more often than 5 in 100 times. Needs is about how many rows
	// (or groups, items, blocks: see Assumption) would carry Margin.
	TooFine bool `json:"tooFine,omitempty"`
	Needs   int  `json:"needs,omitempty"`
	// Blind is true where drops of five margins would mostly not show.
	Blind bool `json:"blind,omitempty"`
	// Curve has the drops that were planted, from none upwards.
	Curve []Power `json:"curve,omitempty"`
	// Method names how the gate computed intervals.
	Method string `json:"method"`
	Note   string `json:"note,omitempty"`
}

// Power is how often a drop of one size was seen.
type Power struct {
	// Drop is the mean drop that was planted, in the metric's own unit; above 0 is worse.
	Drop float64 `json:"drop"`
	// Shown is the share of trials in which it was shown to be a drop, Worse in
	// which the verdict was worse, Denied in which the gate denied this row.
	Shown  float64 `json:"shown"`
	Worse  float64 `json:"worse"`
	Denied float64 `json:"denied"`
	// Trials is how many there were; 0 if the shares are from a formula.
	Trials int `json:"trials"`
}
