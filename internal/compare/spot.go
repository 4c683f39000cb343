package compare

import "hash/maphash"

// A spot is where in a join a subject of a side is.
type spot struct {
	*stripe
	subject, target string
	scope           scope
	entry           *entry // of the target, if it is known; none is ever removed
}

// at returns where a subject is.
func (j *join) at(side int, subject string) spot {
	at := spot{subject: subject, target: subject}
	if side == atSource {
		if at.target, at.scope = j.place(subject); at.scope != compared {
			at.target = subject
		}
	}
	at.stripe = &j.stripes[maphash.String(j.seed, at.target)%uint64(len(j.stripes))]
	return at
}

// find returns the entry of a subject, and makes it if it has to. The stripe has
// to be locked.
func (s *spot) find(side int, needed bool) *entry {
	subject, target, scope := s.subject, s.target, s.scope
	entries := s.entries
	if scope != compared {
		entries = s.left
	}
	if s.entry == nil {
		s.entry = entries[target]
	}
	e := s.entry
	if e == nil {
		if !needed {
			return nil
		}
		target = s.names.pack(target)
		e = &entry{target: target, scope: scope}
		entries[target], s.entry = e, e
	}
	if side == atTarget {
		return e
	}
	for e.source != "" && e.source != subject {
		if e.twin == nil {
			if !needed {
				return nil
			}
			e.twin = &entry{target: e.target, scope: scope}
		}
		e = e.twin
	}
	if e.source == "" && needed {
		if e.source = e.target; subject != e.target {
			e.source = s.names.pack(subject)
		}
	}
	return e
}
