package runbook

import (
	"runtime"
	"sync"
)

// inOrder makes n results on all processors, and takes them one by one in order. Only so many are there at a time.
func inOrder[T any](n int, do func(i int) T, take func(i int, v T)) {
	workers := min(max(runtime.GOMAXPROCS(0), 1), max(n, 1))
	if workers == 1 {
		for i := range n {
			take(i, do(i))
		}
		return
	}
	slots := make(chan chan T, 2*workers)
	jobs := make(chan func(), workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for job := range jobs {
				job()
			}
		})
	}
	go func() {
		defer close(slots)
		defer close(jobs)
		for i := range n {
			slot := make(chan T, 1)
			slots <- slot
			jobs <- func() { slot <- do(i) }
		}
	}()
	i := 0
	for slot := range slots {
		take(i, <-slot)
		i++
	}
	wg.Wait()
}
