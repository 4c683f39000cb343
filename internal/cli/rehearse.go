package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/snapshot"
	"github.com/srmigrate/srmigrate/runbook"
)

// rehearsing are the choices of rehearse, and what is known of it by and by.
type rehearsing struct {
	input
	snapshot string
	specs    []string
	failAt   string
	longest  time.Duration
	limit    time.Duration
	dir      string
	format   string

	faults []sandbox.Fault
	snap   *snapshot.Snapshot
}

func (a *app) rehearseCmd() *cobra.Command {
	var r rehearsing
	c := &cobra.Command{
		Use:   "rehearse FILE",
		Short: "Run a runbook on a sandbox that holds what its registries hold, and its rollback as well",
		Long: `Rehearse takes a snapshot of the registries that FILE declares, fills registries in memory with it,
and runs FILE there twice: to its end, and with a step that fails, so that its rollback is tried as
well. Then it says what happened, what that took, whether everything came back, and what could not be
tried. With --snapshot it asks no real registry at all.

The real registries are only read, and only for the snapshot: the runs know none of their addresses,
credentials and certificates, connect to nothing but the sandbox, and have a state of their own, in a
folder among temporary files or in --dir. Nobody is notified, nothing is sent to OpenTelemetry, and
questions are answered with yes.

Waits are shortened, and the report says which and what they were: with --longest 0 they are not.

Exit codes: 0 the run succeeds and its rollback brings everything back, or there is none to try; otherwise
that of the run (1, 3, 4, 5, 7), or 5 when the rollback does not; 7 also when a signal stopped it, without a
verdict; 11 when all that is well, and the snapshot lacks something; 2 usage.

` + sandbox.FaultGrammar,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r.file, r.verb, r.passing = args[0], c.Name(), true
			return a.rehearse(c.Context(), &r)
		},
	}
	r.varFlag(c)
	r.onlyFlag(c)
	a.logFlags(c, &r.input)
	f := c.Flags()
	f.StringVar(&r.snapshot, "snapshot", "", "use this `file` that snapshot has written, and ask no real registry")
	f.StringArrayVar(&r.specs, "fault", nil, "something that goes wrong in both runs, as the `spec` above; can be repeated")
	f.StringVar(&r.failAt, "fail-after", "", "try the rollback of a failure after this `step` (default the last one before a point of no return)")
	f.DurationVar(&r.longest, "longest", time.Second, "how long a wait goes on for at most where nothing happens any more; 0 for as long as the runbook says")
	f.DurationVar(&r.limit, "limit", 10*time.Minute, "give each of the two runs up after this `time`")
	f.StringVar(&r.dir, "dir", "", "keep snapshot, states and logs in this `folder`, new, empty or an earlier rehearsal's; one of its own among temporary files if not given")
	choiceVar(c, &r.format, "output", "o", "how the report is shown", "text", "markdown", "json")
	return c
}

func (a *app) rehearse(ctx context.Context, r *rehearsing) error {
	if err := r.check(); err != nil {
		return &exitError{engine.Usage, err}
	}
	if err := a.photograph(ctx, r); err != nil {
		return err
	}
	rep, err := a.tryOut(ctx, r)
	if ctx.Err() != nil {
		return &exitError{engine.Interrupted, fmt.Errorf("stopped by a signal; there is no verdict, and of the real registries nothing was changed; "+
			"the same command begins anew, and with --snapshot %s it need not read them again", quoted([]string{r.snapshot}))}
	}
	if err != nil {
		return err
	}
	if err := a.showRehearsal(rep, r.format); err != nil {
		return err
	}
	if rep.ExitCode != int(engine.OK) {
		return &exitError{code: engine.Exit(rep.ExitCode)}
	}
	return nil
}

