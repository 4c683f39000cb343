package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
)

func (a *app) statusCmd() *cobra.Command {
	var in input
	c := &cobra.Command{
		Use:   "status FILE",
		Short: "Show how the last run stands, and the registries' modes and exporters now",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file = args[0]
			return a.status(c.Context(), &in)
		},
	}
	in.varFlag(c)
	in.stateFlag(c)
	in.verboseFlag(c)
	return c
}

func (a *app) status(ctx context.Context, in *input) error {
	rb, err := a.load(in, false)
	if err != nil {
		return err
	}
	redactor := new(registry.Redactor)
	clients, err := a.clients(rb, redactor, in.verbose)
	if err != nil {
		return &exitError{engine.Refused, err}
	}
	store := in.store(rb.Name)
	st, missing := loaded(store)
	if st != nil {
		a.statusOfRun(rb, st, store.Path())
	}
	for _, r := range rb.Registries {
		for _, line := range statusOfRegistry(ctx, clients[r.Name]) {
			fmt.Fprintln(a.stdout, redactor.Redact(line))
		}
	}
	return missing
}

func (a *app) statusOfRun(rb *runbook.Runbook, st *state.State, path string) {
	run := st.Run
	fmt.Fprintf(a.stdout, "run       %s: %s, begun %s, state %s\n", run.ID, run.Status, run.Started.Format(time.RFC3339), path)
	for _, s := range rb.Steps {
		e := run.Step(s.ID)
		if e == nil {
			e = &state.Step{ID: s.ID, Type: s.Type, Status: state.StepPending}
		}
		a.statusOfStep(e)
	}
	for _, e := range run.Undo {
		a.statusOfStep(e)
	}
}

func (a *app) statusOfStep(e *state.Step) {
	text, _ := e.Outputs["text"].(string)
	if e.Error != "" && !e.Finished() {
		text = e.Error
	}
	if text != "" {
		text = ": " + text
	}
	fmt.Fprintf(a.stdout, "%-9s %s (%s)%s\n", e.Status, e.ID, e.Type, text)
}

// statusOfRegistry says what a registry answers now; what cannot be read is said in its place.
func statusOfRegistry(ctx context.Context, c *registry.Client) []string {
	line := "registry  " + c.Name() + ": " + c.URL()
	mode, _, err := c.Mode(ctx, "")
	if err != nil {
		return []string{line + ", cannot be read: " + err.Error()}
	}
	lines := []string{line + ", mode " + mode}
	names, err := c.ExporterNames(ctx)
	if errors.Is(err, registry.ErrNoExporters) {
		return lines
	}
	if err != nil {
		return append(lines, "exporters of "+c.Name()+" cannot be read: "+err.Error())
	}
	for _, name := range names {
		lines = append(lines, statusOfExporter(ctx, c, name))
	}
	return lines
}

func statusOfExporter(ctx context.Context, c *registry.Client, name string) string {
	line := fmt.Sprintf("exporter  %s on %s: ", name, c.Name())
	s, err := c.ExporterStatus(ctx, name)
	if err != nil {
		return line + "cannot be read: " + err.Error()
	}
	line += fmt.Sprintf("%s, offset %d", s.State, s.Offset)
	if s.TS > 0 {
		line += ", at " + time.UnixMilli(s.TS).UTC().Format(time.RFC3339)
	}
	if s.Trace != "" {
		line += ", trace: " + s.Trace
	}
	return line
}
