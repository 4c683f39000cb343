package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// comparison is what the flags of compare ask for.
type comparison struct {
	input
	step           steps.Compare
	source, target access
	checks, extras []string
	show           int
}

func (a *app) compareCmd() *cobra.Command {
	in := &comparison{source: access{side: "source"}, target: access{side: "target"}}
	c := &cobra.Command{
		Use:   "compare [FILE]",
		Short: "Say whether two registries hold the same schemas",
		Long: `Compare reads two registries and says whether the target holds what the source does, with the
same names, versions and ids. It only reads. Without FILE --source and --target are URLs; with
FILE they name two of the registries that it declares, source and target if not given. FILE is a
runbook, of which nothing else counts, or has no more than "registries:" and, where it uses them,
"vars:", as a runbook has them under spec. OAuth, PKCS12 files, encrypted keys, several URLs,
headers and limits stand in such a file; for the rest there are flags.

Credentials never stand on the command line: --source-password env:NAME takes them from the
environment, --source-password file:PATH from a file.

Exit codes: 0 identical, 10 different, 11 not everything could be read, 1 a file could not be
written, 2 usage, 3 FILE is not valid, 7 interrupted.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in.file, in.verb = append(args, "")[0], "compare"
			return a.compare(c.Context(), in)
		},
	}
	in.flags(c)
	a.logFlags(c, &in.input)
	return c
}

func (in *comparison) flags(c *cobra.Command) {
	in.source.flags(c)
	in.target.flags(c)
	in.compareFlags(c)
	f := c.Flags()
	f.StringVar(&in.step.Report, "report", "", "write every difference to this `file`, as JSON Lines")
	f.StringVar(&in.step.IDMap, "id-map", "", "write source id and target id to this `file`, as CSV")
	choiceVar(c, &in.output, "output", "o", "print lines, or one JSON object", "text", "json")
	in.varFlag(c)
	in.onlyFlag(c)
}

// compareFlags say what is compared, and what a difference means.
func (in *comparison) compareFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&in.step.Exporter, "exporter", "", "compare what this `exporter` of the source copies, under its names")
	f.StringSliceVar(&in.step.Subjects, "subjects", nil, "compare only these `subjects` or patterns, as the source names them")
	f.StringSliceVar(&in.step.Contexts, "contexts", nil, "compare only these `contexts` of the source")
	f.StringArrayVar(&in.checks, "check", nil, "what a difference means, as `name=fail|report|off`, such as modes=fail; may be repeated")
	f.StringArrayVar(&in.extras, "extra", nil, "what it means that only the target has something, as `name=fail|report|off`; may be repeated")
	f.StringVar((*string)(&in.step.Outside), "outside", "", "what subjects mean that no pattern of the exporter covers: `fail|report`")
	f.IntVar(&in.show, "show", 20, "show so many differences")
}

// compare gives a verdict on two registries.
func (a *app) compare(ctx context.Context, in *comparison) error {
	if err := in.check(); err != nil {
		return &exitError{engine.Usage, err}
	}
	env, err := a.compared(in)
	if err != nil {
		return err
	}
	if err := distinct(ctx, env, in); err != nil {
		return &exitError{engine.Usage, err}
	}
	total, live := 0, a.live()
	r, left, err := in.step.Run(ctx, env, compare.Options{
		Show: max(in.show, 1), Progress: a.reading(live),
		OnDifference: func(compare.Difference) error { total++; return nil },
	})
	live.Clear()
	switch {
	case ctx.Err() != nil:
		return &exitError{engine.Interrupted, errors.New("interrupted by a signal: there is no verdict")}
	case r == nil:
		return &exitError{compareFailed(err), err}
	}
	return a.verdict(in, r, total, left, err)
}

// compareFailed is the exit code of a compare without a verdict: nothing was read, unless a file could not be written.
func compareFailed(err error) engine.Exit {
	if _, ok := errors.AsType[*compare.FileError](err); ok {
		return engine.Failed
	}
	return engine.Unread
}

// check finds what is wrong with the flags before anything is read, and completes the step.
func (in *comparison) check() (err error) {
	if in.show < 0 {
		return fmt.Errorf("--show %d is less than nothing", in.show)
	}
	if in.step.Comparison.Check, err = levelFlags("--check", in.checks); err != nil {
		return err
	}
	if in.step.Extra, err = levelFlags("--extra", in.extras); err != nil {
		return err
	}
	o := compare.Options{Check: in.step.Comparison.Check, Extra: in.step.Extra, Outside: in.step.Outside}
	if err := o.Usable(); err != nil {
		return fmt.Errorf("--%w", err)
	}
	for _, path := range []string{in.step.Report, in.step.IDMap} {
		if path == "" {
			continue
		}
		if err := compare.Placed(path); err != nil {
			return err
		}
	}
	if in.step.Report != "" && in.step.Report == in.step.IDMap {
		return errors.New("--report and --id-map name the same file; each needs one of its own")
	}
	return errors.Join(in.source.check(in.file), in.target.check(in.file))
}

// levelFlags reads name=level.
func levelFlags(flag string, given []string) (map[string]compare.Level, error) {
	levels := map[string]compare.Level{}
	for _, s := range given {
		name, level, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("%s %q is not name=level, such as ids=report", flag, s)
		}
		levels[name] = compare.Level(level)
	}
	return levels, nil
}

// distinct refuses to compare a registry with itself: it would always be identical.
func distinct(ctx context.Context, env *steps.Env, in *comparison) error {
	source, target := env.Registries[in.step.Source], env.Registries[in.step.Target]
	if source.URL() == target.URL() {
		return fmt.Errorf("source and target are both %s; a registry is always identical with itself", source.URL())
	}
	a, known, err := source.With(registry.Retry{}, nil).Identity(ctx)
	if err != nil || !known {
		return nil // the compare says what cannot be read
	}
	if b, known, err := target.With(registry.Retry{}, nil).Identity(ctx); err == nil && known && a == b {
		return fmt.Errorf("source %s and target %s are the same registry, %s; it is always identical with itself", source.URL(), target.URL(), a)
	}
	return nil
}
