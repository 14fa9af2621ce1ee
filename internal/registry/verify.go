package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Verify checks all of the registry: every version's document, every link of every
// alias and ledger, and every byte of every object. What is wrong is no error: it is
// listed in the answer, and so is what is whole and named by nothing. Progress is
// told what is read next; it may be nil. An error means that the registry could not be listed.
func (r *Registry) Verify(ctx context.Context, progress func(path string)) (result.Verification, error) {
	v := &verifier{Registry: r, progress: progress, named: map[string]use{}, documents: map[string]string{}, promoted: map[string]bool{}}
	v.found = result.Verification{
		Schema: result.SchemaOf[result.Verification](), Pipeline: r.pipeline, Registry: r.backend.Path(""), Damages: []result.Damage{},
	}
	for _, step := range []func(context.Context) error{v.prove, v.checkVersions, v.checkAliases, v.checkLedgers, v.checkNamed, v.checkRest} {
		if err := step(ctx); err != nil {
			return v.found, fmt.Errorf("verify registry: %w", err)
		}
	}
	return v.found, nil
}

// verifier is a check of a registry under way.
type verifier struct {
	*Registry
	found     result.Verification
	progress  func(string)
	named     map[string]use    // the objects that documents name, by digest
	documents map[string]string // digest of each version's document, by version
	promoted  map[string]bool   // versions that an alias names or has named
}

// prover is a backend that keeps a copy of what lies elsewhere, and can check it
// there. The error wraps objects.ErrCorrupt if it is damaged.
type prover interface {
	Prove(ctx context.Context) error
}

func (v *verifier) prove(ctx context.Context) error {
	elsewhere, ok := v.backend.(prover)
	if !ok {
		return nil
	}
	v.tell(v.backend.Path(""))
	err := elsewhere.Prove(ctx)
	if errors.Is(err, objects.ErrCorrupt) {
		v.damaged(v.backend.Path(""), proveRemedy, "%v", err)
		return nil
	}
	return err
}

// use says what an object is for.
type use struct {
	what     string
	optional bool // it may be missing, but not be damaged
	remedy   string
}

// What to do about damages.
const (
	fromBackup    = "put the file back from a backup of the registry"
	versionRemedy = fromBackup + "; without one, the version is lost: if an alias names it, muster rollback --to another"
	modelRemedy   = fromBackup + ", or let muster models verify --mend put it right from a cache that has it (muster run makes it there again, at the version's commit)"
	aliasRemedy   = fromBackup + "; without one the alias stays blocked: name another in gate.champion, and have it name a version with muster rollback --to"
	proveRemedy   = "have the host mend the repository (git fsck names the objects), or push the branch again from a clone that has it whole"
	ledgerRemedy  = fromBackup + "; without one, decisions on this evaluation data stay undecided"
)

func (v *verifier) tell(path string) {
	if v.progress != nil {
		v.progress(path)
	}
}

