package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking"
)

// Models reads a project's registry: what is in it, how it came there, whether it is whole.
type Models struct {
	Project *Project
	reg     *registry.Registry
	keys    attest.Keys
}

// OpenModels opens the registry, and the keys that the configuration trusts.
func OpenModels(ctx context.Context, p *Project) (*Models, error) {
	reg, err := p.Registry(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := loadKeys(p.Config, p.Dir)
	return &Models{p, reg, keys}, err
}

// Find returns the version of that name, or what the alias of that name is now.
// The error wraps registry.ErrNoVersion if it is neither.
func (m *Models) Find(ctx context.Context, name string) (result.Version, error) {
	version, err := m.reg.Version(ctx, name)
	if !errors.Is(err, registry.ErrNoVersion) {
		return version, err
	}
	aliases, listErr := m.reg.Aliases(ctx)
	if listErr != nil || !slices.Contains(aliases, name) {
		return version, err
	}
	version, _, err = m.reg.Current(ctx, name)
	return version, err
}

// History returns the moves of an alias with what is known of each version.
func (m *Models) History(ctx context.Context, alias string) (result.Moves, error) {
	doc := result.Moves{Schema: result.SchemaOf[result.Moves](), Pipeline: m.Project.Config.Name, Alias: alias, Moves: []result.Step{}}
	moves, err := m.reg.History(ctx, alias)
	if err != nil {
		return doc, err
	}
	known := map[string]result.Version{}
	for _, move := range moves {
		version, ok := known[move.To]
		if !ok {
			if version, err = m.reg.Version(ctx, move.To); err != nil {
				return doc, err
			}
			known[move.To] = version
		}
		doc.Moves = append(doc.Moves, m.step(move, version))
		doc.Current = move.To
	}
	return doc, nil
}

func (m *Models) step(move result.Move, version result.Version) result.Step {
	step := result.Step{Move: move, Model: version.Model.Digest, Metrics: version.Metrics}
	if version.Decision != nil {
		step.Verdict, step.Because = version.Decision.Verdict, version.Decision.Reason
	}
	if key, err := verifyMove(m.keys, move); err == nil {
		step.Key = key.Name
	}
	return step
}

// Show returns all that is known of a version.
func (m *Models) Show(ctx context.Context, version result.Version) (report.ModelDetails, error) {
	details := report.ModelDetails{Version: version}
	aliases, err := m.reg.Aliases(ctx)
	if err != nil {
		return details, err
	}
	for _, alias := range aliases {
		history, err := m.History(ctx, alias)
		if err != nil {
			return details, err
		}
		for _, step := range history.Moves {
			if step.To == version.Version || step.From == version.Version {
				details.Moves = append(details.Moves, step)
			}
		}
	}
	details.Provenance, err = m.provenance(ctx, version)
	if err != nil {
		details.Provenance = "cannot be trusted: " + err.Error()
	}
	return details, nil
}

// provenance says what the statement of a version is worth. The error says why it is worth nothing.
func (m *Models) provenance(ctx context.Context, version result.Version) (string, error) {
	data, err := m.reg.OpenAttachment(ctx, version, result.ProvenanceFile)
	if errors.Is(err, registry.ErrNoAttachment) {
		return "none", nil
	}
	if err != nil {
		return "", err
	}
	statement, err := attest.ReadStatement(data)
	switch {
	case err != nil:
		return "", err
	case !statement.Covers(version.Model.Files):
		return "", errors.New("it is about other files than the model's")
	}
	if _, err := attest.Payload(attest.StatementType, data); err != nil {
		return "in-toto statement, not signed", nil //nolint:nilerr // what is in no envelope is a statement as it is
	}
	if m.keys == nil {
		return "in-toto statement, signed; no keys are named to check it with (registry.keys)", nil
	}
	_, key, err := attest.Open(m.keys, attest.StatementType, data)
	if err != nil {
		return "", err
	}
	return "in-toto statement, signed with " + key.Name, nil
}

// Card returns the model card of a version: the one that it was taken in with, or
// what can be said of a version of an older muster.
func (m *Models) Card(ctx context.Context, version result.Version) ([]byte, error) {
	card, err := m.reg.OpenAttachment(ctx, version, result.CardFile)
	if errors.Is(err, registry.ErrNoAttachment) {
		return renderCard(version, nil)
	}
	return card, err
}

// Verify checks all of the registry: documents, links and bytes (registry.Verify),
// then who vouches for it: the signature of every move, where registry.keys names
// keys, and what the statement of each version is about. Moves from before the first
// signature may be without one, if a later move is signed, whose link vouches for them.
func (m *Models) Verify(ctx context.Context, progress func(string)) (result.Verification, error) {
	found, err := m.reg.Verify(ctx, progress)
	if err != nil || len(found.Damages) > 0 { // who signed damaged documents is not the question then
		return found, err
	}
	if err := m.verifyMoves(ctx, &found); err != nil {
		return found, err
	}
	versions, err := m.reg.Versions(ctx)
	if err != nil {
		return found, err
	}
	for _, version := range versions {
		if _, err := m.provenance(ctx, version); err != nil {
			found.Damages = append(found.Damages, result.Damage{
				Path: result.ProvenanceFile + " of " + version.Version, Message: "it cannot be trusted: " + err.Error(),
				Remedy: "find out who could write to the registry; the model's files are as they were added",
			})
		}
	}
	return found, nil
}

// Mend puts the files of all models right that are damaged or missing in the registry
// and whole in the project's cache. What it cannot mend, Verify finds.
func (m *Models) Mend(ctx context.Context) error {
	store, err := m.Project.Folder.Store()
	if err != nil {
		return err
	}
	versions, err := m.reg.Versions(ctx)
	if err != nil {
		return err
	}
	for _, version := range versions {
		if err := m.reg.Mend(ctx, version.Version, store); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return nil
}

func (m *Models) verifyMoves(ctx context.Context, found *result.Verification) error {
	if m.keys == nil {
		return nil
	}
	aliases, err := m.reg.Aliases(ctx)
	if err != nil {
		return err
	}
	for _, alias := range aliases {
		moves, err := m.reg.History(ctx, alias)
		if err != nil {
			return err
		}
		vouched := false // a later move is signed, and names the digest of the one before
		for _, move := range slices.Backward(moves) {
			_, err := verifyMove(m.keys, move)
			if err == nil || (vouched && errors.Is(err, attest.ErrUnsigned)) {
				vouched = vouched || err == nil
				continue
			}
			found.Damages = append(found.Damages, result.Damage{
				Path: fmt.Sprintf("move %d of %s", move.Serial, alias), Message: fmt.Sprintf("%s → %s cannot be trusted: %v", orNone(move.From), move.To, err),
				Remedy: "if it is right, sign it: muster models sign --reason TEXT; if not, muster rollback, and find out who could write to the registry",
			})
		}
	}
	return nil
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

// Diff says what differs between two versions: what they answered, their files, and
// what differs between the runs that made them.
func (m *Models) Diff(a, b result.Version) result.Versions {
	d := result.Versions{
		Schema: result.SchemaOf[result.Versions](), Pipeline: m.Project.Config.Name, A: modelOf(a), B: modelOf(b),
		Metrics: []result.MetricChange{}, Files: []result.FileChange{}, SameData: sameData(a, b),
	}
	directions := tracking.NewDirections(m.Project.Config.Gate)
	for _, name := range keysOf(a.Metrics, b.Metrics) {
		if change := metricBetween(name, directions.Of(name), a.Metrics, b.Metrics); change.Outcome != result.Equivalent {
			d.Metrics = append(d.Metrics, change)
		}
	}
	d.Files = filesBetween(a.Model.Files, b.Model.Files)
	what := "nothing that is recorded"
	if a.Run != nil && b.Run != nil {
		runs := tracking.Diff(*a.Run, *b.Run, directions, m.Project.Folder.Files)
		d.Runs, what = &runs, runs.Summary
	}
	d.Summary = fmt.Sprintf("%s → %s: %s", a.Version, b.Version, what)
	if a.Model.Digest == b.Model.Digest {
		d.Summary = fmt.Sprintf("%s and %s are the same model: %s", a.Version, b.Version, what)
	}
	return d
}
