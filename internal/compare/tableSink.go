package compare

import (
	"iter"
	"maps"
	"sync"
)

// A tableSink keeps all of it in a table.
type tableSink struct {
	mu sync.Mutex
	t  table
}

func (s *tableSink) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t = table{}
}

func (s *tableSink) put(subject string, versions kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t[subject] = versions.list
}

func (s *tableSink) lend(string, *bulk) kept { return kept{} }

func (s *tableSink) drop(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.t, subject)
}

func (s *tableSink) has(subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.t[subject] != nil
}

func (s *tableSink) subjects() iter.Seq[string] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Keys(maps.Clone(s.t))
}
