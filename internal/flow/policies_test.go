package flow_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/policies"
)

// needProgram returns a program that scripts/setup.sh installs.
func needProgram(t *testing.T, name, component string) string {
	t.Helper()
	if local, err := filepath.Abs(filepath.Join("..", "..", ".tools", "bin", name)); err == nil {
		if _, err := os.Stat(local); err == nil {
			return local
		}
	}
	program, err := exec.LookPath(name)
	if err == nil {
		return program
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%v; in CI this test must run: scripts/setup.sh %s", err, component)
	}
	t.Skipf("%v; to run this test: scripts/setup.sh %s", err, component)
	return ""
}

// workshop is a folder with policies, keys, and the program that makes bundles of them.
type workshop struct {
	*testing.T
	dir string
}

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	w := workshop{t, t.TempDir()}
	w.write("src/.manifest", `{"revision": "r7", "roots": ["acme", "limits"]}`)
	w.write("src/acme/size.rego", "package acme.size\n\n# METADATA\n# title: Large\n# custom: {code: too-large}\ndeny contains {\"code\": \"too-large\", \"message\": \"Too large.\"} if data.limits.size > 10\n")
	w.write("src/limits/data.json", `{"size": 20}`)
	for _, name := range []string{"rsa", "other"} {
		w.run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", name+".pem")
		w.run("openssl", "pkey", "-in", name+".pem", "-pubout", "-out", name+".pub.pem")
	}
	w.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem")
	w.run("openssl", "ec", "-in", "ec.pem", "-pubout", "-out", "ec.pub.pem")
	opa := needProgram(t, "opa", "opa")
	w.run(opa, "build", "--bundle", "src", "--output", "plain.tar.gz")
	w.run(opa, "build", "--bundle", "src", "--output", "signed.tar.gz", "--signing-key", "rsa.pem", "--signing-alg", "RS512")
	w.run(opa, "build", "--bundle", "src", "--output", "ec.tar.gz", "--signing-key", "ec.pem", "--signing-alg", "ES256")
	// Whoever knows the public key signs with it as if it were a password.
	public, err := os.ReadFile(filepath.Join(w.dir, "rsa.pub.pem"))
	if err != nil {
		t.Fatal(err)
	}
	w.run(opa, "build", "--bundle", "src", "--output", "confused.tar.gz", "--signing-key", string(public), "--signing-alg", "HS256")
	return w
}

func (w workshop) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w workshop) read(name string) []byte {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	return data
}

func (w workshop) run(program string, args ...string) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), program, args...)
	cmd.Dir = w.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

// open opens policies as a gate would that names them.
func (w workshop) open(bundle, key string) (policies.Team, error) {
	w.Helper()
	text := "version: 1\nname: x\nstages:\n  train: {run: x, outputs: [m]}\n  evaluate: {run: x, inputs: [m], predictions: p.csv}\nmodel: {path: m, stage: train}\ngate:\n  metrics: {roc_auc: {}}\n  policies:\n    bundle: \"" + bundle + "\"\n"
	if key != "" {
		text += "    key: " + key + "\n"
	}
	w.write("muster.yaml", text)
	c, err := config.Load(filepath.Join(w.dir, "muster.yaml"))
	if err != nil {
		return policies.Team{}, err
	}
	return flow.TeamPolicies(w.Context(), c, w.dir)
}

func TestBundlesOfTheRealOPA(t *testing.T) {
	w := newWorkshop(t)
	for name, test := range map[string]struct{ bundle, key, want string }{
		"without a key":               {"plain.tar.gz", "", ""},
		"signed, and nobody asks":     {"signed.tar.gz", "", ""},
		"signed by RSA":               {"signed.tar.gz", "rsa.pub.pem", ""},
		"signed by ECDSA":             {"ec.tar.gz", "ec.pub.pem", ""},
		"signed by somebody else":     {"signed.tar.gz", "other.pub.pem", "its signature does not hold"},
		"signed by another kind":      {"signed.tar.gz", "ec.pub.pem", "its signature does not hold"},
		"not signed":                  {"plain.tar.gz", "rsa.pub.pem", "missing .signatures.json"},
		"signed by the public key":    {"confused.tar.gz", "rsa.pub.pem", "its signature does not hold"},
		"verified by the private key": {"signed.tar.gz", "rsa.pem", "name the public key"},
		"no bundle":                   {"nothing.tar.gz", "", "the bundle cannot be read"},
		"no key":                      {"signed.tar.gz", "nothing.pem", "the key cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			team, err := w.open(test.bundle, test.key)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error is %v, want %q", err, test.want)
				}
				return
			}
			denies(t, team, err)
		})
	}
}

