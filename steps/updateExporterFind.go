package steps

import (
	"context"
	"slices"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Find warns of a config that no server reads and, where the whole of it is known, of one that cannot work.
func (u *UpdateExporter) Find(_ context.Context, env *Env) ([]event.Finding, error) {
	if u.Target != "" {
		return configFindings(env, u.Config.over(env.Exports[u.Target])), nil
	}
	found := configFindings(env, u.Config)
	return slices.DeleteFunc(found, func(f event.Finding) bool { return f.Severity == "error" }), nil
}
