package attest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/muster-ci/muster/internal/result"
)

// The types of what muster signs. The first is in-toto's (Attestation Framework
// v1, Envelope); the others are muster's documents as [result.Encode] writes
// them, without their signature.
const (
	StatementType = "application/vnd.in-toto+json"
	MoveType      = "application/vnd.muster.move+json"
	DecisionType  = "application/vnd.muster.decision+json"
)

// PAE is DSSE's pre-authentication encoding, version 1, of a payload and its
// type (https://github.com/secure-systems-lab/dsse, protocol.md, "Signature
// Definition"): lengths before contents, so that no two pairs have one encoding.
func PAE(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// Envelope is a DSSE envelope (envelope.md of the same specification): a payload
// in base64 with its signatures.
type Envelope struct {
	PayloadType string             `json:"payloadType"`
	Payload     string             `json:"payload"`
	Signatures  []result.Signature `json:"signatures"`
}

// Wrap signs a payload, and returns the envelope as indented JSON.
func Wrap(signer *Signer, payloadType string, payload []byte) ([]byte, error) {
	signature, err := signer.Sign(payloadType, payload)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(Envelope{
		PayloadType: payloadType, Payload: base64.StdEncoding.EncodeToString(payload), Signatures: []result.Signature{*signature},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode envelope: %w", err)
	}
	return append(data, '\n'), nil
}

// maxEnvelope bounds what is read into memory: a statement about thousands of
// inputs has some hundred kilobytes.
const maxEnvelope = 64 << 20

// ErrNoEnvelope says that a file is no DSSE envelope of the type that was asked for.
var ErrNoEnvelope = errors.New("it is no signed envelope")

// Open returns the payload of an envelope, and the key that signed it. Signatures
// of other keys may stand beside; one that is trusted is enough. The error wraps
// [ErrNoEnvelope] if it is something else, and is one of [Keys.Verify]'s if no signature holds.
func Open(keys Keys, payloadType string, data []byte) ([]byte, Key, error) {
	payload, signatures, err := unwrap(payloadType, data)
	if err != nil {
		return nil, Key{}, err
	}
	err = ErrUnsigned
	for _, signature := range signatures {
		key, why := keys.Verify(payloadType, payload, &signature)
		if why == nil {
			return payload, key, nil
		}
		if !errors.Is(err, ErrBadSignature) { // a wrong one of a trusted key says more than one of a stranger's
			err = why
		}
	}
	return nil, Key{}, err
}

// Payload returns what an envelope holds, whoever signed it.
func Payload(payloadType string, data []byte) ([]byte, error) {
	payload, _, err := unwrap(payloadType, data)
	return payload, err
}

func unwrap(payloadType string, data []byte) ([]byte, []result.Signature, error) {
	if len(data) > maxEnvelope {
		return nil, nil, fmt.Errorf("%w: it has %d bytes", ErrNoEnvelope, len(data))
	}
	var envelope Envelope
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&envelope); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrNoEnvelope, err) //nolint:errorlint // what JSON says is for people; callers branch on ErrNoEnvelope
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%w: there is something after it", ErrNoEnvelope)
	}
	if envelope.PayloadType != payloadType {
		return nil, nil, fmt.Errorf("%w of type %s: its type is %q", ErrNoEnvelope, payloadType, printable(envelope.PayloadType))
	}
	payload, err := decode64(envelope.Payload)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: its payload is no base64", ErrNoEnvelope)
	}
	return payload, envelope.Signatures, nil
}

// decode64 takes both alphabets, as envelope.md asks of a consumer.
func decode64(text string) ([]byte, error) {
	if data, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
		return data, nil
	}
	return base64.URLEncoding.Strict().DecodeString(text)
}