// denies checks that the bundle's one rule decides, and that the receipt has its digest.
func denies(t *testing.T, team policies.Team, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policies.LoadTeam(team)
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Decide(t.Context(), policies.Input{Gate: policies.Gate{Metrics: map[string]policies.GateMetric{}}})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, finding := range got.Findings {
		found = found || finding.Code == "too-large"
	}
	if !found {
		t.Errorf("findings: %+v", got.Findings)
	}
	if len(got.Policies[team.Name]) != 64 || set.Revisions()[team.Name] != "r7" {
		t.Errorf("policies %v, revisions %v", got.Policies, set.Revisions())
	}
}

func TestBundlesFromAWebServer(t *testing.T) {
	w := newWorkshop(t)
	server := httptest.NewServer(http.FileServer(http.Dir(w.dir)))
	t.Cleanup(server.Close)
	sum := fmt.Sprintf("#sha256=%x", sha256.Sum256(w.read("plain.tar.gz")))
	wrong := fmt.Sprintf("#sha256=%x", sha256.Sum256(nil))
	for name, test := range map[string]struct{ bundle, key, want string }{
		"signed":                  {"signed.tar.gz", "rsa.pub.pem", ""},
		"with its digest":         {"plain.tar.gz" + sum, "", ""},
		"with another digest":     {"plain.tar.gz" + wrong, "", "its SHA-256 is"},
		"neither":                 {"plain.tar.gz", "", "needs a key or a digest"},
		"a digest that is none":   {"plain.tar.gz#sha256=abc", "", "needs a key or a digest"},
		"signed by somebody else": {"signed.tar.gz", "other.pub.pem", "its signature does not hold"},
		"not there":               {"nothing.tar.gz", "rsa.pub.pem", "404"},
	} {
		t.Run(name, func(t *testing.T) {
			team, err := w.open(server.URL+"/"+test.bundle, test.key)
			if test.want == "" {
				denies(t, team, err)
			} else if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
	for _, address := range []string{"http://example.org/x.tar.gz" + sum, "ftp://example.org/x.tar.gz" + sum, "file:///etc/passwd" + sum} {
		if _, err := w.open(address, ""); err == nil {
			t.Errorf("%s was accepted", address)
		}
	}
}

func TestBundlesFromARegistry(t *testing.T) {
	w := newWorkshop(t)
	host := startRegistry(t)
	signed := push(t, host+"/policies/signed", "v1", w.read("signed.tar.gz"))
	plain := push(t, host+"/policies/plain", "v1", w.read("plain.tar.gz"))
	for name, test := range map[string]struct{ bundle, key, want string }{
		"a tag, signed":       {"/policies/signed:v1", "rsa.pub.pem", ""},
		"a digest":            {"/policies/plain@" + plain, "", ""},
		"a tag, not signed":   {"/policies/plain:v1", "rsa.pub.pem", "missing .signatures.json"},
		"neither":             {"/policies/plain:v1", "", "needs a key or a digest"},
		"another's digest":    {"/policies/plain@" + signed, "", "not found"},
		"no such tag":         {"/policies/signed:v2", "rsa.pub.pem", "not found"},
		"somebody else's key": {"/policies/signed:v1", "other.pub.pem", "its signature does not hold"},
	} {
		t.Run(name, func(t *testing.T) {
			team, err := w.open("oci://"+host+test.bundle, test.key)
			if test.want == "" {
				denies(t, team, err)
			} else if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// push puts a bundle into a registry as `oras push` does, and returns its digest.
func push(t *testing.T, name, tag string, archive []byte) string {
	t.Helper()
	repository, err := remote.NewRepository(name)
	if err != nil {
		t.Fatal(err)
	}
	repository.PlainHTTP = true
	layer := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayerGzip, Digest: digest.FromBytes(archive), Size: int64(len(archive))}
	if err := repository.Push(t.Context(), layer, bytes.NewReader(archive)); err != nil {
		t.Fatal(err)
	}
	manifest, err := oras.PackManifest(t.Context(), repository, oras.PackManifestVersion1_1, "application/vnd.oci.image.config.v1+json",
		oras.PackManifestOptions{Layers: []ocispec.Descriptor{layer}})
	if err != nil {
		t.Fatal(err)
	}
	if err := repository.Tag(t.Context(), manifest, tag); err != nil {
		t.Fatal(err)
	}
	return manifest.Digest.String()
}

// startRegistry runs Debian's registry of images, and returns its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	program := needProgram(t, "docker-registry", "registry")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	settings := fmt.Sprintf("version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\nlog: {level: error}\n", dir, address)
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "serve", filepath.Join(dir, "config.yml"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
			conn.Close()
			return address
		}
	}
	t.Fatal("the registry does not answer")
	return ""
}
