//go:build !race

package compare_test

const slower = 1
