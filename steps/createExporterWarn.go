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

// warnings are about settings that do something else on this source than many expect, and a config that cannot work.
func (s *CreateExporter) warnings(ctx context.Context, env *Env, source *registry.Client) ([]event.Finding, error) {
	contexts, err := source.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	found := configFindings(env, s.wanted(env).Config)
	m := s.mapping(env)
	if m.ContextType == "AUTO" {
		found = append(found, event.Finding{
			Code: "SRM021", Severity: "warning", Step: env.StepID,
			Text:   fmt.Sprintf("contextType AUTO puts a context that %s makes up in front of every subject on %s", s.source(), s.target()),
			Remedy: "write NONE to keep names as they are, or CUSTOM to choose the context",
		})
	}
	covered := compare.Mapping{ContextType: "NONE", Patterns: m.Patterns}.TargetContexts(contexts)
	if to := m.TargetContexts(contexts); len(covered) > 1 && len(to) == 1 {
		found = append(found, event.Finding{
			Code: "SRM022", Severity: "warning", Step: env.StepID,
			Text: fmt.Sprintf("%s become one on %s: %s; ids are counted per context, so the same id with another schema is refused there",
				count(len(covered), "context"), s.target(), some(covered, 5)),
			Remedy: "make an exporter for each context, or keep contexts apart",
		})
	}
	missed, err := s.missed(ctx, env, source, m, covered)
	return append(found, missed...), err
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
		Code: "SRM023", Severity: "warning", Step: env.StepID,
		Text: fmt.Sprintf("the pattern \"*\" is every subject of the default context, and %s has subjects in others: %s",
			s.source(), some(slices.Sorted(maps.Keys(out)), 5)),
		Remedy: `write ":*:" for every subject of every context`,
	}}, nil
}

// isUnread reports a key that a guide names and no server is known to read.
func isUnread(name string) bool {
	return name == "exporter.poll.interval.ms" || name == "exporter.batch.size"
}

// needs is what a source of credentials wants beside it.
func needs() map[string][]string {
	return map[string][]string{
		"basic.auth.credentials.source USER_INFO":     {"basic.auth.user.info"},
		"bearer.auth.credentials.source STATIC_TOKEN": {"bearer.auth.token"},
		"bearer.auth.credentials.source OAUTHBEARER": {
			"bearer.auth.issuer.endpoint.url", "bearer.auth.client.id", "bearer.auth.client.secret",
		},
	}
}

// configFindings is what can be told of an exporter's config without its server. Keys may have the prefix
// schema.registry. or not.
func configFindings(env *Env, config map[string]registry.Secret) []event.Finding {
	var found []event.Finding
	bare := map[string]registry.Secret{}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		name := strings.TrimPrefix(key, "schema.registry.")
		bare[name] = config[key]
		if isUnread(name) {
			found = append(found, event.Finding{
				Code: "SRM024", Severity: "warning", Step: env.StepID,
				Text:   fmt.Sprintf("no server is known to read %q in the config of an exporter; it is sent as written", key),
				Remedy: "leave it out",
			})
		}
	}
	all := needs()
	for _, wish := range slices.Sorted(maps.Keys(all)) {
		key, kind, _ := strings.Cut(wish, " ")
		if bare[key].Reveal() != kind {
			continue
		}
		lacks := slices.DeleteFunc(all[wish], func(k string) bool { return bare[k].Reveal() != "" })
		if len(lacks) > 0 {
			found = append(found, event.Finding{
				Code: "SRM025", Severity: "error", Step: env.StepID,
				Text:   fmt.Sprintf("the config of the exporter says %s: %s and lacks %s", key, kind, strings.Join(lacks, ", ")),
				Remedy: "give it in config, or leave the source of credentials out",
			})
		}
	}
	return found
}
