package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Promotion is what [Registry.Move] is asked to do.
type Promotion struct {
	Alias string
	// From is the version that the alias must still name, or empty for nothing yet.
	From string
	To   string
	By   string
	// Reason and Override are kept in the history.
	Reason   string
	Override bool
	// Sign signs the move's [Payload]; nil for no signature.
	Sign func(payload []byte) (*result.Signature, error)
	// Renew makes a move also where the alias names To already: one that is signed, say,
	// after one that is not.
	Renew bool
}

// Payload is what the signature of a move is over: its document without the signature.
func Payload(m result.Move) ([]byte, error) {
	m.Signature = nil
	return result.Encode(m)
}

// Current returns what the alias names, and the move that made it so. The error
// wraps [ErrNoAlias] if nothing was promoted yet, and objects.ErrCorrupt if the
// history has a gap, its end is not one chain, or the version is not the one that
// was promoted. The bytes of the model are not read: see [Registry.Check].
func (r *Registry) Current(ctx context.Context, alias string) (result.Version, result.Move, error) {
	last, err := r.last(ctx, alias)
	if err != nil {
		return result.Version{}, result.Move{}, err
	}
	if last.Serial == 0 {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %w", alias, ErrNoAlias)
	}
	version, data, err := r.readVersion(ctx, last.To)
	if err != nil {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %w", alias, err)
	}
	if digestOf(data) != last.VersionSHA256 {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %s is not the version that %s promoted: %w",
			alias, r.backend.Path(versionFile(last.To)), serialName(last.Serial), objects.ErrCorrupt)
	}
	return version, last.Move, nil
}

// Move makes the alias name another version, if it still names p.From; otherwise
// the error is a [*MovedError]. Of several callers with the same expectation exactly
// one succeeds. An alias that names the version already is left as it is. A version
// that is not whole (see [Registry.Check]) is refused.
func (r *Registry) Move(ctx context.Context, p Promotion) (result.Move, error) {
	document, err := r.promotable(ctx, p.To)
	if err != nil {
		return result.Move{}, fmt.Errorf("move alias %s: %w", p.Alias, err)
	}
	for try := 0; ; try++ {
		last, err := r.last(ctx, p.Alias)
		switch {
		case err != nil:
			return result.Move{}, err
		case last.To != p.From:
			return result.Move{}, &MovedError{Alias: p.Alias, Expected: p.From, Current: last.To}
		case last.To == p.To && !p.Renew:
			return last.Move, nil
		}
		next, err := r.appendMove(ctx, last, p, digestOf(document))
		if err == nil {
			return next, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return result.Move{}, fmt.Errorf("move alias %s: %w", p.Alias, err)
		}
		// Somebody was faster: look again, and most likely give up.
		if err := pause(ctx, try); err != nil {
			return result.Move{}, err
		}
	}
}

// promotable returns a version's document, if all that it names is there.
func (r *Registry) promotable(ctx context.Context, version string) ([]byte, error) {
	v, data, err := r.readVersion(ctx, version)
	if err != nil {
		return nil, err
	}
	return data, r.Check(ctx, v)
}

// appendMove creates the document of one move. It fails with fs.ErrExist if that
// serial is taken: the compare-and-swap.
func (r *Registry) appendMove(ctx context.Context, last linkedMove, p Promotion, version string) (result.Move, error) {
	next := result.Move{
		Schema: result.SchemaOf[result.Move](), Alias: p.Alias, Serial: last.Serial + 1, From: last.To, To: p.To,
		At: time.Now().UTC().Truncate(time.Second), By: p.By, Reason: p.Reason, Override: p.Override,
		VersionSHA256: version, Previous: last.digest,
	}
	if p.Sign != nil {
		payload, err := Payload(next)
		if err != nil {
			return next, err
		}
		if next.Signature, err = p.Sign(payload); err != nil {
			return next, fmt.Errorf("sign: %w", err)
		}
	}
	codec, err := moveCodec()
	if err != nil {
		return next, err
	}
	// What could not be read again would block the alias for ever: Encode refuses it.
	data, err := codec.Encode(next)
	if err != nil {
		return next, err
	}
	return next, r.backend.Create(ctx, File{aliasFolder(p.Alias) + "/" + serialName(next.Serial), data})
}

// History returns the moves of an alias, the oldest first, and checks that they are
// one unbroken chain. It is empty if nothing was promoted yet.
func (r *Registry) History(ctx context.Context, alias string) ([]result.Move, error) {
	length, err := r.moveCount(ctx, alias)
	if err != nil {
		return nil, err
	}
	moves := make([]result.Move, 0, length)
	for previous := (linkedMove{}); len(moves) < length; {
		if previous, err = r.follow(ctx, alias, previous); err != nil {
			return nil, err
		}
		moves = append(moves, previous.Move)
	}
	return moves, nil
}

