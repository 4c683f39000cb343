//go:build plant

package planted

import "sync/atomic"

var bug atomic.Value

// Plant gives the program a bug, in place of the one that it had.
func Plant(b Bug) { bug.Store(b) }

// Is reports whether the program has the bug.
func Is(b Bug) bool { return bug.Load() == b }
