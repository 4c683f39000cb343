package compare

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Setting is what is set at a place itself. Where one of the two could not be
// read, the error says why.
type Setting struct {
	Place              string // as registry.Client has it: "" is the default context
	Mode               string // "" for none
	Config             registry.Settings
	ModeErr, ConfigErr error
}

// Own asks the places for their own modes and configs, several at a time, and
// gives those at which one is set, or could not be read, in the order of the
// places. Its error is that of the context.
func Own(ctx context.Context, c *registry.Client, places []string) ([]Setting, error) {
	found := make([]*Setting, len(places))
	err := each(ctx, len(places), func(ctx context.Context, i int) error {
		s := Setting{Place: places[i]}
		s.Mode, _, s.ModeErr = c.Mode(ctx, s.Place)
		s.Config, _, s.ConfigErr = c.Config(ctx, s.Place)
		if s.Mode != "" || s.Config != nil || s.ModeErr != nil || s.ConfigErr != nil {
			found[i] = &s
		}
		return ctx.Err()
	}, c)
	if err != nil {
		return nil, err
	}
	var set []Setting
	for _, s := range found {
		if s != nil {
			set = append(set, *s)
		}
	}
	return set, nil
}
