package rego

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	// MaxBundle is how large a bundle may be as it is sent, in bytes.
	MaxBundle = 16 << 20
	// maxUnpacked is how large its files may be together.
	maxUnpacked = 64 << 20
	// maxEntries is how many files it may have.
	maxEntries = 10_000
)

// Bundle is what a bundle in OPA's format holds
// (https://www.openpolicyagent.org/docs/management-bundles).
type Bundle struct {
	// Digest is the SHA-256 of the archive.
	Digest string
	// Revision is what its manifest says, if it says one.
	Revision string
	// Signed is true if the signature was checked.
	Signed bool
	// Modules are its Rego files, tests included; Data is what lies beside them.
	Modules []Module
	Data    map[string]any
	// Roots are the parts of data that it says are its own: "acme/size"; one empty text for all.
	Roots []string
}

// BundleError says why a bundle is not used.
type BundleError struct {
	Name string
	Err  error
}

func (e *BundleError) Error() string { return e.Name + ": " + e.Err.Error() }
func (e *BundleError) Unwrap() error { return e.Err }

// ReadBundle reads a bundle, a .tar.gz as `opa build` makes it. With a public
// key (PEM) it must be signed by it, every file of it; without one nobody asks.
// Errors are a [BundleError].
func ReadBundle(archive []byte, name string, key []byte) (*Bundle, error) {
	read := func() (*Bundle, error) {
		if err := inspect(archive); err != nil {
			return nil, err
		}
		configs, err := verification(key)
		if err != nil {
			return nil, err
		}
		content, err := readVerified(archive, configs)
		if err != nil {
			return nil, err
		}
		return content.take(archive, len(key) > 0)
	}
	got, err := read()
	if err != nil {
		return nil, &BundleError{name, err}
	}
	return got, nil
}

// inspect looks through the archive before anything is made of it.
func inspect(archive []byte) error {
	if len(archive) > MaxBundle {
		return fmt.Errorf("the bundle is larger than %d MiB", MaxBundle>>20)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("this is no bundle (a .tar.gz): %w", err)
	}
	limited := &io.LimitedReader{R: unzipped, N: maxUnpacked}
	files := tar.NewReader(limited)
	seen := map[string]bool{}
	for {
		header, err := files.Next()
		switch {
		case limited.N <= 0:
			return fmt.Errorf("the bundle's files are larger than %d MiB", maxUnpacked>>20)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read bundle: %w", err)
		}
		if err := checkEntry(header, seen); err != nil {
			return err
		}
	}
}

// checkEntry refuses what no bundle has: links, devices, names that lead out of
// it, and names that are there twice.
func checkEntry(header *tar.Header, seen map[string]bool) error {
	name := path.Clean("/" + strings.TrimPrefix(header.Name, "./"))
	switch {
	case header.Typeflag == tar.TypeDir:
		return nil
	case header.Typeflag != tar.TypeReg:
		return fmt.Errorf("%.200q is no regular file", header.Name)
	case slices.Contains(strings.Split(header.Name, "/"), ".."), strings.Contains(header.Name, `\`):
		return fmt.Errorf("the name %.200q leads out of the bundle", header.Name)
	case seen[name]:
		return fmt.Errorf("%.200q is there twice", header.Name)
	case len(seen) >= maxEntries:
		return fmt.Errorf("the bundle has more than %d files", maxEntries)
	}
	seen[name] = true
	return nil
}

// verification lists how a signature by the key may look: one entry for each
// algorithm that its kind has. The algorithm is never taken from the bundle:
// whoever wrote that could choose one for which a public key is a password.
func verification(key []byte) ([]*bundle.VerificationConfig, error) {
	if len(key) == 0 {
		return nil, nil
	}
	algorithms, err := algorithmsOf(key)
	if err != nil {
		return nil, err
	}
	const id = "muster"
	var configs []*bundle.VerificationConfig
	for _, algorithm := range algorithms {
		keys := map[string]*bundle.KeyConfig{id: {Key: string(key), Algorithm: algorithm}}
		configs = append(configs, bundle.NewVerificationConfig(keys, id, "", nil))
	}
	return configs, nil
}

func algorithmsOf(key []byte) ([]string, error) {
	block, _ := pem.Decode(key)
	if block == nil {
		return nil, errors.New("the key is no public key in PEM")
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = certificate.PublicKey
		}
	default:
		return nil, fmt.Errorf("the key is a %s; name the public key (openssl pkey -in KEY -pubout)", strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	switch public := public.(type) {
	case *rsa.PublicKey:
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, nil
	case *ecdsa.PublicKey:
		bits := public.Curve.Params().BitSize
		if name, ok := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[bits]; ok {
			return []string{name}, nil
		}
	}
	return nil, errors.New("OPA's bundles are signed with RSA or ECDSA keys, and this is another kind")
}

// content is a bundle as OPA reads it.
type content struct{ bundle.Bundle }

// readVerified reads the archive by OPA's own reader. One of the configurations
// must fit; without any, nothing is checked.
func readVerified(archive []byte, configs []*bundle.VerificationConfig) (*content, error) {
	if len(configs) == 0 {
		return readArchive(bundle.NewReader(bytes.NewReader(archive)).WithSkipBundleVerification(true))
	}
	var first error
	for _, config := range configs {
		got, err := readArchive(bundle.NewReader(bytes.NewReader(archive)).WithBundleVerificationConfig(config))
		if err == nil {
			return got, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("its signature does not hold: %w", first)
}

func readArchive(reader *bundle.Reader) (*content, error) {
	found := make(chan bundle.Bundle, 1)
	err := newWatch(DefaultLimits()).run(context.Background(), func(topdown.Cancel) error {
		got, err := reader.
			WithCapabilities(deterministic()).
			WithProcessAnnotations(false).
			WithRegoVersion(ast.RegoV1).
			WithSizeLimitBytes(maxUnpacked).
			Read()
		found <- got
		return err
	})
	if err != nil {
		return nil, err
	}
	return &content{<-found}, nil
}

// take returns what of the bundle muster evaluates, and refuses what it does not.
func (c *content) take(archive []byte, signed bool) (*Bundle, error) {
	switch {
	case c.Type() != bundle.SnapshotBundleType:
		return nil, errors.New("it is a delta bundle: give a whole one")
	case len(c.WasmModules) > 0:
		return nil, errors.New("it holds WebAssembly, which muster does not evaluate: build it with --target rego")
	}
	sum := sha256.Sum256(archive)
	got := &Bundle{Digest: hex.EncodeToString(sum[:]), Revision: c.Manifest.Revision, Signed: signed, Data: c.Data}
	if c.Manifest.Roots != nil {
		got.Roots = *c.Manifest.Roots
	}
	for _, file := range c.Modules {
		got.Modules = append(got.Modules, Module{Path: strings.TrimPrefix(file.Path, "/"), Source: string(file.Raw)})
	}
	slices.SortFunc(got.Modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return got, nil
}
