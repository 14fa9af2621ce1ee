package rego_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/rego"
)

// entry is a file of an archive.
type entry struct {
	name, text string
	kind       byte // tar.TypeReg unless said
}

// archive makes a bundle by hand, as somebody hostile would.
func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	files := tar.NewWriter(zipped)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(e.text))}
		if e.kind != 0 {
			header.Typeflag, header.Linkname, header.Size = e.kind, "/etc/passwd", 0
		}
		if err := files.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			if _, err := files.Write([]byte(e.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(files.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func publicKey(t *testing.T) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestReadBundle(t *testing.T) {
	data := archive(t,
		entry{name: ".manifest", text: `{"revision": "r7", "roots": ["acme", "limits"]}`},
		entry{name: "acme/size.rego", text: "package acme.size\n\nx := data.limits.size\n"},
		entry{name: "acme/size_test.rego", text: "package acme.size_test\n"},
		entry{name: "limits/data.json", text: `{"size": 20}`},
	)
	got, err := rego.ReadBundle(data, "policies.tar.gz", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Revision != "r7" || got.Signed || len(got.Digest) != 64 || fmt.Sprint(got.Roots) != "[acme limits]" {
		t.Errorf("got %+v", got)
	}
	if len(got.Modules) != 2 || got.Modules[0].Path != "acme/size.rego" || !got.Modules[1].IsTest() {
		t.Fatalf("modules: %+v", got.Modules)
	}
	policy, err := rego.Compile(got.Modules, got.Data)
	if err != nil {
		t.Fatal(err)
	}
	if value, _, err := policy.Eval(t.Context(), "acme.size", "x", nil); err != nil || fmt.Sprint(value) != "20" {
		t.Errorf("x is %v, %v", value, err)
	}
}

func TestBundlesThatAreRefused(t *testing.T) {
	good := entry{name: "a.rego", text: "package a\n"}
	bomb := entry{name: "data.json", text: `{"x": "` + strings.Repeat("0", 65<<20) + `"}`}
	tests := map[string]struct {
		archive []byte
		key     []byte
		want    string
	}{
		"no archive":              {[]byte("package a"), nil, "this is no bundle"},
		"empty":                   {nil, nil, "this is no bundle"},
		"cut short":               {archive(t, good)[:60], nil, "unexpected EOF"},
		"too large":               {make([]byte, rego.MaxBundle+1), nil, "larger than 16 MiB"},
		"a bomb":                  {archive(t, bomb), nil, "files are larger than 64 MiB"},
		"a link":                  {archive(t, entry{name: "data.json", kind: tar.TypeSymlink}), nil, "is no regular file"},
		"a name that leads out":   {archive(t, entry{name: "../../etc/a.rego", text: "package a\n"}), nil, "leads out of the bundle"},
		"a file twice":            {archive(t, good, entry{name: "/a.rego", text: "package b\n"}), nil, "is there twice"},
		"WebAssembly":             {archive(t, good, entry{name: "policy.wasm", text: "\x00asm"}), nil, "WebAssembly"},
		"a delta":                 {archive(t, entry{name: "patch.json", text: `{"data": [{"op": "upsert", "path": "/a", "value": 1}]}`}), nil, "delta"},
		"data that is no JSON":    {archive(t, entry{name: "data.json", text: "{"}), nil, "unexpected EOF"},
		"binary garbage":          {archive(t, entry{name: "a.rego", text: "\x00\xff\xfe"}), nil, "a.rego"},
		"no signature":            {archive(t, good), publicKey(t), "missing .signatures.json"},
		"an invented signature":   {archive(t, good, entry{name: ".signatures.json", text: `{"signatures": ["a.b.c"]}`}), publicKey(t), "its signature does not hold"},
		"a verifier of their own": {archive(t, good, entry{name: ".signatures.json", text: `{"signatures": ["a.b.c"], "plugin": "mine"}`}), publicKey(t), "its signature does not hold"},
		"a key that is none":      {archive(t, good), []byte("secret"), "no public key in PEM"},
		"a private key":           {archive(t, good), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "name the public key"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := rego.ReadBundle(test.archive, "policies.tar.gz", test.key)
			if _, ok := errors.AsType[*rego.BundleError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want a BundleError with %q", err, test.want)
			}
		})
	}
}

func FuzzReadBundle(f *testing.F) {
	f.Add([]byte("package a"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := rego.ReadBundle(data, "b", nil); err != nil {
			if _, ok := errors.AsType[*rego.BundleError](err); !ok {
				t.Fatalf("error is %#v", err)
			}
		}
	})
}
