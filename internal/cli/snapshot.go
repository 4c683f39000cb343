package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/snapshot"
	"github.com/srmigrate/srmigrate/runbook"
)

func (a *app) snapshotCmd() *cobra.Command {
	var in input
	var out, schemas string
	c := &cobra.Command{
		Use:   "snapshot FILE",
		Short: "Read the registries of a runbook into one file, for review and for rehearse",
		Long: `Snapshot reads the registries that FILE declares and writes what they hold into one file of JSON
Lines: subjects, versions, also soft-deleted ones, ids, types, references, metadata, rules,
compatibility, modes, contexts and exporters. It only reads: every request but GET and HEAD is
refused before it leaves. FILE is a runbook, of which nothing else counts, or has registries alone.

No secret gets into the file: of an exporter's config only the keys, of addresses no credentials, of
metadata and rules no property that is sensitive or has a name as secrets have. With --schemas hash
the texts of schemas stay out, too: a stand-in of the same type takes the place of each, the same
for the same schema, and what stands in one file can be compared with no other.

The file is whole or it is not there. Where settings or exporters cannot be read it says so in their
place, and the exit code is 11. srmigrate schema snapshot prints what a line may have.

Exit codes: 0, 1 the file could not be written, 2 usage, 3 FILE is not valid, 7 interrupted,
11 not everything could be read.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.registries, in.verb = args[0], true, "snapshot"
			return a.snapshot(c.Context(), &in, out, schemas)
		},
	}
	in.varFlag(c)
	in.onlyFlag(c)
	a.logFlags(c, &in)
	c.Flags().StringVarP(&out, "out", "o", "", "write the snapshot into this `file`")
	choiceVar(c, &schemas, "schemas", "", "keep the texts of schemas, or put stand-ins in their place", snapshot.Keep, snapshot.Hash)
	_ = c.MarkFlagRequired("out") // it is there
	return c
}

// snapshot reads the registries of the runbook into a file.
func (a *app) snapshot(ctx context.Context, in *input, out, schemas string) error {
	if err := compare.Placed(out); err != nil {
		return &exitError{engine.Usage, err}
	}
	rb, err := a.stateless(in, false)
	if err != nil {
		return err
	}
	totals, err := a.take(ctx, rb, in.verbose, out, schemas)
	if err != nil {
		return err
	}
	return a.endSnapshot(out, schemas, totals)
}

// take writes the file beside its place first.
func (a *app) take(ctx context.Context, rb *runbook.Runbook, verbose bool, out, schemas string) (totals []snapshot.Total, err error) {
	sources, err := a.sources(rb, verbose)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(out), filepath.Base(out)+".*.tmp") // of mode 0600
	if err != nil {
		return nil, &exitError{engine.Failed, err}
	}
	defer func() {
		if err != nil {
			_, _ = f.Close(), os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	totals, err = snapshot.Take(ctx, f, sources, snapshot.Options{
		Program: version(), Runbook: rb.Name, Taken: time.Now(), Schemas: schemas, Scratch: filepath.Dir(out),
	})
	if err != nil {
		return nil, unreadSnapshot(ctx, err)
	}
	if err := settle(f, out); err != nil {
		return nil, &exitError{engine.Failed, fmt.Errorf("%q cannot be written: %w", out, err)}
	}
	return totals, nil
}

// settle puts a file that is whole in its place. One that may not be takes nobody's.
func settle(f *os.File, out string) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), out)
}

// unreadSnapshot says what has become of a file that could not be made.
func unreadSnapshot(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{engine.Interrupted, errors.New("stopped by a signal; there is no snapshot, and nothing was changed")}
	}
	if _, ok := errors.AsType[*compare.FileError](err); ok {
		return &exitError{engine.Failed, err}
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return &exitError{engine.Failed, err}
	}
	return &exitError{engine.Unread, fmt.Errorf("%w; there is no snapshot", err)}
}

// sources are the registries of the runbook, to be read only.
func (a *app) sources(rb *runbook.Runbook, verbose bool) ([]snapshot.Source, error) {
	var all []snapshot.Source
	for _, r := range rb.Registries {
		sent := new(atomic.Int64)
		config := r.Config()
		config.Redactor, config.Logger, config.ReadOnly, config.Anew = a.redactor, a.logger(verbose), true, true
		config.Observe = func(registry.Exchange) { sent.Add(1) }
		c, err := registry.New(config)
		if err != nil {
			return nil, &exitError{engine.Refused, err}
		}
		all = append(all, snapshot.Source{Client: c.With(rb.Retry, nil), Dialect: r.Dialect, Requests: sent})
	}
	return all, nil
}

// endSnapshot says what is in the file, and what is not.
func (a *app) endSnapshot(out, schemas string, totals []snapshot.Total) error {
	unread := 0
	for _, t := range totals {
		line := fmt.Sprintf("%s: %s, %s (%d soft-deleted), %s\n",
			t.Name, count(t.Subjects, "subject"), count(t.Versions, "version"), t.Deleted, count(t.Exporters, "exporter"))
		if err := a.print(line); err != nil {
			return err
		}
		if t.Moved {
			a.complain("srmigrate: ", t.Name+" was written to while it was read: what came or went meanwhile may be in the snapshot or not")
		}
		for _, u := range t.Unread {
			unread++
			a.complain("srmigrate: ", fmt.Sprintf("%s: %s could not be read: %s", t.Name, u.What, u.Why))
		}
	}
	text := fmt.Sprintf("written to %s, with the texts of schemas\n", out)
	if schemas == snapshot.Hash {
		text = fmt.Sprintf("written to %s, with stand-ins for the texts of schemas\n", out)
	}
	if err := a.print(text); err != nil || unread == 0 {
		return err
	}
	return &exitError{engine.Unread, fmt.Errorf("%s could not be read, and %s says so; let the credentials see it, or go on without", count(unread, "thing"), out)}
}
