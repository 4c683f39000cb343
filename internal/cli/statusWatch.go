package cli

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
)

// watching is status --watch.
type watching struct {
	on    bool
	every time.Duration
}

func (w *watching) flags(c *cobra.Command) {
	c.Flags().BoolVar(&w.on, "watch", false, "show it again and again, until no process works on the run; on a terminal in place")
	c.Flags().DurationVar(&w.every, "every", 5*time.Second, "how often --watch looks")
}

// watch shows the status until no process works on the run, be it over or waiting for somebody, or the caller has seen
// enough. A run that has not begun is waited for.
func (v *statusView) watch(ctx context.Context, w watching) error {
	if w.every <= 0 {
		return &exitError{engine.Usage, fmt.Errorf("--every %s is no time to wait", w.every)}
	}
	var before []byte
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		var now bytes.Buffer
		over := v.still()      // before the look, or the end could come between the look and the question
		begun := !v.notBegun() // before the look, as well
		run, err := v.show(ctx, &now)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && begun {
			return err
		}
		if !bytes.Equal(now.Bytes(), before) {
			v.draw(now.Bytes(), before != nil)
			before = now.Bytes()
		}
		if run != nil && over && v.still() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// notBegun says whether the state is missing only because nothing was run.
func (v *statusView) notBegun() bool {
	there, err := v.store.Exists()
	return err == nil && !there
}

// still says whether nothing changes any more: nobody works on the run.
func (v *statusView) still() bool {
	_, held, err := v.store.Held()
	return err == nil && !held
}

// draw writes over what was shown before on a terminal, elsewhere below it.
func (v *statusView) draw(text []byte, more bool) {
	head := ""
	if _, ok := terminal(v.stdout); ok {
		head = "\x1b[H\x1b[2J"
	} else if more {
		head = "\n"
	}
	_, _ = v.stdout.Write(append([]byte(head), text...)) // as for every report: a reader may go away
}
