//go:build !race

package steps

const slow = 1
