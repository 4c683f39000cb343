package registry_test

import (
	"encoding/pem"
	"errors"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// permit may be taken back, and says when it is asked.
type permit struct {
	left  atomic.Int64 // how often it is still given
	asked chan struct{}
}

var errTaken = errors.New("the lease is over")

func (p *permit) ask() error {
	select {
	case p.asked <- struct{}{}:
	default:
	}
	if p.left.Add(-1) < 0 {
		return errTaken
	}
	return nil
}

// writes is a server that counts what may have changed something.
func writes(t *testing.T, how string) (s *httptest.Server, n *atomic.Int64, configure func(*registry.Config)) {
	t.Helper()
	n = new(atomic.Int64)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			n.Add(1)
		}
		if want := how == "HTTP/2"; (r.ProtoMajor == 2) != want {
			t.Errorf("it came by %s", r.Proto)
		}
		_, _ = io.WriteString(w, `{"compatibilityLevel":"BACKWARD","mode":"READWRITE"}`)
	}))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains about handshakes
	t.Cleanup(s.Close)
	if s.EnableHTTP2 = how == "HTTP/2"; how == "plain" {
		s.Start()
		return s, n, func(*registry.Config) {}
	}
	s.StartTLS()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	return s, n, func(c *registry.Config) { c.TLS = registry.TLS{CA: ca} }
}

// kept demands that a write was not sent, and that this is known.
func kept(t *testing.T, err error, sent int64) {
	t.Helper()
	_, is := errors.AsType[*registry.NotPermittedError](err)
	if !is || !errors.Is(err, errTaken) || registry.IsLost(err) || registry.IsTemporary(err) || sent != 0 {
		t.Errorf("got %v, lost %v, temporary %v; %d sent", err, registry.IsLost(err), registry.IsTemporary(err), sent)
	}
}

// Whenever the permit ends before the first byte has left, nothing leaves: on a new connection and on one that is used
// again, however it is spoken over it.
func TestAPermitThatEndsBeforeTheFirstByteIsHeeded(t *testing.T) {
	for how, asks := range map[string]int64{"plain": 3, "TLS": 3, "HTTP/2": 2} {
		for _, again := range []bool{false, true} {
			for given := int64(0); ; given++ {
				s, sent, configure := writes(t, how)
				p := new(permit)
				c := client(t, s.URL, func(cfg *registry.Config) { configure(cfg); cfg.Permit = p.ask })
				if again {
					if _, _, err := c.Mode(t.Context(), ""); err != nil {
						t.Fatal(err)
					}
				}
				p.left.Store(given)
				err := c.SetMode(t.Context(), "", strings.Repeat("READONLY", 2000), false) // more than a buffer holds
				if err == nil {
					if given != asks || p.left.Load() != 0 || sent.Load() != 1 {
						t.Errorf("%s, again %v: sent %d times, asked %d times, want %d", how, again, sent.Load(), given, asks)
					}
					break
				}
				kept(t, err, sent.Load())
			}
		}
	}
}

// late is a listener that accepts when it is told to.
type late struct {
	net.Listener
	now chan struct{}
}

func (l late) Accept() (net.Conn, error) {
	<-l.now
	return l.Listener.Accept()
}

// A request that is being connected when the permit ends does not leave.
func TestARequestThatIsBeingConnectedIsKept(t *testing.T) {
	var sent atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains about handshakes
	l := late{s.Listener, make(chan struct{})}
	s.Listener = l
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	p := &permit{asked: make(chan struct{})}
	p.left.Store(1)
	c := client(t, s.URL, func(cfg *registry.Config) { cfg.TLS, cfg.Permit = registry.TLS{CA: ca}, p.ask })
	done := make(chan error, 1)
	go func() { done <- c.SetMode(t.Context(), "", "READONLY", false) }()
	<-p.asked // before the connection is begun, which cannot come about yet
	close(l.now)
	kept(t, <-done, sent.Load())
}
