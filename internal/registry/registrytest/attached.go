package registrytest

import (
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// attached: what a version keeps beside the model comes back, and only by its own names.
func (s suite) attached() {
	store := NewStore(s.T)
	const card = "# a model\n"
	digest, size, err := store.AddReader(s.Context(), strings.NewReader(card))
	if err != nil {
		s.Fatal(err)
	}
	file := result.File{Path: result.CardFile, SHA256: digest, Size: size}
	v := NewVersion(s.T, store, "a")
	v.Attachments = []result.File{file}
	if v, err = s.open().Add(s.Context(), store, v); err != nil {
		s.Fatal(err)
	}
	if got, err := s.open().OpenAttachment(s.Context(), v, result.CardFile); err != nil || string(got) != card {
		s.Errorf("the card comes back as %q, %v", got, err)
	}
	if _, err := s.open().OpenAttachment(s.Context(), v, result.ProvenanceFile); !errors.Is(err, registry.ErrNoAttachment) {
		s.Errorf("error %v, want %v", err, registry.ErrNoAttachment)
	}
	refused := map[string][]result.File{
		"a name that leads out": {{Path: "../" + result.CardFile, SHA256: digest, Size: size}},
		"a name twice":          {file, file},
		"what nobody has":       {{Path: result.CardFile, SHA256: strings.Repeat("0", 64), Size: size}},
	}
	for name, files := range refused {
		v := NewVersion(s.T, store, "b")
		v.Attachments = files
		if _, err := s.open().Add(s.Context(), store, v); err == nil {
			s.Errorf("%s was taken in", name)
		}
	}
}

// renewed: what an alias names can be signed once more, and is then another move.
func (s suite) renewed() {
	add(s.T, s.open(), "a")
	request := registry.Promotion{Alias: "production", To: "v1", By: "ann"}
	if _, err := s.open().Move(s.Context(), request); err != nil {
		s.Fatal(err)
	}
	signature := &result.Signature{KeyID: "k", Sig: "AAAA"}
	var signed []byte
	request.From, request.Renew = "v1", true
	request.Sign = func(payload []byte) (*result.Signature, error) {
		signed = payload
		return signature, nil
	}
	move, err := s.open().Move(s.Context(), request)
	if err != nil {
		s.Fatal(err)
	}
	_, last, err := s.open().Current(s.Context(), "production")
	if err != nil {
		s.Fatal(err)
	}
	if diff := cmp.Diff(move, last); diff != "" || last.Serial != 2 || last.From != "v1" || last.To != "v1" || last.Previous == "" {
		s.Errorf("the alias's last move is %+v\n%s", last, diff)
	}
	payload, err := registry.Payload(last)
	if err != nil {
		s.Fatal(err)
	}
	if string(payload) != string(signed) || !cmp.Equal(last.Signature, signature) {
		s.Error("what comes back is not what was signed")
	}
}
