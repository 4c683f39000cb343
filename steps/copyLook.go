package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// transfer is what there is to do, as far as a plan wants to know.
func (s *Copy) transfer(ctx context.Context, env *Env) (*compare.Transfer, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	m, o := s.mapping(env), compare.TransferOptions{Deleted: s.deleted()}
	return env.Known.transfer(fmt.Sprintf("%s %s %q %v", source.Name(), target.Name(), fmt.Sprint(m), o), func() (*compare.Transfer, error) {
		return compare.NewTransfer(ctx, source, target, m, o)
	})
}

// transfer asks for what is not known yet.
func (k *Known) transfer(at string, look func() (*compare.Transfer, error)) (*compare.Transfer, error) {
	if k != nil && k.transfers[at] != nil {
		return k.transfers[at], nil
	}
	t, err := look()
	if err == nil && k != nil {
		if k.transfers == nil {
			k.transfers = map[string]*compare.Transfer{}
		}
		k.transfers[at] = t
	}
	return t, err
}

// Find tells of what is in the way on the target or soon will be, of references that lead nowhere, and of an IMPORT that
// somebody left.
func (s *Copy) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	t, err := s.transfer(ctx, env)
	if err != nil {
		return nil, err
	}
	m, e := s.mapping(env), s.asExporter()
	same, err := e.itself(ctx, source, target, m, t.Contexts)
	if err != nil {
		return nil, err
	}
	same = same[:min(len(same), 1)] // a copy reads once: that it would read what it writes is the exporter's trouble
	covered := compare.Mapping{ContextType: "NONE", Patterns: m.Patterns}.TargetContexts(t.Contexts)
	var missed []event.Finding
	if len(s.Contexts) == 0 {
		if missed, err = e.missed(ctx, env, source, m, covered); err != nil {
			return nil, err
		}
	}
	found := slices.Concat(same, missed, s.sharedIDs(env, t), s.obstacles(env, t), s.losses(env, t, nil))
	left, err := s.leftOpen(ctx, env, target, t)
	return append(found, left...), err
}

// obstacles are what no consent takes out of the way: a copy never writes over other content, and what refers to nothing
// is refused.
func (s *Copy) obstacles(env *Env, t *compare.Transfer) (found []event.Finding) {
	if n := len(t.Clashes); n > 0 {
		found = append(found, event.Finding{
			Code: "SRM011", Severity: "error", Step: env.StepID, Count: n,
			Text: fmt.Sprintf("%s of %s would have to have other content than %s has, and a copy never goes over any: %s",
				count(n, "version"), s.target(), s.source(), conflictNames(t.Clashes)),
			Remedy: fmt.Sprintf("copy into a context of its own (contextType: CUSTOM), leave these subjects out of subjects, or delete or rename them on %s", s.target()),
		})
	}
	if n := len(t.Broken); n > 0 {
		remedy := "name in subjects what is referred to as well, or leave out what refers to it"
		if !s.deleted() {
			remedy += "; soft-deleted versions are left out because of deleted: false"
		}
		found = append(found, event.Finding{
			Code: "SRM012", Severity: "error", Step: env.StepID, Count: n, Remedy: remedy,
			Text: fmt.Sprintf("%s refer to something that %s will not have: %s", count(n, "version"), s.target(), conflictNames(t.Broken)),
		})
	}
	return found
}

func conflictNames(list []compare.Conflict) string {
	var names []string
	for _, c := range list {
		names = append(names, fmt.Sprintf("%s version %d (%s)", c.Subject, c.Version, strings.Join(c.Why, "; ")))
	}
	return some(names, 3)
}

// losses is the finding about versions that go. What this run has put there itself is none.
func (s *Copy) losses(env *Env, t *compare.Transfer, before map[versionKey]bool) []event.Finding {
	list := lost(t, before)
	if len(list) == 0 {
		return nil
	}
	return []event.Finding{{
		Code: "SRM010", Severity: "error", Step: env.StepID, Count: len(list),
		Text: fmt.Sprintf("a copy from %s would take away %s of %s: %s", s.source(), count(len(list), "version"), s.target(), conflictNames(list)),
		Remedy: fmt.Sprintf("leave soft-deleted versions out (deleted: false), leave these subjects out of subjects, or copy into a context of its own; "+
			"to lose them write allow: [{code: SRM010, atMost: %d, because: …}], and they are saved first", len(list)),
	}}
}

