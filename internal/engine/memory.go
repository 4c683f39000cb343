package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/steps"
)

// noted is how many subjects a registry is known again by: few, because each is asked for after each step, and
// more than one, because clients may delete one.
const noted = 5

// errLost tells that a registry restarted with empty memory, or that an empty one stands in its place. Whatever was
// found out from it since, and above all that it lacks nothing, is worth nothing.
type errLost struct {
	name, url string
	subjects  []string
	proven    bool // they were there at the last proof, not from the beginning
}

func (e *errLost) Error() string {
	when := "when the run began"
	if e.proven {
		when = "at the last proof"
	}
	return fmt.Sprintf("registry %s (%s) has lost what it held %s: %s, not even as deleted versions; "+
		"it restarted with empty memory, or another registry answers there", e.name, e.url, when, areGone(e.subjects))
}

func areGone(list []string) string {
	switch first := fmt.Sprintf("subject %q", list[0]); len(list) {
	case 1:
		return first + " is not there any more"
	default:
		return fmt.Sprintf("%s and %s are not there any more", first, number(len(list)-1, "other"))
	}
}

// remember notes by what the registries will be known again.
func (s *session) remember(ctx context.Context, ids map[string]state.Identity) error {
	for name, id := range ids {
		subjects, err := s.some(ctx, name, s.policy(), nil)
		if err != nil {
			return fmt.Errorf("registry %s cannot be asked what it holds: %w", name, err)
		}
		id.Holds = subjects
		ids[name] = id
	}
	return nil
}

// some are a few subjects of a registry with live versions, from all over it, but for those that go; none where it cannot
// list them.
func (s *session) some(ctx context.Context, name string, policy registry.Retry, goes func(string) bool) ([]string, error) {
	all, err := subjects(ctx, s.Clients[name].With(policy, nil), false)
	if goes != nil {
		all = slices.DeleteFunc(all, goes)
	}
	if e, ok := errors.AsType[*registry.Error](err); ok && !e.Temporary() {
		return nil, nil // whoever needs the listing will say so
	}
	if err != nil || len(all) <= noted {
		return all, err
	}
	var few []string
	for i := range noted {
		few = append(few, all[i*(len(all)-1)/(noted-1)])
	}
	return few, nil
}

// subjects lists every context, also where that wish is not known.
func subjects(ctx context.Context, c *registry.Client, deleted bool) ([]string, error) {
	all, err := c.Subjects(ctx, ":*:", deleted)
	if err != nil || len(all) > 0 {
		return all, err
	}
	return c.Subjects(ctx, "", deleted)
}

// prove notes what a registry that held nothing in the beginning holds now that a compare has looked.
func (s *session) prove(ctx context.Context, out steps.Outputs) {
	if v, ok := out["verdict"].(string); !ok || !strings.HasPrefix(v, "identical") {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		id := s.state.Run.Registries[name]
		if len(id.Holds) > 0 {
			continue
		}
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		if got, err := s.some(soon, name, registry.Retry{Attempts: 1}, nil); err == nil {
			id.Proven = got
			s.state.Run.Registries[name] = id
		}
		cancel()
	}
}

// lost finds a registry that has lost everything; known is false where that cannot be asked now. What a registry held at
// the last proof is not looked for in a rollback, which may remove it.
func (s *session) lost(ctx context.Context, name string, policy registry.Retry, back bool) (e *errLost, known bool) {
	id := s.state.Run.Registries[name]
	e = &errLost{name: name, url: id.URL, subjects: id.Holds}
	if len(id.Holds) == 0 && !back {
		e.subjects, e.proven = id.Proven, true
	}
	c := s.Clients[name]
	if c == nil || len(e.subjects) == 0 {
		return nil, true
	}
	gone, known := without(ctx, c.With(policy, nil), e.subjects)
	if !gone || planted.Is(planted.LossUnseen) {
		return nil, known
	}
	return e, true
}

// without says whether a registry has none of the subjects, asked for one by one and all together; known is false where
// it does not answer that.
func without(ctx context.Context, c *registry.Client, list []string) (gone, known bool) {
	for _, subject := range list {
		if _, err := c.Versions(ctx, subject, true); !registry.NotFound(err, 40401) {
			return false, err == nil
		}
	}
	all, err := subjects(ctx, c, true)
	return err == nil && !slices.ContainsFunc(list, func(s string) bool { return slices.Contains(all, s) }), err == nil
}

