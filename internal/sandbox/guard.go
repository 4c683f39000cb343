package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// credentials are what every request has to bring along: a user with a
// password, or a token, one that never ends or one that was given. If several
// are set, any will do.
type credentials struct {
	user, password string
	bearer         string
	issuer         *issuer // nil for none
}

func (c credentials) basic() bool { return c.user != "" || c.password != "" }

func (c credentials) none() bool { return !c.basic() && c.bearer == "" && !c.issuer.used() }

func (c credentials) match(q *http.Request) bool {
	if u, p, ok := q.BasicAuth(); ok && c.basic() {
		return same(u, c.user) && same(p, c.password)
	}
	token, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	return ok && (c.bearer != "" && same(token, c.bearer) || c.issuer.used() && c.issuer.lets(token))
}

// guarded demands credentials in front of h, if there are any.
func guarded(h http.Handler, c credentials) http.Handler {
	if c.none() {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if c.match(q) {
			h.ServeHTTP(w, q)
			return
		}
		unauthorized(w, q)
	})
}

func unauthorized(w http.ResponseWriter, q *http.Request) {
	setRequestID(w, q)
	w.Header().Set("WWW-Authenticate", `Basic realm="SchemaRegistry-Props"`)
	writeError(w, q, plain(http.StatusUnauthorized, "Unauthorized"))
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
