package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
)

// repair is one call of state repair.
type repair struct {
	decision
	asEdited bool
	word     *state.Word // of who takes an altered file as it is
}

func (a *app) stateRepairCmd() *cobra.Command {
	var r repair
	c := &cobra.Command{
		Use:   "repair [FILE]",
		Short: "Put a good state in place of one that is damaged",
		Long: `Repair is for a state that was cut off, altered, damaged or lost: no other command goes on
with one. Beside the state lies a copy of its last save. Repair tells what has become of the
state, what the copy says and what the next run makes of it; with --yes it puts the copy in
place, and keeps the damaged file under another name.

Where somebody has altered the state by hand, and meant it, --as-edited takes it as it is
now; why is kept in the state. Nothing is sent to a registry, and nothing is done to a state
that is fine.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if r.because != "" && !r.asEdited {
				return &exitError{engine.Usage, errors.New("--because is for --as-edited: a copy is put back as it is")}
			}
			if r.asEdited {
				w, err := r.decision.word()
				if err != nil {
					return err
				}
				r.word = &w
			}
			return a.repair(&r, args)
		},
	}
	r.flags(c)
	c.Flags().BoolVar(&r.asEdited, "as-edited", false, "take the state as somebody has altered it, instead of the copy")
	return c
}

// repair tells, or does, what is to be done with a state.
func (a *app) repair(r *repair, args []string) error {
	store, runbook, err := a.named(&r.input, args)
	if err != nil {
		return err
	}
	if !r.yes {
		_, _, err := a.diagnose(r, store, runbook, time.Now())
		if err == nil {
			err = &exitError{engine.Refused, errNotAsked}
		}
		return err
	}
	if _, err := store.Diagnose(); err != nil { // a lock would make what is not there
		return stateError(err)
	}
	unlock, err := store.Lock(a.invoked())
	if err != nil {
		return stateError(err)
	}
	return errors.Join(a.putBack(r, store, runbook), stateError(unlock()))
}

// putBack does it; the lock is held.
func (a *app) putBack(r *repair, store *state.Store, runbook string) error {
	now := time.Now()
	d, st, err := a.diagnose(r, store, runbook, now)
	if err != nil {
		return err
	}
	if err := store.Repair(d, st, now); err != nil {
		return stateError(err)
	}
	t := a.text()
	t.Row("repaired", store.Path(), fmt.Sprintf("serial %d", st.Serial))
	a.tellUnkept(store)
	if r.file != "" {
		t.Command("next", a.next(&r.input, a.runbook, st.Run))
	}
	return nil
}

// diagnose tells what has become of the state, what is there in its place and what that means; st is what becomes the
// state.
func (a *app) diagnose(r *repair, store *state.Store, runbook string, now time.Time) (d *state.Diagnosis, st *state.State, err error) {
	d, err = store.Diagnose()
	switch {
	case err != nil:
		return nil, nil, stateError(err)
	case d.Err == nil:
		return nil, nil, &exitError{engine.Usage, fmt.Errorf("state %s is as it was saved, serial %d: there is nothing to repair", store.Path(), d.State.Serial)}
	}
	t := a.text()
	t.Row("damaged", store.Path(), was(d))
	if st, err = a.choose(t, r, store, d); err != nil {
		return nil, nil, err
	}
	if runbook != "" {
		if err := store.Match(st, runbook); err != nil {
			return nil, nil, stateError(err)
		}
	}
	tellRun(t, st.Run)
	if d.Kind != state.Missing {
		t.Row("aside", store.AsidePath(now), "keeps the file as it is now")
	}
	t.Row("then", "", outlook(st.Run))
	return d, st, nil
}

// was says what is wrong with the state.
func was(d *state.Diagnosis) string {
	damage, _ := errors.AsType[*state.Damage](d.Err)
	text := fmt.Sprintf("%s: %s", damage.Kind, damage.Why)
	if d.Serial > 0 {
		text += fmt.Sprintf("; its serial is %d", d.Serial)
	}
	return text
}

// choose says what becomes the state, and how that differs from what is there.
func (a *app) choose(t *report.Text, r *repair, store *state.Store, d *state.Diagnosis) (*state.State, error) {
	if r.asEdited {
		return a.edited(t, r, store, d)
	}
	if d.CopyErr != nil {
		t.Row("warning", "", d.CopyErr.Error())
	}
	if d.Copy == nil {
		return nil, &exitError{engine.BadState, fmt.Errorf("there is no good copy of state %s: %s", store.Path(), without(d))}
	}
	t.Row("copy", store.CopyPath(), fmt.Sprintf("serial %d, saved %s: takes its place", d.Copy.Serial, d.Copy.Run.Updated.Format(time.RFC3339)))
	tellAge(t, d)
	if d.Content == nil {
		a.tellDifferences(t, "undone", state.Differences(d.State, d.Copy))
	}
	return d.Copy, nil
}

// edited takes the file as it is.
func (a *app) edited(t *report.Text, r *repair, store *state.Store, d *state.Diagnosis) (*state.State, error) {
	if d.Content != nil {
		return nil, &exitError{engine.BadState, fmt.Errorf("state %s cannot be taken as it is: %w", store.Path(), d.Content)}
	}
	w := state.Word{By: a.redactor.Redact(r.word.By), Because: a.redactor.Redact(r.word.Because), At: r.word.At}
	if d.Copy != nil {
		a.tellDifferences(t, "altered", state.Differences(d.Copy, d.State))
	}
	t.Row("take", store.Path(), fmt.Sprintf("counts as it is now, by %s: %s", w.By, w.Because))
	d.State.Run.Edited = append(d.State.Run.Edited, w)
	return d.State, nil
}

// without says what is left to do where there is no copy.
func without(d *state.Diagnosis) string {
	if d.Content == nil {
		return "put one back from a backup, or take the state as it is now with --as-edited --because WHY"
	}
	return "put one back from a backup, or move the state away: the next run finds what an earlier one left, and says so"
}

// tellAge says how much older the copy is. The copy of one save less was left by a process that ended in that save,
// before anything was sent.
func tellAge(t *report.Text, d *state.Diagnosis) {
	switch behind := d.Serial - d.Copy.Serial; {
	case d.Serial == 0:
		t.Row("age", "", "the serial of the damaged state cannot be read; nothing is sent between a save and its copy")
	case behind <= 0:
		t.Row("age", "", "the copy is of the last save: nothing is lost")
	case behind == 1:
		t.Row("age", "", "the copy is of the save before, and nothing is sent between a save and its copy: nothing is lost")
	default:
		t.Row("warning", "", fmt.Sprintf("the copy is %d saves older: what steps have done since is not in it, and a step that has begun "+
			"since would take its own changes for what was there before; look at the registries first", behind))
	}
}

// few is how many differences are listed.
const few = 20

func (a *app) tellDifferences(t *report.Text, verb string, list []state.Difference) {
	for i, d := range list {
		if i == few {
			t.Row(verb, "", fmt.Sprintf("and %d more", len(list)-few))
			return
		}
		t.Row(verb, d.Place, fmt.Sprintf("%s -> %s", shown(d.Was), shown(d.Is)))
	}
}

func shown(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// tellRun shows a run as the state has it, without its runbook.
func tellRun(t *report.Text, r *state.Run) {
	t.Row("run", r.ID, fmt.Sprintf("%s, begun %s", r.Status, r.Started.Format(time.RFC3339)))
	for _, e := range r.Steps {
		statusOfStep(t, e, "")
	}
	for _, e := range r.Undo {
		statusOfStep(t, e, "")
	}
}

// outlook is what the next run makes of it.
func outlook(r *state.Run) string {
	switch {
	case r.Over():
		return "the run is over: nothing is left to go on with"
	case r.Status == state.RollingBack, r.Status == state.RollbackIncomplete:
		return fmt.Sprintf("the rollback goes on: %s", count(len(r.Open()), "step")+" of it left; each looks at what is there before it does anything")
	}
	for _, e := range r.Steps {
		if e.Status == state.StepWaiting {
			return "the run goes on once step " + e.ID + " is answered"
		}
		if e.Intent && !e.Finished() {
			return "the run goes on with step " + e.ID + ", which first looks at what it has done already"
		}
	}
	return "the run goes on with the next step"
}
