//go:build race

package steps

// slow is how many times fewer versions a test copies under the race detector.
const slow = 10
