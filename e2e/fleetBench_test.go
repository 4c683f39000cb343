package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

var fleetCells = flag.Int("cells", 100, "how many cells the fleet of the benchmark has")

// BenchmarkFleet measures what one call that works on many cells takes, against a call for each cell, and against one that
// works on a single cell: make bench-fleet.
func BenchmarkFleet(b *testing.B) {
	n := *fleetCells
	for b.Loop() {
		alone := newPark(b, 1)
		single := alone.measured(b, 0, "run", "fleet.yaml", "-q", "--only", "c0")

		few := min(n, 20)
		each := newPark(b, few)
		began := time.Now()
		for i := range few {
			each.measured(b, 0, "run", "fleet.yaml", "-q", "--only", fmt.Sprintf("c%d", i))
		}
		oneByOne := float64(few) / time.Since(began).Seconds()

		p := newPark(b, n)
		all := p.measured(b, 0, "run", "fleet.yaml", "-q")
		b.ReportMetric(float64(n)/all.took.Seconds(), "cells/s")
		b.ReportMetric(float64(n)/all.took.Seconds()/oneByOne, "times-one-by-one")
		b.ReportMetric(all.work.Seconds()/float64(n)/single.work.Seconds(), "times-CPU-of-one-cell")
		b.ReportMetric(all.memory/single.memory, "times-memory-of-one-cell")
		b.ReportMetric(all.memory/1024, "MB-peak")
		b.ReportMetric(float64(all.files), "files-peak")
		b.ReportMetric(float64(all.threads), "threads-peak")

		q, list := newPark(b, n), []int{}
		for i := range n * 3 / 100 {
			list = append(list, i*33)
		}
		bad := len(list)
		q.breaks(list...)
		end := q.run(map[bool]int{true: 1}[bad > 0])
		if end.Counts["failed"] != bad || end.Counts["succeeded"] != n-bad {
			b.Errorf("%d of %d cells were to fail: got %v", bad, n, end.Counts)
		}
		q.breaks()
		if end = q.run(0); end.Counts["succeeded"] != n {
			b.Errorf("after they were mended: got %v", end.Counts)
		}
	}
}

// measure is what a process took.
type measure struct {
	took, work     time.Duration // on the clock, and of processors
	memory         float64       // peak, in KB
	files, threads int           // peak, as far as somebody looked; 0 where the system does not say
}

func (p *park) measured(b *testing.B, want int, args ...string) (m measure) {
	b.Helper()
	cmd := p.command(args...)
	out := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = out, out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	over := make(chan struct{})
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				m.files = max(m.files, entries(cmd.Process.Pid, "fd"))
				m.threads = max(m.threads, entries(cmd.Process.Pid, "task"))
			}
		}
	}()
	err := cmd.Wait()
	m.took, m.work = time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	close(over)
	<-looked
	if got := exit(err); got != want {
		b.Fatalf("exit %d, want %d\n%s", got, want, out)
	}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.memory = float64(u.Maxrss)
		if runtime.GOOS == "darwin" {
			m.memory /= 1024
		}
	}
	return m
}

// entries counts what the system lists of a process; 0 where it does not.
func entries(pid int, what string) int {
	list, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(pid), what))
	if err != nil {
		return 0
	}
	return len(list)
}
