package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/internal/watch"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// baselineFile lies beside the state.
const baselineFile = "watch.json"

// aftercare is watch.
type aftercare struct {
	comparison
	ids         string
	every, long time.Duration
	renew       bool
}

func (a *app) watchCmd() *cobra.Command {
	in := &aftercare{comparison: comparison{source: access{side: "source"}, target: access{side: "target"}}}
	c := &cobra.Command{
		Use:   "watch FILE",
		Short: "Look after two registries once clients have moved",
		Long: `Watch tells what should not happen after clients have moved from a registry to another one:
that somebody still registers or deletes at the source, that the target does not hold what the
source holds, as it holds it, and, with --ids, that an id which is in use means nothing on the
target. It only reads.

The first look keeps what the source holds, its baseline, beside the state of the runbook; every
later one, in a scheduled job or with --every, tells what came and went since. --renew makes what
the source holds now the baseline, once what came is dealt with. Names are mapped as the run in
the state did, or as --exporter does. What the target alone has is what clients are expected to
register there; --extra says otherwise.

Exit codes: 0 nothing, 10 something, 11 not everything could be read, 2 usage, 3 FILE is not
valid, 7 interrupted, 12 state or baseline.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.verb = args[0], "watch"
			return a.watch(c.Context(), in)
		},
	}
	f := c.Flags()
	f.StringVar(&in.source.at, "source", "", "the `registry` of FILE that clients have left (default source)")
	f.StringVar(&in.target.at, "target", "", "the `registry` of FILE that they have moved to (default target)")
	f.StringVar(&in.ids, "ids", "", "a `file` with ids that are in use, one in a line, such as 1042 or 1042,.context")
	f.DurationVar(&in.every, "every", 0, "look again after so long, and tell only what is new; without it there is one look")
	f.DurationVar(&in.long, "for", 0, "end after so long, with --every; without it a signal ends it")
	f.BoolVar(&in.renew, "renew", false, "make what the source holds now the baseline, after this look")
	in.compareFlags(c)
	in.varFlag(c)
	in.stateFlag(c)
	a.logFlags(c, &in.input)
	choiceVar(c, &in.output, "output", "o", "print lines, or one JSON object for each look, in a line", "text", "json")
	return c
}

// watch looks once, or again and again.
func (a *app) watch(ctx context.Context, in *aftercare) error {
	in.extras = append([]string{"subjects=off", "versions=off"}, in.extras...) // the last one of a name counts
	if err := errors.Join(in.timed(), in.check()); err != nil {
		return &exitError{engine.Usage, err}
	}
	rb, w, err := a.watched(in)
	if err != nil {
		return err
	}
	store := in.store()
	if w.Env.Steps, err = passed(store, rb); err != nil {
		return &exitError{engine.BadState, err}
	}
	s := &series{app: a, in: in, rb: rb, Watch: w, store: store, told: map[string]bool{}, notes: unmapped(w, rb, store)}
	return s.run(ctx)
}

// timed finds times that make no sense.
func (in *aftercare) timed() error {
	switch {
	case in.every < 0 || in.long < 0:
		return errors.New("--every and --for are no less than nothing")
	case in.every > 0 && in.every < time.Second:
		return fmt.Errorf("--every %s: each look reads both registries, so it is 1s at least", in.every)
	case in.long > 0 && in.every == 0:
		return errors.New("--for says how long to go on looking: say with --every how often")
	}
	return nil
}

// watched is what is looked at.
func (a *app) watched(in *aftercare) (*runbook.Runbook, *watch.Watch, error) {
	env := &steps.Env{Registries: map[string]*registry.Client{}, Dialects: map[string]string{}, Dir: "."}
	if err := a.fromRunbook(&in.comparison, env); err != nil {
		return nil, nil, err
	}
	w := &watch.Watch{Env: env, Step: in.step, Show: in.show}
	if in.ids == "" {
		return a.runbook, w, nil
	}
	f, err := os.Open(in.ids)
	if err == nil {
		w.IDs, err = watch.ReadIDs(f)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, nil, &exitError{engine.Usage, fmt.Errorf("--ids %s: %s", in.ids, strings.TrimPrefix(err.Error(), "open "+in.ids+": "))}
	}
	return a.runbook, w, nil
}

// passed is what the run in the state knows of its steps, nil without one.
func passed(store *state.Store, rb *runbook.Runbook) ([]steps.Past, error) {
	st, err := store.Load()
	if err != nil || st == nil {
		return nil, err
	}
	if err := store.Match(st, rb.Name); err != nil {
		return nil, err
	}
	return engine.Pasts(st.Run), nil
}

// series are the looks of one call.
type series struct {
	*app
	*watch.Watch
	in    *aftercare
	rb    *runbook.Runbook
	store *state.Store
	told  map[string]bool // findings that were told
	found bool            // whether there ever was one
	last  string          // the last verdict
	notes []string        // what a look rests on that was not said
}

// unmapped says where names are taken to be the same on both sides although the runbook has steps, whose run would tell.
func unmapped(w *watch.Watch, rb *runbook.Runbook, store *state.Store) []string {
	if w.Env.Steps != nil || w.Step.Exporter != "" || len(rb.Steps) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("there is no state %s, so every subject is looked for under its own name; where the run has mapped names, "+
		"say where its state is with --state or --instance, or name the exporter with --exporter", store.Path())}
}

func (s *series) run(ctx context.Context) error {
	var end <-chan time.Time
	if s.in.long > 0 {
		end = time.After(s.in.long)
	}
	for {
		l, err := s.look(ctx)
		if err != nil {
			return err
		}
		if s.in.every == 0 {
			return s.ended(l)
		}
		s.in.renew = false // once
		select {
		case <-time.After(s.in.every):
		case <-end:
			return s.ended(l)
		case <-ctx.Done():
			return s.interrupted()
		}
	}
}

// look looks, tells what is new, and keeps the baseline where it has to.
func (s *series) look(ctx context.Context) (*watch.Look, error) {
	base, err := s.baseline()
	if err != nil {
		return nil, &exitError{engine.BadState, err}
	}
	clients, err := s.clients(s.rb, s.in.verbose, true) // anew: one that only reads asks nothing twice
	if err != nil {
		return nil, &exitError{engine.Refused, err}
	}
	for name, c := range clients {
		defer c.Close()
		s.Env.Registries[name] = c.With(s.rb.Retry, nil)
	}
	l, err := s.Look(ctx, base)
	if ctx.Err() != nil {
		return nil, s.interrupted()
	}
	if other, ok := errors.AsType[*watch.OtherError](err); ok {
		return nil, &exitError{engine.BadState, fmt.Errorf("the baseline %s %w: set the address as it was, or begin anew with another --instance or --state", s.store.SidePath(baselineFile), other)}
	}
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	s.found = s.found || len(l.Findings) > 0
	if l.Now != nil && (l.Fresh || s.in.renew) {
		if err := s.keep(l.Now); err != nil {
			return nil, &exitError{engine.BadState, err}
		}
	}
	return l, s.tell(l)
}

// baseline reads what earlier looks are measured by; nil where there was none.
func (s *series) baseline() (*watch.Baseline, error) {
	f, err := s.store.Open(baselineFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	path := s.store.SidePath(baselineFile)
	if err != nil {
		return nil, fmt.Errorf("baseline %s cannot be read: %w", path, err)
	}
	b, err := watch.Read(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("baseline %s %w; move it away to begin anew: what came before that is then not told", path, err)
	}
	return b, nil
}

func (s *series) keep(b *watch.Baseline) error {
	if err := s.store.Prepare(); err != nil {
		return err
	}
	return s.store.Write(baselineFile, b.Write)
}

// exit is what a look means.
func (s *series) exit(l *watch.Look, found bool) engine.Exit {
	switch {
	case len(l.Unread) > 0:
		return engine.Unread
	case found:
		return engine.Differ
	}
	return engine.OK
}

func (s *series) ended(l *watch.Look) error {
	return endsWith(s.exit(l, s.found))
}

func (s *series) interrupted() error {
	if s.found {
		return &exitError{engine.Interrupted, errors.New("interrupted by a signal; what was found stands above")}
	}
	return &exitError{engine.Interrupted, errors.New("interrupted by a signal")}
}
