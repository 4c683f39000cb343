package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterBefore is an exporter as a step found it.
type exporterBefore struct {
	Spec   exporterSpec `json:"spec"`
	State  string       `json:"state"`
	Offset int64        `json:"offset"`
}

func (b exporterBefore) ran() bool { return b.State != paused }

// exporterBeforeNow looks at an exporter; nil when there is none.
func exporterBeforeNow(ctx context.Context, c *registry.Client, name string) (*exporterBefore, error) {
	e, err := exporterIfThere(ctx, c, name)
	if err != nil || e == nil {
		return nil, err
	}
	s, err := c.ExporterStatus(ctx, name)
	if err != nil && !registry.NotFound(err, 40450) {
		return nil, err
	}
	return &exporterBefore{Spec: specOf(e), State: s.State, Offset: s.Offset}, nil
}

// exporterTask is a change of an exporter that is there: pause, put, reset. Each part is left out where it is done.
type exporterTask struct {
	ref    exporterRef
	before exporterBefore // as recorded by the step at work
	want   *exporterSpec  // nil: as it is
	config map[string]registry.Secret
	reset  bool
	stages stages

	now    *registry.Exporter
	status registry.Status
}

// look reads the exporter; false when it is gone.
func (t *exporterTask) look(ctx context.Context, c *registry.Client) (there bool, err error) {
	if t.now, err = exporterIfThere(ctx, c, t.ref.Exporter); err != nil || t.now == nil {
		return false, explainNoExporters(err, t.ref.registry())
	}
	t.status, err = c.ExporterStatus(ctx, t.ref.Exporter)
	if registry.NotFound(err, 40450) {
		err = nil // not yet
	}
	return true, err
}

// toPut reports whether the server shows something else than is wanted, or may hide it.
func (t *exporterTask) toPut() bool {
	if t.want == nil && t.config == nil {
		return false
	}
	shown := specOf(t.now)
	if t.want != nil && len(t.want.contradicts(shown)) > 0 || t.config != nil && differs(t.config, t.now.Config) != "" {
		return true
	}
	return !t.stages.Put && (t.config != nil || len(t.want.unlike(shown)) > 0)
}

// rewound reports an exporter that stands before where it was: somebody has reset it, and if a step of this run was cut
// short, that was the step.
func (t *exporterTask) rewound() bool {
	return t.status.State == paused && t.status.Offset < t.before.Offset
}

func (t *exporterTask) toReset() bool { return t.reset && !t.stages.Reset && !t.rewound() }

// changed reports whether there is nothing left to put or to reset.
func (t *exporterTask) changed() bool { return !t.toPut() && !t.toReset() }

// change puts and resets. The exporter is paused afterwards if anything was sent.
func (t *exporterTask) change(ctx context.Context, env *Env, c *registry.Client) error {
	if t.toPut() {
		if err := t.put(ctx, c); err != nil {
			return err
		}
		t.stages.Put = true
		if err := t.stages.save(env); err != nil {
			return err
		}
	}
	if !t.reset || t.stages.Reset {
		return nil
	}
	if !t.rewound() {
		err := t.ref.whilePaused(ctx, c, func(ctx context.Context) error { return c.ResetExporter(ctx, t.ref.Exporter) })
		if err != nil {
			return err
		}
	}
	t.stages.Reset = true
	return t.stages.save(env)
}

// put sends the whole object and reads it back.
func (t *exporterTask) put(ctx context.Context, c *registry.Client) error {
	spec := specOf(t.now)
	if t.want != nil {
		spec = t.want.toward(spec)
	}
	object := spec.object(t.ref.Exporter)
	object.Config = t.config
	err := t.ref.whilePaused(ctx, c, func(ctx context.Context) error { return c.UpdateExporter(ctx, object) })
	if err != nil {
		return err
	}
	odd := ""
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		there, err := t.look(ctx, c)
		if err != nil || !there {
			return false, errors.Join(err, t.ref.goneMeanwhile(there || err != nil))
		}
		odd = differs(object.Config, t.now.Config)
		for _, f := range spec.contradicts(specOf(t.now)) {
			odd = f.name
		}
		return odd == "", nil
	})
	if err == nil && !done {
		err = fmt.Errorf("%s accepted the change of exporter %q but shows another %s after %s; somebody else changes it, "+
			"or this server does not know that field", t.ref.registry(), t.ref.Exporter, odd, settleTime)
	}
	return err
}

func (r exporterRef) goneMeanwhile(there bool) error {
	if there {
		return nil
	}
	return fmt.Errorf("exporter %q is gone, deleted by somebody else", r.Exporter)
}

// whilePaused pauses the exporter and sends a request that wants it so. It tries a few times: a pause may lag, or be
// undone by somebody.
func (r exporterRef) whilePaused(ctx context.Context, c *registry.Client, send func(context.Context) error) error {
	var last error
	for attempt := range 5 {
		if attempt > 0 {
			if err := sleep(ctx, time.Duration(attempt)*500*time.Millisecond); err != nil {
				return errors.Join(last, err)
			}
		}
		there, err := pauseExporter(ctx, c, r.Exporter)
		if err != nil {
			return errors.Join(err, last)
		}
		if !there {
			return r.goneMeanwhile(false)
		}
		if last = send(ctx); last == nil || !isNotPaused(last) {
			return last
		}
	}
	return fmt.Errorf("%s says five times that exporter %q is not paused: %w", r.registry(), r.Exporter, last)
}

func isNotPaused(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && e.Status == 409 && (e.Code == 40963 || e.Code == 409)
}

// goOn resumes the exporter if it stands.
func (r exporterRef) goOn(ctx context.Context, c *registry.Client) error {
	state, there, err := exporterState(ctx, c, r.Exporter)
	if err != nil || !there || state != paused {
		return err
	}
	return resumeExporter(ctx, c, r.Exporter, 500*time.Millisecond)
}

// deletedLater reports whether the same rollback is going to delete the exporter, because this run made it.
func (r exporterRef) deletedLater(env *Env, later []Step) bool {
	for _, step := range later {
		d, ok := step.(*Delete)
		if !ok || exporterRef(*d).registry() != r.registry() || d.Exporter != r.Exporter {
			continue
		}
		if made, err := d.made(env); err == nil && made {
			return true
		}
	}
	return false
}
