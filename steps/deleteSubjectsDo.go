package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Probe reports whether anything is there that would be deleted.
func (d *DeleteSubjects) Probe(ctx context.Context, env *Env) (Status, error) {
	c, err := d.choose(ctx, env)
	if err != nil {
		return Status{}, err
	}
	if c.versions() == 0 {
		return Status{Left: Done, Now: "nothing there", Will: "nothing there", Outputs: d.outputs(choice{})}, nil
	}
	return Status{Left: Todo, Now: d.amount(c), Will: "nothing there"}, nil
}

// Do deletes softly, in the order in which nothing is deleted that something else still needs, and then for good if that
// is wanted. It looks again at all that Find has looked at, and saves what others have made.
func (d *DeleteSubjects) Do(ctx context.Context, env *Env) (Outputs, error) {
	c, err := d.choose(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, f := range d.judge(env, c) {
		if f.Code == "SRM014" || !env.Consents(f) {
			return nil, fmt.Errorf("%s; %s", f.Text, f.Remedy)
		}
	}
	client, err := env.Registry(d.Registry)
	if err != nil {
		return nil, err
	}
	if len(c.others) > 0 && !planted.Is(planted.DeletedUnsaved) {
		if _, err := saveVersions(ctx, env, client, c.others); err != nil {
			return nil, err
		}
	}
	for _, permanent := range []bool{false, true}[:1+boolToInt(d.Permanent)] {
		for _, wave := range c.waves {
			if err := deleteWave(ctx, client, wave, permanent); err != nil {
				return nil, d.explain(err)
			}
		}
	}
	return d.outputs(c), nil
}

// explain says what a refusal means.
func (d *DeleteSubjects) explain(err error) error {
	if e, ok := errors.AsType[*registry.Error](err); ok && e.Code == 42205 {
		return fmt.Errorf("the mode of %s blocks it; put this step before the one that sets READONLY there, or lift that: %w", d.Registry, err)
	}
	return err
}

func subjectsOf(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

func (d *DeleteSubjects) amount(c choice) string {
	return fmt.Sprintf("%s of %s", count(c.versions(), "version"), count(len(c.subjects), "subject"))
}

func (d *DeleteSubjects) how() string {
	if d.Permanent {
		return ", deleted for good"
	}
	return ", deleted softly"
}

// Outputs are how many versions were deleted, besides the text.
func (d *DeleteSubjects) Outputs() map[string]any { return map[string]any{"deleted": 0} }

func (d *DeleteSubjects) outputs(c choice) Outputs {
	if c.versions() == 0 {
		return Outputs{"text": "nothing there to delete", "deleted": 0}
	}
	return Outputs{"text": d.amount(c) + " of " + d.Registry + d.how() + ": " + some(subjectsOf(c.subjects), 5), "deleted": c.versions()}
}

// Forecast counts what goes.
func (d *DeleteSubjects) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	c, err := d.choose(ctx, env)
	if err != nil {
		return f, err
	}
	if c.versions() == 0 {
		f.Now = "nothing there to delete"
		return f, nil
	}
	f.Effects = []Effect{{Registry: d.Registry, Kind: OnVersions, Name: strings.Join(d.patterns(), ", "), Will: d.amount(c) + d.how()}}
	f.Lost = []string{d.amount(c) + " of " + d.Registry}
	if d.Permanent {
		f.Lost[0] += ", and the modes and settings of those subjects"
	}
	return f, nil
}

// ByHand returns the commands that delete what is left.
func (d *DeleteSubjects) ByHand(ctx context.Context, env *Env) []string {
	client, err := env.Registry(d.Registry)
	if err != nil {
		return nil
	}
	c, err := d.choose(ctx, env)
	if err != nil {
		return nil
	}
	return curlDeletes(client, c.waves, d.Permanent)
}
