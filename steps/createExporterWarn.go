package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// warnings are about settings that do something else on this source than many expect, and a config that cannot work;
// told says that what is on the target already has been found to be in the way.
func (s *CreateExporter) warnings(ctx context.Context, env *Env, source, target *registry.Client, told bool) ([]event.Finding, error) {
	contexts, err := source.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	found := configFindings(s.wanted(env).Config, true)
	m := s.mapping(env)
	if m.ContextType == "AUTO" {
		if m.Context, err = foretold(ctx, source); err != nil {
			return nil, err
		}
		found = append(found, s.auto(s.whereTo(target, m.Context)))
	}
	covered := compare.Mapping{ContextType: "NONE", Patterns: m.Patterns}.TargetContexts(contexts)
	for _, look := range []func() ([]event.Finding, error){
		func() ([]event.Finding, error) { return s.itself(ctx, source, target, m, contexts) },
		func() ([]event.Finding, error) { return s.flattened(ctx, env, source, m, covered, contexts) },
		func() ([]event.Finding, error) { return s.missed(ctx, env, source, m, covered) },
		func() ([]event.Finding, error) { return s.sharedIDs(ctx, env, source, target, m, contexts, told) },
	} {
		more, err := look()
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// whereTo says where clients are going to find what the exporter copies under a context that is foretold.
func (s *CreateExporter) whereTo(target *registry.Client, context string) string {
	if context == "" {
		return ""
	}
	return fmt.Sprintf(": %s, so that a client finds orders as :%s:orders, or with the URL %s/contexts/%s",
		context, context, strings.TrimRight(target.URL(), "/"), context)
}

// itself tells of two names for one registry: by what it says of itself, or by the URL.
func (s *CreateExporter) itself(ctx context.Context, source, target *registry.Client, m compare.Mapping, contexts []string) ([]event.Finding, error) {
	because, _, err := oneRegistryBecause(ctx, source, target)
	if err != nil || because == "" {
		return nil, err
	}
	found := []event.Finding{s.oneRegistry(because)}
	if read := feedsItself(m, contexts); read != "" {
		found = append(found, s.feedsItself(read))
	}
	return found, nil
}

// oneRegistryBecause says what two names of one registry have in common, "" where they are two, or are not known to be one;
// told says that both registries say who they are.
func oneRegistryBecause(ctx context.Context, source, target *registry.Client) (because string, told bool, err error) {
	a, known, err := source.Identity(ctx)
	if err != nil {
		return "", false, err
	}
	b, knownToo, err := target.Identity(ctx)
	if err != nil {
		return "", false, err
	}
	switch told = known && knownToo; {
	case told && a == b:
		because = "the identity " + a
	case sameURL(source.URL(), target.URL()):
		because = "the same URL"
	}
	return because, told, nil
}

// missed tells of contexts that the pattern "*" leaves out.
func (s *CreateExporter) missed(ctx context.Context, env *Env, source *registry.Client, m compare.Mapping, covered []string) ([]event.Finding, error) {
	if !slices.Contains(m.Patterns, "*") {
		return nil, nil
	}
	subjects, err := allSubjects(ctx, source, false)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, subject := range subjects {
		if context, _ := splitPlace(subject); !slices.Contains(covered, context) {
			out[context] = true
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return []event.Finding{{
		Code: "SRM023", Severity: "warning", Step: env.StepID, Count: len(out),
		Text: fmt.Sprintf("the pattern \"*\" is every subject of the default context, and %s has subjects in others: %s",
			s.source(), some(slices.Sorted(maps.Keys(out)), 5)),
		Remedy: `write ":*:" for every subject of every context`,
	}}, nil
}