// whole returns why a step cannot go on, or does not count: a registry has lost everything. That stays known until
// the registry is seen to have it again.
func (s *session) whole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		e, known := s.lost(ctx, name, registry.Retry{Attempts: 1}, false)
		s.noteLoss(name, e, known)
		if e != nil {
			return e
		}
	}
	return nil
}

// noteLoss keeps what is known of a registry; what cannot be asked now changes nothing.
func (s *session) noteLoss(name string, e *errLost, known bool) {
	id := s.state.Run.Registries[name]
	switch {
	case e != nil:
		id.Lost = s.Redact(e.Error())
	case known:
		id.Lost = ""
	}
	s.state.Run.Registries[name] = id
}

// begins looks at the registries before the first step of a call that changes anything.
func (w *work) begins(ctx context.Context) error {
	if r, ok := w.step.Step.(steps.Remover); ok {
		id := w.state.Run.Registries[r.Removes()]
		id.Proven = nil
		w.state.Run.Registries[r.Removes()] = id
	}
	if !w.looked && !w.asks && w.entry.Undoes == "" {
		w.looked = true
		if err := w.whole(ctx); err != nil {
			return err
		}
	}
	if d, ok := w.step.Step.(steps.Discarder); ok {
		return w.forget(ctx, d)
	}
	return nil
}

// forget has a registry known by other subjects than those that the step is going to delete for good; once they are gone
// they would tell that it has lost everything. The others may be copies of this run, which a later step or the rollback
// takes away: they count as what was found at a proof, not as what was there in the beginning.
func (w *work) forget(ctx context.Context, d steps.Discarder) error {
	name, goes := d.Discards(w.env)
	id := w.state.Run.Registries[name]
	if !slices.ContainsFunc(slices.Concat(id.Holds, id.Proven), goes) {
		return nil
	}
	if e, _ := w.lost(ctx, name, w.policy(), false); e != nil {
		return e
	}
	id.Proven = slices.DeleteFunc(slices.Clone(id.Proven), goes)
	if id.Holds = slices.DeleteFunc(slices.Clone(id.Holds), goes); len(id.Holds) == 0 && len(id.Proven) == 0 {
		others, err := w.some(ctx, name, w.policy(), goes)
		if err != nil {
			return fmt.Errorf("registry %s cannot be asked what else it holds: %w", name, err)
		}
		id.Proven = others
	}
	w.state.Run.Registries[name] = id
	return nil
}

// ends looks at the registries once a step is over, however it ended.
func (w *work) ends(ctx context.Context, out steps.Outputs, err error) error {
	_, unsaved := errors.AsType[*state.Error](err)
	if w.asks || w.entry.Undoes != "" || unsaved || ctx.Err() != nil || errors.Is(err, steps.ErrWaiting) {
		return err
	}
	lost := w.whole(ctx)
	switch {
	case lost == nil && err == nil:
		w.prove(ctx, out)
		return nil
	case lost == nil:
		return err
	case err == nil:
		return lost
	}
	return fmt.Errorf("%w; %w", err, lost)
}

// takeStock finds out at the end of a rollback which registries are not even there as before. What was put back is
// then looked at again by the next one: whoever restores a registry may restore it as it was in the middle of the run.
func (s *session) takeStock(ctx context.Context) {
	any := ""
	for _, name := range slices.Sorted(maps.Keys(s.Clients)) {
		e, known := s.lost(ctx, name, s.policy(), true)
		s.noteLoss(name, e, known)
		if s.state.Run.Registries[name].Lost != "" {
			any = name
		}
	}
	if any == "" {
		return
	}
	for _, e := range s.state.Run.Undo {
		if e.Finished() && e.Accepted == nil {
			e.Status, e.Error = state.StepBlocked, fmt.Sprintf("was put back, and has to be looked at again once registry %s is restored", any)
		}
	}
}

// anyLost says whether a rollback has found a registry that has lost everything.
func (s *session) anyLost() bool {
	for _, id := range s.state.Run.Registries {
		if id.Lost != "" {
			return true
		}
	}
	return false
}

// showLost lists the registries that have lost everything, from the state alone.
func (s *session) showLost() {
	for _, name := range slices.Sorted(maps.Keys(s.state.Run.Registries)) {
		if text := s.state.Run.Registries[name].Lost; text != "" {
			s.Emit(event.Open{
				ID: name, Text: text + "; restore it, then go on, or give the run up with `srmigrate state abandon`",
				Commands: []string{s.Command("rollback")},
			})
		}
	}
}
