package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/schemas"
)

// printable are the schemas that the program prints, by name.
var printable = map[string]func() []byte{
	"runbook": schemas.Runbook, "state": schemas.State, "result": schemas.Result, "plan": schemas.Plan, "compare": schemas.Compare,
	"report": schemas.Report, "fleet": schemas.Fleet, "fleetPlan": schemas.FleetPlan, "snapshot": schemas.Snapshot, "rehearsal": schemas.Rehearsal,
}

func (a *app) schemaCmd() *cobra.Command {
	names := slices.Sorted(maps.Keys(printable))
	return &cobra.Command{
		Use:   "schema [" + strings.Join(names, "|") + "]",
		Short: "Print a JSON Schema, for editors and other programs",
		Long: `Schema prints a JSON Schema (draft-07): of runbooks, if no other is named. Editors with the
YAML language server use it for a runbook that begins with

  # yaml-language-server: $schema=PATH

where PATH is a file with the schema, relative to the runbook's folder, or a URL. It takes
references such as ${{ vars.NAME }} everywhere a runbook does, and does not look at what
they stand for: validate does.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.printSchema(append(args, "runbook")[0], names)
		},
	}
}

func (a *app) printSchema(name string, names []string) error {
	schema, ok := printable[name]
	if !ok {
		return &exitError{engine.Usage, fmt.Errorf("there is no schema %q: %s", name, didYouMean(name, names))}
	}
	return a.print(string(schema()))
}

// closest is the name that was probably meant, "" where none is near.
func closest(got string, names []string) string {
	best, limit := "", 1+len(got)/4
	for _, name := range names {
		if d := levenshtein.ComputeDistance(got, name); d <= limit && d < len(name) {
			best, limit = name, d-1
		}
	}
	return best
}

// didYouMean asks for the name that was probably meant, or lists what there is.
func didYouMean(got string, names []string) string {
	best := closest(got, names)
	list := "it is one of " + strings.Join(names, ", ")
	if best == "" {
		return list
	}
	return fmt.Sprintf("did you mean %q? %s", best, list)
}
