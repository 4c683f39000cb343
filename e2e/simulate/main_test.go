// Package simulate searches for schedules of crashes and faults that a run does not come through. See
// docs/simulation.md.
package simulate

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

var (
	count   = flag.Int("seeds", defaultSeeds, "how many schedules are tried")
	from    = flag.Uint64("from", 0, "the first seed")
	only    = flag.Int64("seed", -1, "try the schedule of this seed alone")
	buckets = flag.Bool("buckets", false, "keep each state in a bucket")
	workers = flag.Int("workers", runtime.GOMAXPROCS(0)+1, "how many schedules are tried at a time") // some wait for a disk
	sum     = flag.Bool("sum", false, "end with what was met")
	totals  = newTally()
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Little is alive at a time. A limit in its place would count what the runtime keeps of each bubble for good, and
	// collect ever more often.
	debug.SetGCPercent(2500)
	if flag.Lookup("test.memprofile").Value.String() == "" {
		runtime.MemProfileRate = 0 // nobody looks at the samples
	}
	code := m.Run()
	if *sum {
		fmt.Println(totals)
	}
	os.Exit(code)
}