// Recent returns the last n moves of an alias, the oldest of them first, and checks
// that they are one unbroken chain. It is empty if nothing was promoted yet.
func (r *Registry) Recent(ctx context.Context, alias string, n int) ([]result.Move, error) {
	length, err := r.moveCount(ctx, alias)
	if err != nil {
		return nil, err
	}
	previous := linkedMove{}
	if before := length - n; before > 0 {
		if previous, err = r.readMove(ctx, alias, before); err != nil {
			return nil, err
		}
	}
	var moves []result.Move
	for previous.Serial < length {
		if previous, err = r.follow(ctx, alias, previous); err != nil {
			return nil, err
		}
		moves = append(moves, previous.Move)
	}
	return moves, nil
}

// Aliases returns the names of the aliases that were ever promoted, sorted.
func (r *Registry) Aliases(ctx context.Context) ([]string, error) {
	names, err := r.backend.List(ctx, "aliases")
	if err != nil {
		return nil, fmt.Errorf("list aliases: %w", err)
	}
	var aliases []string
	for _, name := range names {
		if checkAlias(name) != nil {
			continue // nothing that muster made
		}
		length, err := r.moveCount(ctx, name)
		if err != nil {
			return nil, err
		}
		if length > 0 {
			aliases = append(aliases, name)
		}
	}
	return aliases, nil
}

// linkedMove is a move with the digest of its document, for the link of the next.
type linkedMove struct {
	result.Move
	digest string
}

// last reads the end of an alias's history: the last move, and the one before, on
// which it must follow. It is zero if nothing was promoted yet.
func (r *Registry) last(ctx context.Context, alias string) (linkedMove, error) {
	length, err := r.moveCount(ctx, alias)
	if err != nil || length == 0 {
		return linkedMove{}, err
	}
	previous := linkedMove{}
	if length > 1 {
		if previous, err = r.readMove(ctx, alias, length-1); err != nil {
			return linkedMove{}, err
		}
	}
	return r.follow(ctx, alias, previous)
}

func (r *Registry) moveCount(ctx context.Context, alias string) (int, error) {
	if err := checkAlias(alias); err != nil {
		return 0, err
	}
	length, err := r.length(ctx, aliasFolder(alias))
	if err != nil {
		return 0, fmt.Errorf("read alias %s: %w", alias, err)
	}
	return length, nil
}

// follow reads the move after previous, and checks that it follows on it.
func (r *Registry) follow(ctx context.Context, alias string, previous linkedMove) (linkedMove, error) {
	m, err := r.readMove(ctx, alias, previous.Serial+1)
	if err != nil {
		return m, err
	}
	if !m.follows(previous) {
		return m, fmt.Errorf("read alias %s: %s does not follow on %s: %w",
			alias, r.backend.Path(aliasFolder(alias)+"/"+serialName(m.Serial)), serialName(previous.Serial), objects.ErrCorrupt)
	}
	return m, nil
}

// follows reports whether the move was made after previous. Older musters made moves
// without links; after the first link there is no way back.
func (m linkedMove) follows(previous linkedMove) bool {
	old := m.Previous == "" && (previous.Serial <= 1 || previous.Previous == "")
	return m.From == previous.To && (m.Previous == previous.digest || old)
}

func (r *Registry) readMove(ctx context.Context, alias string, serial int) (linkedMove, error) {
	data, err := r.link(ctx, aliasFolder(alias), serial)
	if err != nil {
		return linkedMove{}, fmt.Errorf("read alias %s: %w", alias, err)
	}
	codec, err := moveCodec()
	if err != nil {
		return linkedMove{}, err
	}
	path := r.backend.Path(aliasFolder(alias) + "/" + serialName(serial))
	m, err := codec.Decode(data, path)
	if err == nil && (m.Serial != serial || m.Alias != alias) {
		err = fmt.Errorf("read alias %s: %s says that it is move %d of %q: %w", alias, path, m.Serial, m.Alias, objects.ErrCorrupt)
	}
	return linkedMove{m, digestOf(data)}, err
}

func aliasFolder(alias string) string { return "aliases/" + alias }

// checkAlias refuses names that could lead out of the registry.
func checkAlias(alias string) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`).MatchString(alias) {
		return fmt.Errorf("%q is no alias: up to 63 lower-case letters, digits and hyphens, the first one no hyphen", alias)
	}
	return nil
}
