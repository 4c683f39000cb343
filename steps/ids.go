package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// farOff is a distance between ids that registrations do not cover while a migration lasts.
const farOff = 10_000

// ids are those of one context.
type ids map[int]compare.Content

func (s ids) last() int {
	last := 0
	for id := range s {
		last = max(last, id)
	}
	return last
}

// collide lists the ids that stand for other schemas in the other context.
func (s ids) collide(o ids) []int {
	var both []int
	for id, content := range s {
		if other, there := o[id]; there && other != content {
			both = append(both, id)
		}
	}
	slices.Sort(both)
	return both
}

// meets is the first id of the other context that this one is going to hand out; false when that is far off.
func (s ids) meets(o ids) (int, bool) {
	first, last := 0, s.last()
	for id := range o {
		if id > last && (first == 0 || id < first) {
			first = id
		}
	}
	return first, len(s) > 0 && first > 0 && first-last <= farOff
}

// races is the first id that both are going to hand out; false when that is far off.
func (s ids) races(o ids) (int, bool) {
	if id, soon := s.meets(o); soon {
		return id, true
	}
	if id, soon := o.meets(s); soon {
		return id, true
	}
	ahead, behind := max(s.last(), o.last()), min(s.last(), o.last())
	return ahead + 1, behind > 0 && ahead-behind <= farOff
}

// flattened tells of contexts that become one although their ids do not go together: there an id is one schema.
func (s *CreateExporter) flattened(ctx context.Context, env *Env, source *registry.Client, m compare.Mapping, covered, contexts []string) ([]event.Finding, error) {
	if to := m.TargetContexts(contexts); len(covered) < 2 || len(to) != 1 {
		return nil, nil
	}
	all, err := env.idsOf(ctx, source, m)
	if err != nil {
		return nil, err
	}
	taken, next := map[int]bool{}, 0
	for i, a := range covered {
		for _, b := range covered[i+1:] {
			for _, id := range ids(all[a]).collide(all[b]) {
				taken[id] = true
			}
			if id, soon := ids(all[a]).races(all[b]); soon && (next == 0 || id < next) {
				next = id
			}
		}
	}
	if len(taken) == 0 && next == 0 {
		return nil, nil
	}
	return []event.Finding{{
		Code: "SRM022", Severity: "warning", Count: len(taken),
		Text: fmt.Sprintf("%s become one on %s: %s; %s, and the same id with another schema is refused there",
			count(len(covered), "context"), s.target(), some(covered, 5), doubled(taken, next)),
		Remedy: "make an exporter for each context, or keep contexts apart",
	}}, nil
}

// doubled says which ids stand for two things, or are the next to do so.
func doubled(taken map[int]bool, next int) string {
	if len(taken) == 0 {
		return fmt.Sprintf("id %d is going to be handed out on both", next)
	}
	var names []string
	for _, id := range slices.Sorted(maps.Keys(taken)) {
		names = append(names, fmt.Sprint(id))
	}
	if len(names) == 1 {
		return "id " + names[0] + " stands for different schemas"
	}
	return fmt.Sprintf("%s stand for different schemas (%s)", count(len(names), "id"), some(names, 5))
}

// sharedIDs tells of ids that the source uses, or is going to hand out, and that are something else on the target. Where
// those in use have been told of as conflicts, it is about the others alone.
func (s *CreateExporter) sharedIDs(ctx context.Context, env *Env, source, target *registry.Client, m compare.Mapping, contexts []string, told bool) ([]event.Finding, error) {
	there, err := s.strangersIDs(ctx, env, target, m, contexts)
	if err != nil || len(there) == 0 {
		return nil, err
	}
	here, err := env.idsOf(ctx, source, m)
	if err != nil {
		return nil, err
	}
	taken, next := map[int]bool{}, 0
	var shared []string
	for _, from := range slices.Sorted(maps.Keys(here)) {
		for _, to := range m.TargetContexts([]string{from}) {
			strange := ids(there[to]).without(here[from])
			both := ids(here[from]).collide(strange)
			if told {
				both = nil
			}
			id, soon := ids(here[from]).meets(strange)
			if len(both) == 0 && !soon {
				continue
			}
			shared = append(shared, to)
			for _, id := range both {
				taken[id] = true
			}
			if soon && (next == 0 || id < next) {
				next = id
			}
		}
	}
	if len(shared) == 0 {
		return nil, nil
	}
	return []event.Finding{{
		Code: "SRM006", Severity: "warning", Count: len(taken),
		Text: fmt.Sprintf("%s has schemas of its own in %s, where %s writes: %s, and the same id with another schema is refused there",
			s.target(), some(contextWords(shared), 5), s.Exporter, doubled(taken, next)),
		Remedy: "copy to a context of its own (contextType CUSTOM), or freeze the source before the exporter starts and have no id twice",
	}}, nil
}

// sharedIDs tells of ids that the source is going to hand out and that are something else on the target. Those that it has
// handed out already are told of as clashes. Nothing is read.
func (s *Copy) sharedIDs(env *Env, t *compare.Transfer) []event.Finding {
	taken := t.NextTaken(farOff)
	if len(taken) == 0 {
		return nil
	}
	next := 0
	for _, id := range taken {
		if next == 0 || id < next {
			next = id
		}
	}
	return []event.Finding{{
		Code: "SRM006", Severity: "warning", Step: env.StepID,
		Text: fmt.Sprintf("%s has schemas of its own in %s, where the copies go: %s, and the next copy of what %s registers under it is refused there",
			s.target(), some(contextWords(slices.Sorted(maps.Keys(taken))), 5), doubled(nil, next), s.source()),
		Remedy: fmt.Sprintf("copy to a context of its own (contextType CUSTOM), or freeze %s before the copy and let nobody register there afterwards", s.source()),
	}}
}

func contextWords(contexts []string) []string {
	words := make([]string, len(contexts))
	for i, c := range contexts {
		words[i] = contextWord(c)
	}
	return words
}

// strangersIDs are the ids in those contexts of the target that the exporter writes to; none, mostly, so that the
// source need not be read.
func (s *CreateExporter) strangersIDs(ctx context.Context, env *Env, target *registry.Client, m compare.Mapping, contexts []string) (contextIDs, error) {
	subjects, err := allSubjects(ctx, target, true)
	if err != nil {
		return nil, err
	}
	to := m.TargetContexts(contexts)
	elsewhere := func(subject string) bool { c, _ := splitPlace(subject); return !slices.Contains(to, c) }
	if len(slices.DeleteFunc(subjects, elsewhere)) == 0 {
		return nil, nil
	}
	return env.idsOf(ctx, target, compare.Mapping{ContextType: "NONE"})
}

// without leaves out what is the same in the other context: copies.
func (s ids) without(o ids) ids {
	rest := ids{}
	for id, content := range s {
		if other, there := o[id]; !there || other != content {
			rest[id] = content
		}
	}
	return rest
}
