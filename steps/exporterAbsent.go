package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Absent finds that a step is about an exporter which is not there, and which no earlier step of the plan makes: a
// slip of the pen would leave the exporter that is meant as it is, or fail behind a freeze.
func Absent(ctx context.Context, env *Env, step Step) ([]event.Finding, error) {
	u, ok := step.(ExporterUser)
	if !ok {
		return nil, nil
	}
	name, exporter, use := u.Uses()
	if exporter == "" || use == Makes {
		return nil, nil
	}
	r := exporterRef{Registry: name, Exporter: exporter}
	a, err := r.foresee(ctx, env)
	if err != nil || a.there || a.by != "" { // of one that an earlier step deletes the runbook alone tells
		return nil, err
	}
	c, err := r.client(env)
	if err != nil {
		return nil, err
	}
	names, err := c.ExporterNames(ctx)
	if err != nil {
		return nil, explainNoExporters(err, name)
	}
	remedy := "the step would fail when its turn comes: name the one that is meant, or make it in an earlier step"
	if use == Ends {
		remedy = "the step would find it gone and leave every other one: name the one that is meant, or allow this where it may be gone"
	}
	return []event.Finding{{
		Code: "SRM047", Severity: "error", Step: env.StepID, Remedy: remedy,
		Text: fmt.Sprintf("there is no exporter %s on %s, and no earlier step makes it%s",
			exporter, name, didYouMean(exporter, append(names, env.made(name)...))),
	}}, nil
}

// made are the exporters that earlier steps of a plan will have made on a registry.
func (e *Env) made(registry string) []string {
	names := map[string]bool{}
	for _, f := range e.Ahead {
		if f.Registry == registry && f.Kind == OnExporter && f.Will != "" {
			names[f.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
