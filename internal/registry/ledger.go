package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// The ledger lies at ledger/DATA/000001.json: one chain for each evaluation data,
// one document for each decision on it.

// Record appends a decision to the ledger of its evaluation data, a.Data, with the
// document that the policies saw (input, nil for none), and returns the entry as it
// lies there: Serial counts all decisions on this data, this one included. Of any
// number of callers at once each gets a serial of its own.
func (r *Registry) Record(ctx context.Context, a result.Attempt, input []byte) (result.Attempt, error) {
	if !objects.ValidDigest(a.Data) {
		return a, fmt.Errorf("record decision: %q is not the digest of evaluation data", a.Data)
	}
	if input != nil {
		digest, err := r.backend.Keep(ctx, input)
		if err != nil {
			return a, fmt.Errorf("record decision: keep input: %w", err)
		}
		a.Input = digest
	}
	a.Schema = result.SchemaOf[result.Attempt]()
	if a.At.IsZero() {
		a.At = time.Now().UTC().Truncate(time.Second)
	}
	for try := 0; ; try++ {
		entry, err := r.appendAttempt(ctx, a)
		if err == nil {
			return entry, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return a, fmt.Errorf("record decision: %w", err)
		}
		if err := pause(ctx, try); err != nil { // somebody else's decision took this serial
			return a, err
		}
	}
}

func (r *Registry) appendAttempt(ctx context.Context, a result.Attempt) (result.Attempt, error) {
	folder := ledgerFolder(a.Data)
	length, err := r.length(ctx, folder)
	if err != nil {
		return a, err
	}
	a.Serial = length + 1
	if length > 0 {
		before, err := r.link(ctx, folder, length)
		if err != nil {
			return a, err
		}
		a.Previous = digestOf(before)
	}
	codec, err := attemptCodec()
	if err != nil {
		return a, err
	}
	data, err := codec.Encode(a)
	if err != nil {
		return a, err
	}
	return a, r.backend.Create(ctx, File{folder + "/" + serialName(a.Serial), data})
}

// Attempts returns the decisions on an evaluation data, the oldest first, and checks
// that they are one unbroken chain: the error wraps objects.ErrCorrupt if one was
// changed, or is missing before the last. It is empty if nothing was decided on it.
func (r *Registry) Attempts(ctx context.Context, data string) ([]result.Attempt, error) {
	if !objects.ValidDigest(data) {
		return nil, fmt.Errorf("read ledger: %q is not the digest of evaluation data", data)
	}
	length, err := r.length(ctx, ledgerFolder(data))
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	attempts := make([]result.Attempt, 0, length)
	previous := ""
	for serial := 1; serial <= length; serial++ {
		a, digest, err := r.readAttempt(ctx, data, serial)
		if err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		if a.Previous != previous {
			return nil, fmt.Errorf("read ledger: %s does not follow on %s: %w",
				r.backend.Path(attemptFile(data, serial)), serialName(serial-1), objects.ErrCorrupt)
		}
		attempts, previous = append(attempts, a), digest
	}
	return attempts, nil
}

// readAttempt returns an entry and the digest of its document.
func (r *Registry) readAttempt(ctx context.Context, data string, serial int) (result.Attempt, string, error) {
	document, err := r.link(ctx, ledgerFolder(data), serial)
	if err != nil {
		return result.Attempt{}, "", err
	}
	codec, err := attemptCodec()
	if err != nil {
		return result.Attempt{}, "", err
	}
	path := r.backend.Path(attemptFile(data, serial))
	a, err := codec.Decode(document, path)
	if err == nil && (a.Serial != serial || a.Data != data || a.Input != "" && !objects.ValidDigest(a.Input)) {
		err = fmt.Errorf("%s says that it is decision %d on %q: %w", path, a.Serial, a.Data, objects.ErrCorrupt)
	}
	return a, digestOf(document), err
}

// AllAttempts returns the decisions on all evaluation data, in the order of time.
func (r *Registry) AllAttempts(ctx context.Context) ([]result.Attempt, error) {
	ledgers, err := r.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var all []result.Attempt
	for _, data := range ledgers {
		attempts, err := r.Attempts(ctx, data)
		if err != nil {
			return nil, err
		}
		all = append(all, attempts...)
	}
	slices.SortStableFunc(all, func(a, b result.Attempt) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Data, b.Data)) })
	return all, nil
}

// ledgers lists the evaluation data that something was decided on.
func (r *Registry) ledgers(ctx context.Context) ([]string, error) {
	names, err := r.backend.List(ctx, "ledger")
	if err != nil {
		return nil, fmt.Errorf("list ledger: %w", err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !objects.ValidDigest(name) }), nil
}

// OpenInput opens the document that the policies saw for a decision. The error wraps
// fs.ErrNotExist if none was kept.
func (r *Registry) OpenInput(ctx context.Context, a result.Attempt) (io.ReadCloser, error) {
	if a.Input == "" {
		return nil, fmt.Errorf("open input of decision %d: none was kept: %w", a.Serial, fs.ErrNotExist)
	}
	in, err := r.backend.Open(ctx, a.Input)
	if err != nil {
		return nil, fmt.Errorf("open input of decision %d: %w", a.Serial, err)
	}
	return in, nil
}

func ledgerFolder(data string) string { return "ledger/" + data }

func attemptFile(data string, serial int) string {
	return ledgerFolder(data) + "/" + serialName(serial)
}
