package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
)

func (a *app) stateCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "state",
		Short: "Look at the state of a runbook, or change it by hand",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.stateShowCmd(), a.stateRepairCmd(), a.stateAcceptCmd(), a.stateAbandonCmd(), a.stateUnlockCmd())
	return c
}

func (a *app) stateShowCmd() *cobra.Command {
	var in input
	var backup bool
	c := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print the state of a runbook as JSON",
		Long: `Show prints the state that belongs to the runbook FILE, or, without a runbook, the one named by --state.

Where runs have saved versions of a registry before they were lost, it says so on stderr;
--backup prints those instead, of all runs, one JSON object a line.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, runbook, err := a.named(&in, args)
			if err != nil {
				return err
			}
			if backup {
				return a.showBackup(store, runbook)
			}
			return a.showState(store, runbook)
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	c.Flags().BoolVar(&backup, "backup", false, "print the versions that were saved before they were lost")
	return c
}

// named is the store of the runbook that the arguments name, or of --state alone; then no runbook is named.
func (a *app) named(in *input, args []string) (store *state.Store, runbook string, err error) {
	switch {
	case len(args) == 0 && in.state == "":
		return nil, "", &exitError{engine.Usage, errors.New("name a runbook, or a state with --state")}
	case len(args) == 0:
		if err := a.locate(in, nil); err != nil {
			return nil, "", err
		}
		return in.store(), "", nil
	}
	in.file, in.verb = args[0], "state"
	rb, err := a.load(in, true)
	if err != nil {
		return nil, "", err
	}
	return in.store(), rb.Name, nil
}

// showState prints a state, of the runbook if one is named.
func (a *app) showState(store *state.Store, runbook string) error {
	st, err := loaded(store, runbook)
	if err != nil {
		return err
	}
	raw, err := state.Encode(st)
	if err != nil {
		return &exitError{engine.BadState, err}
	}
	if err := a.print(inert(a.redactor.Redact(string(raw)))); err != nil {
		return err
	}
	return a.tellBackup(store)
}

// inert is JSON with those control characters escaped that encoding/json leaves as they are.
func inert(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// loaded reads a state that has to be there, and to be of the runbook if one is named.
func loaded(store *state.Store, runbook string) (*state.State, error) {
	st, err := store.Load()
	if err == nil && st == nil {
		err = &state.Error{Path: store.Path(), Text: "does not exist: the runbook was not run yet, or its state lies elsewhere (--state)"}
	}
	if err == nil && runbook != "" {
		err = store.Match(st, runbook)
	}
	if err != nil {
		return nil, &exitError{engine.BadState, err}
	}
	return st, nil
}
