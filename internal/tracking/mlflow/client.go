package mlflow

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Config says which server, and how to get in.
type Config struct {
	URL        string // a user and password in it count as Username and Password
	Experiment string
	// Token is sent as a bearer token; else Username and Password, if there are any.
	Token, Username, Password string
	// User is who ran it, as the server shows it.
	User string
	// InsecureTLS takes any certificate, CertFile a further authority's.
	InsecureTLS bool
	CertFile    string
}

// FromEnvironment adds what MLflow's own clients take from the environment.
func FromEnvironment(address, experiment string, env func(string) (string, bool)) Config {
	value := func(name string) string { v, _ := env(name); return v }
	user := cmp.Or(value("GITHUB_ACTOR"), value("GITLAB_USER_LOGIN"), value("USER"), value("LOGNAME"))
	return Config{
		URL: address, Experiment: experiment, User: user,
		Token: value("MLFLOW_TRACKING_TOKEN"), Username: value("MLFLOW_TRACKING_USERNAME"), Password: value("MLFLOW_TRACKING_PASSWORD"),
		InsecureTLS: strings.EqualFold(value("MLFLOW_TRACKING_INSECURE_TLS"), "true") || value("MLFLOW_TRACKING_INSECURE_TLS") == "1",
		CertFile:    value("MLFLOW_TRACKING_SERVER_CERT_PATH"),
	}
}

// Client talks to one server.
type Client struct {
	cfg  Config
	base *url.URL // without user and password
	http *http.Client
}

// New makes a client; nothing is sent yet.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, &Error{Message: fmt.Sprintf("%q is no address of an MLflow server", redacted(cfg.URL)), hint: "write it as http://host:port or https://host"}
	}
	if user := base.User; user != nil {
		cfg.Username = user.Username()
		cfg.Password, _ = user.Password()
		base.User = nil
	}
	transport, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, base: base, http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // else a POST becomes a GET, and a token goes who knows where
	}}}, nil
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "the address"
}

func newTransport(cfg Config) (*http.Transport, error) {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("connect to MLflow: the standard transport is another")
	}
	transport = transport.Clone()
	if cfg.InsecureTLS && cfg.CertFile != "" {
		return nil, &Error{Message: "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH cannot both be set", hint: "unset one of them"}
	}
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: cfg.InsecureTLS, MinVersion: tls.VersionTLS12} //nolint:gosec // only if the user says so, by MLflow's own variable
	if cfg.CertFile == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(cfg.CertFile)
	if err != nil {
		return nil, fmt.Errorf("read MLFLOW_TRACKING_SERVER_CERT_PATH: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &Error{Message: cfg.CertFile + " holds no certificate", hint: "MLFLOW_TRACKING_SERVER_CERT_PATH must name a PEM file"}
	}
	transport.TLSClientConfig.RootCAs = pool
	return transport, nil
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// post sends a request and reads the answer into out.
func (c *Client) post(ctx context.Context, endpoint string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask MLflow for %s: %w", endpoint, err)
	}
	return c.do(ctx, http.MethodPost, endpoint, nil, body, out)
}

func (c *Client) get(ctx context.Context, endpoint string, query url.Values, out any) error {
	return c.do(ctx, http.MethodGet, endpoint, query, nil, out)
}

func (c *Client) do(ctx context.Context, method, endpoint string, query url.Values, body []byte, out any) error {
	address := c.base.JoinPath("api/2.0/mlflow", endpoint)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask MLflow for %s: %w", endpoint, err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "muster")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.cfg.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	case c.cfg.Username != "":
		request.SetBasicAuth(c.cfg.Username, c.cfg.Password)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return c.unreachable(err)
	}
	if response.StatusCode != http.StatusOK {
		return c.refused(endpoint, response, data)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Error{Message: fmt.Sprintf("%s answers %s with something that is not MLflow's", c.base, endpoint), hint: "does the address lead to an MLflow server?", cause: err}
	}
	return nil
}
