package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// OAuth are client credentials for which an endpoint gives a token. The zero OAuth is none.
type OAuth struct {
	TokenURL     string
	ClientID     string
	ClientSecret Secret
	Scope        string // several are separated by spaces; the endpoint's own default if empty
	CA           string // PEM certificates that are trusted for TokenURL instead of the system's
}

// CheckTokenURL returns why no token can be had there. Credentials in it are not repeated.
func CheckTokenURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("must be such as https://idp.example.com/oauth2/token")
	case u.User != nil:
		return errors.New("must not hold credentials: they go into clientId and clientSecret")
	}
	return nil
}

// An issuer asks the endpoint for tokens, with a connection of its own: what holds for the registry, such as that
// nothing may be changed there, is not about it.
type issuer struct {
	name  string // of the registry
	oauth OAuth
	from  string // where the credentials come from
	with  *clientcredentials.Config
	http  *http.Client
}

func newIssuer(c Config) (*issuer, error) {
	if err := CheckTokenURL(c.OAuth.TokenURL); err != nil {
		return nil, fmt.Errorf("registry %q: its token url %w", c.Name, err)
	}
	trust := TLS{CA: c.OAuth.CA}
	secure, err := trust.config()
	if err != nil {
		return nil, fmt.Errorf("registry %q: the ca of its token url: %w", c.Name, err)
	}
	transport, err := newTransport(secure)
	if err != nil {
		return nil, err
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the secret would go along
	return &issuer{
		name: c.Name, oauth: c.OAuth, from: c.Credentials,
		with: &clientcredentials.Config{
			ClientID: c.OAuth.ClientID, ClientSecret: c.OAuth.ClientSecret.Reveal(),
			TokenURL: c.OAuth.TokenURL, Scopes: strings.Fields(c.OAuth.Scope),
		},
		http: &http.Client{Transport: transport, CheckRedirect: stay},
	}, nil
}

// token asks for a new one.
func (i *issuer) token(ctx context.Context) (*oauth2.Token, error) {
	t, err := i.with.Token(context.WithValue(ctx, oauth2.HTTPClient, i.http))
	if err == nil {
		return t, nil
	}
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || refused.Response == nil {
		return nil, fmt.Errorf("no token from %s: %w", i.with.TokenURL, i.explain(err))
	}
	said := refused.Response.Status
	for _, more := range []string{refused.ErrorCode, refused.ErrorDescription} {
		if more != "" {
			said += ", " + more
		}
	}
	answer := &Error{Status: refused.Response.StatusCode}
	if answer.Temporary() {
		return nil, &passingError{fmt.Errorf("no token from %s: %s", i.with.TokenURL, said)}
	}
	return nil, fmt.Errorf("no token from %s: %s; correct auth.oauth of registry %s%s", i.with.TokenURL, said, i.name, fromText(i.from))
}

// explain leaves the request out of a failure to connect, and says what to set.
func (i *issuer) explain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return explainTLS(err, tlsFields{whose: "the token url of registry " + i.name, ca: "auth.oauth.ca"})
}

func (i *issuer) close() { i.http.CloseIdleConnections() }

func fromText(from string) string {
	if from == "" {
		return ""
	}
	return ", from " + from
}
