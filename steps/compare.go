package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
)

func init() { register("compare", func() Step { return &Compare{} }) }

// Compare gives a verdict: it fails unless everything that was to be copied is on the target, as it is on the source.
// What could not be read is not taken for equal.
type Compare struct {
	Comparison
	Exporter string `json:"exporter,omitempty"`
}

// Describe names both sides.
func (s *Compare) Describe() string {
	text := fmt.Sprintf("compare %s with %s", s.source(), s.target())
	if s.Exporter != "" {
		text += fmt.Sprintf(", as exporter %q maps names", s.Exporter)
	}
	return text
}

// Check reports registries that are not declared.
func (s *Compare) Check(scope Scope) []Problem { return s.check("", scope) }

// Outputs are the verdict with its scope, and, where nothing differs, how much is the same.
func (s *Compare) Outputs() map[string]any { return map[string]any{"verdict": "", "moved": ""} }

// Probe finds that everything is still to be compared: an earlier verdict says nothing of now.
func (s *Compare) Probe(context.Context, *Env) (Status, error) { return Status{Left: Todo}, nil }

// Do compares once. The outputs carry the verdict also when the two sides differ.
func (s *Compare) Do(ctx context.Context, env *Env) (Outputs, error) {
	r, err := s.run(ctx, env, s.Exporter, compare.Options{Progress: counter(env)})
	if err != nil {
		return nil, err
	}
	out := verdict(Outputs{"text": r.Summary()}, r)
	if r.Verdict == compare.Identical {
		return out, nil
	}
	return out, errors.New(r.Summary() + firstDifferences(r))
}
