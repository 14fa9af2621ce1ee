// Package web is how muster speaks to a forge's API over HTTP: with time-outs, with
// repeats that cannot do a thing twice, waiting as it is told and no longer than it may.
// A request passes, from the outside in: redirects, the answers that are kept, the
// repeats, and one attempt after the other, each read to its end.
package web

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/net/http/httpproxy"
)

// Options are what a client needs to know. All but Base may be left out.
type Options struct {
	// Base is the URL of the API. What is in Auth goes to its host and to no other.
	Base string
	// Auth are the headers that let a request pass, such as Authorization.
	Auth http.Header
	// Agent is the User-Agent: "muster/VERSION".
	Agent string
	// CAFile has certificates, in PEM, that are trusted besides the system's: see [CAFile].
	CAFile string
	// Cache is a folder for answers that are asked for again by their ETag; empty keeps none.
	Cache string
	// Timeout bounds one attempt, its answer's body included; 20 s if it is 0.
	Timeout time.Duration
	// Patience bounds the time that is spent on waiting and on attempts that failed, of all
	// requests together; 2 minutes if it is 0. When it has run out, nothing is repeated.
	Patience time.Duration
	// Pause is the first wait before a repeat, which doubles with each; 500 ms if it is 0.
	Pause time.Duration
	// Tries bounds how often a request is sent; 5 times if it is 0.
	Tries int
	// MaxBody bounds the bytes of an answer; 32 MiB if it is 0.
	MaxBody int64
	// Most bounds how many requests are sent, repeats included; 0 is without bound.
	// What comes after that is [ErrMost].
	Most int
	// Log is told of waits; nil tells nobody.
	Log *slog.Logger
	// Transport sends requests; nil is the network. Tests bring another.
	Transport http.RoundTripper
}

const maxPause = 15 * time.Second

// Client makes requests, and counts them.
type Client struct {
	http          *http.Client
	reads, writes atomic.Int64
	sent          atomic.Int64 // that were to be sent
}

// New makes a client. Proxies are those that the environment names (HTTPS_PROXY and so on).
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.Base)
	if err != nil || o.Base != "" && base.Host == "" {
		return nil, errors.New("read the API's address: it is no URL of a host")
	}
	roots, err := pool(o.CAFile)
	if err != nil {
		return nil, err
	}
	transport := o.Transport
	if transport == nil {
		transport = network(roots)
	}
	client := &Client{}
	one := &attempt{next: transport, base: base, auth: o.Auth, agent: cmp.Or(o.Agent, "muster"), timeout: cmp.Or(o.Timeout, 20*time.Second), most: int64(o.Most), body: cmp.Or(o.MaxBody, maxBody), client: client}
	var next http.RoundTripper = &kind{next: &retryablehttp.RoundTripper{Client: retrying(one, o)}}
	if o.Cache != "" && len(o.Auth) > 0 { // without a secret there is nothing to seal with
		next = &cache{next: next, dir: o.Cache, key: key(base, o.Auth)}
	}
	client.http = &http.Client{Transport: &discreet{next: next, secrets: secrets(o.Auth)}, CheckRedirect: redirect}
	return client, nil
}

func network(roots *x509.CertPool) *http.Transport {
	proxy := httpproxy.FromEnvironment().ProxyFunc() // net/http's reads the environment once a process
	return &http.Transport{
		Proxy:               func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConns:        10,
		IdleConnTimeout:     30 * time.Second,
	}
}

// HTTP is the client for a library that speaks some API.
func (c *Client) HTTP() *http.Client { return c.http }

// Count is how many requests were sent so far, repeats included. A write is what is not
// sent by GET or HEAD, nor marked as a [Query].
func (c *Client) Count() (reads, writes int) { return int(c.reads.Load()), int(c.writes.Load()) }

// CAFile is the file of further certificates that the environment names: muster's own
// variable, else that of GitLab's runner ("Predefined CI/CD variables reference").
// SSL_CERT_FILE, which replaces the system's, needs no help.
func CAFile(env func(string) (string, bool)) string {
	own, _ := env("MUSTER_CA_FILE")
	runner, _ := env("CI_SERVER_TLS_CA_FILE")
	return cmp.Or(own, runner)
}

// pool is the system's certificates with those of a file; nil stands for the system's.
func pool(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificates (MUSTER_CA_FILE or CI_SERVER_TLS_CA_FILE): %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificates %s: there is no PEM certificate in it", file)
	}
	return roots, nil
}
