package runbook

import "time"

// Window is when a run may go forward. A time that is zero bounds nothing.
type Window struct {
	NotBefore time.Time
	LastStart time.Time // of a new run
	NotAfter  time.Time
	OnMiss    OnFailure // what becomes of a run that NotAfter ends: Rollback or Stop
}

// window reads spec.window. Its times have to follow each other.
func (l *loader) window() Window {
	n := l.root.get("spec").get("window")
	w := Window{OnMiss: Rollback}
	if miss, ok := n.get("onMiss").str(); ok {
		w.OnMiss = OnFailure(miss)
	}
	before, name := time.Time{}, ""
	for _, t := range []struct {
		name string
		at   *time.Time
	}{{"notBefore", &w.NotBefore}, {"lastStart", &w.LastStart}, {"notAfter", &w.NotAfter}} {
		at := n.get(t.name)
		if *t.at = l.instant(at); t.at.IsZero() {
			continue
		}
		if !before.IsZero() && !t.at.After(before) {
			l.report(at, "%s %s does not come after %s %s", t.name, at.show(), name, n.get(name).show())
		}
		before, name = *t.at, t.name
	}
	if miss := n.get("onMiss"); miss != nil && n.get("notAfter") == nil {
		l.report(miss, "onMiss says what becomes of a run that notAfter ends, and there is no notAfter")
	}
	return w
}

// instant reads a time, which has passed its pattern or been reported.
func (l *loader) instant(n *node) time.Time {
	text, ok := n.str()
	if !ok || n.open || !n.sound() {
		return time.Time{}
	}
	layout := time.RFC3339
	if text[len("2006-01-02T15:04")] != ':' {
		layout = "2006-01-02T15:04Z07:00"
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		l.report(n, "%s is no time that there is: %v", n.show(), err)
	}
	return at
}
