package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
)

func (a *app) stateUnlockCmd() *cobra.Command {
	var d decision
	c := &cobra.Command{
		Use:   "unlock [FILE]",
		Short: "Break the lock of a process on another host that is dead",
		Long: `A lock goes with its process, so on one host there is nothing to break. On a network
file system a host that died, or a container of the same name, may have left its lock
behind. Make sure that the process is dead: one that is alive finds its lock broken only when it saves next, or tries something
again. It begins no other step, but sends what the attempt that it is in has to send.

In a bucket a lock is a lease that ends by itself after its holder has died; this breaks it
at once. It names the host that the process is on; one of that name may be another, as of
containers, and a process of that number another process.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, _, err := a.named(&d.input, args)
			if err != nil {
				return err
			}
			return a.unlock(store, d.yes)
		},
	}
	d.varFlag(c)
	d.stateFlag(c)
	d.yesFlag(c)
	return c
}

func (a *app) unlock(store *state.Store, yes bool) error {
	h, held, err := store.Held()
	t := a.text()
	switch {
	case err != nil:
		return stateError(err)
	case !held:
		t.Row("unlocked", store.Path(), "nobody holds its lock")
		return nil
	}
	t.Row("locked", store.Path(), h.String())
	switch here := h.Here(); {
	case here && h.Lease > 0: // a container that came after it may have its name, and number
		t.Row("warning", "", fmt.Sprintf("pid %d runs on this host, which is called %s as the holder's: if it is the holder, end it instead, and it gives its lock back; "+
			"if not, its lease ends by itself", h.PID, h.Host))
	case here:
		return &exitError{engine.Locked, fmt.Errorf("pid %d runs on this host: end it, and its lock goes with it", h.PID)}
	}
	t.Row("unlock", store.Path(), "breaks the lock; whoever holds it ends the step it is in, if it is alive, and begins no other")
	if !yes {
		return &exitError{engine.Refused, errNotAsked}
	}
	return stateError(store.Break())
}
