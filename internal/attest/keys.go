package attest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// KeyError says why a key cannot be used, and what would be one. It never holds
// anything of the key itself.
type KeyError struct {
	// Name is what the caller calls the key: a file, or a variable.
	Name    string
	Message string
	Remedy  string
}

func (e *KeyError) Error() string { return e.Name + ": " + e.Message }

// Hint says what to do about it.
func (e *KeyError) Hint() string { return e.Remedy }

// The types of PEM blocks that are keys (RFC 7468, sections 10, 11 and 13).
const (
	privateBlock   = "PRIVATE KEY"
	encryptedBlock = "ENCRYPTED PRIVATE KEY"
	publicBlock    = "PUBLIC KEY"
)

const (
	makeKey    = "make one with: openssl genpkey -algorithm ed25519 -out muster.key"
	convertKey = "convert it with: openssl pkcs8 -topk8 -nocrypt -in OLD -out muster.key"
	publicKey  = "take it from the private one with: openssl pkey -in muster.key -pubout -out muster.pub"
)

// Signer signs with one private key.
type Signer struct {
	key crypto.Signer
	id  string
}

// ParseSigner reads a private key: one PEM block of PKCS #8 (RFC 5958), not
// encrypted, Ed25519 or ECDSA P-256. Name is what errors, each a [*KeyError], call it.
func ParseSigner(name string, text []byte) (*Signer, error) {
	block, err := onlyBlock(name, text, makeKey)
	if err != nil {
		return nil, err
	}
	switch block.Type {
	case privateBlock:
	case encryptedBlock:
		return nil, &KeyError{name, "the key is encrypted, and nobody is there to type its passphrase", convertKey}
	case publicBlock:
		return nil, &KeyError{name, "this is a public key; signing takes the private one", makeKey}
	default:
		return nil, &KeyError{name, fmt.Sprintf("the PEM block is %q, not %q (PKCS #8)", printable(block.Type), privateBlock), convertKey}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, &KeyError{name, "the PEM block holds no PKCS #8 key: it is damaged or cut short", makeKey}
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, &KeyError{name, "the key cannot sign: it is for key agreement", makeKey}
	}
	id, err := usable(name, key.Public())
	if err != nil {
		return nil, err
	}
	return &Signer{key, id}, nil
}

// KeyID identifies the key: the SHA-256 of its public part as
// SubjectPublicKeyInfo in DER (RFC 5280, section 4.1.2.7), in hexadecimal.
func (s *Signer) KeyID() string { return s.id }

// Sign signs a payload of a type: the signature is over its [PAE].
func (s *Signer) Sign(payloadType string, payload []byte) (*result.Signature, error) {
	message, opts := PAE(payloadType, payload), crypto.SignerOpts(crypto.Hash(0))
	if _, isEC := s.key.(*ecdsa.PrivateKey); isEC {
		sum := sha256.Sum256(message)
		message, opts = sum[:], crypto.SHA256
	}
	sig, err := s.key.Sign(rand.Reader, message, opts)
	if err != nil {
		return nil, fmt.Errorf("sign with key %.12s: %w", s.id, err)
	}
	return &result.Signature{KeyID: s.id, Sig: base64.StdEncoding.EncodeToString(sig)}, nil
}

// Key is a public key.
type Key struct {
	// Name is the file that it was read from.
	Name string
	// ID is that of [Signer.KeyID].
	ID     string
	public crypto.PublicKey
}

// Keys are the public keys that are trusted.
type Keys []Key

// ParseKey reads a public key: one PEM block of SubjectPublicKeyInfo, Ed25519 or ECDSA P-256.
func ParseKey(name string, text []byte) (Key, error) {
	block, err := onlyBlock(name, text, publicKey)
	if err != nil {
		return Key{}, err
	}
	if strings.HasSuffix(block.Type, privateBlock) {
		return Key{}, &KeyError{name, "this is a PRIVATE key: whoever can read this file can sign", "make another key, and keep only its public part here; " + publicKey}
	}
	if block.Type != publicBlock {
		return Key{}, &KeyError{name, fmt.Sprintf("the PEM block is %q, not %q", printable(block.Type), publicBlock), publicKey}
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, &KeyError{name, "the PEM block holds no public key: it is damaged or cut short", publicKey}
	}
	id, err := usable(name, public)
	return Key{Name: name, ID: id, public: public}, err
}

// The errors of [Keys.Verify].
var (
	// ErrUnsigned says that there is no signature.
	ErrUnsigned = errors.New("it is not signed")
	// ErrUnknownKey says that the signature claims a key that is not trusted.
	ErrUnknownKey = errors.New("it is signed with a key that is not trusted")
	// ErrBadSignature says that the signature is not over these bytes.
	ErrBadSignature = errors.New("its signature is wrong: it was changed after it was signed, or signed with another key")
)

// Verify returns the key that made the signature. A signature names its key, and
// no other key is tried: the id is a claim that the signature has to bear out.
func (k Keys) Verify(payloadType string, payload []byte, signature *result.Signature) (Key, error) {
	if signature == nil || signature.Sig == "" {
		return Key{}, ErrUnsigned
	}
	key, known := k.find(signature.KeyID)
	if !known {
		return Key{}, fmt.Errorf("%w (%.12s)", ErrUnknownKey, printable(signature.KeyID))
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(signature.Sig)
	if err != nil || !verify(key.public, PAE(payloadType, payload), sig) {
		return Key{}, ErrBadSignature
	}
	return key, nil
}

// Has reports whether the signer's key is among the trusted ones.
func (k Keys) Has(s *Signer) bool {
	_, known := k.find(s.id)
	return known
}

func (k Keys) find(id string) (Key, bool) {
	for _, key := range k {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}

func verify(public crypto.PublicKey, message, sig []byte) bool {
	switch key := public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, sum[:], sig)
	default:
		return false
	}
}

// onlyBlock returns the one PEM block of a text.
func onlyBlock(name string, text []byte, remedy string) (*pem.Block, error) {
	trimmed := strings.TrimSpace(string(text))
	block, rest := pem.Decode([]byte(trimmed + "\n"))
	switch {
	case trimmed == "":
		return nil, &KeyError{name, "it is empty", remedy}
	case block == nil && strings.HasPrefix(trimmed, "-----BEGIN") && (!strings.Contains(trimmed, "\n") || strings.Contains(trimmed, `\n`)):
		return nil, &KeyError{name, "its line breaks were lost", "keep the PEM text as it is, with a line break after the first line and before the last"}
	case block == nil:
		return nil, &KeyError{name, "it is no key in PEM (-----BEGIN …)", remedy}
	case len(strings.TrimSpace(string(rest))) > 0:
		return nil, &KeyError{name, "there is more than one PEM block, or text after it", "keep the one key, and nothing else"}
	}
	return block, nil
}

// usable says what a public key's id is, if it is of a kind that muster signs with.
func usable(name string, public crypto.PublicKey) (string, error) {
	wrong := ""
	switch key := public.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			wrong = "an ECDSA key over " + key.Curve.Params().Name
		}
	case *rsa.PublicKey:
		wrong = "an RSA key"
	default:
		wrong = "a key of a kind that cannot sign"
	}
	if wrong != "" {
		return "", &KeyError{name, "this is " + wrong + "; muster signs with Ed25519 and ECDSA P-256", makeKey}
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", &KeyError{name, "its public part cannot be written down: " + err.Error(), makeKey}
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// printable keeps a hostile block type or key id from being more than a word in a message.
func printable(text string) string {
	const most = 64
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), most)])
}
