package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

const (
	// maxInput is how large a recorded input may be, in bytes.
	maxInput = 64 << 20
	// maxUnread is how many records are named that could not be judged; all are counted.
	maxUnread = 100
)

// Replay judges decisions of the past by other policies.
type Replay struct {
	// Project is where the records lie if Logs is empty: its registry's ledger, and
	// its decision log. It may be nil, and need have no folder.
	Project *Project
	// Logs are decision logs to read instead.
	Logs []string
	// Since leaves out what was decided before, if it is not zero.
	Since time.Time
	Set   *policies.Set
}

// replaying is what a replay has come to.
type replaying struct {
	Replay
	seen map[string]bool
	doc  result.Replay
}

// errStuck ends a replay: a policy still runs, and takes memory.
var errStuck = errors.New("a policy does not end")

// Run judges every recorded decision once. A record that cannot be judged is
// named and counted; an error means that a source cannot be read at all.
func (r Replay) Run(ctx context.Context) (result.Replay, error) {
	p := &replaying{Replay: r, seen: map[string]bool{}, doc: result.Replay{
		Schema: result.SchemaOf[result.Replay](), Decisions: []result.Replayed{}, Unread: []result.Unread{},
		Policies: r.Set.Digests(), OPA: rego.Version(),
	}}
	err := p.sources(ctx)
	if err != nil && !errors.Is(err, errStuck) {
		return p.doc, err
	}
	slices.SortStableFunc(p.doc.Decisions, func(a, b result.Replayed) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Source, b.Source))
	})
	p.doc.Summary = replaySummary(p.doc.Counts)
	return p.doc, nil
}

// sources goes through the records: the ledger first, which is one chain that
// nobody changes unnoticed, then what only a log has.
func (p *replaying) sources(ctx context.Context) error {
	logs := p.Logs
	if len(logs) == 0 && p.Project != nil {
		if err := p.ledger(ctx); err != nil {
			return err
		}
		log := filepath.Join(p.Project.Dir, ".muster", DecisionLogFile)
		for _, path := range []string{log + ".1", log} {
			if _, err := os.Stat(path); err == nil {
				logs = append(logs, path)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("read decision log: %w", err)
			}
		}
	}
	for _, path := range logs {
		if err := p.log(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// ledger replays what the registry keeps.
func (p *replaying) ledger(ctx context.Context) error {
	reg, err := p.Project.Registry(ctx)
	if errors.Is(err, registry.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	attempts, err := reg.AllAttempts(ctx)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		source := fmt.Sprintf("ledger %.12s, decision %d", a.Data, a.Serial)
		if a.At.Before(p.Since) {
			continue
		}
		input, err := readRecordedInput(ctx, reg, a)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p.unread(source, a.At, err)
			continue
		}
		if err := p.replay(ctx, policies.Recorded{
			At: a.At, Change: a.Change, Commit: a.Commit, Source: source, Verdict: a.Verdict,
			Codes: a.Codes, Partial: a.Verdict == result.Undecided, Waivers: a.Waivers, Input: input,
		}); err != nil {
			return err
		}
	}
	return nil
}

func readRecordedInput(ctx context.Context, reg *registry.Registry, a result.Attempt) ([]byte, error) {
	in, err := reg.OpenInput(ctx, a)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("the input is larger than %d MiB", maxInput>>20)
	}
	return data, nil
}

// log replays the lines of a decision log.
func (p *replaying) log(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read decision log: %w", err)
	}
	defer file.Close()
	return rego.ReadLog(file, func(line int, event rego.LoggedEvent, wrong error) error {
		source := fmt.Sprintf("%s:%d", path, line)
		switch undated := event.Timestamp.IsZero() && !p.Since.IsZero(); {
		case wrong == nil && undated:
			wrong = errors.New("it does not say when it was made")
		case wrong == nil && event.Timestamp.Before(p.Since):
			return nil
		}
		var recorded policies.Recorded
		if wrong == nil {
			recorded, wrong = recordedEvent(event)
		}
		if wrong != nil {
			p.unread(source, event.Timestamp, wrong)
			return nil
		}
		recorded.Source = source
		return p.replay(ctx, recorded)
	})
}

