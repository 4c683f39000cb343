//go:build race

package normal

// slower says by how much the race detector slows these tests down.
const slower = 8
