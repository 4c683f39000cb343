package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const canaryPrefix = "srmigrate-canary-"

// canaryName names the run, so that whatever is found under it is that run's.
func canaryName(run string) string { return canaryPrefix + run }

// isOfCanary reports whether a place is, or lies in, the context of a canary.
func isOfCanary(place string) bool { return strings.HasPrefix(place, ":."+canaryPrefix) }

// canary is what a preflight step recorded before it sent anything: names, under which all of it is found again. None of
// them was on the registries then.
type canary struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	Exporter string `json:"exporter"`
	Context  string `json:"context"`
	Subject  string `json:"subject"` // of the source; "" where there is none that stands alone
	Image    string `json:"image"`   // on the target
}

// Record keeps the names of the canary, and refuses such that are taken.
func (p *Preflight) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	if !p.Canary {
		return nil, nil
	}
	source, target, err := p.clients(env)
	if err != nil {
		return nil, err
	}
	c := canary{Source: p.source(), Target: p.target(), Exporter: canaryName(env.RunID), Context: "." + canaryName(env.RunID)}
	if c.Subject, err = canarySubject(ctx, source); err != nil {
		return nil, err
	}
	c.Image = p.carrier(env, c).image(env, c.Subject)
	left, err := c.left(ctx, source, target)
	if err != nil {
		return nil, err
	}
	if there := left.names(c); len(there) > 0 {
		return nil, fmt.Errorf("what a canary would be called is there already, and not of this run: %s", strings.Join(there, ", "))
	}
	return json.Marshal(c)
}

func (p *Preflight) clients(env *Env) (source, target *registry.Client, err error) {
	if source, err = env.Registry(p.source()); err != nil {
		return nil, nil, err
	}
	target, err = env.Registry(p.target())
	return source, target, err
}

// carrier is the exporter of a canary: it reaches the target by the config of the exporter that a later step is going to
// make.
func (p *Preflight) carrier(env *Env, c canary) *CreateExporter {
	e := &CreateExporter{
		Source: p.source(), Target: p.target(), Exporter: c.Exporter, ContextType: "CUSTOM", Context: c.Context, Subjects: []string{c.Subject},
	}
	if later := (&survey{Preflight: p, env: env}).makesExporter(); later != nil {
		e.Config = later.Config
	}
	return e
}

// image is where a subject of the source leads.
func (s *CreateExporter) image(env *Env, subject string) string {
	to, _ := s.mapping(env).Map(subject)
	return to
}

// canarySubject finds a subject of the source that can be copied alone: few versions, small, without rules and references.
// It looks at some of them only, those of the default context first; "" says that there is none.
func canarySubject(ctx context.Context, source *registry.Client) (best string, err error) {
	const looks, small = 50, 2000
	subjects, err := allSubjects(ctx, source, false)
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(subjects, func(a, b string) int { return boolToInt(isQualified(a)) - boolToInt(isQualified(b)) })
	least := [2]int{}
	for _, subject := range subjects[:min(len(subjects), looks)] {
		versions, size, alone, err := standsAlone(ctx, source, subject)
		switch n := [2]int{versions, size}; {
		case registry.NotFound(err): // deleted meanwhile
		case err != nil:
			return "", err
		case alone && (best == "" || slices.Compare(n[:], least[:]) < 0):
			best, least = subject, n
		}
		if best != "" && least[0] == 1 && least[1] <= small {
			break
		}
	}
	return best, nil
}

// standsAlone returns how much there is of a subject, and whether all of it can be copied without anything else.
func standsAlone(ctx context.Context, source *registry.Client, subject string) (versions, size int, alone bool, err error) {
	const most = 5
	numbers, err := source.Versions(ctx, subject, true)
	if err != nil || len(numbers) > most || strings.ContainsAny(subject, "*/%? ") { // which patterns, or proxies, take for something else
		return 0, 0, false, err
	}
	for _, n := range numbers {
		v, err := source.Version(ctx, subject, n, true)
		if err != nil || len(v.References) > 0 || len(v.RuleSet) > 0 {
			return 0, 0, false, err
		}
		size += len(v.Schema)
	}
	return len(numbers), size, true, nil
}