// recordedEvent reads what muster itself logged of a decision.
func recordedEvent(event rego.LoggedEvent) (policies.Recorded, error) {
	recorded := policies.Recorded{At: event.Timestamp, Change: event.Labels["change"], Input: event.Input}
	var said result.Judgement
	if err := json.Unmarshal(event.Result, &said); err != nil || event.Path != rego.LogPath {
		return recorded, fmt.Errorf("this is no decision of muster's gate, but of %.100q", event.Path)
	}
	switch said.Verdict {
	case result.Pass, result.Deny, result.Undecided:
	default:
		return recorded, fmt.Errorf("its verdict is %.100q", said.Verdict)
	}
	var input struct {
		Run *struct {
			Git *struct {
				Commit string `json:"commit"`
			} `json:"git"`
		} `json:"run"`
	}
	if err := json.Unmarshal(event.Input, &input); err != nil {
		return recorded, fmt.Errorf("its input is none: %w", err)
	}
	if input.Run != nil && input.Run.Git != nil {
		recorded.Commit = input.Run.Git.Commit
	}
	recorded.Verdict, recorded.Codes = said.Verdict, policies.StoppedBy(said.Findings)
	for _, finding := range said.Findings {
		if finding.Waiver != nil && !slices.Contains(recorded.Waivers, *finding.Waiver) {
			recorded.Waivers = append(recorded.Waivers, *finding.Waiver)
		}
	}
	return recorded, nil
}

// replay judges one decision, unless it was judged before.
func (p *replaying) replay(ctx context.Context, recorded policies.Recorded) error {
	key := recorded.Key()
	if p.seen[key] {
		return nil
	}
	p.seen[key] = true
	replayed, stuck, err := p.Set.Replay(ctx, recorded)
	if _, old := errors.AsType[*policies.OldInputError](err); old {
		p.unread(recorded.Source, recorded.At, err)
		return nil
	}
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		p.unread(recorded.Source, recorded.At, err)
		return nil
	}
	p.doc.Decisions = append(p.doc.Decisions, replayed)
	count(&p.doc.Counts, replayed)
	if stuck {
		p.unread(recorded.Source, recorded.At, errors.New("the policies do not end on this decision, so none after it was judged"))
		return errStuck
	}
	return nil
}

// count adds a decision to the counts.
func count(c *result.ReplayCounts, d result.Replayed) {
	switch passes := d.WouldBe == result.Pass; {
	case d.Was == result.Pass && !passes:
		c.Passed, c.WouldStop = c.Passed+1, c.WouldStop+1
	case d.Was == result.Pass:
		c.Passed++
	case passes:
		c.Stopped, c.WouldPass = c.Stopped+1, c.WouldPass+1
	default:
		c.Stopped++
	}
}

func (p *replaying) unread(source string, at time.Time, why error) {
	p.doc.Counts.Unread++
	if len(p.doc.Unread) < maxUnread {
		p.doc.Unread = append(p.doc.Unread, result.Unread{Source: source, At: at, Why: why.Error()})
	}
}

// replaySummary is the one sentence that matters.
func replaySummary(c result.ReplayCounts) string {
	sentence := ""
	switch all := c.Passed + c.Stopped; {
	case all == 0:
		sentence = "there is no recorded decision to judge"
	case c.WouldStop == 0 && c.WouldPass == 0:
		sentence = fmt.Sprintf("would have let the same merges through: %d of %d passed", c.Passed, all)
	default:
		sentence = fmt.Sprintf("would have stopped %d of %s, and let %d of %s through",
			c.WouldStop, countedDecisions(c.Passed, "that passed"), c.WouldPass, countedDecisions(c.Stopped, "that did not pass"))
	}
	switch c.Unread {
	case 0:
		return sentence
	case 1:
		return sentence + "; 1 record could not be judged"
	default:
		return fmt.Sprintf("%s; %d records could not be judged", sentence, c.Unread)
	}
}

func countedDecisions(n int, which string) string {
	if n == 1 {
		return "1 decision " + which
	}
	return fmt.Sprintf("%d decisions %s", n, which)
}
