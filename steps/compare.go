package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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

// Do compares once. The outputs carry the verdict also when the two sides differ.
func (s *Compare) Do(ctx context.Context, env *Env) (Outputs, error) {
	r, left, err := s.Run(ctx, env, compare.Options{Progress: counter(env, time.Now())})
	if r == nil {
		return nil, err
	}
	tell(env, r)
	out := verdict(Outputs{"text": r.Summary()}, r)
	switch {
	case err != nil:
		return out, fmt.Errorf("%s; %w", r.Summary(), err)
	case r.Verdict == compare.Identical:
		return out, nil
	}
	return out, errors.New(r.Summary() + firstDifferences(r) + hints(r) + notWritten(left))
}

// Run compares once and writes the files, whatever the verdict. Left is the path of an id map that was not written
// because it would not be whole. A result beside an error is that of a compare whose files could not be written.
func (s *Compare) Run(ctx context.Context, env *Env, o compare.Options) (r *compare.Result, left string, err error) {
	files, err := s.records(env)
	if err != nil {
		return nil, "", err
	}
	defer files.Drop()
	files.Watch(&o)
	if r, err = s.run(ctx, env, s.Exporter, compare.Run, o); err != nil {
		return nil, "", err
	}
	if err := s.explain(ctx, env, r); err != nil {
		return nil, "", err
	}
	left, err = files.Keep(r)
	return r, left, err
}

// hints end an error with what may be behind it.
func hints(r *compare.Result) string {
	if len(r.Hints) == 0 {
		return ""
	}
	return "; " + strings.Join(r.Hints, "; ")
}

func notWritten(idMap string) string {
	if idMap == "" {
		return ""
	}
	return fmt.Sprintf("; the id map %q is not written, it would not be whole", idMap)
}

// Staging is what a rehearsal changes.
func (*Compare) Staging() Staging {
	return Staging{Files: []string{"report", "idMap"}}
}
