// Package registry is an HTTP client for Kafka schema registries: modes,
// configs, schemas with their ids, and the schema exporter.
//
// Reads and idempotent writes are retried under the policy given to With, by
// turns at each URL of the registry. Every other write is sent once, to the URL
// that answered last, and a [LostError] tells that its answer was lost.
// No error and no log line shows a secret that the Redactor knows.
package registry

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Config says which registry a Client talks to and how.
type Config struct {
	Name     string   // as the runbook calls it
	URL      string   // base URL; credentials in it are taken out and used
	Others   []string // further URLs of the same registry, for when the first does not answer
	Username string   // basic authentication, when not empty
	Password Secret
	Token    Secret // bearer authentication, instead of a user
	OAuth    OAuth  // a token that is asked for, instead of one that is known
	// LogicalCluster and IdentityPool tell Confluent Cloud what a bearer token is for; "" for none.
	LogicalCluster, IdentityPool string
	// Credentials is where user, password or token come from, for whoever has to correct them; "" where that is not known.
	Credentials string
	// Renew returns the config with the credentials as they are now. It is called when the registry refuses those that
	// are known, once for a request; nil where nothing can be read again.
	Renew   func(Config) (Config, error)
	Headers map[string]Secret // sent with every request; see CheckHeaderName
	TLS     TLS               // ignored when there is a Transport
	Timeout time.Duration     // of one request, default 30s; of a listing, until the next bytes
	// RateLimit is how many requests leave in a second at most, all URLs together; default no limit.
	RateLimit float64
	// Concurrency is how many requests are under way at a time at most, all URLs together; default no limit.
	Concurrency int
	Redactor    *Redactor    // shared by those who print; the client adds its credentials
	Logger      *slog.Logger // gets each request at level debug; default none
	// Observe is told of each request that has left, from several goroutines at a time; nil: nobody is.
	Observe func(Exchange)
	// Transport is where requests go; default a copy of http.DefaultTransport.
	Transport http.RoundTripper
	// Curl is what a command for a person begins with: curl, told where it finds the credentials; default curl alone.
	Curl string
	// Permit is asked before each request leaves that is not GET or HEAD, and again when it has a connection, from several
	// goroutines at a time: an error keeps it back. nil: all may leave.
	Permit func() error
	// ReadOnly refuses every request but GET and HEAD, see ErrReadOnly, and asks each question once.
	ReadOnly bool
	// Anew makes a client that only reads ask each question as often as it is put: for who has to see what changes.
	Anew bool
}

// A Client talks to one registry. It is safe for concurrent use.
type Client struct {
	name     string
	curl     string
	login    *login // shared by copies
	bases    *bases
	timeout  time.Duration
	redactor *Redactor
	log      *slog.Logger
	observe  func(Exchange)
	pace     *rate.Limiter // shared by copies
	slots    slots         // shared by copies
	memory   *reading      // of a client that only reads, nil otherwise; shared by copies
	strain   *atomic.Int64 // shared by copies
	buffers  *buffers      // shared by copies
	http     *http.Client
	retry    Retry
	onRetry  func(Attempt)

	credentials string // where they come from
	tls         TLS    // as the config has it
}

// New makes a client. It sends nothing.
func New(c Config) (*Client, error) {
	bases, err := newBases(c)
	if err != nil {
		return nil, err
	}
	c = withDefaults(c).takeUserinfo(bases.all)
	login, err := newLogin(c)
	if err != nil {
		return nil, err
	}
	if c.Transport == nil {
		if c.Transport, err = c.transport(login); err != nil {
			return nil, err
		}
	}
	if c.Permit != nil {
		c.Transport = permitting{c.Transport, c.Permit}
	}
	var memory *reading
	if c.ReadOnly {
		memory = readOnly(c.Transport, c.Anew)
		c.Transport = memory
	}
	return &Client{
		name: c.Name, curl: c.Curl, login: login, credentials: c.Credentials, tls: c.TLS, bases: bases,
		timeout: c.Timeout, redactor: c.Redactor, log: c.Logger, observe: c.Observe, pace: newPace(c.RateLimit), slots: newSlots(c.Concurrency),
		memory: memory,
		strain: new(atomic.Int64), buffers: new(buffers), http: &http.Client{Transport: c.Transport, CheckRedirect: checkRedirect},
	}, nil
}

// takeUserinfo takes credentials out of the URLs; those of the first are used when there are no others.
func (c Config) takeUserinfo(all []*url.URL) Config {
	if first := all[0].User; first != nil && !c.hasLogin() {
		p, _ := first.Password()
		c.Username, c.Password = first.Username(), NewSecret(p)
	}
	for _, u := range all {
		addUserinfo(c.Redactor, u)
		u.User = nil
	}
	return c
}

// Name returns the registry's name in the runbook.
func (c *Client) Name() string { return c.name }

// Credentials returns where user, password or token come from, such as env:PASSWORD; "" where that is not known.
func (c *Client) Credentials() string { return c.credentials }

// Curl returns how a person calls curl on this registry; it shows no secret.
func (c *Client) Curl() string { return cmp.Or(c.redactor.Redact(c.curl), "curl") }

// URL returns the registry's first base URL without credentials.
func (c *Client) URL() string { return c.redactor.Redact(c.bases.all[0].String()) }

// With returns a copy of the client that sends reads and idempotent writes
// again as the policy says; the zero policy means one attempt. Before each
// wait onRetry is told, unless it is nil.
func (c *Client) With(r Retry, onRetry func(Attempt)) *Client {
	cc := *c
	cc.retry, cc.onRetry = r, onRetry
	return &cc
}

// Strain returns how many times the registry has said so far that a request was
// too much for it at that moment: 429 and 5xx. Who sends many at a time should
// send fewer when it grows.
func (c *Client) Strain() int64 { return c.strain.Load() }

// Close closes idle connections; the client stays usable.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.login.close()
}

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
	return c
}

func (c Config) transport(l *login) (http.RoundTripper, error) {
	secure, err := c.TLS.config()
	if err != nil {
		return nil, fmt.Errorf("registry %q: its tls cannot be used: %w", c.Name, err)
	}
	if secure != nil {
		secure.GetClientCertificate = l.certificate
	}
	return newTransport(secure)
}

func newTransport(secure *tls.Config) (http.RoundTripper, error) {
	t, ok := http.DefaultTransport.(*http.Transport)
	switch {
	case !ok && secure != nil:
		return nil, errors.New("tls cannot be set on the transport of this program")
	case !ok:
		return http.DefaultTransport, nil
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 16  // per-subject reads go eight at a time, on two sides
	t.ReadBufferSize = 64 << 10 // listings are long
	gated(t)
	if secure != nil {
		t.TLSClientConfig = secure
	}
	return t, nil
}

func parseBase(name, base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	switch {
	case err != nil && strings.Contains(base, "@"):
		// The parser quotes what it cannot read, which may be the password.
		return nil, fmt.Errorf("registry %q: its url cannot be parsed; escape special characters in its credentials, or give them apart", name)
	case err != nil:
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("registry %q: its url cannot be parsed: %w", name, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("registry %q: its url must begin with http:// or https:// and a host", name)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("registry %q: its url must not have a query or a fragment", name)
	}
	return u, nil
}

// addUserinfo makes the credentials inside a URL known.
func addUserinfo(r *Redactor, u *url.URL) {
	if p, ok := u.User.Password(); ok {
		r.Add(p, u.User.String(), u.User.Username()+":"+p)
	}
}
