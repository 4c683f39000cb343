package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// undoing is one pass over the rollback's list.
type undoing struct {
	*session
	outer context.Context   // ends with a signal only
	held  map[string]string // registry, or the step whose list it is → the failed entry that its modes wait for
	no    map[string]string // the step whose list it is → the entry that was not approved
}

// undoAll works through the list, and goes on in it after every answer that this call has waited for; the error is of
// the state, the interruption, or steps.ErrWaiting. The rollback's timeout is of what it does: waiting does not count.
func (s *session) undoAll(ctx context.Context) error {
	u := &undoing{session: s, outer: ctx, held: map[string]string{}, no: map[string]string{}}
	for i := 0; ; {
		var err error
		if i, err = u.pass(ctx, i); !errors.Is(err, steps.ErrWaiting) {
			return err
		}
		e, again := s.state.Run.Undo[i], false
		st, aerr := s.undoStep(e)
		if aerr == nil {
			again, aerr = s.attend(ctx, st, e)
		}
		if !again {
			return cmp.Or(aerr, err)
		}
	}
}

// pass runs the entries from the i-th on, and returns where it ended.
func (u *undoing) pass(ctx context.Context, i int) (int, error) {
	within, cancel := context.WithTimeoutCause(ctx, u.Runbook.RollbackTimeout, errOutOfTime)
	defer cancel()
	for ; i < len(u.state.Run.Undo); i++ {
		e := u.state.Run.Undo[i]
		if e.Finished() || u.refusedBefore(e) {
			continue
		}
		if interrupted(ctx) {
			return i, ErrInterrupted
		}
		if err := u.recognise(within); err != nil && within.Err() == nil {
			return i, err
		}
		err := u.one(within, i, e)
		if _, ok := errors.AsType[*state.Error](err); ok || errors.Is(err, steps.ErrWaiting) || err != nil && interrupted(ctx) {
			return i, err
		}
	}
	return i, nil
}

// refusedBefore says whether a person has refused the entry in this rollback; what stands behind it waits.
func (u *undoing) refusedBefore(e *state.Step) bool {
	refused := e.Asked != nil && e.Status == state.StepFailed
	if refused {
		u.no[e.Undoes] = e.ID
	}
	return refused
}

// askAnew lets a rollback that ended, and is called again, ask again what was refused.
func askAnew(list []*state.Step) {
	for _, e := range list {
		if e.Asked != nil && e.Status == state.StepFailed {
			e.Status, e.Asked, e.Answer = state.StepPending, nil, nil
		}
	}
}

// one runs one entry. A failure is kept in the entry and holds back those that depend on it.
func (u *undoing) one(ctx context.Context, i int, e *state.Step) error {
	st, err := u.undoStep(e)
	if err != nil {
		u.held[e.Undoes] = e.ID // what it would have done is not known
		return u.leave(nil, e, state.StepFailed, err.Error())
	}
	if by := u.waitsFor(st.Step, e); by != "" {
		return u.leave(st, e, state.StepBlocked, fmt.Sprintf("%s: waits for %s, which failed", st.Step.Describe(), by))
	}
	if u.moot(st, e, i) {
		e.Status = state.StepSkipped
		u.Emit(event.StepSkipped{ID: e.ID, Text: "needless: a later step of this rollback removes the exporter", Undoes: e.Undoes})
		return u.save()
	}
	if ctx.Err() != nil {
		u.hold(st, e)
		return u.leave(st, e, state.StepFailed,
			fmt.Sprintf("%s: the rollback's timeout of %s passed before it", st.Step.Describe(), u.Runbook.RollbackTimeout))
	}
	u.lookAgain(i, st)
	if err := u.perform(ctx, st, e); err != nil {
		if _, unsaved := errors.AsType[*state.Error](err); unsaved || interrupted(ctx) || errors.Is(err, steps.ErrWaiting) {
			return err
		}
		u.hold(st, e)
		return u.byHand(st, e)
	}
	return nil
}

// waitsFor names the failed entry that this one must not run without, "" when there is none.
func (u *undoing) waitsFor(st steps.Step, e *state.Step) string {
	if by := u.no[e.Undoes]; by != "" {
		return by
	}
	w, ok := st.(steps.Waiter)
	if !ok {
		return ""
	}
	if by := u.held[e.Undoes]; by != "" {
		return by
	}
	for _, name := range w.Waits() {
		if by := u.held[name]; by != "" {
			return by
		}
	}
	return ""
}

// hold lets the modes and settings of registries wait for an entry that did not succeed, and what stands behind an
// approval for the approval.
func (u *undoing) hold(st *runbook.Step, e *state.Step) {
	if _, asks := st.Step.(steps.Asker); asks {
		u.no[e.Undoes] = e.ID
	}
	h, ok := st.Step.(steps.Holder)
	if !ok {
		return
	}
	names, err := guarded(func() ([]string, error) { return h.Holds(u.env(st, e, nil)), nil })
	if err != nil {
		names = []string{e.Undoes}
	}
	for _, name := range names {
		u.held[name] = e.ID
	}
}

// moot says whether a later entry makes this one needless.
func (u *undoing) moot(st *runbook.Step, e *state.Step, i int) bool {
	m, ok := st.Step.(steps.Mooter)
	if !ok {
		return false
	}
	moot, err := guarded(func() (bool, error) { return m.Moot(u.env(st, e, nil), u.later(i)), nil })
	return err == nil && moot // in doubt it runs: it looks before it acts
}

// leave keeps an entry open.
func (u *undoing) leave(st *runbook.Step, e *state.Step, status state.StepStatus, text string) error {
	e.Status, e.Error = status, u.Redact(text)
	u.Emit(event.StepFailed{ID: e.ID, Text: e.Error, Undoes: e.Undoes})
	return u.byHand(st, e)
}

// byHand keeps with an open entry what a person would type.
func (u *undoing) byHand(st *runbook.Step, e *state.Step) error {
	if st == nil {
		return u.save()
	}
	if h, ok := st.Step.(steps.ByHander); ok {
		ctx, cancel := glance(u.outer)
		defer cancel()
		once := *st
		once.Retry = registry.Retry{Attempts: 1} // it only explains, and what failed may well be a registry that is away
		commands, err := guarded(func() ([]string, error) { return h.ByHand(ctx, u.env(&once, e, nil)), nil })
		if err == nil {
			e.ByHand = nil
			for _, c := range commands {
				e.ByHand = append(e.ByHand, u.Redact(c))
			}
		}
	}
	return u.save()
}
