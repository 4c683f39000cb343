package steps

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Reacher is a step that copies from one registry to another. Reaches reads little, and says what it would copy where; nil
// where it would copy nothing.
type Reacher interface {
	Reaches(ctx context.Context, env *Env) (*Reach, error)
}

// Reach is what a step would copy.
type Reach struct {
	Source, Target *registry.Client
	Mapping        compare.Mapping
	Contexts       []string // of the target, those that something would come into
	Unknown        bool     // nobody can tell yet into which context
}

func (w copies) reach(ctx context.Context) (*Reach, error) {
	if w.unknown() {
		return &Reach{Source: w.source, Target: w.target, Mapping: w.mapping, Unknown: true}, nil
	}
	contexts, err := w.source.Contexts(ctx)
	if err != nil {
		return nil, err
	}
	return &Reach{Source: w.source, Target: w.target, Mapping: w.mapping, Contexts: w.mapping.TargetContexts(contexts)}, nil
}

// Reaches says where the exporter would write.
func (s *CreateExporter) Reaches(ctx context.Context, env *Env) (*Reach, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil {
		return nil, err
	}
	if writes, err := s.beginsToWrite(ctx, source, there); err != nil || !writes {
		return nil, err
	}
	w, err := s.copying(ctx, env, source, target)
	if err != nil {
		return nil, err
	}
	return w.reach(ctx)
}

// Reaches says where the copies would come to stand.
func (s *Copy) Reaches(ctx context.Context, env *Env) (*Reach, error) {
	w, err := s.asCopies(env)
	if err != nil {
		return nil, err
	}
	return w.reach(ctx)
}
