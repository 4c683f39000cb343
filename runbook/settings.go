package runbook

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// settings are what a step takes over where it does not say otherwise.
type settings struct {
	timeout   time.Duration
	retry     registry.Retry
	rollback  string
	onFailure OnFailure
}

func (l *loader) defaults() settings {
	spec := l.root.get("spec")
	d := spec.get("defaults")
	s := settings{
		timeout:   l.duration(d.get("timeout"), 10*time.Minute),
		retry:     registry.Retry{Attempts: 5, Backoff: time.Second, MaxBackoff: 30 * time.Second, Jitter: 0.2},
		rollback:  "auto",
		onFailure: Rollback,
	}
	s.retry = l.retry(d.get("retry"), s.retry)
	if r, ok := d.get("rollback").str(); ok {
		s.rollback = r
	}
	if f, ok := spec.get("onFailure").str(); ok {
		s.onFailure = OnFailure(f)
	}
	return s
}

// retry reads a retry policy over the one it inherits.
func (l *loader) retry(n *node, r registry.Retry) registry.Retry {
	if n == nil {
		return r
	}
	if a := n.get("attempts"); a != nil {
		if number, ok := a.value.(json.Number); ok {
			r.Attempts, _ = strconv.Atoi(number.String())
		}
	}
	if j, ok := n.get("jitter").str(); ok {
		percent, _ := strconv.Atoi(strings.TrimSuffix(j, "%"))
		r.Jitter = float64(percent) / 100
	}
	r.Backoff = l.duration(n.get("backoff"), r.Backoff)
	most := n.get("maxBackoff")
	if r.MaxBackoff = l.duration(most, r.MaxBackoff); r.MaxBackoff >= r.Backoff {
		return r
	}
	if most != nil && n.get("backoff") != nil && most.sound() && !most.open {
		l.report(most, "maxBackoff %s is shorter than backoff %s", r.MaxBackoff, r.Backoff)
	}
	if most == nil {
		r.MaxBackoff = r.Backoff
	} else {
		r.Backoff = r.MaxBackoff
	}
	return r
}

// duration reads a duration, which has passed its pattern or been reported.
func (l *loader) duration(n *node, unset time.Duration) time.Duration {
	text, ok := n.str()
	if !ok || n.open || !n.sound() {
		return unset
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		l.report(n, "duration %s is too long", n.show())
	case d <= 0:
		l.report(n, "duration %s must be longer than zero", n.show())
	}
	return d
}
