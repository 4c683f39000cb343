package sandbox

import (
	"context"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// PairOptions decide what a source and a target are like and what is in them.
type PairOptions struct {
	Source, Target Options
	// SourceAddr and TargetAddr are where they listen, 127.0.0.1:0 by default.
	SourceAddr, TargetAddr string
	// Seed fills the source.
	Seed Seed
	// TargetSubjects is how many unrelated subjects the target holds.
	TargetSubjects int
	// User and Password, if set, are demanded of every request to both.
	User, Password string
}

// Pair is a source and a target registry that listen on loopback.
type Pair struct {
	Source, Target       *Registry
	SourceURL, TargetURL string

	servers []*http.Server
	serving sync.WaitGroup
	once    sync.Once
	err     error
}

// Check finds what is wrong with the options themselves, before anything is
// served.
func (o PairOptions) Check() error {
	_, source := o.Source.features()
	if source != nil {
		return source
	}
	_, err := o.Target.features()
	return err
}

// Start seeds two registries and serves them until Close or until ctx ends.
func Start(ctx context.Context, o PairOptions) (*Pair, error) {
	p, err := newPair(o)
	if err != nil {
		return nil, err
	}
	if p.SourceURL, err = p.serve(ctx, p.Source, o.SourceAddr, o); err == nil {
		p.TargetURL, err = p.serve(ctx, p.Target, o.TargetAddr, o)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	context.AfterFunc(ctx, func() { _ = p.Close() }) // Close tells its own caller
	return p, nil
}

func newPair(o PairOptions) (*Pair, error) {
	source, err := New(o.Source.named("sandbox-source-1"))
	if err != nil {
		return nil, err
	}
	target, err := New(o.Target.named("sandbox-target-1"))
	if err != nil {
		source.Close()
		return nil, err
	}
	p := &Pair{Source: source, Target: target}
	if err := errors.Join(source.Seed(o.Seed), target.seedUnrelated(o.TargetSubjects)); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// serve listens before it returns, so that the address it returns works.
func (p *Pair) serve(ctx context.Context, r *Registry, addr string, o PairOptions) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: guarded(r, o.User, o.Password), ReadHeaderTimeout: 10 * time.Second}
	p.servers = append(p.servers, s)
	p.serving.Go(func() {
		_ = s.Serve(l) // ends with ErrServerClosed, or with the listener
	})
	return "http://" + l.Addr().String(), nil
}

// Close ends the exporters, then the servers, and waits for both. It is safe
// to call it twice.
func (p *Pair) Close() error {
	p.once.Do(func() {
		p.Source.Close()
		p.Target.Close()
		for _, s := range p.servers {
			p.err = errors.Join(p.err, s.Close())
		}
		p.serving.Wait()
	})
	return p.err
}

// guarded demands basic authentication in front of h, if there is a user.
func guarded(h http.Handler, user, password string) http.Handler {
	if user == "" && password == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		u, p, _ := q.BasicAuth()
		if same(u, user) && same(p, password) {
			h.ServeHTTP(w, q)
			return
		}
		setRequestID(w, q)
		w.Header().Set("WWW-Authenticate", `Basic realm="SchemaRegistry-Props"`)
		writeError(w, q, plain(http.StatusUnauthorized, "Unauthorized"))
	})
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
