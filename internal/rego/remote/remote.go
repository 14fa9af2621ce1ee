// Package remote gets a bundle of policies from where it is kept: a web server
// (https://…) or a registry of images (oci://…).
//
// [Fetch] takes a reference and returns the archive, and checks the digest that
// the reference may have ([Pinned]). What is in the archive, and whether it is
// signed, is for internal/rego to say.
package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
)

const (
	// patience is how long a server may take for all of it.
	patience = time.Minute
	// maxManifest is how large a manifest may be, in bytes (as registries have it).
	maxManifest = 4 << 20
	ociScheme   = "oci://"
	webScheme   = "https://"
	localScheme = "http://" // on this machine only
	sumPrefix   = "sha256="
)

// Is reports whether a reference names a bundle elsewhere, and no file.
func Is(reference string) bool { return strings.Contains(reference, "://") }

// Pinned reports whether the reference says which bytes it means:
// oci://HOST/NAME@sha256:HEX, or https://HOST/PATH#sha256=HEX.
func Pinned(reference string) bool {
	if name, ok := strings.CutPrefix(reference, ociScheme); ok {
		_, digest, found := strings.Cut(name, "@sha256:")
		return found && isSum(digest)
	}
	_, fragment, _ := strings.Cut(reference, "#")
	digest, found := strings.CutPrefix(fragment, sumPrefix)
	return found && isSum(digest)
}

func isSum(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

// Fetch gets the archive, which may have so many bytes. If the reference has a
// digest, the bytes are those.
func Fetch(ctx context.Context, reference string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var data []byte
	var err error
	if name, ok := strings.CutPrefix(reference, ociScheme); ok {
		data, err = pull(ctx, name, limit)
	} else {
		data, err = download(ctx, reference, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", reference, err)
	}
	return data, nil
}

// download gets a file from a web server.
func download(ctx context.Context, reference string, limit int64) ([]byte, error) {
	address, fragment, _ := strings.Cut(reference, "#")
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return errors.New("it is redirected more than five times")
		}
		return checkAddress(next.URL.String())
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	data, err := readAll(response.Body, limit)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if want, ok := strings.CutPrefix(fragment, sumPrefix); ok && !strings.EqualFold(want, hex.EncodeToString(sum[:])) {
		return nil, fmt.Errorf("its SHA-256 is %x, and not the %s that is asked for", sum, want)
	}
	return data, nil
}

// checkAddress allows what is encrypted, and this machine.
func checkAddress(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(address, webScheme):
		return nil
	case strings.HasPrefix(address, localScheme) && isLocal(parsed.Hostname()):
		return nil
	}
	return fmt.Errorf("%s is neither https:// nor oci://", address)
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// pull gets the one layer of an image that is a bundle, as `oras push` puts it
// there (https://www.openpolicyagent.org/docs/management-bundles#oci-registry).
// Credentials are those of `docker login`. The library checks all digests.
func pull(ctx context.Context, name string, limit int64) ([]byte, error) {
	repository, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(repository.Reference.Registry)
	if err != nil {
		host = repository.Reference.Registry
	}
	repository.PlainHTTP = isLocal(host)
	client := &auth.Client{Cache: auth.NewCache()}
	if store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{}); err == nil {
		client.Credential = credentials.Credential(store)
	}
	repository.Client = client
	described, manifest, err := repository.FetchReference(ctx, repository.Reference.ReferenceOrDefault())
	if err != nil {
		return nil, err
	}
	defer manifest.Close()
	if described.Size > maxManifest {
		return nil, errors.New("its manifest is too large")
	}
	data, err := content.ReadAll(manifest, described)
	if err != nil {
		return nil, err
	}
	layer, err := bundleLayer(data, limit)
	if err != nil {
		return nil, err
	}
	blob, err := repository.Blobs().Fetch(ctx, layer)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return content.ReadAll(blob, layer)
}

// bundleLayer finds the layer that is a bundle.
func bundleLayer(data []byte, limit int64) (ocispec.Descriptor, error) {
	var none ocispec.Descriptor
	var manifest ocispec.Manifest
	if err := json.Unmarshal(data, &manifest); err != nil {
		return none, fmt.Errorf("read manifest: %w", err)
	}
	var found []ocispec.Descriptor
	for _, layer := range manifest.Layers {
		if strings.HasSuffix(layer.MediaType, "tar+gzip") || strings.HasSuffix(layer.MediaType, "tar.gzip") {
			found = append(found, layer)
		}
	}
	switch {
	case len(found) != 1:
		return none, fmt.Errorf("it has %d layers that could be a bundle (…tar+gzip), and one is needed", len(found))
	case found[0].Size > limit:
		return none, tooLarge(limit)
	}
	return found[0], nil
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = tooLarge(limit)
	}
	return data, err
}

func tooLarge(limit int64) error {
	return fmt.Errorf("it is larger than %d MiB", limit>>20)
}
