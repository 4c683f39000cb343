//go:build !plant

package planted

// Is reports whether the program has the bug: it has none.
func Is(Bug) bool { return false }
