//go:build !race

package normal

const slower = 1
