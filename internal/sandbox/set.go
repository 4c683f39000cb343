package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// A Seat is one registry of a Set.
type Seat struct {
	Name    string
	Side    string // of faults that befall it: SideSource, SideTarget or ""
	Options Options
	Holds   Snapshot // its exporters left out
	// Exporters are those that are there, by the name of the seat that they write
	// to; "" is none of them.
	Exporters map[string][]ExporterSnapshot
}

// A Set is any number of registries that listen on loopback. Their exporters
// reach each other, and nothing else in the world.
type Set struct {
	Faults *Faults // those in front of all

	registries map[string]*Registry
	urls       map[string]string
	pair       Pair // serves

	mu    sync.Mutex
	known map[string]bool // addresses of the set
}

// Nowhere is the address that leads nowhere.
const Nowhere = "http://elsewhere.invalid"

// StartSet fills registries and serves them until Close.
func StartSet(ctx context.Context, seats []Seat, faults ...Fault) (*Set, error) {
	s := &Set{Faults: NewFaults(faults...), registries: map[string]*Registry{}, urls: map[string]string{}, known: map[string]bool{}}
	for _, seat := range seats {
		if err := s.seat(ctx, seat, faults); err != nil {
			return nil, errors.Join(fmt.Errorf("registry %q: %w", seat.Name, err), s.Close())
		}
	}
	for _, seat := range seats {
		for name, list := range seat.Exporters {
			to := s.urls[name]
			if to == "" {
				to = Nowhere
			}
			for _, x := range list {
				if err := s.registries[seat.Name].FillExporter(x, to); err != nil {
					return nil, errors.Join(fmt.Errorf("registry %q: %w", seat.Name, err), s.Close())
				}
			}
		}
	}
	return s, nil
}

func (s *Set) seat(ctx context.Context, seat Seat, faults []Fault) error {
	o := behaviours(seat.Options, seat.Side, faults)
	o.Dial = s.Dial
	r, err := New(o)
	if err != nil {
		return err
	}
	s.registries[seat.Name] = r
	if err := r.Fill(seat.Holds); err != nil {
		return err
	}
	url, err := s.pair.serve(ctx, s.Faults.Befall(r, seat.Side, r.Restart), "", nil)
	if err != nil {
		return err
	}
	s.urls[seat.Name] = url
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[url[len("http://"):]] = true
	return nil
}

// URL is where a seat is reached.
func (s *Set) URL(name string) string { return s.urls[name] }

// Registry is the one on a seat.
func (s *Set) Registry(name string) *Registry { return s.registries[name] }

// Dial connects to the registries of the set, and refuses every other address
// before anything leaves the process, names to be looked up included.
func (s *Set) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	s.mu.Lock()
	ours := s.known[address]
	s.mu.Unlock()
	if !ours {
		return nil, fmt.Errorf("%s is none of the registries of this rehearsal, so nothing was sent there", address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Close ends the exporters, then the servers, and waits for both.
func (s *Set) Close() error {
	for _, r := range s.registries {
		r.Close()
	}
	var err error
	for _, server := range s.pair.servers {
		err = errors.Join(err, server.Close())
	}
	s.pair.serving.Wait()
	return err
}
