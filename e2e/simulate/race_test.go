//go:build race

package simulate

// defaultSeeds are few with the race detector, which makes them ten times as dear; make test tries more without it.
const defaultSeeds = 160
