package runbook

import "testing"

func TestFirstFromFindsTheFirst(t *testing.T) {
	for n := range 20 {
		for first := range n + 1 {
			for guess := -1; guess <= n+1; guess++ {
				if got := firstFrom(guess, n, func(i int) bool { return i >= first }); got != first {
					t.Errorf("of %d from %d: got %d, want %d", n, guess, got, first)
				}
			}
		}
	}
}
