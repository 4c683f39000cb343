package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

var errFull = errors.New("no space left on device")

// sick is a disk on which the n-th operation on files with this suffix fails, counted from 1, and those after it too
// unless it gets well at once.
type sick struct {
	state.OS
	suffix string
	n      int
	once   bool
	failed func() // called when it fails for the first time
	count  int
}

func (d *sick) op(name string) error {
	if !strings.HasSuffix(strings.TrimSuffix(name, ".tmp"), d.suffix) {
		return nil
	}
	d.count++
	if d.count == d.n {
		d.failed()
	}
	if d.count == d.n || d.count > d.n && !d.once {
		return errFull
	}
	return nil
}

func (d *sick) Create(name string) (state.File, error) {
	if err := d.op(name); err != nil {
		return nil, err
	}
	f, err := d.OS.Create(name)
	return &sickFile{f, d, name}, err
}

func (d *sick) Rename(from, to string) error {
	if err := d.op(to); err != nil {
		return err
	}
	return d.OS.Rename(from, to)
}

type sickFile struct {
	state.File
	d    *sick
	name string
}

func (f *sickFile) Write(b []byte) (int, error) {
	if err := f.d.op(f.name); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// Sync only says whether it would work: nothing here loses what it has written.
func (f *sickFile) Sync() error { return f.d.op(f.name) }

func (*sick) SyncDir(string) error { return nil }

// refusing fails, and notes that it has.
type refusing struct {
	put
	tried *bool
}

func (r *refusing) Do(context.Context, *steps.Env) (steps.Outputs, error) {
	*r.tried = true
	return nil, errNo
}

// attempt is a call on a sick disk.
type attempt struct {
	name   string
	fails  bool                  // step b does
	more   []func(*runbook.Step) // of step b
	undo   bool                  // the undo of a fails as well
	before func(*bench) Result   // the call before it, if any
	call   func(*bench) Result
	exit   Exit // of the call on a healthy disk
	status state.Status
	there  []string
}

func attempts() []attempt {
	ab := []string{"a", "b"}
	return []attempt{
		{name: "forward", call: run, exit: OK, status: state.Succeeded, there: ab},
		{name: "rolling back", fails: true, call: run, exit: RolledBack, status: state.RolledBack},
		{name: "rolling back in vain", fails: true, undo: true, call: run, exit: RollbackIncomplete, status: state.RollbackIncomplete, there: []string{"a"}},
		{name: "stopping", fails: true, more: []func(*runbook.Step){stopOnFail}, call: run, exit: Failed, status: state.Failed, there: []string{"a"}},
		{name: "going on", fails: true, more: []func(*runbook.Step){continueOn}, call: run, exit: OK, status: state.Succeeded, there: []string{"a"}},
		{name: "behind a point of no return", fails: true, more: []func(*runbook.Step){noReturn}, call: run, exit: Failed, status: state.Failed, there: []string{"a"}},
		{name: "rollback", before: run, call: rollback, exit: OK, status: state.RolledBack},
	}
}

// prepare makes the bench of an attempt; tried says whether b has failed.
func (c attempt) prepare(t *testing.T) (b *bench, tried *bool) {
	tried = new(bool)
	w := newWorld()
	b = newBench(t, w, w.step("a"), w.step("b", c.more...))
	b.store = state.NewStore(b.store.Path(), "test", &sick{once: true}) // which never fails
	if c.fails {
		b.rb.Steps[1].Step = &refusing{put{w: w, Thing: "b"}, tried}
	}
	if c.undo {
		w.fail["a.undo-1"] = errNo
	}
	return b, tried
}

// Whichever write of whichever save fails, and whether or not the disk gets well, no effect comes after it, the call ends
// with exit code 12 and tells of the disk and of what went wrong before, and the next call goes on to the same end.
func TestAStateThatCannotBeSavedStopsTheRun(t *testing.T) {
	for _, c := range attempts() {
		for _, once := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, gets well %v", c.name, once), func(t *testing.T) {
				n := 1
				for ; c.onSickDisk(t, n, once); n++ {
				}
				if n < 20 {
					t.Errorf("%d operations failed in turn", n)
				}
			})
		}
	}
}

// onSickDisk returns false when all operations of the call have failed in turn.
func (c attempt) onSickDisk(t *testing.T, n int, once bool) bool {
	t.Helper()
	b, tried := c.prepare(t)
	if c.before != nil {
		c.before(b)
	}
	good, done := b.store, ""
	d := &sick{suffix: ".state.json", n: n, once: once, failed: func() { done = fmt.Sprint(effects(b.log)) }}
	b.store = state.NewStore(good.Path(), "test", d)
	res := c.call(b)
	told := b.events
	b.store = good
	if d.count < n {
		b.want(res, c.exit, c.status, c.there...)
		return false
	}
	if res.Exit != BadState || res.Err == nil || !strings.Contains(res.Err.Error(), "cannot be written: "+errFull.Error()) {
		t.Errorf("operation %d: got exit %d, %v; want 12 that names the disk", n, res.Exit, res.Err)
	}
	if now := fmt.Sprint(effects(b.log)); now != done {
		t.Errorf("operation %d: after it came effects: %s, before it %s", n, now, done)
	}
	if *tried && !tells(told, res.Err, errNo.Error()) {
		t.Errorf("operation %d: the failure of b is not told: %+v, %v", n, told, res.Err)
	}
	b.want(c.call(b), c.exit, c.status, c.there...)
	if b.effects("a") != 1 {
		t.Errorf("operation %d: a had its effect %d times", n, b.effects("a"))
	}
	return true
}

// tells says whether an event or the error has the text.
func tells(list []event.Event, err error, text string) bool {
	for _, e := range list {
		if f, ok := e.(event.StepFailed); ok && strings.Contains(f.Text, text) {
			return true
		}
	}
	return err != nil && strings.Contains(err.Error(), text)
}

// The copy of the state is no reason to stop, but it is one to speak.
func TestACopyThatCannotBeWrittenIsToldOnce(t *testing.T) {
	b := lastNone(t)
	b.store = state.NewStore(b.store.Path(), "test", &sick{suffix: ".copy.json", n: 1, failed: func() {}})
	b.want(run(b), OK, state.Succeeded, "a", "b", "c")
	warnings := all[event.StepWarning](b)
	if len(warnings) != 1 || !strings.Contains(warnings[0].Text, "b.copy.json cannot be written; the run goes on without it: "+errFull.Error()) {
		t.Errorf("got %+v, want one warning of the copy", warnings)
	}
}
