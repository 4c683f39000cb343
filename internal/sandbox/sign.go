package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// signer adds the credentials. Like the real client it uses those of the
// config only if the config names them as the source.
func signer(config map[string]string, client *http.Client) func(*http.Request) error {
	info := setting(config, "basic.auth.user.info")
	user, password, _ := strings.Cut(info, ":")
	if setting(config, "basic.auth.credentials.source") == "USER_INFO" {
		return func(q *http.Request) error { q.SetBasicAuth(user, password); return nil }
	}
	token := func(*http.Request) (string, error) { return setting(config, "bearer.auth.token"), nil }
	switch setting(config, "bearer.auth.credentials.source") {
	case "STATIC_TOKEN":
	case "OAUTHBEARER":
		token = (&grants{config: config, client: client}).token
	default:
		return func(*http.Request) error { return nil }
	}
	return func(q *http.Request) error {
		t, err := token(q)
		q.Header.Set("Authorization", "Bearer "+t)
		for header, key := range map[string]string{
			clusterHeader: "bearer.auth.logical.cluster", poolHeader: "bearer.auth.identity.pool.id",
		} {
			if v := setting(config, key); v != "" {
				q.Header.Set(header, v)
			}
		}
		return err
	}
}

// A tokenError is an identity provider's refusal.
type tokenError struct {
	at     string
	status int
}

func (e tokenError) Error() string { return fmt.Sprintf("no token from %s: status %d", e.at, e.status) }

// oneSource refuses a config that names two sources of credentials, as the real
// client does.
func oneSource(config map[string]string) error {
	const basic, bearer = "basic.auth.credentials.source", "bearer.auth.credentials.source"
	if setting(config, basic) == "" || setting(config, bearer) == "" {
		return nil
	}
	return fmt.Errorf("only one of '%s' and '%s' may be specified", basic, bearer)
}

// grants gets tokens for client credentials, as the real client does: a new
// one when most of the life of the last is over.
type grants struct {
	config map[string]string
	client *http.Client

	mu    sync.Mutex
	last  string
	until time.Time
}

func (g *grants) token(q *http.Request) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.until) {
		return g.last, nil
	}
	at := setting(g.config, "bearer.auth.issuer.endpoint.url")
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {setting(g.config, "bearer.auth.scope")}}
	r, err := http.NewRequestWithContext(q.Context(), http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("no token: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(setting(g.config, "bearer.auth.client.id"), setting(g.config, "bearer.auth.client.secret"))
	answer, err := g.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("no token: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read from
	var got struct {
		Token string  `json:"access_token"`
		Life  float64 `json:"expires_in"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.Token == "" {
		return "", tokenError{at, answer.StatusCode}
	}
	g.last, g.until = got.Token, time.Now().Add(time.Duration(got.Life*0.8*float64(time.Second)))
	return g.last, nil
}
