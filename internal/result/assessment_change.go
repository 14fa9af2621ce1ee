package result

import "time"

// ScoreChange is what a change does to a repository's maturity: two assessments, of
// its base and of what it became.
type ScoreChange struct {
	Schema string `json:"schema"`
	// Base and Head are the two sides.
	Base ScoreSide `json:"base"`
	Head ScoreSide `json:"head"`
	// Root is the path of the project that was compared.
	Root string `json:"root,omitempty"`
	// Raised and Lowered are the criteria that are answered better and worse than
	// before, those of the lower levels first; Moved are those that only became applicable, or ceased to be.
	Raised  []CriterionChange `json:"raised"`
	Lowered []CriterionChange `json:"lowered"`
	Moved   []CriterionChange `json:"moved,omitempty"`
}

// ScoreSide is one side of a change.
type ScoreSide struct {
	// Name is what it was asked for by: a branch, a tag; empty for the working copy.
	Name   string `json:"name,omitempty"`
	Commit string `json:"commit,omitempty"`
	Kind   Kind   `json:"kind"`
	Level  *int   `json:"level,omitempty"`
	// Share is the share of the weight of all applicable criteria that is met.
	Share float64 `json:"share"`
}

// CriterionChange is a criterion that two sides answer differently.
type CriterionChange struct {
	ID    string `json:"id"`
	Level int    `json:"level"`
	Core  bool   `json:"core,omitempty"`
	// From and To are the answers, with the strength of their evidence.
	From         CriterionVerdict `json:"from"`
	FromStrength Strength         `json:"fromStrength"`
	To           CriterionVerdict `json:"to"`
	ToStrength   Strength         `json:"toStrength"`
	// Reason says why it is answered so now.
	Reason string `json:"reason"`
	// Evidence is that of what became better now, and of what became worse before.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remedy says how to get it back.
	Remedy string `json:"remedy,omitempty"`
}

// ScoreHistory is how a repository's maturity came about, the oldest point first.
type ScoreHistory struct {
	Schema string `json:"schema"`
	// Every is what lies between two points: month, week, commit or tag.
	Every  string       `json:"every"`
	Root   string       `json:"root,omitempty"`
	Rubric string       `json:"rubric"`
	Points []ScorePoint `json:"points"`
}

// ScorePoint is the score of one commit.
type ScorePoint struct {
	Commit string    `json:"commit"`
	Time   time.Time `json:"time"`
	// Tag names the commit, if one does.
	Tag   string `json:"tag,omitempty"`
	Kind  Kind   `json:"kind"`
	Level *int   `json:"level,omitempty"`
	// Met and Asked count the criteria.
	Met   int `json:"met"`
	Asked int `json:"asked"`
	// Shape is the share of each level's weight that is met, by level.
	Shape map[string]float64 `json:"shape"`
	// Gained and Lost are the criteria that are met, or no longer met, since the point before.
	Gained []string `json:"gained,omitempty"`
	Lost   []string `json:"lost,omitempty"`
	// Problem says why the commit could not be scored.
	Problem string `json:"problem,omitempty"`
}

// Rationale explains the answer to one criterion: what is asked, what counts, the
// rule that answered, and the facts that it had.
type Rationale struct {
	Schema    string    `json:"schema"`
	Criterion Criterion `json:"criterion"`
	Why       string    `json:"why,omitempty"`
	// Counts and LookAlikes are examples of what meets it and of what does not.
	Counts     []string `json:"counts,omitempty"`
	LookAlikes []string `json:"lookalikes,omitempty"`
	// Proof is what would prove it, NotApplicable when it is not asked.
	Proof         string   `json:"proof,omitempty"`
	NotApplicable string   `json:"notApplicable,omitempty"`
	Fix           string   `json:"fix"`
	Source        string   `json:"source,omitempty"`
	References    []string `json:"references,omitempty"`
	Attestable    bool     `json:"attestable,omitempty"`
	// Rule is its source in Rego, Categories those of the facts that it looks at.
	Rule       string   `json:"rule"`
	Categories []string `json:"categories"`
	// Facts are those that there were, FactsLeftOut how many more.
	Facts        []SeenFact  `json:"facts"`
	FactsLeftOut int         `json:"factsLeftOut,omitempty"`
	Files        []ReadyFile `json:"files,omitempty"`
}

// SeenFact is one thing that was seen in the repository.
type SeenFact struct {
	Category string `json:"category"`
	Tool     string `json:"tool,omitempty"`
	Subject  string `json:"subject"`
	Path     string `json:"path"`
	Line     int    `json:"line,omitempty"`
	// Context is the sort of code that it is in.
	Context string `json:"context,omitempty"`
	// Reached are the entries that run it: "job test (.github/workflows/ci.yml:8)".
	Reached []string `json:"reached,omitempty"`
	// Lost says why its failure fails nothing.
	Lost string `json:"lost,omitempty"`
}

// ReadyFile is a file that closes gaps, ready to be written.
type ReadyFile struct {
	Path string `json:"path"`
	Text string `json:"text"`
	// Criteria are those that it helps to meet.
	Criteria []string `json:"criteria"`
	// Edit is true if the file is there already: the text is what to add to it.
	Edit bool `json:"edit,omitempty"`
	// After says what is left to do by hand.
	After string `json:"after,omitempty"`
}
