package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
)

func (a *app) stateCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "state",
		Short: "Look at the state of a runbook",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.stateShowCmd())
	return c
}

func (a *app) stateShowCmd() *cobra.Command {
	var in input
	c := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print the state of a runbook as JSON",
		Long:  `Show prints the state that belongs to the runbook FILE, or, without a runbook, the one named by --state.`,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := a.storeFor(&in, args)
			if err != nil {
				return err
			}
			return a.showState(store)
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	return c
}

// storeFor finds the state by its own path, or by the runbook's name.
func (a *app) storeFor(in *input, args []string) (*state.Store, error) {
	if len(args) == 0 && in.state == "" {
		return nil, &exitError{engine.Usage, fmt.Errorf("name a runbook, or a state with --state")}
	}
	if in.state != "" {
		return in.store(""), nil
	}
	in.file = args[0]
	rb, err := a.load(in, true)
	if err != nil {
		return nil, err
	}
	return in.store(rb.Name), nil
}

func (a *app) showState(store *state.Store) error {
	st, err := loaded(store)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "  ")
	if err := enc.Encode(st); err != nil {
		return &exitError{engine.BadState, err}
	}
	_, err = buf.WriteTo(a.stdout)
	return err
}

// loaded reads a state that has to be there.
func loaded(store *state.Store) (*state.State, error) {
	st, err := store.Load()
	if err == nil && st == nil {
		err = &state.Error{Path: store.Path(), Text: "does not exist: the runbook was not run yet, or its state lies elsewhere (--state)"}
	}
	if err != nil {
		return nil, &exitError{engine.BadState, err}
	}
	return st, nil
}
