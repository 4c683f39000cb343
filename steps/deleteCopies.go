package steps

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// DeleteCopies deletes for good what an earlier step, or its exporter, has copied: each version that is on the target
// since, and is still the same as on the source. It is for the rollback of that step.
type DeleteCopies struct {
	Registry string `json:"registry"`
	Step     string `json:"step"`
}

func init() { register("deleteCopies", func() Step { return new(DeleteCopies) }) }

// Describe names the registry and the step.
func (d *DeleteCopies) Describe() string {
	return fmt.Sprintf("delete from %s what step %s has had copied there", d.Registry, d.Step)
}

// Check reports an undeclared registry, and a step that copies nothing to it.
func (d *DeleteCopies) Check(s Scope) []Problem {
	problems := s.registry("/registry", d.Registry)
	if len(problems) > 0 {
		return problems
	}
	return s.earlier("/step", d.Step, "copies to "+d.Registry, func(step Step) bool {
		switch c := step.(type) {
		case *CreateExporter:
			return c.target() == d.Registry
		case *Copy:
			return c.target() == d.Registry
		}
		return false
	})
}

// Waits returns the registry: a running exporter would copy again.
func (d *DeleteCopies) Waits() []string { return []string{d.Registry} }

// Removes returns the registry: of what a compare has found there nothing may be left.
func (d *DeleteCopies) Removes() string { return d.Registry }

// copies looks at what there is to delete; why says that there is nothing, or nothing that could be told.
func (d *DeleteCopies) copies(ctx context.Context, env *Env) (found removal, why string, err error) {
	p, there := env.Past(d.Step)
	if !there || p.Record == nil {
		return found, fmt.Sprintf("step %s did not get so far as to copy", d.Step), nil
	}
	rec, err := createRecordOf(p)
	if err != nil {
		return found, "", err
	}
	if !rec.isMade() {
		return found, fmt.Sprintf("step %s did not make exporter %s; its copies stay", d.Step, rec.Exporter), nil
	}
	if rec.Mapping.ContextType == "AUTO" && rec.reported == "" {
		if rec.reported = rec.Mapping.Context; rec.reported == "" {
			return found, fmt.Sprintf("into which context exporter %s copied is not known; its copies stay", rec.Exporter), nil
		}
	}
	found, err = copiedBy(ctx, env, p, rec)
	return found, "", err
}

// copiedBy finds what a step, or its exporter, has copied to its target, as far as the copies still are what the source has.
func copiedBy(ctx context.Context, env *Env, p Past, rec createRecord) (found removal, err error) {
	source, err := env.Registry(rec.Source)
	if err != nil {
		return found, err
	}
	target, err := env.Registry(rec.Target)
	if err != nil {
		return found, err
	}
	var all []compare.Copy
	for _, w := range append([]laterUpdate{{p.ID, rec.reach()}}, notedUpdates(env, rec)...) {
		known, there, err := loadKeys(env, w.id)
		if err == nil && !there {
			err = fmt.Errorf("%s is gone, and nothing else tells copies from what was on %s before", env.Files.Path(keysFile(w.id)), rec.Target)
		}
		if err != nil {
			return found, err
		}
		if all, err = compare.Copies(ctx, source, target, w.reach.mapping); err != nil {
			return found, err
		}
		found.add(all, w.reach, known, rec.Source)
	}
	found.order(all, rec)
	return found, nil
}

// notedUpdates are what the exporter was made since, where steps have noted what was there before that.
func notedUpdates(env *Env, rec createRecord) []laterUpdate {
	return slices.DeleteFunc(laterUpdates(env, rec), func(u laterUpdate) bool {
		_, there, err := loadKeys(env, u.id)
		return err == nil && !there || u.reach.unknown
	})
}

// Probe reports whether a copy is there that can be deleted.
func (d *DeleteCopies) Probe(ctx context.Context, env *Env) (Status, error) {
	found, why, err := d.copies(ctx, env)
	switch {
	case err != nil:
		return Status{}, err
	case why != "":
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, nil
	case len(found.waves) == 0:
		return Status{Left: Done, Now: "no copies", Will: "no copies", Outputs: d.outputs(0, found.left)}, nil
	}
	return Status{Left: Todo, Now: count(found.versions(), "version") + " that can be deleted", Will: "no copies"}, nil
}

// Do deletes referrers first: all of it softly, then all of it for good, in the same order.
func (d *DeleteCopies) Do(ctx context.Context, env *Env) (Outputs, error) {
	if err := quiet(ctx, env, d.Registry); err != nil {
		return nil, err
	}
	found, why, err := d.copies(ctx, env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	target, err := env.Registry(d.Registry)
	if err != nil {
		return nil, err
	}
	// With its last version a subject loses its mode and config, and with them what tells whose work that was.
	for what, places := range found.losing {
		if err := saveRewriting(env, what, d.Registry, places); err != nil {
			return nil, err
		}
	}
	if err := d.reopen(ctx, env, target, found); err != nil {
		return nil, err
	}
	for _, permanent := range []bool{false, true} {
		for _, wave := range found.waves {
			if err := deleteWave(ctx, target, wave, permanent); err != nil {
				return nil, err
			}
		}
	}
	for _, l := range found.left[:min(len(found.left), 20)] {
		warn(env, "left: "+l)
	}
	if more := len(found.left) - 20; more > 0 {
		warn(env, fmt.Sprintf("left: %s more on %s", count(more, "version"), d.Registry))
	}
	return d.outputs(found.versions(), found.left), nil
}

// deleteWave deletes versions of which none refers to another one. What is gone already is fine.
func deleteWave(ctx context.Context, target *registry.Client, wave []compare.Copy, permanent bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readsAtOnce)
	for _, c := range wave {
		if c.Deleted && !permanent {
			continue
		}
		g.Go(func() error {
			err := target.DeleteVersion(ctx, c.Subject, c.Version, permanent)
			if registry.NotFound(err, 40401, 40402, 40403, 40404, 40406) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%s version %d of %s stays: %w", c.Subject, c.Version, target.Name(), err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (d *DeleteCopies) outputs(n int, left []string) Outputs {
	text := "no copies are on " + d.Registry + " any more"
	if n > 0 {
		text += fmt.Sprintf(": %s deleted", count(n, "version"))
	}
	if len(left) > 0 {
		text = fmt.Sprintf("%s deleted from %s, %s left alone: %s", count(n, "version"), d.Registry, thousands(len(left)), some(left, 5))
	}
	return Outputs{"text": text}
}

// ByHand returns the commands that delete what is left, if they are few enough to be typed.
func (d *DeleteCopies) ByHand(ctx context.Context, env *Env) []string {
	target, err := env.Registry(d.Registry)
	if err != nil {
		return nil
	}
	found, _, err := d.copies(ctx, env)
	if err != nil {
		return nil
	}
	return curlDeletes(target, found.waves, true)
}

func curlDeletes(c *registry.Client, waves [][]compare.Copy, permanent bool) (commands []string) {
	for _, query := range []string{"", "?permanent=true"}[:1+boolToInt(permanent)] {
		for _, wave := range waves {
			for _, v := range wave {
				if query != "" || !v.Deleted {
					commands = append(commands, curl(c, "DELETE", "/subjects", v.Subject, fmt.Sprintf("/versions/%d%s", v.Version, query), ""))
				}
			}
		}
	}
	return commands
}
