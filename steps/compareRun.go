package steps

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Comparison says what is compared, and what counts.
type Comparison struct {
	Source   string                   `json:"source,omitempty"`
	Target   string                   `json:"target,omitempty"`
	Subjects []string                 `json:"subjects,omitempty"`
	Contexts []string                 `json:"contexts,omitempty"`
	Check    map[string]compare.Level `json:"check,omitempty"`
	Extra    map[string]compare.Level `json:"extra,omitempty"`
	Outside  compare.Level            `json:"outside,omitempty"`
}

func (s *Comparison) source() string { return cmp.Or(s.Source, "source") }

func (s *Comparison) target() string { return cmp.Or(s.Target, "target") }

// check reports registries that are not declared, or are the same. Path is where the comparison stands.
func (s *Comparison) check(path string, scope Scope) []Problem {
	all := append(scope.registry(path+"/source", s.source()), scope.registry(path+"/target", s.target())...)
	if s.source() == s.target() {
		all = append(all, Problem{
			Path:    path + "/target",
			Message: fmt.Sprintf("source and target are both %q; a registry is always identical with itself", s.source()),
		})
	}
	return all
}

// comparer is one way to compare, such as compare.Run.
type comparer func(ctx context.Context, source, target *registry.Client, o compare.Options) (*compare.Result, error)

// run compares once, under the names that the exporter gives on the target. The options carry the caller's functions.
func (s *Comparison) run(ctx context.Context, env *Env, exporter string, way comparer, o compare.Options) (*compare.Result, error) {
	source, err := env.Registry(s.source())
	if err != nil {
		return nil, err
	}
	target, err := env.Registry(s.target())
	if err != nil {
		return nil, err
	}
	o.Mapping, o.FreshContexts, err = mappingOf(ctx, env, source, target, exporter)
	if err != nil {
		return nil, err
	}
	o.Subjects, o.Contexts, o.Check, o.Extra, o.Outside = s.Subjects, s.Contexts, s.Check, s.Extra, s.Outside
	return way(ctx, source, target, o)
}

// Mapping says where the exporter puts what it copies, as Run takes it; without one every subject keeps its name.
func (s *Compare) Mapping(ctx context.Context, env *Env) (compare.Mapping, error) {
	source, err := env.Registry(s.source())
	if err != nil {
		return compare.Mapping{}, err
	}
	target, err := env.Registry(s.target())
	if err != nil {
		return compare.Mapping{}, err
	}
	m, _, err := mappingOf(ctx, env, source, target, s.Exporter)
	if m == nil {
		m = &compare.Mapping{ContextType: "NONE", Patterns: []string{":*:"}}
	}
	return *m, err
}

// explain adds to the result what one looks for first where schemas differ.
func (s *Comparison) explain(ctx context.Context, env *Env, r *compare.Result) error {
	source, err := env.Registry(s.source())
	if err != nil {
		return err
	}
	target, err := env.Registry(s.target())
	if err != nil {
		return err
	}
	compare.Explain(ctx, source, target, r)
	return nil
}

// counter tells how far a compare has come that takes long: every ten seconds what is worth a line in a log, and then
// every second what a terminal shows.
func counter(env *Env, begun time.Time) func(compare.Progress) {
	const long = 10 * time.Second
	logged := time.Now()
	next := logged.Add(long)
	return func(p compare.Progress) {
		now := time.Now()
		if env.Emit == nil || now.Before(next) {
			return
		}
		next = now.Add(time.Second)
		e := event.StepProgress{
			ID: env.StepID, Text: p.Text(), Left: p.Left, Elapsed: now.Sub(begun), Repeated: now.Sub(logged) < long,
		}
		if p.What == compare.Versions {
			e.Rate = p.Rate
		}
		if !e.Repeated {
			logged = now
		}
		env.Emit(e)
	}
}

// verdict adds to the outputs what the run's summary tells of a compare.
func verdict(out Outputs, r *compare.Result) Outputs {
	out["verdict"] = r.Summary()
	if r.Verdict == compare.Identical {
		out["moved"] = count(r.Scope.Subjects, "subject") + ", " + count(r.Scope.Versions, "version")
	}
	return out
}

// diffOf is the outcome as conditions see it.
func diffOf(r *compare.Result) condition.Diff {
	return condition.Diff{
		Identical: r.Verdict == compare.Identical, Unknown: r.Verdict == compare.Unknown,
		Missing: r.Missing, Extra: r.Extra, Changed: r.Changed, Total: r.Total(),
	}
}

// firstDifferences ends an error with what a person would look at first.
func firstDifferences(r *compare.Result) string {
	const most = 5
	var lines []string
	for _, d := range r.Differences {
		if d.Level == compare.Fail {
			lines = append(lines, d.String())
		}
	}
	switch {
	case len(lines) == 0:
		return ""
	case len(lines) > most:
		lines = append(lines[:most], "and more")
	}
	return ": " + strings.Join(lines, "; ")
}
