package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// copyRounds is how often a step looks whether all is there, and sends what is not. One is enough unless a server purges
// what comes under an id that it has seen, or somebody takes something away.
const copyRounds = 4

// Do sends what is not there, looks until nothing is left to send, and puts the modes back; also where it fails, unless
// there is no time left for that.
func (s *Copy) Do(ctx context.Context, env *Env) (Outputs, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	if err := quiet(ctx, env, s.target()); err != nil {
		return nil, err
	}
	t := s.seen
	if s.seen = nil; t == nil { // a second attempt looks again, as does a process that goes on where another one has recorded
		if err := notOneRegistry(ctx, source, target, "a copy"); err != nil {
			return nil, err
		}
		t, err = compare.NewTransfer(ctx, source, target, s.mapping(env), compare.TransferOptions{Deleted: s.deleted(), Texts: true})
		if err != nil {
			return nil, err
		}
	}
	if err := s.all(ctx, env, target, t); err != nil {
		if ctx.Err() != nil {
			return nil, err // what goes on, or undoes this, knows what was open
		}
		return nil, errors.Join(err, s.lift(ctx, env))
	}
	if err := s.lift(ctx, env); err != nil {
		return nil, err
	}
	return s.outputs(env, t)
}

// all sends what is left until nothing is, and the configs.
func (s *Copy) all(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer) error {
	before, _, err := loadKeys(env, env.StepID)
	if err != nil {
		return err
	}
	for round := range copyRounds {
		left := t.Left()
		if len(left) == 0 && len(t.Clashes) == 0 {
			break
		}
		if round == copyRounds-1 {
			return fmt.Errorf("%s of %s are not as they were sent, however often that is done: %s; somebody else changes them",
				count(len(left), "version"), s.target(), some(taskNames(left), 5))
		}
		if _, err := s.secure(ctx, env, target, t, before); err != nil {
			return err
		}
		if err := s.send(ctx, env, target, t); err != nil {
			return err
		}
		if err := t.Again(ctx, target); err != nil {
			return err
		}
	}
	return s.setConfigs(ctx, env, target, t)
}

func taskNames(list []*compare.Wanted) (names []string) {
	for _, w := range list {
		names = append(names, fmt.Sprintf("%s version %d", w.Subject, w.Version))
	}
	return names
}

// send opens the target and sends what is left: one version alone, to see whether the registry takes ids, before
// anything else is opened for the others.
func (s *Copy) send(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer) error {
	p := planCopy(t)
	if round := p.circle(); len(round) > 0 {
		return fmt.Errorf("%s of %s refer to each other in a circle, so none can be sent first: %s",
			count(len(round), "version"), s.source(), some(round, 5))
	}
	w, all := newCopyWork(s, env, target, t, p), t.Subjects()
	if first := w.first(); first != nil {
		if err := s.open(ctx, env, target, all, s.opening(env, t, []*compare.Wanted{first.Wanted})); err != nil {
			return err
		}
		if err := w.alone(ctx, first); err != nil {
			return err
		}
		all = append(all, first.Subject) // it is there now
	}
	places, err := s.openings(ctx, env, target, t)
	if err != nil {
		return err
	}
	if err := s.open(ctx, env, target, all, places); err != nil {
		return err
	}
	return w.run(ctx)
}
