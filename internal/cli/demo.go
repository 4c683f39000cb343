package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/examples"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

func (a *app) demoCmd() *cobra.Command {
	var reports string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the quickstart on a sandbox pair",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), reports) },
	}
	c.Flags().StringVar(&reports, "report", "", "write the reports into this `folder`; one of its own among temporary files if not given")
	return c
}

// demo moves one sandbox registry to another. Everything it writes is in a folder of its own, but for the reports where
// somebody has named another one.
func (a *app) demo(ctx context.Context, reports string) error {
	dir, err := os.MkdirTemp("", "srmigrate-demo-")
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	in, err := demoInput(dir, reports)
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	pair, err := sandbox.Start(ctx, demoPair())
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	in.vars = []string{"source=" + pair.SourceURL, "target=" + pair.TargetURL, "steady=2s", "every=500ms"}
	snap := pair.Source.Snapshot()
	fmt.Fprintf(a.stdout, "A source registry with %d contexts and %d versions serves at %s,\nan empty target at %s.\n\n$ %s\n",
		len(snap.Contexts), len(snap.Versions), pair.SourceURL, pair.TargetURL, a.again(in, engine.Given{}, "run"))
	err = a.engine(ctx, in, func(ctx context.Context, _ *app, _ *input, x *engine.Engine) engine.Result {
		return x.Run(ctx, engine.RunOptions{})
	})
	if cerr := pair.Close(); err == nil && cerr != nil {
		err = &exitError{engine.Failed, cerr}
	}
	return err
}

func demoInput(dir, reports string) (*input, error) {
	src, err := examples.FS.ReadFile("quickstart.yaml")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "quickstart.yaml")
	in := &input{file: file, state: filepath.Join(dir, "quickstart.state.json"), passing: true, verb: "run", reports: cmp.Or(reports, filepath.Join(dir, "report"))}
	return in, os.WriteFile(file, src, 0o600)
}

// sink leaves out the commands that would find no registries any more.
func (in *input) sink(next event.Sink) event.Sink {
	if !in.passing {
		return next
	}
	return func(e event.Event) {
		switch e := e.(type) {
		case event.RunEnded:
			e.Next = ""
			next(e)
		case event.Open:
			e.Commands = nil
			next(e)
		default:
			next(e)
		}
	}
}

// demoPair is slow enough to be watched.
func demoPair() sandbox.PairOptions {
	source := sandbox.Options{Exporters: true, Starting: time.Second, Pace: 3 * time.Millisecond}
	return sandbox.PairOptions{Source: source, Target: sandbox.Options{Exporters: true}}
}
