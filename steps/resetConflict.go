package steps

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Find tells of versions that the exporter would overwrite when it begins again.
func (r *Reset) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	w, known, err := r.copying(ctx, env)
	if err != nil || !known {
		return nil, err
	}
	return w.conflictFindings(ctx, env)
}

// copying is what the exporter copies once more; false when there is none, or when it writes to none of the registries
// here.
func (r *Reset) copying(ctx context.Context, env *Env) (w copies, known bool, err error) {
	now, err := exporterRef(*r).now(ctx, env)
	if err != nil {
		return w, false, err
	}
	t := exporterRef(*r).then(env, now)
	if !t.there {
		return w, false, nil
	}
	return exporterRef(*r).copying(ctx, env, t.spec, t.target)
}

// now is the exporter as it is, nil when there is none.
func (r exporterRef) now(ctx context.Context, env *Env) (*registry.Exporter, error) {
	c, err := r.client(env)
	if err != nil {
		return nil, err
	}
	e, err := exporterIfThere(ctx, c, r.Exporter)
	return e, explainNoExporters(err, r.registry())
}

// secure looks once more just before the effect, and saves what may be lost.
func (r *Reset) secure(ctx context.Context, env *Env) (target string, kept *keptBackup, err error) {
	if why, err := r.moot(env); err != nil || why != "" {
		return "", nil, err
	}
	w, known, err := r.copying(ctx, env)
	if err != nil || !known {
		return "", nil, err
	}
	r.secured = true
	kept, err = w.secure(ctx, env)
	return w.target.Name(), kept, err
}

// secureAgain is for a process that goes on where another one has recorded.
func (r *Reset) secureAgain(ctx context.Context, env *Env, t *exporterTask) (err error) {
	if t.toReset() && !r.secured {
		_, _, err = r.secure(ctx, env)
	}
	r.secured = false // a second attempt looks again
	return err
}

// Left tells of what the exporter has written over.
func (r *Reset) Left(_ context.Context, env *Env) ([]Leftover, error) {
	var rec resetRecord
	if _, err := env.record(&rec); err != nil {
		return nil, err
	}
	return rec.Backup.overwritten(rec.Target), nil
}