// lost are the versions of the target that go; before are those that were there when the step began, nil for all.
func lost(t *compare.Transfer, before map[versionKey]bool) []compare.Conflict {
	return slices.DeleteFunc(slices.Clone(t.Losses), func(c compare.Conflict) bool {
		return before != nil && !before[versionKey(c.Key)]
	})
}

// leftOpen is the finding for IMPORT where the copies are, and no earlier step sets it: also where all of them are there
// already, for then nothing would take it away again.
func (s *Copy) leftOpen(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer) ([]event.Finding, error) {
	places := slices.DeleteFunc(s.opening(env, t, t.Wanted), s.isOpened)
	modes, err := ownModes(ctx, target, places)
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p string) bool { return modes[p] != imports })
	if len(places) == 0 {
		return nil, nil
	}
	what := fmt.Sprintf("%s is in IMPORT already where versions are copied to: %s", s.target(), some(modePlaces(places, env.isGuide(s.target())), 5))
	f, err := importing(ctx, env, target, exporterRef{}, what, places)
	return []event.Finding{f}, err
}

// secure looks at what is in the way just before the effect: what is refused is an error, and what may be lost is on the
// disk when it returns.
func (s *Copy) secure(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer, before map[versionKey]bool) (*keptBackup, error) {
	for _, f := range s.obstacles(env, t) {
		return nil, fmt.Errorf("%s: %s; %s", f.Code, f.Text, f.Remedy)
	}
	for _, f := range s.losses(env, t, before) {
		if !env.Consents(f) {
			return nil, fmt.Errorf("%s: %s; %s", f.Code, f.Text, f.Remedy)
		}
	}
	var keys []versionKey
	for _, c := range lost(t, before) {
		keys = append(keys, versionKey(c.Key))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return saveVersions(ctx, env, target, keys)
}

// Probe reports whether everything is there and the modes are as before.
func (s *Copy) Probe(ctx context.Context, env *Env) (Status, error) {
	t, err := s.transfer(ctx, env)
	if err != nil {
		return Status{}, err
	}
	left := t.Left()
	st := Status{
		Left: Todo, Now: fmt.Sprintf("%s of %s on %s", thousands(len(t.Wanted)-len(left)), count(len(t.Wanted), "version"), s.target()),
		Will: count(len(t.Wanted), "version") + " on " + s.target(),
	}
	if _, err := s.record(env); err != nil || len(left) > 0 || len(t.Clashes) > 0 {
		return st, nil // a step that has not begun has everything to do
	}
	r, back := s.closing(env)
	if modes, err := r.Probe(ctx, back); err != nil || modes.Left != Done && !planted.Is(planted.CopyStaysOpen) {
		st.Now += ", and its modes are not back yet"
		return st, err
	}
	if todo, err := s.configsLeft(ctx, env); err != nil || len(todo) > 0 {
		return st, err
	}
	st.Left = Done
	st.Outputs, err = s.outputs(env, t)
	return st, err
}

// outputs are the same whether this process has copied or an earlier one did.
func (s *Copy) outputs(env *Env, t *compare.Transfer) (Outputs, error) {
	before, there, err := loadKeys(env, env.StepID)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, errors.New(env.Files.Path(keysFile(env.StepID)) + " is gone, and nothing else tells what this run has copied")
	}
	copied, deleted, subjects := 0, 0, map[string]bool{}
	for _, w := range t.Wanted {
		if before[versionKey(w.Key)] {
			continue
		}
		copied++
		deleted += boolToInt(w.Deleted)
		subjects[w.Subject] = true
	}
	skipped := len(t.Wanted) - copied
	text := fmt.Sprintf("%s of %s copied to %s%s", count(copied, "version"), count(len(subjects), "subject"), s.target(), softly(deleted))
	switch {
	case copied == 0:
		text = fmt.Sprintf("all %s there already on %s", count(skipped, "version"), s.target())
	case skipped > 0:
		text += fmt.Sprintf(", %s there already", thousands(skipped))
	}
	return Outputs{"text": text, "copied": copied, "skipped": skipped, "deleted": deleted}, nil
}