// check finds what is wrong with the flags, and makes the folder.
func (r *rehearsing) check() (err error) {
	if r.file == "-" {
		return errors.New("a rehearsal reads the runbook several times: give it as a file")
	}
	if r.longest < 0 || r.limit <= 0 {
		return errors.New("--longest and --limit are times, such as 1s and 10m")
	}
	for _, spec := range r.specs {
		f, err := sandbox.ParseFault(spec)
		if err != nil {
			return err
		}
		r.faults = append(r.faults, f)
	}
	if r.dir == "" {
		if r.dir, err = os.MkdirTemp("", "srmigrate-rehearse-"); err != nil {
			return err
		}
	}
	return r.claim()
}

// claimed is the file that tells the folder of a rehearsal from any other.
const claimed = ".srmigrate-rehearsal"

// claim makes the folder. What is in it will be replaced, so that one that holds anything has to be an earlier rehearsal's.
func (r *rehearsing) claim() error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	mark := filepath.Join(r.dir, claimed)
	if _, err := os.Lstat(mark); len(entries) > 0 && err != nil {
		return fmt.Errorf("--dir %q is not empty, and no earlier rehearsal has made it: a rehearsal replaces what is in its folder, so name a new one, such as %q",
			r.dir, filepath.Join(r.dir, "rehearsal"))
	}
	return os.WriteFile(mark, []byte("srmigrate rehearse keeps its files in this folder, and replaces them the next time\n"), 0o600)
}

// photograph takes the snapshot, or reads the one that there is.
func (a *app) photograph(ctx context.Context, r *rehearsing) error {
	path := r.snapshot
	if path == "" {
		rb, err := a.stateless(&r.input, false)
		if err != nil {
			return err
		}
		path = filepath.Join(r.dir, "snapshot.jsonl")
		if _, err := a.take(ctx, rb, r.verbose, path, snapshot.Keep); err != nil {
			return err
		}
	}
	f, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	r.snap, err = snapshot.Read(path, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return &exitError{engine.BadState, err}
	}
	r.snapshot = path
	return nil
}

// staged is the runbook with its registries at these addresses, or nowhere.
func (a *app) staged(r *rehearsing, set *sandbox.Set, longest time.Duration) (*runbook.Runbook, *runbook.Stage, error) {
	dir, err := filepath.Abs(r.dir) // files that steps name lie beside the runbook, which may be elsewhere
	if err != nil {
		return nil, nil, &exitError{engine.Failed, err}
	}
	stage := &runbook.Stage{URLs: map[string]string{}, Dir: dir, Longest: longest}
	for _, reg := range r.snap.Registries {
		if set != nil {
			stage.URLs[reg.Name] = set.URL(reg.Name)
		}
	}
	o, err := a.options(&r.input, false)
	if err != nil {
		return nil, nil, &exitError{engine.Usage, err}
	}
	o.Stage = stage
	rb, problems, err := a.check(&r.input, o)
	switch {
	case err != nil:
		return nil, nil, &exitError{engine.Usage, err}
	case problems > 0:
		return nil, nil, &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was run", count(problems, "problem"), r.file)}
	}
	rb.Window = runbook.Window{}
	return rb, stage, nil
}

// tryOut runs the runbook to its end, and then with a failure.
func (a *app) tryOut(ctx context.Context, r *rehearsing) (*rehearsal, error) {
	rb, _, err := a.staged(r, nil, r.longest)
	if err != nil {
		return nil, err
	}
	if err := r.covers(rb); err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	at, err := r.failing(rb)
	if err != nil {
		return nil, &exitError{engine.Usage, err}
	}
	rep := r.report(rb)
	if at < 0 {
		rep.Untried = fmt.Sprintf("the first step, %s, is a point of no return: there is nothing to roll back before it", rb.Steps[0].ID)
	}
	if err := os.RemoveAll(filepath.Join(r.dir, "rollback")); err != nil { // of an earlier rehearsal: there may be none this time
		return nil, &exitError{engine.Failed, err}
	}
	fmt.Fprintf(a.stderr, "rehearses %s on what its registries held at %s\n", rb.Name, r.snap.Taken)
	if rep.Run, err = a.trial(ctx, r, rep, "run", -1); err != nil {
		return nil, err
	}
	if at >= 0 && rep.Run.begun() && ctx.Err() == nil {
		fmt.Fprintf(a.stderr, "tries its rollback, with a failure after step %s\n", rb.Steps[at].ID)
		if rep.Rollback, err = a.trial(ctx, r, rep, "rollback", at); err != nil {
			return nil, err
		}
		rep.Rollback.Behind = behind(rb, at)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // what a run was doing by then is no verdict on it
	}
	rep.conclude()
	return rep, nil
}

