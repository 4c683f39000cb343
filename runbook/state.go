package runbook

import (
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// State is where the state of the runbook lies.
type State struct {
	URL   string        // a path or a URL; "" for the usual place
	Lease time.Duration // 0 for the usual one
	// Sealed says that it asks for encryption, also where the key is not known.
	Sealed bool
	Key    registry.Secret
	KeyAt  string // where that is read, such as env:NAME
	// Unknown says that the place is given by a var that has no value here.
	Unknown bool
}

// shortestLease leaves time to renew it over a slow network.
const shortestLease = 10 * time.Second

// state reads spec.state, which is a place or an object with one.
func (l *loader) state() (s State) {
	n := l.root.get("spec").get("state")
	at := n
	if url := n.get("url"); url != nil {
		at = url
	}
	s.Unknown = at != nil && at.open
	var place objects.Place
	if text, ok := at.str(); ok && at.sound() && !at.open {
		var err error
		if place, err = objects.Parse(text); err != nil {
			l.report(at, "this is no place for a state: %v", err)
		}
		s.URL = text
	}
	lease := n.get("lease")
	if s.Lease = l.duration(lease, 0); s.Lease > 0 && s.Lease < shortestLease {
		l.report(lease, "lease %s is too short: a network may be slow for that long; write %s or more", s.Lease, shortestLease)
	}
	l.stateSealed(&s, n, place)
	return s
}

// stateSealed reads spec.state.encryption. Nothing is encrypted on a disk, and whoever asked for it is told so.
func (l *loader) stateSealed(s *State, n *node, place objects.Place) {
	sealed := n.get("encryption")
	key := sealed.get("key")
	if s.Sealed = sealed != nil; !s.Sealed {
		return
	}
	switch {
	case n.get("url") == nil:
		l.report(sealed, "only a state in a bucket is encrypted, and without a url it lies on the disk: write url: s3://BUCKET/FOLDER/ beside this, or leave it out and use the disk's own encryption")
	case place.Path != "":
		l.report(sealed, "only a state in a bucket is encrypted, and this url is a place on the disk: write url: s3://BUCKET/FOLDER/, or leave this out and use the disk's own encryption")
	}
	if key != nil && key.origin == "" && key.sound() {
		l.report(key, "the key must not stand in the runbook: write {env: NAME} or {file: PATH}")
		return
	}
	if s.Key = l.stateKey(key); key != nil {
		s.KeyAt = key.origin
	}
	if s.Key.Reveal() == "" {
		return
	}
	if _, err := objects.ParseKey(s.Key.Reveal()); err != nil {
		l.report(key, "%v", err)
	}
}

// stateKey reads the key, also where other files are not looked at: who only reads a state needs it.
func (l *loader) stateKey(n *node) registry.Secret {
	if n == nil || !n.sound() {
		return registry.Secret{}
	}
	if !n.open {
		return secretOf(n)
	}
	name, is := strings.CutPrefix(n.origin, "file:")
	if !is {
		return registry.Secret{}
	}
	text, err := l.readLine(name)
	if err != nil {
		l.report(n, "%v", err)
	}
	return registry.NewSecret(text)
}
