package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func init() { register("assert", func() Step { return &Assert{} }) }

// Idle is a step that finds everything right without a look, for a file that has none: its type, and its one parameter.
func Idle() (typ, name, value string) { return "assert", "that", "true" }

// Assert looks once and fails unless a condition holds. It changes nothing.
type Assert struct {
	That     string `json:"that"`
	Message  string `json:"message,omitempty"`
	Registry string `json:"registry,omitempty"`
	Exporter string `json:"exporter,omitempty"`
}

func (s *Assert) registry() string { return cmp.Or(s.Registry, "source") }

// Describe names the condition.
func (s *Assert) Describe() string { return "make sure that " + s.That }

// Dispensable says that a run may go on without it.
func (s *Assert) Dispensable() bool { return true }

// Check compiles the condition.
func (s *Assert) Check(scope Scope) []Problem {
	var all []Problem
	if s.Exporter != "" || s.Registry != "" {
		all = scope.registry("/registry", s.registry())
	}
	return append(all, checkCondition("/that", s.That, s.scope(scope.names()))...)
}

func (s *Assert) scope(names condition.Scope) condition.Scope {
	names.Status = s.Exporter != ""
	return names
}

// Probe finds that everything is still to be looked at: what held a moment ago says nothing of now.
func (s *Assert) Probe(context.Context, *Env) (Status, error) {
	return Status{Left: Todo, Will: s.That}, nil
}

// Do looks once.
func (s *Assert) Do(ctx context.Context, env *Env) (Outputs, error) {
	that, err := condition.Compile(s.That, s.scope(env.names()))
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, env)
	if err != nil {
		return nil, err
	}
	holds, err := that.True(v)
	if err != nil {
		return nil, err
	}
	values := that.Explain(v)
	if !holds {
		return nil, s.refusal(values)
	}
	return Outputs{"text": cmp.Or(values, s.That)}, nil
}

func (s *Assert) refusal(values string) error {
	text := fmt.Sprintf("%s does not hold", s.That)
	if s.Message != "" {
		text = s.Message + ": " + text
	}
	if values != "" {
		text += ": " + values
	}
	return errors.New(text)
}

func (s *Assert) view(ctx context.Context, env *Env) (*condition.View, error) {
	v := look(ctx, env)
	if s.Exporter == "" {
		return v, nil
	}
	c, err := env.Registry(s.registry())
	if err != nil {
		return nil, err
	}
	st, err := c.ExporterStatus(ctx, s.Exporter)
	v.Status = conditionStatus(st)
	return v, err
}

// declared lists the registries that an expression may name.
func declared(env *Env) []string { return slices.Sorted(maps.Keys(env.Registries)) }

// look is an observation that asks the registries when an expression wants to know.
func look(ctx context.Context, env *Env) *condition.View {
	outputs, _ := env.Outputs()
	return &condition.View{
		Vars:  env.Vars,
		Steps: outputs,
		Count: func(name string) (subjects, versions int, err error) {
			c, err := env.Registry(name)
			if err != nil {
				return 0, 0, err
			}
			n, err := counts(ctx, c)
			return n.Subjects, n.Versions, err
		},
		Mode: func(name string) (string, error) {
			c, err := env.Registry(name)
			if err != nil {
				return "", err
			}
			mode, _, err := c.Mode(ctx, "")
			return mode, err
		},
	}
}

// countError is why a registry could not be counted.
type countError struct{ err error }

func (e *countError) Error() string { return e.err.Error() }
func (e *countError) Unwrap() error { return e.err }

// counts counts what is live in all contexts.
func counts(ctx context.Context, c *registry.Client) (compare.Count, error) {
	n, err := compare.Counts(ctx, c, nil)
	if err != nil {
		err = &countError{err}
	}
	return n, err
}
