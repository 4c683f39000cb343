package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) validateCmd() *cobra.Command {
	var in input
	c := &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a runbook without network and credentials",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			in.file = args[0]
			rb, err := a.load(&in, true)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s: valid, %s\n", in.file, count(len(rb.Steps), "step"))
			return nil
		},
	}
	in.varFlag(c)
	return c
}
