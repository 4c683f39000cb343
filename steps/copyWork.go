package steps

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// copyWorkers is how many requests are under way at a time, where the registry's own limits let them.
const copyWorkers = 8

// copyWork does the tasks of a copy, several at a time, each when those it waits for are done.
type copyWork struct {
	*Copy
	env    *Env
	target *registry.Client
	t      *compare.Transfer
	plan   *copyPlan

	mu     sync.Mutex
	more   *sync.Cond
	ready  []*copyTask
	done   int
	failed bool
	width  int   // workers that may go on
	calm   int   // done since the last strain
	strain int64 // of the target, seen so far

	looked  map[string]bool         // subjects that were looked at before the first write
	numbers map[string]map[int]bool // of such a subject: the versions that it has
	gate    *semaphore.Weighted     // one subject is opened at a time, which nobody foresaw
	begun   time.Time
	told    time.Time
}

func newCopyWork(s *Copy, env *Env, target *registry.Client, t *compare.Transfer, p *copyPlan) *copyWork {
	now := time.Now()
	w := &copyWork{
		Copy: s, env: env, target: target, t: t, plan: p, ready: p.ready(), width: copyWorkers, strain: target.Strain(), gate: semaphore.NewWeighted(1),
		looked: map[string]bool{}, numbers: map[string]map[int]bool{}, begun: now, told: now,
	}
	w.more = sync.NewCond(&w.mu)
	return w
}

// run does what is left.
func (w *copyWork) run(ctx context.Context) error {
	g, within := errgroup.WithContext(ctx)
	stop := context.AfterFunc(within, w.wake)
	defer stop()
	for worker := range copyWorkers {
		g.Go(func() error { return w.work(within, worker) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// first takes the version with the highest id from what can be sent: a registry that gives ids of its own will hardly
// happen on that one.
func (w *copyWork) first() *copyTask {
	best := -1
	for i, c := range w.ready {
		if !c.withdraw && (best < 0 || c.ID > w.ready[best].ID) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	c := w.ready[best]
	w.ready = append(w.ready[:best], w.ready[best+1:]...)
	return c
}

// alone does the first task.
func (w *copyWork) alone(ctx context.Context, first *copyTask) error {
	if err := w.do(ctx, first); err != nil {
		return errors.Join(w.explainFirst(err, first), w.tidy(ctx, first))
	}
	w.finish(first)
	return nil
}

func (w *copyWork) work(ctx context.Context, worker int) error {
	for {
		c := w.next(ctx, worker)
		if c == nil {
			return nil // Wait has the reason
		}
		if err := w.do(ctx, c); err != nil {
			w.fail()
			return err
		}
		w.finish(c)
	}
}

// next waits for a task; nil when there will be none.
func (w *copyWork) next(ctx context.Context, worker int) *copyTask {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ctx.Err() == nil && !w.failed && w.done < len(w.plan.all) {
		w.heed()
		if len(w.ready) > 0 && worker < w.width {
			c := w.ready[0]
			w.ready = w.ready[1:]
			return c
		}
		w.more.Wait()
	}
	return nil
}

// calmAfter is how many tasks go well before one worker more may go on.
const calmAfter = 50

// heed lets half as many workers go on when the server has said that it is too much for it, and one more again after a
// while without that.
func (w *copyWork) heed() {
	switch now := w.target.Strain(); {
	case now > w.strain:
		w.strain, w.width, w.calm = now, max(1, w.width/2), 0
	case w.calm >= calmAfter:
		w.width, w.calm = min(w.width+1, copyWorkers), 0
	}
}

func (w *copyWork) finish(c *copyTask) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
	w.calm++
	for _, n := range c.next {
		if n.waits--; n.waits == 0 {
			w.ready = append(w.ready, n)
		}
	}
	w.more.Broadcast()
	w.tell()
}

func (w *copyWork) fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
	w.more.Broadcast()
}

func (w *copyWork) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more.Broadcast()
}

// tell says every second how far the copy has come, how fast it is and how long it still takes.
func (w *copyWork) tell() {
	now := time.Now()
	if w.env.Emit == nil || now.Sub(w.told) < time.Second {
		return
	}
	w.told = now
	took := now.Sub(w.begun)
	p := event.StepProgress{
		ID: w.env.StepID, Done: w.done, Of: len(w.plan.all), Elapsed: took, Rate: float64(w.done) / took.Seconds(),
		Text: thousands(w.done) + " of " + count(len(w.plan.all), "version") + " copied",
	}
	p.Left = time.Duration(float64(p.Of-p.Done)/p.Rate) * time.Second
	w.env.Emit(p)
}
