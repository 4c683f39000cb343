package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// TokenPath is where the identity provider of a pair gives tokens for client
// credentials.
const TokenPath = "/oauth2/token"

// issuer gives tokens for client credentials and knows those that still hold.
type issuer struct {
	client, secret string
	scope          string // that has to be asked for, "" for any
	life           time.Duration

	mu     sync.Mutex
	tokens map[string]time.Time // when each ends
}

func newIssuer(client, secret, scope string, life time.Duration) *issuer {
	if life <= 0 {
		life = time.Hour
	}
	return &issuer{client: client, secret: secret, scope: scope, life: life, tokens: map[string]time.Time{}}
}

func (i *issuer) used() bool { return i != nil && i.client != "" }

// lets reports whether the token was given and still holds.
func (i *issuer) lets(token string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return time.Now().Before(i.tokens[token])
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.URL.Path != TokenPath {
		http.NotFound(w, q)
		return
	}
	status, answer := i.answer(q)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // who has hung up needs no answer
}

func (i *issuer) answer(q *http.Request) (int, map[string]any) {
	if q.Method != http.MethodPost || q.PostFormValue("grant_type") != "client_credentials" {
		return http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"}
	}
	client, secret, ok := q.BasicAuth()
	if !ok {
		client, secret = q.PostFormValue("client_id"), q.PostFormValue("client_secret")
	}
	if !same(client, i.client) || !same(secret, i.secret) {
		return http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "Invalid client or Invalid client credentials"}
	}
	if i.scope != "" && q.PostFormValue("scope") != i.scope {
		return http.StatusBadRequest, map[string]any{"error": "invalid_scope"}
	}
	token := strings.ToLower(rand.Text() + rand.Text())
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tokens[token] = time.Now().Add(i.life)
	return http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(i.life.Seconds())}
}
