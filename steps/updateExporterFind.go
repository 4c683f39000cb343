package steps

import (
	"context"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Find warns of a config that no server reads and, where the whole of it is known, of one that cannot work, and tells of
// versions that the exporter would overwrite.
func (u *UpdateExporter) Find(ctx context.Context, env *Env) ([]event.Finding, error) {
	found := unread(u.Config)
	if u.Target != "" {
		found = configFindings(u.Config.over(env.Exports[u.Target]), true)
	}
	now, err := u.ref().now(ctx, env)
	if err != nil {
		return found, err
	}
	w, writes, err := u.copying(ctx, env, now)
	if err != nil || !writes {
		return found, err
	}
	conflicts, err := w.conflictFindings(ctx, env)
	return append(found, conflicts...), err
}

// copying is what the exporter copies because of this step, at once or when its source has more; false when that is
// nothing else than before, or when it writes to none of the registries here.
func (u *UpdateExporter) copying(ctx context.Context, env *Env, now *registry.Exporter) (w copies, writes bool, err error) {
	t := u.ref().then(env, now)
	wanted, target := t.spec.with(u.given()), u.aim(env, t.target)
	if !t.there || u.Step != "" || !u.Reset && target == t.target && len(wanted.unlike(t.spec)) == 0 {
		return w, false, nil
	}
	w, writes, err = u.ref().copying(ctx, env, wanted, target)
	w.versions = u.Reset
	return w, writes, err
}

// aim is the registry that the exporter writes to afterwards; before, where the config says nothing of it.
func (u *UpdateExporter) aim(env *Env, before string) string {
	if _, said := u.Config[exporterURL]; said && u.Target == "" {
		return env.targetOf(u.Config)
	}
	return or(u.Target, before)
}

// secure looks once more just before the effect, and saves what may be lost.
func (u *UpdateExporter) secure(ctx context.Context, env *Env, now *registry.Exporter) (target string, kept *keptBackup, err error) {
	w, writes, err := u.copying(ctx, env, now)
	if err != nil || !writes {
		return "", nil, err
	}
	u.secured = true
	kept, err = w.secure(ctx, env)
	return w.target.Name(), kept, err
}

// secureAgain is for a process that goes on where another one has recorded.
func (u *UpdateExporter) secureAgain(ctx context.Context, env *Env, t *updating) (err error) {
	if !t.changed() && !u.secured {
		_, _, err = u.secure(ctx, env, t.now)
	}
	u.secured = false // a second attempt looks again
	return err
}
