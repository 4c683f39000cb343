package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// How long a canary waits for what goes on not to go on: an error that the server may try again by itself, one that it does
// not, and silence of an exporter that says it has copied all there is.
const (
	canaryRetriable = 15 * time.Second
	canaryTrouble   = 5 * time.Second
	canarySilence   = 20 * time.Second
)

// flight is a canary on its way.
type flight struct {
	canary
	*survey
	numbers []int // of the versions to come

	status  registry.Status
	since   time.Time // the status has been in this trouble
	quiet   time.Time // the exporter has had nothing to do
	missing int
	odd     string // in what a copy differs
}

// tryCanary has the source server copy a subject, says how long that took, and takes everything away again.
func (s *survey) tryCanary(ctx context.Context) error {
	if !s.Canary || s.refusal() != nil {
		return nil
	}
	if s.withoutExporters {
		s.unknown("whether the server of %s reaches %s: no canary was sent, for exporters are not shown", s.source.Name(), s.target.Name())
		return nil
	}
	c, there, err := s.recorded(s.env)
	if err != nil || !there {
		return errors.Join(err, errors.New("nothing was recorded for the canary"))
	}
	if c.Subject == "" {
		s.found(s.nothingToProve(), s.env.Allow)
		return nil
	}
	if err := s.carriedOn(ctx, c.Image); err != nil || s.refusal() != nil {
		return err
	}
	f := &flight{canary: c, survey: s}
	began := time.Now()
	err = f.fly(ctx)
	if ctx.Err() != nil {
		return err // what goes on, or undoes this, knows the names
	}
	if gone := c.remove(ctx, s.env, s.source, s.target); err != nil || gone != nil {
		return errors.Join(err, gone)
	}
	s.took = time.Since(began)
	s.saw("a canary has come from %s to %s: %s of subject %s; it is gone again", s.source.Name(), s.target.Name(), count(len(f.numbers), "version"), c.Subject)
	return nil
}

// fly makes the exporter and waits until its copies are there.
func (f *flight) fly(ctx context.Context) (err error) {
	if f.numbers, err = f.source.Versions(ctx, f.Subject, true); err != nil {
		return fmt.Errorf("subject %s of %s, of which the canary was to be, cannot be read any more: %w", f.Subject, f.source.Name(), err)
	}
	e := f.carrier(f.env, f.canary)
	if !e.setsImport(f.env) {
		if err := f.target.SetMode(ctx, contextPlace(f.Context), imports, true); err != nil {
			return fmt.Errorf("%s cannot put the canary's own context into IMPORT, which dialect guide wants: %w; leave canary out", f.target.Name(), err)
		}
	}
	if _, err := e.create(ctx, f.env, f.source); err != nil {
		return fmt.Errorf("the canary needs an exporter on %s: %w", f.source.Name(), err)
	}
	if err := e.start(ctx, f.source); err != nil {
		return err
	}
	err = pollSlower(ctx, 100*time.Millisecond, time.Second, f.look)
	if ctx.Err() == context.DeadlineExceeded {
		return f.verdict("there was no more time")
	}
	return err
}

// look reports whether all has arrived; an error is the canary's end.
func (f *flight) look(ctx context.Context) (bool, error) {
	var err error
	if f.status, err = f.source.ExporterStatus(ctx, f.Exporter); err != nil {
		return false, err
	}
	if err := f.compare(ctx); err != nil {
		return false, err
	}
	now := time.Now()
	troubled := f.status.Failed() || f.status.State == paused
	begin(&f.since, troubled, now)
	begin(&f.quiet, !troubled && f.status.State == running, now)
	patience := canaryTrouble
	if f.status.Retriable {
		patience = canaryRetriable
	}
	switch {
	case f.missing == 0 && f.odd == "":
		return true, nil
	case f.odd != "":
		return false, f.verdict(f.odd)
	case troubled && now.Sub(f.since) >= patience:
		return false, f.verdict("")
	case !f.quiet.IsZero() && now.Sub(f.quiet) >= canarySilence:
		return false, f.verdict("")
	}
	return false, nil
}

// begin notes when something began that still holds.
func begin(since *time.Time, holds bool, now time.Time) {
	switch {
	case !holds:
		*since = time.Time{}
	case since.IsZero():
		*since = now
	}
}

// compare looks at what has come.
func (f *flight) compare(ctx context.Context) error {
	f.missing, f.odd = 0, ""
	for _, n := range f.numbers {
		there, err := f.target.VersionRow(ctx, f.Image, n, true)
		if registry.NotFound(err) {
			f.missing++
			continue
		}
		if err != nil {
			return err
		}
		here, err := f.source.VersionRow(ctx, f.Subject, n, true)
		if err != nil {
			return err
		}
		if odd := compare.Alike(here, there); len(odd) > 0 {
			f.odd = fmt.Sprintf("version %d has come with other %s", n, strings.Join(odd, ", "))
		}
	}
	return nil
}
