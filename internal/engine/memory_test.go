package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// That a registry has lost everything stays known while it cannot be asked, until it is seen to have it again.
func TestALossStaysKnown(t *testing.T) {
	versions, list, status := http.StatusOK, `["a"]`, http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case status != http.StatusOK:
			w.WriteHeader(status)
		case strings.HasSuffix(r.URL.Path, "/versions") && versions != http.StatusOK:
			w.WriteHeader(versions)
			_, _ = w.Write([]byte(`{"error_code":40401}`))
		case strings.HasSuffix(r.URL.Path, "/versions"):
			_, _ = w.Write([]byte(`[1]`))
		default:
			_, _ = w.Write([]byte(list))
		}
	}))
	t.Cleanup(server.Close)
	c, err := registry.New(registry.Config{Name: "source", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s := &session{
		Engine: &Engine{Runbook: &runbook.Runbook{}, Clients: map[string]*registry.Client{"source": c}, Redact: func(s string) string { return s }},
		state:  &state.State{Run: &state.Run{Registries: map[string]state.Identity{"source": {Holds: []string{"a"}}}}},
	}
	if err := s.whole(t.Context()); err != nil || s.anyLost() {
		t.Errorf("all there: got %v, lost %t", err, s.anyLost())
	}
	versions, list = http.StatusNotFound, `[]`
	if err := s.whole(t.Context()); err == nil || !s.anyLost() {
		t.Errorf("gone: got %v, lost %t", err, s.anyLost())
	}
	status = http.StatusForbidden
	if err := s.whole(t.Context()); err != nil || !s.anyLost() {
		t.Errorf("not to be asked: got %v, lost %t", err, s.anyLost())
	}
	if s.takeStock(t.Context()); !s.anyLost() {
		t.Error("forgotten at the end of a rollback that could not look")
	}
	versions, list, status = http.StatusOK, `["a"]`, http.StatusOK
	if s.takeStock(t.Context()); s.anyLost() {
		t.Error("restored, and still taken for lost")
	}
}

// leaving is a step that has left something, and that does something when that is counted.
type leaving struct {
	*put
	counted func()
}

func (l *leaving) Left(context.Context, *steps.Env) ([]steps.Leftover, error) {
	l.counted()
	return nil, nil
}

// A registry that loses everything while what is left there is counted is not as before.
func TestALossAtTheVeryEndOfARollback(t *testing.T) {
	var lost atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/subjects"):
			w.WriteHeader(http.StatusNotFound) // it has no identity
		case lost.Load() && strings.HasSuffix(r.URL.Path, "/versions"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error_code":40401}`))
		case lost.Load():
			_, _ = w.Write([]byte(`[]`))
		case strings.HasSuffix(r.URL.Path, "/versions"):
			_, _ = w.Write([]byte(`[1]`))
		default:
			_, _ = w.Write([]byte(`["a"]`))
		}
	}))
	t.Cleanup(server.Close)
	c, err := registry.New(registry.Config{Name: "target", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := newWorld()
	w.fail["b"] = errors.New("it is broken")
	a := w.step("a")
	a.Step = &leaving{a.Step.(*put), func() { lost.Store(true) }}
	b := newBench(t, w, a, w.step("b"))
	with := func(f func(*Engine) Result) Result {
		return b.call(func(x *Engine) Result {
			x.Clients, x.Readers = map[string]*registry.Client{"target": c}, map[string]*registry.Client{"target": c}
			return f(x)
		})
	}
	b.want(with(func(x *Engine) Result { return x.Run(t.Context(), RunOptions{}) }), RollbackIncomplete, state.RollbackIncomplete)
	lost.Store(false)
	a.Step.(*leaving).counted = func() {}
	b.want(with(func(x *Engine) Result { return x.Rollback(t.Context(), RollbackOptions{}) }), OK, state.RolledBack)
}
