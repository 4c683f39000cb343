package state

import "fmt"

// mostOthers is how many states beside one are looked at.
const mostOthers = 50

// Other is another state in the same place.
type Other struct {
	Path   string
	State  *State
	AtWork bool  // a process has its lock
	Err    error // why nothing is known of it
}

// Others looks at the states beside this one, and changes nothing. One that cannot be read is in the list with the reason.
func (s *Store) Others() ([]Other, error) {
	names, err := s.at.Others(s.path)
	if err != nil {
		return nil, fmt.Errorf("what lies beside state %s cannot be listed: %w", s.path, bare(err))
	}
	var list []Other
	for _, name := range names[:min(len(names), mostOthers)] {
		other := NewStoreAt(name, s.tool, s.at)
		st, err := other.Peek()
		if st == nil && err == nil {
			continue // it went meanwhile
		}
		_, held, lerr := other.Held()
		list = append(list, Other{Path: name, State: st, AtWork: held && lerr == nil, Err: err})
	}
	return list, nil
}
