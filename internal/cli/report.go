package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
)

// reportFlags are the choices of report.
type reportFlags struct {
	input
	format string
	out    string
	run    string
	verify string
	head   string
}

func (a *app) reportCmd() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report FILE",
		Short: "Show what a run did, for people, pipelines and auditors, or verify such a report",
		Long: `Report shows the last run of the runbook FILE from its state and from the history beside it:
a page, JUnit for a CI system, Markdown for a job summary, or JSON with the whole history.
It asks no registry and needs no credentials. With --out the ending of the name says which
of them is meant, unless -o does.

A history is chained: each line has the digest of the line before, and each run ends with
the digest of the last one. "srmigrate report --verify report.json" says what of a report was
altered since it was made, and exits 12 then; --head compares it with a digest that was
kept elsewhere. Without that, whoever can rewrite a report can rewrite all its digests.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case f.verify != "" && len(args) == 0:
				return a.verifyReport(f.verify, f.head)
			case f.verify != "":
				return &exitError{engine.Usage, errors.New("--verify takes a report, and no runbook")}
			case f.head != "":
				return &exitError{engine.Usage, errors.New("--head goes with --verify")}
			case len(args) == 0:
				return &exitError{engine.Usage, errors.New("name a runbook, or a report to verify with --verify")}
			}
			f.file, f.verb = args[0], "report"
			return a.report(&f, c.Flags().Changed("output"))
		},
	}
	f.varFlag(c)
	f.stateFlag(c)
	choiceVar(c, &f.format, "output", "o", "what is made", report.Formats()...)
	c.Flags().StringVar(&f.out, "out", "", "write it to this `file`")
	c.Flags().StringVar(&f.run, "run", "", "of an earlier run, by its `id`")
	c.Flags().StringVar(&f.verify, "verify", "", "say what of this `report`, made with -o json, was altered")
	c.Flags().StringVar(&f.head, "head", "", "with --verify: the `digest` that the run ended with, kept elsewhere")
	return c
}

// report makes one report.
func (a *app) report(f *reportFlags, chosen bool) error {
	if err := placed(f.out); err != nil {
		return err
	}
	rb, err := a.load(&f.input, true)
	if err != nil {
		return err
	}
	e, err := a.evidence(&f.input, rb.Name, f.run)
	if err != nil {
		return err
	}
	if format := report.FormatOf(f.out); !chosen && format != "" {
		f.format = format
	}
	text, err := report.Render(e, f.format)
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	if f.out == "" {
		return a.print(string(text))
	}
	if err := writeShared(f.out, text); err != nil {
		return &exitError{engine.Failed, fmt.Errorf("the report cannot be written: %w", err)}
	}
	a.text().Row("report", f.out, fmt.Sprintf("of run %s, sealed by %s", e.Run.ID, e.Head))
	return nil
}

// evidence is what state and history know of a run; without an id of that in the state, else of
// the last.
func (a *app) evidence(in *input, runbook, run string) (*report.Evidence, error) {
	store := in.store()
	lines, err := store.ReadJournal()
	if err != nil {
		return nil, &exitError{engine.BadState, err}
	}
	st, err := loaded(store, runbook)
	if err != nil && (len(lines) == 0 || !missing(store)) {
		return nil, err
	}
	runs := report.Runs(lines) // one that was refused has no state
	switch {
	case run == "" && st != nil:
		run = st.Run.ID
	case run == "" && len(runs) > 0:
		run = runs[len(runs)-1]
	}
	if st != nil && st.Run.ID == run {
		if lines, err = a.standing(in, store, st, lines); err != nil {
			return nil, &exitError{engine.BadState, err}
		}
	} else if run != "" && !slices.Contains(runs, run) {
		err = fmt.Errorf("there is no run %q in %s: %s", run, store.JournalPath(), didYouMean(run, runs))
		return nil, &exitError{engine.Usage, err}
	}
	return report.NewEvidence(lines, run, version()), nil
}

// missing says whether there is no state at all, not a damaged one.
func missing(store *state.Store) bool {
	there, err := store.Exists()
	return !there && err == nil
}

// standing adds how the run stands now, where the history does not end with it: a call that was killed, or is at work,
// has not told; and people have their say between calls.
func (a *app) standing(in *input, store *state.Store, st *state.State, lines []state.Line) ([]state.Line, error) {
	_, held, err := store.Held()
	if err != nil {
		return nil, err
	}
	if w := st.Run.Waiting(); w != nil && w.Answer == nil {
		if w.Answer, err = store.Answer(st.Run.ID, w.ID, w.Asked); err != nil {
			return nil, err
		}
	}
	return report.AddStanding(lines, st, store.Path(), a.next(in, a.runbook, st.Run), held, a.redact)
}

// verifyReport says whether a report is as it was made.
func (a *app) verifyReport(file, head string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	v, err := report.Verify(raw, head, version())
	if err != nil {
		return &exitError{engine.BadState, fmt.Errorf("%s: %w", file, err)}
	}
	t := a.text()
	for _, p := range v.Problems {
		t.Row("altered", file, p)
	}
	if len(v.Problems) > 0 {
		return &exitError{engine.BadState, fmt.Errorf("%s is not as it was made", file)}
	}
	t.Row("verified", file, fmt.Sprintf("run %s of %s, %s, sealed by %s", v.Run, v.Runbook, count(v.Lines, "line"), v.Head))
	if head == "" {
		t.Row("note", "", "who can rewrite a report can rewrite its digests: compare the seal with the one that the run ended with (--head)")
	}
	return nil
}
