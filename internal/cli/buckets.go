package cli

import (
	"sync"

	"github.com/srmigrate/srmigrate/internal/objects"
)

// buckets are those that this call has a client of: the cells of a fleet share it, with its connections and credentials.
// Without any, which is nil, each has its own.
type buckets struct {
	mu  sync.Mutex
	all map[objects.S3]objects.Bucket
}

func (s *buckets) open(at objects.S3) (objects.Bucket, error) {
	if s == nil {
		return at.Open()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.all[at]; b != nil {
		return b, nil
	}
	b, err := at.Open()
	if err != nil {
		return nil, err
	}
	if s.all == nil {
		s.all = map[objects.S3]objects.Bucket{}
	}
	s.all[at] = b
	return b, nil
}
