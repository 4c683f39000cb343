//go:build race

package compare_test

// slower says by how much the race detector slows these tests down.
const slower = 8
