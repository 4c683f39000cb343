// Package registry is an HTTP client for Kafka schema registries: modes,
// configs, schemas with their ids, and the schema exporter.
//
// Reads and idempotent writes are retried under the policy given to With. Every
// other write is sent once, and a [LostError] tells that its answer was lost.
// No error and no log line shows a secret that the Redactor knows.
package registry

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says which registry a Client talks to and how.
type Config struct {
	Name     string // as the runbook calls it
	URL      string // base URL; credentials in it are taken out and used
	Username string // basic authentication, when not empty
	Password Secret
	Timeout  time.Duration // of one request, default 30s; of a listing, until the next bytes
	Redactor *Redactor     // shared by those who print; the client adds its credentials
	Logger   *slog.Logger  // gets each request at level debug; default none
	// Transport is where requests go; default a copy of http.DefaultTransport.
	Transport http.RoundTripper
}

// A Client talks to one registry. It is safe for concurrent use.
type Client struct {
	name, user string
	password   Secret
	base       *url.URL
	timeout    time.Duration
	redactor   *Redactor
	log        *slog.Logger
	http       *http.Client
	retry      Retry
	onRetry    func(Attempt)
}

// New makes a client. It sends nothing.
func New(c Config) (*Client, error) {
	base, err := parseBase(c)
	if err != nil {
		return nil, err
	}
	if base.User != nil && c.Username == "" && c.Password.IsZero() {
		p, _ := base.User.Password()
		c.Username, c.Password = base.User.Username(), NewSecret(p)
	}
	c = withDefaults(c)
	addUserinfo(c.Redactor, base)
	base.User = nil
	if !c.Password.IsZero() {
		c.Redactor.Add(c.Password.Reveal(), c.Username+":"+c.Password.Reveal())
	}
	return &Client{
		name: c.Name, user: c.Username, password: c.Password, base: base,
		timeout: c.Timeout, redactor: c.Redactor, log: c.Logger,
		http: &http.Client{Transport: c.Transport, CheckRedirect: checkRedirect},
	}, nil
}

// Name returns the registry's name in the runbook.
func (c *Client) Name() string { return c.name }

// URL returns the registry's base URL without credentials.
func (c *Client) URL() string { return c.redactor.Redact(c.base.String()) }

// With returns a copy of the client that sends reads and idempotent writes
// again as the policy says; the zero policy means one attempt. Before each
// wait onRetry is told, unless it is nil.
func (c *Client) With(r Retry, onRetry func(Attempt)) *Client {
	cc := *c
	cc.retry, cc.onRetry = r, onRetry
	return &cc
}

// Close closes idle connections; the client stays usable.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func withDefaults(c Config) Config {
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Redactor == nil {
		c.Redactor = &Redactor{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		c.Transport = newTransport()
	}
	return c
}

func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 16 // per-subject reads go eight at a time, on two sides
	return t
}

func parseBase(c Config) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case err != nil && strings.Contains(c.URL, "@"):
		// The parser quotes what it cannot read, which may be the password.
		return nil, fmt.Errorf("registry %q: its url cannot be parsed; escape special characters in its credentials, or give them apart", c.Name)
	case err != nil:
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("registry %q: its url cannot be parsed: %w", c.Name, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("registry %q: its url must begin with http:// or https:// and a host", c.Name)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("registry %q: its url must not have a query or a fragment", c.Name)
	}
	return u, nil
}

// addUserinfo makes the credentials inside a URL known.
func addUserinfo(r *Redactor, u *url.URL) {
	if p, ok := u.User.Password(); ok {
		r.Add(p, u.User.String(), u.User.Username()+":"+p)
	}
}
