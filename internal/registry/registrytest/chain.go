package registrytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// promoted makes versions v1 … and has the alias name each of them in turn.
func (s suite) promoted(contents ...string) []result.Version {
	s.Helper()
	var versions []result.Version
	from := ""
	for _, content := range contents {
		v := add(s.T, s.open(), content)
		if _, err := s.open().Move(s.Context(), move(from, v.Version)); err != nil {
			s.Fatal(err)
		}
		versions, from = append(versions, v), v.Version
	}
	return versions
}

func (s suite) chained() {
	s.promoted("a", "b", "c")
	history, err := s.open().History(s.Context(), "production")
	if err != nil {
		s.Fatal(err)
	}
	for i, m := range history {
		if (m.Previous == "") != (i == 0) || m.VersionSHA256 == "" {
			s.Errorf("move %d has previous %q, version %q", m.Serial, m.Previous, m.VersionSHA256)
		}
	}
	aliases, err := s.open().Aliases(s.Context())
	if diff := cmp.Diff([]string{"production"}, aliases); err != nil || diff != "" {
		s.Errorf("Aliases: %v\n%s", err, diff)
	}
}

func (s suite) signed() {
	add(s.T, s.open(), "a")
	var payload []byte
	p := move("", "v1")
	p.Override, p.Sign = true, func(data []byte) (*result.Signature, error) {
		payload = bytes.Clone(data)
		return &result.Signature{KeyID: "k", Sig: "c2ln"}, nil
	}
	if _, err := s.open().Move(s.Context(), p); err != nil {
		s.Fatal(err)
	}
	_, last, err := s.open().Current(s.Context(), "production")
	if err != nil {
		s.Fatal(err)
	}
	if !last.Override || last.Signature == nil || last.Signature.Sig != "c2ln" {
		s.Errorf("the move is %+v", last)
	}
	if again, err := registry.Payload(last); err != nil || !bytes.Equal(again, payload) {
		s.Errorf("what was signed cannot be made again: %v\n%s", err, cmp.Diff(string(payload), string(again)))
	}
	p = move("v1", add(s.T, s.open(), "b").Version)
	p.Sign = func([]byte) (*result.Signature, error) { return nil, errors.New("no key") }
	if _, err := s.open().Move(s.Context(), p); err == nil || !strings.Contains(err.Error(), "no key") {
		s.Errorf("error is %v", err)
	}
	if history, err := s.open().History(s.Context(), "production"); err != nil || len(history) != 1 {
		s.Errorf("History gave %v, %v", history, err)
	}
}

// manyPromote has 50 promotions of different candidates over one champion.
func (s suite) manyPromote() {
	const rivals = 50
	s.promoted("champion")
	store, registries := NewStore(s.T), make([]*registry.Registry, rivals)
	for i := range rivals {
		registries[i] = s.open()
		if _, err := registries[i].Add(s.Context(), store, NewVersion(s.T, store, fmt.Sprint(i))); err != nil {
			s.Fatal(err)
		}
	}
	outcomes := make([]error, rivals)
	var group sync.WaitGroup
	for i, reg := range registries {
		group.Go(func() { _, outcomes[i] = reg.Move(s.Context(), move("v1", fmt.Sprintf("v%d", i+2))) })
	}
	group.Wait()
	version, last, err := s.open().Current(s.Context(), "production")
	if err != nil {
		s.Fatal(err)
	}
	won := 0
	for i, err := range outcomes {
		moved, lost := errors.AsType[*registry.MovedError](err)
		switch {
		case err == nil && version.Version == fmt.Sprintf("v%d", i+2):
			won++
		case !lost || moved.Current != version.Version || moved.Expected != "v1":
			s.Errorf("v%d is told %v; the alias names %s", i+2, err, version.Version)
		}
	}
	history, err := s.open().History(s.Context(), "production")
	if err != nil || won != 1 || len(history) != 2 || last.Serial != 2 {
		s.Errorf("%d won; the history has %d moves, %v", won, len(history), err)
	}
	s.wantWhole()
}

