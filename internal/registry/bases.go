package registry

import (
	"net/url"
	"sync/atomic"
)

// bases are the URLs of one registry; copies of a client share them.
type bases struct {
	all      []*url.URL
	answered atomic.Int32 // the index of the last one that did; the first until then
	met      atomic.Bool  // one has given an answer that a registry gives
}

func newBases(c Config) (*bases, error) {
	b := &bases{}
	for _, s := range append([]string{c.URL}, c.Others...) {
		u, err := parseBase(c.Name, s)
		if err != nil {
			return nil, err
		}
		b.all = append(b.all, u)
	}
	return b, nil
}

func (b *bases) current() int { return int(b.answered.Load()) }

// tried takes note of how a request to the i-th URL ended.
func (b *bases) tried(i int, err error) {
	if err == nil {
		b.met.Store(true)
	}
	if err == nil || isDefinite(err) && !IsTemporary(err) {
		b.answered.Store(int32(i))
	}
}
