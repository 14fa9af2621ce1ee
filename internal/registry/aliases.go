package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Current returns what the alias names, and the move that made it so. The error
// wraps [ErrNoAlias] if nothing was promoted yet.
func (d *Dir) Current(_ context.Context, alias string) (result.Version, result.Move, error) {
	moves, err := d.moves(alias)
	if err != nil {
		return result.Version{}, result.Move{}, err
	}
	if len(moves) == 0 {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %w", alias, ErrNoAlias)
	}
	last := moves[len(moves)-1]
	version, data, err := d.readVersion(last.To)
	if err != nil {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %w", alias, err)
	}
	if digestOf(data) != last.VersionSHA256 {
		return result.Version{}, result.Move{}, fmt.Errorf("alias %s: %s is not the version that %s promoted: %w",
			alias, d.versionPath(last.To), serialName(last.Serial), objects.ErrCorrupt)
	}
	return version, last, nil
}

// Move makes the alias name another version, if it still names expectFrom
// (empty: nothing yet); otherwise the error is a [*MovedError]. Of several
// callers with the same expectation exactly one succeeds. An alias that names
// the version already is left as it is.
func (d *Dir) Move(ctx context.Context, alias, expectFrom, to, by, reason string) (result.Move, error) {
	data, err := d.promotable(ctx, to)
	if err != nil {
		return result.Move{}, fmt.Errorf("move alias %s: %w", alias, err)
	}
	for {
		moves, err := d.moves(alias)
		if err != nil {
			return result.Move{}, err
		}
		current := result.Move{}
		if len(moves) > 0 {
			current = moves[len(moves)-1]
		}
		switch {
		case current.To != expectFrom:
			return result.Move{}, &MovedError{Alias: alias, Expected: expectFrom, Current: current.To}
		case current.To == to:
			return current, nil
		}
		next := result.Move{
			Schema: result.SchemaOf[result.Move](), Alias: alias, Serial: current.Serial + 1, From: current.To, To: to,
			At: time.Now().UTC().Truncate(time.Second), By: by, Reason: reason, VersionSHA256: digestOf(data),
		}
		err = d.append(next)
		if errors.Is(err, fs.ErrExist) {
			continue // somebody was faster: look again, and most likely give up
		}
		if err != nil {
			return result.Move{}, fmt.Errorf("move alias %s: %w", alias, err)
		}
		return next, nil
	}
}

// promotable returns a version's document, if all that it names is there.
func (d *Dir) promotable(ctx context.Context, version string) ([]byte, error) {
	v, data, err := d.readVersion(version)
	if err != nil {
		return nil, err
	}
	own, err := d.store()
	if err != nil {
		return nil, err
	}
	for _, file := range v.Model.Files {
		if !holds(ctx, own, file.SHA256) {
			return nil, fmt.Errorf("the registry does not hold %s of %s whole: %w", file.Path, version, objects.ErrCorrupt)
		}
	}
	return data, ctx.Err()
}

// append creates the file of one move. It fails with fs.ErrExist if that
// serial is taken: the compare-and-swap.
func (d *Dir) append(next result.Move) error {
	dir, err := d.aliasDir(next.Alias)
	if err != nil {
		return err
	}
	for _, dir := range []string{filepath.Dir(dir), dir} {
		if err := objects.MakeDir(dir); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, serialName(next.Serial))
	// What could not be read again would block the alias for ever.
	if _, err := readMove(append(data, '\n'), path); err != nil {
		return err
	}
	return objects.CreateFile(path, append(data, '\n'), 0o444)
}

// History returns the moves of an alias, the oldest first. It is empty if
// nothing was promoted yet.
func (d *Dir) History(_ context.Context, alias string) ([]result.Move, error) {
	return d.moves(alias)
}

// Aliases returns the names of the aliases that were ever promoted, sorted.
func (d *Dir) Aliases(context.Context) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(d.dir, "aliases"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list aliases: %w", err)
	}
	var aliases []string
	for _, entry := range entries {
		if _, err := d.aliasDir(entry.Name()); err != nil {
			continue // nothing that muster made
		}
		moves, err := d.moves(entry.Name())
		if err != nil {
			return nil, err
		}
		if len(moves) > 0 {
			aliases = append(aliases, entry.Name())
		}
	}
	return aliases, nil
}

// moves reads an alias's moves, and checks that they are one unbroken chain.
func (d *Dir) moves(alias string) ([]result.Move, error) {
	dir, err := d.aliasDir(alias)
	if err != nil {
		return nil, err
	}
	var moves []result.Move
	for previous := (result.Move{}); ; {
		path := filepath.Join(dir, serialName(previous.Serial+1))
		data, err := readNext(path)
		if err != nil {
			return nil, fmt.Errorf("read alias %s: %w", alias, err)
		}
		if data == nil {
			return moves, nil
		}
		m, err := readMove(data, path)
		if err != nil {
			return nil, err
		}
		if m.Serial != previous.Serial+1 || m.Alias != alias || m.From != previous.To {
			return nil, fmt.Errorf("read alias %s: %s does not follow on %s: %w", alias, path, serialName(previous.Serial), objects.ErrCorrupt)
		}
		moves, previous = append(moves, m), m
	}
}

// readNext reads the file of the next move, or nil at the end of the history.
// A file that is not there is no end if a later one is: it was lost, unless
// both were made since it was looked for, so it is looked for again.
func readNext(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	later := func(entry fs.DirEntry) bool {
		serial, err := strconv.Atoi(strings.TrimSuffix(entry.Name(), ".json"))
		return err == nil && serialName(serial) == entry.Name() && entry.Name() > filepath.Base(path)
	}
	if !slices.ContainsFunc(entries, later) {
		return nil, nil
	}
	if data, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing, and later moves are there: %w", path, objects.ErrCorrupt)
	}
	return data, err
}

func readMove(data []byte, path string) (result.Move, error) {
	return result.Decode[result.Move](data, path)
}

func serialName(serial int) string { return fmt.Sprintf("%06d.json", serial) }

// aliasDir refuses names that could lead out of the registry.
func (d *Dir) aliasDir(alias string) (string, error) {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`).MatchString(alias) {
		return "", fmt.Errorf("%q is no alias: up to 63 lower-case letters, digits and hyphens, the first one no hyphen", alias)
	}
	return filepath.Join(d.dir, "aliases", alias), nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