// manyAtOnce has everything happen together, again and again.
func (s suite) manyAtOnce() {
	const workers, rounds = 4, 5
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			reg, store := s.open(), NewStore(s.T)
			for round := range rounds {
				v, err := reg.Add(s.Context(), store, NewVersion(s.T, store, fmt.Sprint(i, round)))
				if err == nil {
					err = s.untilMoved(reg, v.Version)
				}
				if err == nil {
					_, err = reg.Record(s.Context(), attempt(fmt.Sprint(i)), []byte(v.Version))
				}
				if err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	history, err := s.open().History(s.Context(), "production")
	if err != nil || len(history) != workers*rounds {
		s.Errorf("the history has %d moves, %v", len(history), err)
	}
	s.wantWhole()
}

// untilMoved promotes over whatever is current.
func (s suite) untilMoved(reg *registry.Registry, to string) error {
	from := ""
	for {
		_, err := reg.Move(s.Context(), move(from, to))
		moved, lost := errors.AsType[*registry.MovedError](err)
		if !lost {
			return err
		}
		from = moved.Current
	}
}

// wantWhole wants a registry without any damage.
func (s suite) wantWhole() result.Verification {
	s.Helper()
	found, err := s.open().Verify(s.Context(), nil)
	if err != nil {
		s.Fatal(err)
	}
	for _, damage := range found.Damages {
		s.Errorf("damaged: %+v", damage)
	}
	return found
}

// someData is the digest of an evaluation data.
var someData = strings.Repeat("d", 64)

func attempt(change string) result.Attempt {
	return result.Attempt{Data: someData, Change: change, Candidate: strings.Repeat("c", 64), Verdict: result.Deny, Codes: []string{"metric-worse"}}
}

func (s suite) ledger() {
	if attempts, err := s.open().Attempts(s.Context(), someData); err != nil || len(attempts) != 0 {
		s.Errorf("an empty ledger gave %v, %v", attempts, err)
	}
	first, err := s.open().Record(s.Context(), attempt("1"), []byte(`{"input": 1}`))
	if err != nil {
		s.Fatal(err)
	}
	second, err := s.open().Record(s.Context(), attempt("2"), nil)
	if err != nil {
		s.Fatal(err)
	}
	other := attempt("3")
	other.Data = strings.Repeat("e", 64)
	third, err := s.open().Record(s.Context(), other, nil)
	if err != nil {
		s.Fatal(err)
	}
	if first.Serial != 1 || first.Previous != "" || first.At.IsZero() || second.Serial != 2 || second.Previous == "" || third.Serial != 1 {
		s.Errorf("entries %+v, %+v, %+v", first, second, third)
	}
	attempts, err := s.open().Attempts(s.Context(), someData)
	if diff := cmp.Diff([]result.Attempt{first, second}, attempts); err != nil || diff != "" {
		s.Errorf("%v\n%s", err, diff)
	}
	if all, err := s.open().AllAttempts(s.Context()); err != nil || len(all) != 3 {
		s.Errorf("AllAttempts gave %d, %v", len(all), err)
	}
	s.inputs(first, second)
	for _, data := range []string{"", "../aliases", strings.Repeat("D", 64)} {
		if _, err := s.open().Record(s.Context(), result.Attempt{Data: data, Verdict: result.Pass}, nil); err == nil {
			s.Errorf("data %q was accepted", data)
		}
		if _, err := s.open().Attempts(s.Context(), data); err == nil {
			s.Errorf("data %q was accepted", data)
		}
	}
	if found := s.wantWhole(); found.Decisions != 3 || found.Objects != 1 {
		s.Errorf("verify counted %+v", found)
	}
}

// inputs wants the first to have one, and the second none.
func (s suite) inputs(with, without result.Attempt) {
	s.Helper()
	in, err := s.open().OpenInput(s.Context(), with)
	if err != nil {
		s.Fatal(err)
	}
	defer in.Close()
	if got, err := io.ReadAll(in); err != nil || string(got) != `{"input": 1}` {
		s.Errorf("the input comes back as %q, %v", got, err)
	}
	if _, err := s.open().OpenInput(s.Context(), without); !errors.Is(err, fs.ErrNotExist) {
		s.Errorf("an input that was not kept: error is %v", err)
	}
}

func (s suite) manyRecord() {
	const writers, each = 10, 3
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			reg := s.open()
			for range each {
				if _, err := reg.Record(s.Context(), attempt(fmt.Sprint(i)), []byte(fmt.Sprint(i))); err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	if attempts, err := s.open().Attempts(s.Context(), someData); err != nil || len(attempts) != writers*each {
		s.Errorf("%d decisions, %v", len(attempts), err)
	}
}

func (s suite) verified() {
	versions := s.promoted("a", "b")
	add(s.T, s.open(), "c")
	if _, err := s.open().Record(s.Context(), attempt("1"), []byte("{}")); err != nil {
		s.Fatal(err)
	}
	read := 0
	found, err := s.open().Verify(s.Context(), func(string) { read++ })
	if err != nil {
		s.Fatal(err)
	}
	want := result.Verification{
		Schema: result.SchemaOf[result.Verification](), Pipeline: Pipeline, Registry: found.Registry, Damages: []result.Damage{},
		Versions: 3, Moves: 2, Decisions: 1, Objects: 7, Bytes: found.Bytes,
		Unused: []result.Damage{{Path: s.place.Open(s.T).Path("versions/v3.json"), Message: "no alias has named this version"}},
	}
	if diff := cmp.Diff(want, found); diff != "" || read == 0 || found.Bytes < versions[0].Model.Files[0].Size {
		s.Errorf("%d told, %d bytes\n%s", read, found.Bytes, diff)
	}
	if _, err := result.Encode(found); err != nil {
		s.Error(err)
	}
}

// damages are what can happen to a registry with two promoted versions and two
// decisions. Use says whether who uses the champion must notice.
func damages(versions []result.Version, input string) map[string]damage {
	half := func(data []byte) []byte { return data[:len(data)/2] }
	replace := func(before, after string) func([]byte) []byte {
		return func(data []byte) []byte { return bytes.ReplaceAll(data, []byte(before), []byte(after)) }
	}
	flip := func(data []byte) []byte { data[len(data)/2] ^= 0x10; return data }
	object := "objects/" + versions[1].Model.Files[0].SHA256
	const version, first, last = "versions/v2.json", "aliases/production/000001.json", "aliases/production/000002.json"
	ledger := "ledger/" + someData + "/"
	return map[string]damage{
		"one bit of the model":                {object, flip, true},
		"the model cut off":                   {object, half, true},
		"the model lost":                      {object, nil, true},
		"one bit of an older model":           {"objects/" + versions[0].Model.Files[1].SHA256, flip, false},
		"the version cut off":                 {version, half, true},
		"the version lost":                    {version, nil, true},
		"an older version lost":               {"versions/v1.json", nil, false},
		"the version with other metrics":      {version, replace(`"roc_auc": 0.9`, `"roc_auc": 0.8`), true},
		"the version with another name":       {version, replace(`"version": "v2"`, `"version": "v1"`), true},
		"an older version with other metrics": {"versions/v1.json", replace(`"roc_auc": 0.9`, `"roc_auc": 0.8`), false},
		"the last move to another version":    {last, replace(`"to": "v2"`, `"to": "v1"`), true},
		"the first move lost":                 {first, nil, true},
		"the first move by another":           {first, replace(`"ann"`, `"bob"`), true},
		"a decision cut off":                  {ledger + "000002.json", half, false},
		"the first decision lost":             {ledger + "000001.json", nil, false},
		"the first decision turned":           {ledger + "000001.json", replace(`"deny"`, `"pass"`), false},
		"a decision's input":                  {"objects/" + input, flip, false},
	}
}

type damage struct {
	name   string
	change func([]byte) []byte
	use    bool
}

// runDamages gives each damage a registry of its own.
func runDamages(t *testing.T, create func(t *testing.T) Place) {
	t.Helper()
	versions := []result.Version{NewVersion(t, NewStore(t), "a"), NewVersion(t, NewStore(t), "b")}
	input := sha256.Sum256([]byte("{}"))
	s := newSuite(t, create)
	if s.place.Damage == nil {
		return // what cannot be damaged needs no test
	}
	s.withHistory()
	for name, test := range damages(versions, hex.EncodeToString(input[:])) {
		t.Run(name, func(t *testing.T) { suite{t, s.place}.damaged(test) })
	}
	s.wantWhole() // each was the only one
}

// damaged has one thing happen to a registry at a time. Verify names it, and whoever
// uses the champion or the ledger gets an error, not a wrong answer.
func (s suite) damaged(test damage) {
	defer s.place.Damage(s.T, test.name, test.change)()
	found, err := s.open().Verify(s.Context(), nil)
	if err != nil {
		s.Fatal(err)
	}
	if len(found.Damages) == 0 {
		s.Error("verify finds nothing")
	}
	backend := s.place.Open(s.T)
	path := backend.Path(test.name)
	if digest, ok := strings.CutPrefix(test.name, "objects/"); ok {
		path = backend.ObjectPath(digest)
	}
	named := false
	for _, d := range found.Damages {
		named = named || strings.Contains(d.Path+d.Message, path)
		if d.Path == "" || d.Message == "" || d.Remedy == "" {
			s.Errorf("a damage is not explained: %+v", d)
		}
	}
	// A change that leaves the document valid shows at what has its digest.
	if !named && !strings.Contains(test.name, "000001.json") {
		s.Errorf("verify does not name %s: %+v", path, found.Damages)
	}
	if err := s.useChampion(); (err != nil) != test.use {
		s.Errorf("who uses the champion is told %v", err)
	}
	_, err = s.open().Attempts(s.Context(), someData)
	if ofLedger := strings.HasPrefix(test.name, "ledger/"); (err != nil) != ofLedger {
		s.Errorf("who asks the ledger is told %v", err)
	}
	if err := s.open().Restore(s.Context(), "v2", NewStore(s.T)); err != nil && !test.use {
		s.Error(err)
	}
}

// useChampion does what gate and promote do.
func (s suite) useChampion() error {
	reg := s.open()
	version, _, err := reg.Current(s.Context(), "production")
	if err != nil {
		return err
	}
	return reg.Check(s.Context(), version)
}

// gapped loses a move in the middle of a history, which nobody reads who only wants
// to know what is current.
func (s suite) gapped() {
	if s.place.Damage == nil {
		return
	}
	s.promoted("a", "b", "c", "d")
	s.place.Damage(s.T, "aliases/production/000001.json", nil)
	if _, _, err := s.open().Current(s.Context(), "production"); !errors.Is(err, objects.ErrCorrupt) || !strings.Contains(err.Error(), "000001.json") {
		s.Errorf("Current: error is %v, want ErrCorrupt", err)
	}
	if _, err := s.open().Move(s.Context(), move("v4", "v1")); !errors.Is(err, objects.ErrCorrupt) {
		s.Errorf("Move: error is %v, want ErrCorrupt", err)
	}
}

// unlinked takes the link out of a move, as if an older muster had made it: after
// moves with links there are no others.
func (s suite) unlinked() {
	if s.place.Damage == nil {
		return
	}
	s.promoted("a", "b", "c")
	s.place.Damage(s.T, "aliases/production/000003.json", func(data []byte) []byte {
		return bytes.Replace(data, []byte(`"previous"`), []byte(`"formerly"`), 1)
	})
	if _, _, err := s.open().Current(s.Context(), "production"); !errors.Is(err, objects.ErrCorrupt) {
		s.Errorf("Current: error is %v, want ErrCorrupt", err)
	}
	if _, err := s.open().History(s.Context(), "production"); !errors.Is(err, objects.ErrCorrupt) {
		s.Errorf("History: error is %v, want ErrCorrupt", err)
	}
	if found, err := s.open().Verify(s.Context(), nil); err != nil || len(found.Damages) != 1 {
		s.Errorf("Verify gave %+v, %v", found, err)
	}
}

// withHistory makes what [damages] is about.
func (s suite) withHistory() {
	s.Helper()
	from := ""
	for _, content := range []string{"a", "b"} {
		v := add(s.T, s.open(), content)
		if _, err := s.open().Move(s.Context(), registry.Promotion{Alias: "production", From: from, To: v.Version, By: "ann"}); err != nil {
			s.Fatal(err)
		}
		from = v.Version
		if _, err := s.open().Record(s.Context(), attempt(content), []byte("{}")); err != nil {
			s.Fatal(err)
		}
	}
}

// mended has a model damaged, refused, and put right: by adding it again, or by Mend.
func (s suite) mended() {
	if s.place.Damage == nil {
		return
	}
	v := add(s.T, s.open(), "a")
	s.place.Damage(s.T, "objects/"+v.Model.Files[1].SHA256, func(data []byte) []byte { return bytes.ToUpper(data) })
	_, err := s.open().Move(s.Context(), move("", "v1"))
	if !errors.Is(err, objects.ErrCorrupt) || !strings.Contains(err.Error(), "model/run.sh") {
		s.Errorf("error is %v, want ErrCorrupt naming the file", err)
	}
	add(s.T, s.open(), "a")
	if _, err := s.open().Move(s.Context(), move("", "v1")); err != nil {
		s.Error(err)
	}
	s.wantWhole()

	s.place.Damage(s.T, "objects/"+v.Model.Files[0].SHA256, nil)
	if err := s.open().Mend(s.Context(), "v1", NewStore(s.T)); !errors.Is(err, fs.ErrNotExist) {
		s.Errorf("mended from an empty store: error is %v", err)
	}
	store := NewStore(s.T)
	NewVersion(s.T, store, "a")
	if err := s.open().Mend(s.Context(), "v1", store); err != nil {
		s.Error(err)
	}
	s.wantWhole()
}
