package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/condition"
)

func init() { register("waitFor", func() Step { return &WaitFor{} }) }

// WaitFor looks again and again until a condition holds. It changes nothing, but when it is tried once more it makes an
// exporter go on that stands still and that this run did not pause.
type WaitFor struct {
	Registry   string      `json:"registry,omitempty"`
	Exporter   string      `json:"exporter,omitempty"`
	Compare    *Comparison `json:"compare,omitempty"`
	Until      string      `json:"until,omitempty"`
	FailIf     string      `json:"failIf,omitempty"`
	Every      string      `json:"every,omitempty"`
	StallAfter string      `json:"stallAfter,omitempty"`
	OnStall    string      `json:"onStall,omitempty"`

	pausedBy string // the step before this one that leaves the exporter paused; from Check
	again    bool   // an earlier attempt of this step ended without the condition
}

// copiedPerMinute is the output that says how fast versions arrived; a later plan reckons with it.
const copiedPerMinute = "copiedPerMinute"

func (s *WaitFor) registry() string { return cmp.Or(s.Registry, "source") }

func (s *WaitFor) until() string { return cmp.Or(s.Until, `caughtUp("60s")`) }

// Patient says that the default timeout does not apply: a first copy can take hours.
func (s *WaitFor) Patient() bool { return true }

// Describe names the condition.
func (s *WaitFor) Describe() string {
	text := "wait until " + s.until()
	if s.Exporter != "" {
		text += fmt.Sprintf(" for exporter %q on %s", s.Exporter, s.registry())
	}
	if s.Compare != nil {
		text += fmt.Sprintf(", comparing %s with %s", s.Compare.source(), s.Compare.target())
	}
	return text
}

// Check compiles the conditions, and notes which step pauses the exporter on purpose.
func (s *WaitFor) Check(scope Scope) []Problem {
	s.pausedBy = s.pauser(scope.Before)
	if s.Exporter == "" && s.Compare == nil && s.Until == "" {
		return []Problem{{Message: "there is nothing to wait for: name an exporter, add compare: {}, or say until when"}}
	}
	var all []Problem
	if s.Exporter != "" || s.Registry != "" {
		all = append(all, scope.registry("/registry", s.registry())...)
	}
	if s.Compare != nil {
		all = append(all, s.Compare.check("/compare", scope)...)
	}
	all = append(all, checkCondition("/until", s.until(), s.scope(scope.names()))...)
	if s.FailIf != "" {
		all = append(all, checkCondition("/failIf", s.FailIf, s.scope(scope.names()))...)
	}
	return append(all, s.checkTimes()...)
}

func (s *WaitFor) checkTimes() []Problem {
	var all []Problem
	for path, text := range map[string]string{"/every": s.Every, "/stallAfter": s.StallAfter} {
		if d, err := time.ParseDuration(text); text != "" && (err != nil || d <= 0) {
			all = append(all, Problem{Path: path, Message: fmt.Sprintf(`%q is no time to wait; write it like "30s" or "5m"`, text)})
		}
	}
	if s.OnStall != "" && s.StallAfter == "" {
		all = append(all, Problem{Path: "/onStall", Message: "onStall does nothing without stallAfter"})
	}
	return all
}

func (s *WaitFor) scope(names condition.Scope) condition.Scope {
	names.Status, names.Diff, names.Wait = s.Exporter != "", s.Compare != nil, true
	return names
}

// Outputs are what was seen last.
func (s *WaitFor) Outputs() map[string]any {
	all := map[string]any{}
	if s.Exporter != "" {
		all["state"], all["offset"] = "", 0
	}
	if s.Compare != nil {
		all["verdict"], all["moved"], all[copiedPerMinute] = "", "", 0
	}
	return all
}

// Probe finds that everything is still to be waited for: what held a moment ago says nothing of now.
func (s *WaitFor) Probe(_ context.Context, env *Env) (Status, error) {
	if p, ok := env.Past(env.StepID); ok && !p.Done {
		s.again = true
	}
	return Status{Left: Todo, Will: s.until()}, nil
}

// Do polls until the condition holds, failIf does, or ctx ends; an error then says what was seen last.
func (s *WaitFor) Do(ctx context.Context, env *Env) (Outputs, error) {
	w, err := s.watch(env)
	if err != nil {
		return nil, err
	}
	if s.again {
		if err := w.revive(ctx); err != nil {
			return nil, err
		}
	}
	s.again = true
	err = poll(ctx, w.every, w.look)
	if err != nil && errors.Is(err, ctx.Err()) {
		err = w.unmet(err)
	}
	tell(env, w.result)
	return w.outputs(), err
}

// checkCondition reports what is wrong with an expression.
func checkCondition(path, src string, scope condition.Scope) []Problem {
	_, err := condition.Compile(src, scope)
	if err == nil {
		return nil
	}
	p := Problem{Path: path, Message: err.Error()}
	if e, ok := errors.AsType[*condition.Error](err); ok {
		p.Offset = e.Offset
	}
	return []Problem{p}
}

// Staging is what a rehearsal changes.
func (*WaitFor) Staging() Staging {
	return Staging{Every: "every", Until: "until"}
}
