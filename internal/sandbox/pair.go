package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
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
	// Bearer is a token that does as well, or that alone does without a user.
	Bearer string
	// Client and ClientSecret, if set, get tokens from an identity provider that
	// is served as well; each does until TokenLife is over, an hour by default.
	Client, ClientSecret string
	TokenLife            time.Duration
	// Scope is what has to be asked for with them, LogicalCluster and IdentityPool
	// what a request with a token has to name; anything does if they are empty.
	Scope, LogicalCluster, IdentityPool string
	// Faults go wrong on purpose.
	Faults []Fault
	// TLS is a folder. If it is set, both serve HTTPS with certificates from
	// there, which are made if the folder has none: ca.pem, server.pem,
	// server-key.pem, client.pem, client-key.pem, and client-keystore.pem, which
	// holds both of the client.
	TLS string
	// MutualTLS demands a client certificate of that CA; it needs TLS.
	MutualTLS bool
}

// Pair is a source and a target registry that listen on loopback.
type Pair struct {
	Source, Target       *Registry
	SourceURL, TargetURL string
	TokenURL             string  // of the identity provider, if there is one
	Faults               *Faults // those in front of both

	doors   map[string]*door // by side
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
	if o.MutualTLS && o.TLS == "" {
		return errors.New("a client certificate can only be demanded with TLS")
	}
	_, err := o.Target.features()
	return err
}

// Start seeds two registries and serves them until Close or until ctx ends.
func Start(ctx context.Context, o PairOptions) (*Pair, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	secure, err := o.tls()
	if err != nil {
		return nil, err
	}
	p, err := newPair(o)
	if err != nil {
		return nil, err
	}
	tokens := newIssuer(o.Client, o.ClientSecret, o.Scope, o.TokenLife)
	known := credentials{o.User, o.Password, o.Bearer, tokens, o.LogicalCluster, o.IdentityPool}
	p.doors = map[string]*door{SideSource: guarded(p.Source, known), SideTarget: guarded(p.Target, known)}
	p.Faults = NewFaults(o.Faults...)
	source := p.Faults.Befall(p.doors[SideSource], SideSource, p.Source.Restart)
	target := p.Faults.Befall(p.doors[SideTarget], SideTarget, p.Target.Restart)
	if p.SourceURL, err = p.serve(ctx, source, o.SourceAddr, secure); err == nil {
		p.TargetURL, err = p.serve(ctx, target, o.TargetAddr, secure)
	}
	if err == nil && tokens.used() {
		p.TokenURL, err = p.serveTokens(ctx, tokens, secure)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	context.AfterFunc(ctx, func() { _ = p.Close() }) // Close tells its own caller
	return p, nil
}

// tls is nil for plain HTTP.
func (o PairOptions) tls() (*tls.Config, error) {
	if o.TLS == "" {
		return nil, nil
	}
	if err := certificates(o.TLS); err != nil {
		return nil, err
	}
	return serverTLS(o.TLS, o.MutualTLS)
}

func newPair(o PairOptions) (*Pair, error) {
	source, err := New(behaviours(o.Source.named("sandbox-source-1"), SideSource, o.Faults))
	if err != nil {
		return nil, err
	}
	target, err := New(behaviours(o.Target.named("sandbox-target-1"), SideTarget, o.Faults))
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
func (p *Pair) serve(ctx context.Context, h http.Handler, addr string, secure *tls.Config) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	scheme := "http://"
	if secure != nil {
		scheme, l = "https://", tls.NewListener(l, secure)
	}
	// Clients that hang up or trust nobody are not worth a line.
	quiet := log.New(io.Discard, "", 0)
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}
	p.servers = append(p.servers, s)
	p.serving.Go(func() {
		_ = s.Serve(l) // ends with ErrServerClosed, or with the listener
	})
	return scheme + l.Addr().String(), nil
}

// serveTokens demands no certificate of a client: whoever has one needs no token.
func (p *Pair) serveTokens(ctx context.Context, i *issuer, secure *tls.Config) (string, error) {
	if secure != nil {
		secure = secure.Clone()
		secure.ClientAuth = tls.NoClientCert
	}
	base, err := p.serve(ctx, i, "", secure)
	return base + TokenPath, err
}

// Rotate has a side demand another user and password than before, from the next
// request on; whoever brings the old ones is refused.
func (p *Pair) Rotate(side, user, password string) { p.doors[side].rotate(user, password) }

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