// covers demands that the snapshot has every registry of the runbook.
func (r *rehearsing) covers(rb *runbook.Runbook) error {
	for _, reg := range rb.Registries {
		if r.snap.Registry(reg.Name) == nil {
			return fmt.Errorf("%s has no registry %q, which %s declares; take it with srmigrate snapshot %s", r.snapshot, reg.Name, r.file, r.file)
		}
	}
	return nil
}

// failing is the index of the step after which the second run fails, -1 where no such run would roll anything back.
func (r *rehearsing) failing(rb *runbook.Runbook) (int, error) {
	last := len(rb.Steps) - 1
	var ids []string
	for i, st := range rb.Steps {
		ids = append(ids, st.ID)
		if st.ID == r.failAt {
			return i, nil
		}
	}
	if r.failAt != "" {
		return 0, fmt.Errorf("--fail-after: there is no step %q: %s", r.failAt, didYouMean(r.failAt, ids))
	}
	for i, st := range rb.Steps {
		if st.NoReturn {
			return i - 1, nil
		}
	}
	return last, nil
}

// behind is the first point of no return that a run has passed when the step with that index is done, "" for none.
func behind(rb *runbook.Runbook, at int) string {
	for _, st := range rb.Steps[:at+1] {
		if st.NoReturn {
			return st.ID
		}
	}
	return ""
}

// report begins with what is known beforehand.
func (r *rehearsing) report(rb *runbook.Runbook) *rehearsal {
	rep := &rehearsal{
		Version: 1, Runbook: rb.Name, File: r.file, Dir: r.dir, Faults: r.specs,
		Snapshot: shotOf{File: r.snapshot, Taken: r.snap.Taken, Schemas: r.snap.Schemas, Complete: r.snap.Complete},
	}
	for _, declared := range rb.Registries {
		reg := r.snap.Registry(declared.Name)
		subjects, deleted := reg.Subjects()
		_, imitated := profileOf(reg)
		rep.Registries = append(rep.Registries, rehearsedRegistry{
			Name: reg.Name, URL: reg.URL, Server: reg.Server, Imitated: imitated, Subjects: subjects, Versions: len(reg.Versions),
			Deleted: deleted, Exporters: len(reg.Exporters), reading: reading{reg.Requests, reg.Seconds},
		})
		for _, u := range reg.Unread {
			rep.Unforeseen = append(rep.Unforeseen, fmt.Sprintf("%s: %s could not be read: %s", reg.Name, u.What, u.Why))
		}
		if reg.Moved {
			rep.Unforeseen = append(rep.Unforeseen, reg.Name+" was written to while it was read; what came or went meanwhile may be missing")
		}
		if imitated != cmp.Or(reg.Server, "unknown") {
			rep.Unforeseen = append(rep.Unforeseen, fmt.Sprintf("%s says it is of version %s, and %s was imitated", reg.Name, cmp.Or(reg.Server, "unknown"), imitated))
		}
		if declared.Dialect == runbook.Guide {
			rep.Unforeseen = append(rep.Unforeseen, reg.Name+" was imitated as dialect: guide has it; whether the server is like that was not asked")
		}
		for _, x := range reg.Exporters {
			if x.State == "RUNNING" || x.State == "STARTING" {
				rep.Unforeseen = append(rep.Unforeseen, fmt.Sprintf("exporter %s on %s runs there; here it stands at the end of what there is", report.Printable(x.Name), reg.Name))
			}
		}
	}
	return rep
}
