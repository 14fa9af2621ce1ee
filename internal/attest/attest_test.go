package attest_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/result"
)

func TestPAE(t *testing.T) {
	// The example of DSSE's protocol.md.
	got := attest.PAE("http://example.com/HelloWorld", []byte("hello world"))
	if want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"; string(got) != want {
		t.Errorf("PAE is %q, want %q", got, want)
	}
	if bytes.Equal(attest.PAE("a", []byte("b c")), attest.PAE("a 3 b", []byte("c"))) {
		t.Error("two pairs have one encoding")
	}
}

// kinds are the keys that muster signs with, as openssl makes them.
func kinds() map[string][]string {
	return map[string][]string{
		"Ed25519": {"genpkey", "-algorithm", "ed25519"},
		"P-256":   {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
	}
}

// openssl runs the tool in a folder, and returns what it prints.
func openssl(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// keyPair makes a key with openssl, and reads both parts of it.
func keyPair(t *testing.T, args ...string) (dir string, signer *attest.Signer, key attest.Key) {
	t.Helper()
	dir = t.TempDir()
	openssl(t, dir, append(args, "-out", "muster.key")...)
	openssl(t, dir, "pkey", "-in", "muster.key", "-pubout", "-out", "muster.pub")
	signer, err := attest.ParseSigner("MUSTER_SIGNING_KEY", read(t, dir, "muster.key"))
	if err != nil {
		t.Fatal(err)
	}
	if key, err = attest.ParseKey("muster.pub", read(t, dir, "muster.pub")); err != nil {
		t.Fatal(err)
	}
	return dir, signer, key
}

func read(t *testing.T, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, data []byte, elem ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(elem...), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpensslChecksWhatWeSign(t *testing.T) {
	for name, args := range kinds() {
		t.Run(name, func(t *testing.T) {
			dir, signer, _ := keyPair(t, args...)
			payload := []byte(`{"to":"v2"}`)
			signature, err := signer.Sign(attest.MoveType, payload)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := base64.StdEncoding.DecodeString(signature.Sig)
			if err != nil {
				t.Fatal(err)
			}
			write(t, raw, dir, "sig")
			write(t, attest.PAE(attest.MoveType, payload), dir, "message")
			verify := []string{"pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "muster.pub", "-in", "message", "-sigfile", "sig"}
			if name != "Ed25519" {
				verify = []string{"dgst", "-sha256", "-verify", "muster.pub", "-signature", "sig", "message"}
			}
			openssl(t, dir, verify...)

			write(t, attest.PAE(attest.DecisionType, payload), dir, "message")
			if err := exec.CommandContext(t.Context(), "openssl", verify...).Run(); err == nil {
				t.Error("openssl takes the signature of a move for one of a decision")
			}
		})
	}
}

func TestWeCheckWhatOpensslSigns(t *testing.T) {
	for name, args := range kinds() {
		t.Run(name, func(t *testing.T) {
			dir, signer, key := keyPair(t, args...)
			payload := []byte(`{"to":"v2"}`)
			write(t, attest.PAE(attest.MoveType, payload), dir, "message")
			if name == "Ed25519" {
				openssl(t, dir, "pkeyutl", "-sign", "-rawin", "-inkey", "muster.key", "-in", "message", "-out", "sig")
			} else {
				openssl(t, dir, "dgst", "-sha256", "-sign", "muster.key", "-out", "sig", "message")
			}
			signature := &result.Signature{KeyID: signer.KeyID(), Sig: base64.StdEncoding.EncodeToString(read(t, dir, "sig"))}
			keys := attest.Keys{key}
			if got, err := keys.Verify(attest.MoveType, payload, signature); err != nil || got.Name != "muster.pub" {
				t.Errorf("Verify gave %q, %v", got.Name, err)
			}
			if _, err := keys.Verify(attest.MoveType, []byte(`{"to":"v3"}`), signature); !errors.Is(err, attest.ErrBadSignature) {
				t.Errorf("of other bytes: error is %v, want ErrBadSignature", err)
			}
		})
	}
}

func TestTheKeyIDIsOpenssls(t *testing.T) {
	dir, signer, key := keyPair(t, kinds()["Ed25519"]...)
	openssl(t, dir, "pkey", "-in", "muster.key", "-pubout", "-outform", "DER", "-out", "muster.der")
	out := openssl(t, dir, "dgst", "-sha256", "-r", "muster.der")
	want, _, _ := strings.Cut(string(out), " ")
	if signer.KeyID() != want || key.ID != want {
		t.Errorf("key ids are %s and %s, openssl says %s", signer.KeyID(), key.ID, want)
	}
}

func encode(t *testing.T, kind string, key any, marshal func(any) ([]byte, error)) string {
	t.Helper()
	der, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := encode(t, "PRIVATE KEY", edKey, x509.MarshalPKCS8PrivateKey)
	public := encode(t, "PUBLIC KEY", edKey.Public(), x509.MarshalPKIXPublicKey)
	tests := map[string]struct{ private, want string }{
		"empty":            {" \n", "it is empty"},
		"no PEM":           {"hunter2", "no key in PEM"},
		"one line":         {strings.ReplaceAll(good, "\n", " "), "line breaks were lost"},
		"escaped breaks":   {strings.ReplaceAll(good, "\n", `\n`), "line breaks were lost"},
		"two keys":         {good + good, "more than one PEM block"},
		"the public one":   {public, "this is a public key"},
		"encrypted":        {strings.ReplaceAll(good, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "encrypted"},
		"SEC 1":            {strings.ReplaceAll(good, "PRIVATE KEY", "EC PRIVATE KEY"), `"EC PRIVATE KEY"`},
		"damaged":          {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})), "damaged"},
		"RSA":              {encode(t, "PRIVATE KEY", rsaKey, x509.MarshalPKCS8PrivateKey), "an RSA key"},
		"P-384":            {encode(t, "PRIVATE KEY", wide, x509.MarshalPKCS8PrivateKey), "over P-384"},
		"a hostile header": {"-----BEGIN \x1b[31mKEY-----\nAAAA\n-----END \x1b[31mKEY-----\n", `"?[31mKEY"`},
	}
	for name, test := range tests {
		_, err := attest.ParseSigner("MUSTER_SIGNING_KEY", []byte(test.private))
		wrong, ok := errors.AsType[*attest.KeyError](err)
		if !ok || !strings.Contains(err.Error(), test.want) || wrong.Hint() == "" || !strings.HasPrefix(err.Error(), "MUSTER_SIGNING_KEY: ") {
			t.Errorf("%s: error is %v, want a KeyError with %q and a hint", name, err, test.want)
		}
	}
	for name, text := range map[string]string{
		"this is a PRIVATE key": good, `"CERTIFICATE"`: strings.ReplaceAll(public, "PUBLIC KEY", "CERTIFICATE"),
		"an RSA key": encode(t, "PUBLIC KEY", rsaKey.Public(), x509.MarshalPKIXPublicKey), "it is empty": "",
	} {
		if _, err := attest.ParseKey("keys/a.pub", []byte(text)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("public key: error is %v, want one with %q", err, name)
		}
	}
}

func TestAnEnvelope(t *testing.T) {
	_, signer, key := keyPair(t, kinds()["Ed25519"]...)
	_, stranger, other := keyPair(t, kinds()["P-256"]...)
	payload := []byte(`{"_type":"x"}`)
	sealed, err := attest.Wrap(signer, attest.StatementType, payload)
	if err != nil {
		t.Fatal(err)
	}
	strange, err := attest.Wrap(stranger, attest.StatementType, payload)
	if err != nil {
		t.Fatal(err)
	}
	change := func(edit func(*attest.Envelope)) []byte {
		var e attest.Envelope
		if err := json.Unmarshal(sealed, &e); err != nil {
			t.Fatal(err)
		}
		edit(&e)
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	tests := map[string]struct {
		data []byte
		want error
	}{
		"as it is":               {sealed, nil},
		"of a stranger":          {strange, attest.ErrUnknownKey},
		"with another payload":   {change(func(e *attest.Envelope) { e.Payload = base64.StdEncoding.EncodeToString([]byte("{}")) }), attest.ErrBadSignature},
		"of another type":        {change(func(e *attest.Envelope) { e.PayloadType = attest.MoveType }), attest.ErrNoEnvelope},
		"without a signature":    {change(func(e *attest.Envelope) { e.Signatures = nil }), attest.ErrUnsigned},
		"with an empty one":      {change(func(e *attest.Envelope) { e.Signatures[0].Sig = "" }), attest.ErrUnsigned},
		"claiming the other key": {change(func(e *attest.Envelope) { e.Signatures[0].KeyID = other.ID }), attest.ErrUnknownKey},
		"with a stranger's first": {change(func(e *attest.Envelope) {
			e.Signatures = append([]result.Signature{{KeyID: other.ID, Sig: "AAAA"}}, e.Signatures...)
		}), nil},
		"cut short":           {sealed[:len(sealed)-4], attest.ErrNoEnvelope},
		"with something more": {append(bytes.Clone(sealed), "{}"...), attest.ErrNoEnvelope},
		"empty":               {nil, attest.ErrNoEnvelope},
	}
	for name, test := range tests {
		got, by, err := attest.Open(attest.Keys{key}, attest.StatementType, test.data)
		if !errors.Is(err, test.want) || (test.want == nil && (!bytes.Equal(got, payload) || by.ID != key.ID)) {
			t.Errorf("%s: Open gave %q, %v, want %v", name, got, err, test.want)
		}
	}
	if _, _, err := attest.Open(nil, attest.StatementType, sealed); !errors.Is(err, attest.ErrUnknownKey) {
		t.Errorf("without keys: error is %v, want ErrUnknownKey", err)
	}
}

func FuzzKeys(f *testing.F) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		if signer, err := attest.ParseSigner("k", text); err == nil {
			if _, err := signer.Sign("t", text); err != nil {
				t.Errorf("a key that was taken does not sign: %v", err)
			}
		} else if _, ok := errors.AsType[*attest.KeyError](err); !ok {
			t.Errorf("error is %v, want a KeyError", err)
		}
		if key, err := attest.ParseKey("k", text); err == nil && len(key.ID) != 64 {
			t.Errorf("key id is %q", key.ID)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"a","sig":"AAAA"}]}`))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30","signatures":null}`))
	f.Add([]byte("{}"))
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		f.Fatal(err)
	}
	key, err := attest.ParseKey("k", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := attest.Open(attest.Keys{key}, attest.StatementType, data); err == nil {
			t.Error("something that the key did not sign was taken")
		}
		_, _ = attest.ReadStatement(data)
	})
}
