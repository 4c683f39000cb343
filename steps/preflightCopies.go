package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// coming are the later steps that are going to copy from the source to the target.
func (s *survey) coming() []Upcoming {
	var list []Upcoming
	for _, u := range s.env.After {
		switch step := u.Step.(type) {
		case *CreateExporter:
			if step.source() == s.Preflight.source() && step.target() == s.Preflight.target() && (s.Exporter == "" || s.Exporter == step.Exporter) {
				list = append(list, u)
			}
		case *Copy:
			if step.source() == s.Preflight.source() && step.target() == s.Preflight.target() && s.Exporter == "" {
				list = append(list, u)
			}
		}
	}
	return list
}

// makesExporter is the first later step that makes the exporter which is going to copy; nil for none.
func (s *survey) makesExporter() *CreateExporter {
	for _, u := range s.coming() {
		if c, ok := u.Step.(*CreateExporter); ok {
			return c
		}
	}
	return nil
}

func (s *survey) isMadeLater() bool { return s.makesExporter() != nil }

// asExporter is an exporter that mirrors the source, for what nobody has said yet how it is going to be copied.
func (s *survey) asExporter() *CreateExporter {
	e := &CreateExporter{
		Source: s.Preflight.source(), Target: s.Preflight.target(), Exporter: or(s.Exporter, "an exporter"), ContextType: "NONE", Subjects: []string{":*:"},
	}
	if s.env.isGuide(s.Preflight.source()) {
		e.ContextType, e.Subjects = "AUTO", []string{"*"}
	}
	return e
}

// destinations are the contexts of the target that copies go to; known is false where a server makes one of them up and
// does not foretell it.
func (s *survey) destinations(ctx context.Context) (contexts []string, known bool, err error) {
	from, err := s.source.Contexts(ctx)
	if err != nil {
		return nil, false, err
	}
	mappings := []compare.Mapping{s.asExporter().mapping(s.env)}
	if list := s.coming(); len(list) > 0 {
		mappings = nil
		for _, u := range list {
			switch step := u.Step.(type) {
			case *CreateExporter:
				mappings = append(mappings, step.mapping(s.env))
			case *Copy:
				mappings = append(mappings, step.mapping(s.env))
			}
		}
	}
	known = true
	for _, m := range mappings {
		if m.ContextType == "AUTO" {
			if m.Context, err = foretold(ctx, s.source); err != nil {
				return nil, false, err
			}
			if m.Context == "" {
				known = false
				continue
			}
		}
		contexts = append(contexts, m.TargetContexts(from)...)
	}
	slices.Sort(contexts)
	return slices.Compact(contexts), known, nil
}

// contexts looks whether the target has those that copies would go to.
func (s *survey) contexts(ctx context.Context) error {
	there, has, err := s.target.ContextsIfKnown(ctx)
	may, err := s.may(s.target, "contexts", err)
	if err != nil || !may {
		return err
	}
	if has {
		s.saw("%s has contexts, %d of them by now", s.target.Name(), len(there))
		return nil
	}
	to, known, err := s.destinations(ctx)
	if may, err := s.may(s.source, "contexts", err); err != nil || !may {
		return err
	}
	to = slices.DeleteFunc(to, func(c string) bool { return c == "." })
	switch {
	case len(to) == 0 && known:
		s.saw("%s has no contexts, and nothing goes to another one than the default", s.target.Name())
		return nil
	case len(to) == 0:
		to = []string{"one that " + s.source.Name() + " makes up"}
	}
	s.found(event.Finding{
		Code: "SRM062", Severity: "error", Count: len(to),
		Text:   fmt.Sprintf("%s has no contexts, and copies would go to %s", s.target.Name(), some(to, 5)),
		Remedy: "copy one context alone and into the default one (contextType: DEFAULT), or choose a target that has contexts, such as Confluent's from 7.0 on",
	}, s.env.Allow)
	return nil
}

// holding is how much is in a context of the target.
type holding struct{ subjects, live, deleted int }

func (h holding) String() string {
	deleted := count(h.deleted, "soft-deleted version")
	switch {
	case h.live == 0:
		return "nothing live, " + deleted
	case h.deleted == 0:
		return fmt.Sprintf("%s of %s", count(h.live, "version"), count(h.subjects, "subject"))
	}
	return fmt.Sprintf("%s of %s, and %s", count(h.live, "version"), count(h.subjects, "subject"), deleted)
}

// occupied counts what is in the target where copies go.
func (s *survey) occupied(ctx context.Context) error {
	to, known, err := s.destinations(ctx)
	if may, err := s.may(s.source, "contexts", err); err != nil || !may {
		return err
	}
	keys, err := s.env.keysOf(ctx, s.target)
	if may, err := s.may(s.target, "its versions", err); err != nil || !may {
		return err
	}
	by, subjects := map[string]*holding{}, map[string]bool{}
	for _, c := range to {
		by[c] = &holding{}
	}
	for _, k := range keys {
		context, _ := splitPlace(k.Subject)
		h := by[context]
		switch {
		case h == nil:
			continue
		case k.deleted:
			h.deleted++
			s.held.deleted++
			continue
		case !subjects[k.Subject]:
			h.subjects++
			s.held.subjects++
		}
		subjects[k.Subject] = true
		h.live++
		s.held.live++
	}
	s.tellHeld(to, by)
	if !known {
		s.unknown("which context of %s copies go to: %s makes it up", s.target.Name(), s.source.Name())
	}
	return nil
}

// tellHeld names each context that holds something, or as many as anybody reads.
func (s *survey) tellHeld(to []string, by map[string]*holding) {
	const most = 10
	var texts []string
	for _, c := range to {
		if *by[c] != (holding{}) {
			texts = append(texts, fmt.Sprintf("%s: %s", contextWord(c), by[c]))
		}
	}
	empty := len(to) - len(texts)
	if more := len(texts) - most; more > 0 {
		texts = append(texts[:most], count(more, "more context"))
	}
	text := fmt.Sprintf("%s holds, where copies go, %s", s.target.Name(), strings.Join(texts, ", "))
	switch {
	case len(to) == 0:
		return
	case len(texts) == 0:
		text = fmt.Sprintf("%s holds nothing where copies go: %s", s.target.Name(), count(empty, "empty context"))
	case empty > 0:
		text += ", and " + count(empty, "empty context")
	}
	if s.held.live > 0 {
		text += "; while copies come, clients of what is there can read it but register nothing"
	}
	s.saw("%s", text)
	s.gist = append(s.gist, text)
}
