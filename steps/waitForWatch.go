package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/condition"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// watch is one attempt of a waitFor.
type watch struct {
	*WaitFor
	env           *Env
	source        *registry.Client // of the exporter; nil without one
	goal, failure *condition.Program
	every, stall  time.Duration

	compares compare.Watch

	seen    history
	looks   int
	view    *condition.View // the last observation, nil before the first
	result  *compare.Result // of the last compare, nil before the first
	partial int             // looks since the last full pass
	took    time.Duration   // that one
	skipped error           // why the last look saw nothing; nil when it did
	dark    time.Time       // since when, or when that was told; zero when it did
	shown   event.StepProgress
	aim     string // the registry that refuses the exporter, once it does; "" where that is not known
	still   stillness
	notices notices
	pace    pace
}

func (s *WaitFor) watch(env *Env) (*watch, error) {
	w := &watch{WaitFor: s, env: env, every: 10 * time.Second}
	w.seen = history{began: time.Now(), exporter: s.Exporter != "", compares: s.Compare != nil}
	scope := s.scope(env.names())
	var errs [5]error
	w.goal, errs[0] = condition.Compile(s.until(), scope)
	if s.FailIf != "" {
		w.failure, errs[1] = condition.Compile(s.FailIf, scope)
	}
	if s.Every != "" {
		w.every, errs[2] = time.ParseDuration(s.Every)
	}
	if s.StallAfter != "" {
		w.stall, errs[3] = time.ParseDuration(s.StallAfter)
	} else if s.Compare != nil {
		w.stall = defaultStall
	}
	if s.Exporter != "" {
		w.source, errs[4] = env.Registry(s.registry())
	}
	return w, errors.Join(errs[:]...)
}

// look is one poll. One that fails for the moment only is told and counts as not done.
func (w *watch) look(ctx context.Context) (bool, error) {
	w.looks++
	done, err := w.observe(ctx)
	switch {
	case err == nil:
		return done, nil
	case ctx.Err() != nil:
		w.cut(ctx, err)
		return false, ctx.Err()
	case passing(err):
		w.seen.sawNothing()
		w.skipped = err
		w.progress("cannot look: " + err.Error())
		w.noticeDark(err)
		return false, nil
	}
	return false, err
}

// cut keeps the error of a look that ctx ended, unless it tells no more than that.
func (w *watch) cut(ctx context.Context, err error) {
	_, answered := errors.AsType[*registry.Error](err)
	_, broken := errors.AsType[*net.OpError](err)
	if answered || broken || !errors.Is(err, ctx.Err()) {
		w.skipped = err
	}
}

// passing reports whether the next look may have more luck. A count can also fail because the registry is being written
// to, which is neither a refusal nor a broken connection.
func passing(err error) bool {
	_, counting := errors.AsType[*countError](err)
	_, refused := errors.AsType[*registry.Error](err)
	_, broken := errors.AsType[*url.Error](err)
	return registry.IsTemporary(err) || counting && !refused && !broken
}

func (w *watch) observe(ctx context.Context) (done bool, err error) {
	w.seen.now = time.Now()
	v := w.fresh(ctx)
	if there, err := w.lookAtExporter(ctx, v); err != nil || !there {
		return false, err
	}
	if err := w.lookAtBoth(ctx, v, w.wholeNext(ctx)); err != nil {
		return false, err
	}
	w.view, w.skipped, w.dark = v, nil, time.Time{}
	if done, err = w.decide(ctx, v); done || err != nil {
		return done, err
	}
	w.progress(w.glance())
	w.noticeOffset()
	return false, w.stalled(ctx)
}

// fresh is an observation whose questions are still to be asked.
func (w *watch) fresh(ctx context.Context) *condition.View {
	v := look(ctx, w.env)
	v.Attempt = w.looks
	v.Elapsed = w.seen.now.Sub(w.seen.began)
	v.ChangedAgo, v.CaughtUp = w.seen.changedAgo, w.seen.caughtUp
	return v
}

// decide judges what a look saw that did not read everything as if the rest were the same. Where that ends the wait, or
// makes it a stall, a full pass decides; until then nobody says that both sides are identical.
func (w *watch) decide(ctx context.Context, v *condition.View) (done bool, err error) {
	if !w.unproven() {
		return w.judge(v)
	}
	v.Diff.Identical = w.result.Verdict == compare.Unconfirmed
	done, err = w.judge(v)
	v.Diff.Identical = false
	if done || err != nil && !passing(err) || w.standing() {
		return w.prove(ctx, v, err)
	}
	return false, err
}

// blind reports whether the last compare could not read everything. Its counts are of what it read, so that no
// condition holds by them but one that asks for that.
func (w *watch) blind() bool {
	return w.result != nil && !w.result.Complete() && !strings.Contains(w.until(), "unknown")
}

// judge asks the conditions. What the runbook calls a failure goes before success; what is one by default comes after.
func (w *watch) judge(v *condition.View) (done bool, err error) {
	if w.failure != nil {
		failed, err := w.failure.True(v)
		if err != nil {
			return false, fmt.Errorf("failIf: %w", err)
		}
		if failed {
			return false, fmt.Errorf("failIf %s holds: %s; last seen: %s%s", w.failure, w.failure.Explain(v), w.text(), w.remedy())
		}
	}
	done, err = w.goal.True(v)
	if err != nil {
		return false, fmt.Errorf("until: %w", err)
	}
	if done = done && !w.blind(); done || w.failure != nil {
		return done, nil
	}
	return false, w.broken()
}
