package steps

import (
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A copy sends no more in a second than the registry was declared to take, however many requests it has under way, and
// says how far it is and how long it still takes.
func TestCopyKeepsToTheRateAndTellsHowFarItIs(t *testing.T) {
	const perSecond = 40
	r := copying(t)
	limited, err := registry.New(registry.Config{Name: "target", URL: r.target.url, RateLimit: perSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(limited.Close)
	free := r.target.client
	r.target.client = limited
	s := r.begin("copy", "copy", `{}`)
	sent, begun := r.target.wrote(), time.Now()
	if _, err := r.do(t.Context(), "copy", s); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	r.target.client = free
	r.mirrors()
	n := r.target.wrote() - sent
	if least := time.Duration(n-1) * time.Second / perSecond; n < perSecond || took < least {
		t.Errorf("%d writes in %s, want at least %s", n, took, least)
	}
	told, last := 0, 0
	for _, e := range r.events {
		p, ok := e.(event.StepProgress)
		if !ok {
			continue
		}
		told++
		if p.ID != "copy" || p.Done <= last || p.Of < p.Done || p.Rate <= 0 || p.Rate > perSecond*1.5 || p.Left < 0 || p.Done < p.Of/2 && p.Left == 0 {
			t.Errorf("after %d of them it says %+v", last, p)
		}
		last = p.Done
	}
	if told == 0 {
		t.Error("nothing was told in all that time")
	}
}

// wrote is how many writes have come.
func (s *side) wrote() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.writes)
}
