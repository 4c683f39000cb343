package steps

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const paused = "PAUSED"

// exporterRef is what the steps of an exporter's life have in common.
type exporterRef struct {
	Registry string `json:"registry,omitempty"`
	Exporter string `json:"exporter"`
	Step     string `json:"step,omitempty"`

	secured bool // this process has just looked for conflicts, and saved what was allowed
}

// stateRecord is what pause, resume and delete keep: the state before, "" when there was no such exporter.
type stateRecord struct {
	Registry string `json:"registry"`
	Exporter string `json:"exporter"`
	State    string `json:"state"`
}

func (r exporterRef) registry() string { return cmp.Or(r.Registry, "source") }

func (r exporterRef) client(env *Env) (*registry.Client, error) { return env.Registry(r.registry()) }

// String names the exporter and where it is.
func (r exporterRef) String() string { return "exporter " + r.Exporter + " on " + r.registry() }

// check reports an undeclared registry and a step that is no earlier one of the same exporter.
func (r exporterRef) check(s Scope, what string, same func(Step) (exporterRef, bool)) []Problem {
	problems := s.registry("/registry", r.registry())
	if r.Step == "" || len(problems) > 0 {
		return problems
	}
	return s.earlier("/step", r.Step, fmt.Sprintf("%s %s", what, r), func(step Step) bool {
		other, ok := same(step)
		return ok && other.registry() == r.registry() && other.Exporter == r.Exporter
	})
}

func (r exporterRef) record(ctx context.Context, env *Env) (json.RawMessage, error) {
	c, err := r.client(env)
	if err != nil {
		return nil, err
	}
	state, _, err := exporterState(ctx, c, r.Exporter)
	if err != nil {
		return nil, explainNoExporters(err, r.registry())
	}
	return json.Marshal(stateRecord{Registry: r.registry(), Exporter: r.Exporter, State: state})
}

// stateBefore returns the state that the referred step found; false when that step never got so far.
func (r exporterRef) stateBefore(env *Env) (string, bool, error) {
	p, there := env.Past(r.Step)
	if !there || p.Record == nil {
		return "", false, nil
	}
	var rec stateRecord
	err := decodeRecord(p, &rec)
	return rec.State, err == nil, err
}

// missing says that the exporter is not there, and which are.
func (r exporterRef) missing(ctx context.Context, c *registry.Client) error {
	names, err := c.ExporterNames(ctx)
	if err != nil {
		return explainNoExporters(err, r.registry())
	}
	return fmt.Errorf("there is no exporter %q on %s%s", r.Exporter, r.registry(), didYouMean(r.Exporter, names))
}

// exporterState returns the exporter's state; false when there is no such exporter, or none yet.
func exporterState(ctx context.Context, c *registry.Client, name string) (state string, there bool, err error) {
	s, err := c.ExporterStatus(ctx, name)
	if registry.NotFound(err, 40450) {
		return "", false, nil
	}
	return s.State, err == nil, err
}

// pauseExporter pauses and waits until the exporter is PAUSED or gone. The request may go out again: it is idempotent.
func pauseExporter(ctx context.Context, c *registry.Client, name string) (there bool, err error) {
	state, there, err := exporterState(ctx, c, name)
	if err != nil || !there || state == paused {
		return there, err
	}
	err = c.PauseExporter(ctx, name)
	switch {
	case registry.NotFound(err, 40450):
		return false, nil
	case err != nil && !isConflict(err):
		return true, err
	}
	refusal := err
	err = pollSlower(ctx, 500*time.Millisecond, 2*time.Second, func(ctx context.Context) (bool, error) {
		var err error
		state, there, err = exporterState(ctx, c, name)
		return !there || state == paused, err
	})
	if err != nil && ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("exporter %q was asked to pause and is %s: %w", name, state, err), refusal)
	}
	return there, err
}

// resumeExporter resumes and waits until the exporter is anything but PAUSED. A 409 says that it runs, or is about to.
func resumeExporter(ctx context.Context, c *registry.Client, name string, every time.Duration) error {
	err := c.ResumeExporter(ctx, name)
	if err != nil && !isConflict(err) {
		return err
	}
	refusal, state := err, paused
	err = pollSlower(ctx, min(every, 500*time.Millisecond), 2*time.Second, func(ctx context.Context) (bool, error) {
		var there bool
		var err error
		state, there, err = exporterState(ctx, c, name)
		if err == nil && !there {
			err = fmt.Errorf("exporter %q is gone, deleted by somebody else", name)
		}
		return state != paused, err
	})
	if err != nil && ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("exporter %q was asked to resume and is %s: %w", name, state, err), refusal)
	}
	return err
}

// mayYetPause reports whether the referred step may have asked the exporter to pause without that showing yet: it was cut
// short, and a server shows the old state for a while. Whoever undoes that step pauses once more, which makes it definite.
func (r exporterRef) mayYetPause(env *Env) bool {
	p, begun := env.Past(r.Step)
	own, _ := env.Past(env.StepID)
	return begun && !p.Done && !own.Done
}

// curlExporter is the command for one of an exporter's verbs: "/pause", "/resume" or, to delete it, "".
func curlExporter(c *registry.Client, name, verb string) string {
	if verb == "" {
		return curl(c, "DELETE", "/exporters", name, "", "")
	}
	return curl(c, "PUT", "/exporters", name, verb, "")
}
