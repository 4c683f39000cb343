package steps

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Find warns of a config that no server reads and, where the whole of it is known, of one that cannot work.
func (u *UpdateExporter) Find(_ context.Context, env *Env) ([]event.Finding, error) {
	if u.Target != "" {
		return configFindings(u.Config.over(env.Exports[u.Target]), true), nil
	}
	return unread(u.Config), nil
}
