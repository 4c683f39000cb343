// Package cli is the command line. It alone reads arguments, the environment, standard input and signals.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// app is one call of the program.
type app struct {
	args   []string // as typed, without the program's name
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    io.Writer // stderr, for what the system that runs the job is to take for a command
	getenv func(string) (string, bool)

	logFormat string                  // text or json
	ci        string                  // auto, off, or the system whose forms the log has
	runbook   *runbook.Runbook        // nil before it is loaded
	planned   *planFile               // what FILE was, where it was a plan and no runbook
	redactor  *registry.Redactor      // knows the secrets of the runbook, nil before it is loaded
	requests  *slog.Logger            // of all clients, nil before the first
	file      string                  // the runbook that was read, as its problems name it
	raw       []byte                  // its text
	ahead     *opening                // what was read of it before it was loaded, nil for nothing
	cell      string                  // that this part of the call works on, "" where it works on all or there is none
	observe   func(registry.Exchange) // is told of each request; nil: nobody is
	permit    func() error            // is asked before each write; nil: nobody is
	buckets   *buckets                // that this call has a client of
	leases    *leases                 // that a call which has to end at once leaves behind
	fellows   func() []steps.Fellow   // what the cells of a fleet do, nil where there is none
}

// Main runs the program with what the operating system gave it and returns its exit code.
func Main() int {
	a := &app{args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv, leases: new(leases), buckets: new(buckets)}
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away must not end a migration: its lines are lost, no more
	ctx, stop := signals(context.Background(), a.stderr, a.leases.left)
	defer stop()
	return a.run(ctx)
}

// exitError is an error with an exit code of its own. Err is nil when everything has been said.
type exitError struct {
	code engine.Exit
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func (a *app) run(ctx context.Context) int {
	a.log, a.stderr = a.stderr, a.harmless(a.stderr)
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	called := root
	err := guarded(func() (err error) {
		called, err = root.ExecuteContextC(ctx)
		return err
	})
	if err == nil {
		return int(engine.OK)
	}
	code := engine.Usage
	if e, ok := errors.AsType[*exitError](err); ok {
		code = e.code
	} else { // what cobra itself finds is wrong with the command line
		err = fmt.Errorf("%w; usage: %s", err, called.UseLine())
	}
	if text := err.Error(); text != "" {
		a.complain("srmigrate: ", text)
	}
	return int(code)
}

// guarded turns a bug into an error, so that a user sees a sentence and no secret in it.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &exitError{engine.Failed, fmt.Errorf("internal error, please report it: %v\n%s", r, debug.Stack())}
		}
	}()
	return f()
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "srmigrate COMMAND",
		Short: "Move Kafka schema registries as a runbook says",
		Long: `srmigrate runs a YAML runbook that moves a Kafka schema registry to another one with
Confluent's Schema Exporter. A run can be stopped and resumed anywhere, and puts things
back when a step fails.

Exit codes: 0 done, 1 failed with changes in place, 2 usage, 3 refused before any write,
4 failed and rolled back, 5 rollback incomplete, 6 waiting for approval, 7 interrupted,
8 locked, 9 stale plan, 10 changes pending or registries differ, 11 not everything could be read, 12 state.`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.AddCommand(
		a.initCmd(), a.validateCmd(), a.planCmd(), a.runCmd(), a.rollbackCmd(), a.statusCmd(), a.reportCmd(), a.approveCmd(), a.rejectCmd(), a.stateCmd(),
		a.compareCmd(), a.watchCmd(), a.snapshotCmd(), a.rehearseCmd(), a.renderCmd(), a.schemaCmd(), a.sandboxCmd(), a.demoCmd(), a.versionCmd(),
	)
	completions(root)
	return root
}
