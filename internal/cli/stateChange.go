package cli

import (
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
)

// errNotAsked ends a call that has only told what it would do.
var errNotAsked = errors.New("nothing was changed; repeat it with --yes")

// decision is what a person says about a run in place of the program.
type decision struct {
	input
	by, because string
	yes         bool
}

func (d *decision) flags(c *cobra.Command) {
	d.varFlag(c)
	d.stateFlag(c)
	d.yesFlag(c)
	c.Flags().StringVar(&d.by, "by", "", "`who` decides this (default the user of this process)")
	c.Flags().StringVar(&d.because, "because", "", "`why`; it is kept in the state")
}

func (d *decision) yesFlag(c *cobra.Command) {
	c.Flags().BoolVar(&d.yes, "yes", false, "do it; without this the command only tells what it would do")
}

// word is who decides and why. The secrets in it are not known before the runbook is.
func (d *decision) word() (state.Word, error) {
	if strings.TrimSpace(d.because) == "" {
		return state.Word{}, &exitError{engine.Usage, errors.New("say why with --because: it is kept in the state")}
	}
	by, err := who(d.by)
	return state.Word{By: by, Because: d.because, At: time.Now().UTC()}, err
}

// who is the person who decides: as said, else the user of this process.
func who(by string) (string, error) {
	if by != "" {
		return by, nil
	}
	u, err := user.Current()
	if err != nil {
		return "", &exitError{engine.Usage, fmt.Errorf("say who you are with --by: %w", err)}
	}
	return u.Username, nil
}

func (a *app) stateAcceptCmd() *cobra.Command {
	var d decision
	var ids []string
	c := &cobra.Command{
		Use:   "accept [FILE]",
		Short: "Take open steps of a rollback for done as things are",
		Long: `Accept is for a rollback that cannot come to its end because one of its steps cannot
succeed, or was done by hand. Nothing is sent to a registry. The accepted steps count as
done, and "srmigrate rollback" goes on with the others.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(ids) == 0 {
				return &exitError{engine.Usage, errors.New("name the open steps with --step; srmigrate status lists them")}
			}
			w, err := d.word()
			if err != nil {
				return err
			}
			return a.change(&d, args, w, func(t *report.Text, r *state.Run, w state.Word) error {
				for _, e := range r.Open() {
					t.Row("open", e.ID, e.Error)
				}
				if err := r.Accept(ids, w); err != nil {
					return err
				}
				for _, id := range ids {
					t.Row("accept", id, "counts as done from now on, as things are; nothing is sent")
				}
				return nil
			})
		},
	}
	d.flags(c)
	c.Flags().StringArrayVar(&ids, "step", nil, "the open step, such as `start.undo-2`; may be repeated")
	return c
}

func (a *app) stateAbandonCmd() *cobra.Command {
	var d decision
	c := &cobra.Command{
		Use:   "abandon [FILE]",
		Short: "Give up a run that is not over, and leave things as they are",
		Long: `Abandon ends a run without finishing it or putting anything back. Nothing is sent to a
registry: what the run left there is yours from now on. The next "srmigrate run" begins
a new run, takes what it finds for what was there before, and refuses while an exporter of
that name or an IMPORT is still there; "srmigrate rollback" still undoes the abandoned one.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := d.word()
			if err != nil {
				return err
			}
			return a.change(&d, args, w, func(t *report.Text, r *state.Run, w state.Word) error {
				was := r.Status
				if err := r.Abandon(w); err != nil {
					return err
				}
				t.Row("abandon", r.ID, fmt.Sprintf("it is %s; what these steps did stays as it is:", was))
				for _, e := range r.Steps {
					statusOfStep(t, e, "")
				}
				return nil
			})
		},
	}
	d.flags(c)
	return c
}

// change lets f change the run of a state as w says, and saves it where that was asked for.
func (a *app) change(d *decision, args []string, w state.Word, f func(*report.Text, *state.Run, state.Word) error) error {
	store, runbook, err := a.named(&d.input, args)
	if err != nil {
		return err
	}
	w.By, w.Because = a.redactor.Redact(w.By), a.redactor.Redact(w.Because)
	if !d.yes {
		st, err := loaded(store, runbook)
		if err == nil {
			err = asUsage(f(a.text(), st.Run, w))
		}
		if err == nil {
			err = &exitError{engine.Refused, errNotAsked}
		}
		return err
	}
	if _, err := loaded(store, runbook); err != nil { // a lock would make what is not there
		return err
	}
	unlock, err := store.Lock(a.invoked())
	if err != nil {
		return stateError(err)
	}
	st, err := loaded(store, runbook)
	if err == nil {
		err = asUsage(f(a.text(), st.Run, w))
	}
	if err == nil {
		st.Run.Updated = time.Now().UTC()
		err = stateError(store.Save(st))
		a.tellUnkept(store)
	}
	if err == nil && d.file != "" {
		a.text().Command("next", a.next(&d.input, a.runbook, st.Run))
	}
	return errors.Join(err, stateError(unlock()))
}

// invoked is this call, for whoever meets its lock.
func (a *app) invoked() string {
	return quoted(append([]string{"srmigrate"}, redactedAll(a.redactor, a.args)...))
}

// tellUnkept says that the last save has no copy.
func (a *app) tellUnkept(store *state.Store) {
	if err := store.Unkept(); err != nil {
		a.text().Row("warning", "", err.Error())
	}
}

// asUsage is for an error about what was asked.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{engine.Usage, err}
}

// stateError gives what can go wrong with a state its exit code.
func stateError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*state.LockedError](err); ok {
		return &exitError{engine.Locked, err}
	}
	return &exitError{engine.BadState, err}
}