func (v *verifier) damaged(path, remedy, format string, args ...any) {
	v.found.Damages = append(v.found.Damages, result.Damage{Path: path, Message: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (v *verifier) unused(path, message string) {
	v.found.Unused = append(v.found.Unused, result.Damage{Path: path, Message: message})
}

func (v *verifier) checkVersions(ctx context.Context) error {
	numbers, err := v.versionNumbers(ctx)
	if err != nil {
		return err
	}
	for _, n := range v.withoutGaps(ctx, numbers, func(n int) string { return versionFile(versionName(n)) }, versionRemedy) {
		if err := v.checkVersion(ctx, versionName(n)); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) checkVersion(ctx context.Context, name string) error {
	path := v.backend.Path(versionFile(name))
	v.tell(path)
	version, data, err := v.readVersion(ctx, name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.damaged(path, versionRemedy, "%v", err)
		return nil
	}
	v.found.Versions++
	v.documents[name] = digestOf(data)
	for _, file := range version.Model.Files {
		v.named[file.SHA256] = use{what: file.Path + " of " + name, remedy: modelRemedy}
	}
	for _, file := range version.Attachments {
		v.named[file.SHA256] = use{what: file.Path + " of " + name, remedy: modelRemedy}
	}
	if answers := predictionsOf(version); answers != nil {
		if _, known := v.named[answers.SHA256]; !known {
			v.named[answers.SHA256] = use{what: "the predictions of " + name, optional: true, remedy: modelRemedy}
		}
	}
	return nil
}

func (v *verifier) checkAliases(ctx context.Context) error {
	names, err := v.backend.List(ctx, "aliases")
	if err != nil {
		return err
	}
	for _, alias := range names {
		if checkAlias(alias) != nil {
			continue // nothing that muster made
		}
		if err := v.checkAlias(ctx, alias); err != nil {
			return err
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(v.documents), byNumber) {
		if !v.promoted[name] {
			v.unused(v.backend.Path(versionFile(name)), "no alias has named this version")
		}
	}
	return nil
}

func (v *verifier) checkAlias(ctx context.Context, alias string) error {
	there, _, err := v.serials(ctx, aliasFolder(alias))
	if err != nil {
		return err
	}
	name := func(serial int) string { return aliasFolder(alias) + "/" + serialName(serial) }
	previous, readable := linkedMove{}, true
	for _, serial := range v.withoutGaps(ctx, slices.Sorted(maps.Keys(there)), name, aliasRemedy) {
		where := v.backend.Path(name(serial))
		v.tell(where)
		m, err := v.readMove(ctx, alias, serial)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.damaged(where, aliasRemedy, "%v", err)
			readable = false
			continue
		}
		v.found.Moves++
		if readable && !m.follows(previous) {
			v.damaged(where, aliasRemedy, "it does not follow on %s as that is now", serialName(serial-1))
		}
		if err := v.checkTarget(m.Move); err != nil {
			v.damaged(where, versionRemedy, "%v", err)
		}
		previous, readable = m, true
	}
	return nil
}

// withoutGaps returns the numbers from 1 to the last that are there, and reports
// the others. What was created while the folder was listed may be missing in the list.
func (v *verifier) withoutGaps(ctx context.Context, numbers []int, name func(int) string, remedy string) []int {
	var there []int
	expected := 1
	for _, n := range numbers {
		for ; expected < n; expected++ {
			if _, err := v.backend.Read(ctx, name(expected)); err != nil {
				v.damaged(v.backend.Path(name(expected)), remedy, "%s missing, and %s is there", missing(expected, n-1), path.Base(name(n)))
				break
			}
			there = append(there, expected)
		}
		there, expected = append(there, n), n+1
	}
	return there
}

func missing(from, to int) string {
	if from == to {
		return "it is"
	}
	return fmt.Sprintf("it and the %d after it are", to-from)
}

// checkTarget checks that the version is the one that was promoted.
func (v *verifier) checkTarget(m result.Move) error {
	v.promoted[m.To] = true
	document, known := v.documents[m.To]
	switch {
	case !known:
		return fmt.Errorf("it promoted %s, whose document %s is missing or damaged", m.To, v.backend.Path(versionFile(m.To)))
	case document != m.VersionSHA256:
		return fmt.Errorf("it promoted %s, whose document %s is another one now", m.To, v.backend.Path(versionFile(m.To)))
	default:
		return nil
	}
}

func (v *verifier) checkLedgers(ctx context.Context) error {
	ledgers, err := v.ledgers(ctx)
	if err != nil {
		return err
	}
	for _, data := range ledgers {
		if err := v.checkLedger(ctx, data); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) checkLedger(ctx context.Context, data string) error {
	there, _, err := v.serials(ctx, ledgerFolder(data))
	if err != nil {
		return err
	}
	name := func(serial int) string { return attemptFile(data, serial) }
	previous, readable := "", true
	for _, serial := range v.withoutGaps(ctx, slices.Sorted(maps.Keys(there)), name, ledgerRemedy) {
		where := v.backend.Path(name(serial))
		v.tell(where)
		a, digest, err := v.readAttempt(ctx, data, serial)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.damaged(where, ledgerRemedy, "%v", err)
			readable = false
			continue
		}
		v.found.Decisions++
		if readable && a.Previous != previous {
			v.damaged(where, ledgerRemedy, "it does not follow on %s as that is now", serialName(serial-1))
		}
		if a.Input != "" {
			v.named[a.Input] = use{what: fmt.Sprintf("the input of decision %d on data %.12s", serial, data), remedy: fromBackup + "; without one, this decision cannot be replayed"}
		}
		previous, readable = digest, true
	}
	return nil
}

// checkNamed reads the objects that documents name.
func (v *verifier) checkNamed(ctx context.Context) error {
	for _, digest := range slices.Sorted(maps.Keys(v.named)) {
		use, path := v.named[digest], v.backend.ObjectPath(digest)
		v.tell(path)
		size, err := v.readObject(ctx, digest)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist) && use.optional:
		case errors.Is(err, fs.ErrNotExist):
			v.damaged(path, use.remedy, "it is missing: %s", use.what)
		case err != nil:
			v.damaged(path, use.remedy, "%s: %v", use.what, err)
		default:
			v.found.Objects++
			v.found.Bytes += size
		}
	}
	return nil
}

// checkRest lists the objects that nothing names. They are as likely on their way
// as left over, and nothing is missed if one is damaged.
func (v *verifier) checkRest(ctx context.Context) error {
	return v.backend.Each(ctx, func(digest string, size int64) error {
		if _, named := v.named[digest]; !named {
			v.unused(v.backend.ObjectPath(digest), fmt.Sprintf("no version and no decision names this object (%d bytes)", size))
		}
		return nil
	})
}

func byNumber(a, b string) int { return cmp.Compare(number(a), number(b)) }
