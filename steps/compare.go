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
	Report   string `json:"report,omitempty"`
	IDMap    string `json:"idMap,omitempty"`
}

// Describe names both sides.
func (s *Compare) Describe() string {
	text := fmt.Sprintf("compare %s with %s", s.source(), s.target())
	if s.Exporter != "" {
		text += fmt.Sprintf(", as exporter %q maps names", s.Exporter)
	}
	return text
}

// Check reports registries that are not declared, and files that are written twice.
func (s *Compare) Check(scope Scope) []Problem {
	return append(s.check("", scope), s.checkFiles(scope)...)
}

// Outputs are the verdict with its scope, and, where nothing differs, how much is the same.
func (s *Compare) Outputs() map[string]any { return map[string]any{"verdict": "", "moved": ""} }

// Probe finds that everything is still to be compared: an earlier verdict says nothing of now.
func (s *Compare) Probe(context.Context, *Env) (Status, error) { return Status{Left: Todo}, nil }

// Do compares once. The outputs carry the verdict also when the two sides differ, and the files are written then, too.
func (s *Compare) Do(ctx context.Context, env *Env) (Outputs, error) {
	files, err := s.records(env)
	if err != nil {
		return nil, err
	}
	defer files.Drop()
	o := compare.Options{Progress: counter(env)}
	files.Watch(&o)
	r, err := s.run(ctx, env, s.Exporter, o)
	if err != nil {
		return nil, err
	}
	out := verdict(Outputs{"text": r.Summary()}, r)
	left, err := files.Keep(r)
	switch {
	case err != nil:
		return out, fmt.Errorf("%s; %w", r.Summary(), err)
	case r.Verdict == compare.Identical:
		return out, nil
	}
	return out, errors.New(r.Summary() + firstDifferences(r) + notWritten(left))
}

func notWritten(idMap string) string {
	if idMap == "" {
		return ""
	}
	return fmt.Sprintf("; the id map %q is not written, it would not be whole", idMap)
}
