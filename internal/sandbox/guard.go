package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"
)

// credentials are what every request has to bring along: a user with a
// password, or a token, one that never ends or one that was given. If several
// are set, any will do.
type credentials struct {
	user, password string
	bearer         string
	issuer         *issuer // nil for none
	cluster, pool  string  // whom a token has to be for, as Confluent Cloud wants it
}

func (c credentials) basic() bool { return c.user != "" || c.password != "" }

func (c credentials) none() bool { return !c.basic() && c.bearer == "" && !c.issuer.used() }

func (c credentials) match(q *http.Request) bool {
	if u, p, ok := q.BasicAuth(); ok && c.basic() {
		return same(u, c.user) && same(p, c.password)
	}
	if c.cluster != q.Header.Get(clusterHeader) && c.cluster != "" || c.pool != q.Header.Get(poolHeader) && c.pool != "" {
		return false
	}
	token, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	return ok && (c.bearer != "" && same(token, c.bearer) || c.issuer.used() && c.issuer.lets(token))
}

// Headers that say whom a token is for.
const (
	clusterHeader = "target-sr-cluster"
	poolHeader    = "Confluent-Identity-Pool-Id"
)

// A door demands credentials of who wants to go on to h, if there are any. They
// can be others while it serves.
type door struct {
	h     http.Handler
	known atomic.Pointer[credentials]
}

func guarded(h http.Handler, c credentials) *door {
	d := &door{h: h}
	d.known.Store(&c)
	return d
}

func (d *door) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if c := d.known.Load(); c.none() || c.match(q) {
		d.h.ServeHTTP(w, q)
		return
	}
	unauthorized(w, q)
}

// rotate takes another user and password for those that were known.
func (d *door) rotate(user, password string) {
	c := *d.known.Load()
	c.user, c.password = user, password
	d.known.Store(&c)
}

func unauthorized(w http.ResponseWriter, q *http.Request) {
	setRequestID(w, q)
	w.Header().Set("WWW-Authenticate", `Basic realm="SchemaRegistry-Props"`)
	writeError(w, q, plain(http.StatusUnauthorized, "Unauthorized"))
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
