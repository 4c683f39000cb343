package registry

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"

	"golang.org/x/oauth2"
)

// A login is what lets requests in. Copies of a client share it.
type login struct {
	redactor *Redactor
	renews   func(Config) (Config, error) // nil: nothing can be read again
	pair     atomic.Pointer[tls.Certificate]

	turn   chan struct{} // holds a token while nobody uses what follows
	config Config        // with the credentials as they were read last
	header http.Header   // what goes with every request
	serial int           // how often they were renewed
	issuer *issuer       // nil without OAuth
	token  *oauth2.Token // nil until there is one
}

// signed is what a request brings along.
type signed struct {
	header http.Header
	serial int
	again  bool // the credentials were read again for this request
}

func newLogin(c Config) (*login, error) {
	l := &login{redactor: c.Redactor, renews: c.Renew, turn: make(chan struct{}, 1), config: c}
	l.turn <- struct{}{}
	c.Redactor.AddCredentials(c)
	return l, l.use(c)
}

// use takes over credentials.
func (l *login) use(c Config) error {
	header, err := c.headers()
	if err != nil {
		return err
	}
	if (c.OAuth != OAuth{}) {
		if l.issuer, err = newIssuer(c); err != nil {
			return err
		}
	}
	if c.TLS.Cert != "" || !c.TLS.Key.IsZero() {
		pair, err := c.TLS.pair()
		if err != nil {
			return fmt.Errorf("registry %q: its tls cannot be used: %w", c.Name, err)
		}
		l.pair.Store(&pair)
	}
	l.config, l.header, l.token = c, header, nil
	return nil
}

// certificate is what a server gets that asks for one.
func (l *login) certificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if p := l.pair.Load(); p != nil {
		return p, nil
	}
	return new(tls.Certificate), nil // none
}

func (l *login) take(ctx context.Context) error {
	select {
	case <-l.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *login) free() { l.turn <- struct{}{} }

// sign returns what to bring along; it asks for a token where there is none that still holds.
func (l *login) sign(ctx context.Context) (signed, error) {
	if err := l.take(ctx); err != nil {
		return signed{}, err
	}
	defer l.free()
	s := signed{header: l.header, serial: l.serial}
	if l.issuer == nil {
		return s, nil
	}
	if !l.token.Valid() {
		t, err := l.fetch(ctx)
		if err != nil {
			return s, err
		}
		l.redactor.Add(t.AccessToken)
		l.token = t
	}
	s.header = l.header.Clone()
	s.header.Set("Authorization", "Bearer "+l.token.AccessToken)
	return s, nil
}

// fetch gets a token within the time that any request may take.
func (l *login) fetch(ctx context.Context) (*oauth2.Token, error) {
	within, cancel := context.WithTimeoutCause(ctx, l.config.Timeout, timeoutError{l.config.Timeout})
	defer cancel()
	t, err := l.issuer.token(within)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return nil, fmt.Errorf("no token from %s: %w", l.issuer.with.TokenURL, context.Cause(within))
	}
	return t, err
}

// renew reads the credentials again, after those of s were refused. It reports whether there is something to try
// again with: others, or a token that is new.
func (l *login) renew(ctx context.Context, s signed) (bool, error) {
	if err := l.take(ctx); err != nil {
		return false, err
	}
	defer l.free()
	if l.serial != s.serial {
		return true, nil // somebody else has done it
	}
	fresh := l.config
	if l.renews != nil {
		var err error
		if fresh, err = l.renews(l.config); err != nil {
			return false, err
		}
	}
	if l.issuer == nil && sameLogin(fresh, l.config) {
		return false, nil
	}
	l.redactor.AddCredentials(fresh)
	old := l.issuer
	if err := l.use(fresh); err != nil {
		return false, err
	}
	if old != nil {
		old.close()
	}
	l.serial++
	return true, nil
}

func sameLogin(a, b Config) bool {
	return a.Username == b.Username && a.Password == b.Password && a.Token == b.Token && a.OAuth == b.OAuth && a.TLS == b.TLS &&
		maps.Equal(a.Headers, b.Headers)
}

func (l *login) close() {
	select {
	case <-l.turn:
		if l.issuer != nil {
			l.issuer.close()
		}
		l.free()
	default: // in use
	}
}

// refused reports whether the answer is about the credentials, and nothing was done.
func refused(r call, status int, err error) bool {
	if status == http.StatusUnauthorized {
		return true
	}
	return !r.once && isAlert(err)
}

// retryRefused sends a request that was refused once more, if other credentials are there now.
func (c *Client) retryRefused(ctx context.Context, r call, s signed, status int, refusal error) (int, error) {
	fresh, err := c.login.renew(ctx, s)
	if err != nil && ctx.Err() == nil {
		return status, &rereadError{refusal, c.redactor.Redact(err.Error())}
	}
	if !fresh || err != nil {
		return status, refusal
	}
	c.log.DebugContext(ctx, "credentials were refused and read again", "registry", c.name, "method", r.method, "url", c.at(r))
	c.Close() // a connection keeps the certificate that it was made with
	if s, err = c.login.sign(ctx); err != nil {
		return 0, c.callError(r, err)
	}
	s.again = true
	return c.exchange(ctx, r, s)
}

// A rereadError is a refusal of credentials that could not be read again.
type rereadError struct {
	error
	why string
}

func (e *rereadError) Error() string {
	return e.error.Error() + "; they could not be read again: " + e.why
}
func (e *rereadError) Unwrap() error { return e.error }
