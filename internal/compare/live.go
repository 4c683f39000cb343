package compare

import (
	"fmt"
	"slices"
	"sync"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// liveness tells soft-deleted versions from live ones. Not every server marks
// them, so that a listing without them has to be read first.
type liveness struct {
	mu     sync.Mutex
	live   table
	marks  bool  // the server marks soft-deleted rows
	others []row // neither live nor marked
}

// isGone judges a row of the listing that has both.
func (l *liveness) isGone(subject string, v *registry.Row) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	marked := v.Deleted != nil && *v.Deleted
	l.marks = l.marks || marked
	versions := l.live[subject]
	i, ok := slices.BinarySearchFunc(versions, v.Version, byVersion)
	if ok {
		versions[i].gone = true // struck out
		return marked
	}
	if !marked && len(l.others) == 0 {
		l.others = append(l.others, row{subject: subject, held: held{version: v.Version}})
	}
	return true
}

// moved says what came or went between the two listings, "" for nothing.
func (l *liveness) moved() string {
	lost := 0
	for _, versions := range l.live {
		for _, v := range versions {
			lost += one(!v.gone)
		}
	}
	switch {
	case lost > 0:
		return count(lost, "version") + " live and then gone while it was read"
	case l.marks && len(l.others) > 0:
		return fmt.Sprintf("%q version %d registered while it was read", l.others[0].subject, l.others[0].version)
	}
	return ""
}
