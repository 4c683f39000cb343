package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

// mostProcesses is within how many calls each schedule has to come to its end.
const mostProcesses = 24

// outcome is how a schedule ended.
type outcome struct {
	status        state.Status // "" for a run that was refused
	before, after [2]sandbox.Snapshot
	violations    []string
	befell        []trouble
	calls         []string
	places        [classes]int
	inRollback    int // crashes
	log           string
}

// violated is the name of the first invariant that does not hold, "" when all do.
func (o outcome) violated() string {
	if len(o.violations) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(o.violations[0], ":")
	return name
}

// schedule is one search: a scenario, and what goes wrong in it.
type schedule struct {
	*scenario
	seed  uint64
	plan  plan
	base  *outcome // of the undisturbed run; nil when this is it
	calls bool     // other commands than run are drawn

	real    bool // the state lies in real files
	bucket  bool // the state lies in a bucket
	network bool // requests go through net/http at both ends of connections
}

// longest is how long a schedule may take by a real clock. In a bubble time stands still for as long as somebody waits for a
// mutex, and for ever when its holder waits for a time.
const longest = 5 * time.Minute

// run lives through the schedule in a bubble of its own, where time is virtual.
func (s schedule) run(t *testing.T) (o outcome) {
	stuck := time.AfterFunc(longest, func() {
		panic(fmt.Sprintf("the schedule of seed %d stands still (0: the undisturbed one of seeds from %d on)", s.seed, s.scenario.seed*family))
	})
	defer stuck.Stop()
	dir := ""
	if s.real {
		dir = t.TempDir()
	}
	synctest.Test(t, func(*testing.T) { o = s.live(dir) })
	return o
}

func (s schedule) live(dir string) (o outcome) {
	w, err := newWorld(s, dir)
	if err != nil {
		return outcome{violations: []string{"setup: " + err.Error()}}
	}
	o.before = w.snapshots()
	w.before = o.before
	l := &life{world: w, s: s}
	l.toTheEnd()
	time.Sleep(time.Minute) // what exporters still try is over then
	o.after = w.snapshots()
	l.judge(o.after)
	if err := w.close(); err != nil {
		w.violated("setup: close: %v", err)
	}
	o.status, o.violations, o.befell, o.places, o.calls, o.log = l.status, w.violations, w.befell, w.places, l.called, w.log.String()
	o.inRollback = l.inBack
	return o
}

// life is a schedule at work.
type life struct {
	*world
	s      schedule
	called []string
	status state.Status
	failed int  // calls that ended with exit 1
	back   bool // a rollback was asked for
	past   bool // past a point of no return
	barred bool // a point of no return was passed
	inBack int  // crashes in a rollback
}

// toTheEnd calls the program until nothing is left to do.
func (l *life) toTheEnd() {
	verb := "run"
	for {
		l.called = append(l.called, verb)
		sent := len(l.effects)
		res, killed := l.run(verb)
		st := l.whole()
		if len(l.violations) > 0 {
			return
		}
		l.look(verb, res, st, killed)
		l.status = ""
		if st != nil && st.Run != nil {
			l.status = st.Run.Status
		}
		if killed && l.status == state.RollingBack {
			l.inBack++
		}
		if len(l.violations) > 0 || !killed && l.over(verb, res, len(l.effects) > sent) {
			return
		}
		if l.processes >= mostProcesses {
			l.violated("ends: it has not come to an end after %d calls: the last one was %s, exit %d, and the state says %q", l.processes, verb, res.Exit, l.status)
			return
		}
		verb = l.next(verb, res, killed)
	}
}

// run is one call of the program.
func (l *life) run(verb string) (engine.Result, bool) {
	return l.world.run(verb, func(ctx context.Context, x *engine.Engine) engine.Result {
		switch verb {
		case "rollback":
			return x.Rollback(ctx, engine.RollbackOptions{})
		case "past":
			return x.Rollback(ctx, engine.RollbackOptions{PastNoReturn: true})
		case "resume":
			return x.Run(ctx, engine.RunOptions{Resume: true})
		case "no-rollback":
			return x.Run(ctx, engine.RunOptions{NoRollback: true})
		case "answer":
			return l.answer(x)
		}
		return x.Run(ctx, engine.RunOptions{})
	})
}

// answer is a call of approve or reject.
func (l *life) answer(x *engine.Engine) engine.Result {
	st, err := x.Store.Load()
	if err != nil || st == nil || st.Run == nil || st.Run.Waiting() == nil {
		return engine.Result{Exit: engine.Failed, Err: err}
	}
	q, err := x.Question(st.Run.Waiting().ID)
	if err == nil {
		err = x.Reply(q, engine.Reply{Approved: !l.s.reject || q.Undoing, By: "jane"})
	}
	if err != nil {
		return engine.Result{Exit: engine.Failed, Err: err}
	}
	return engine.Result{}
}

// look holds the invariants of every process.
func (l *life) look(verb string, res engine.Result, st *state.State, killed bool) {
	now := l.snapshots()
	l.discarding(st)
	l.nothingLost(l.before, now, false)
	l.kept(now)
	l.settings.cutShort(st)
	if st != nil && st.Run != nil {
		l.barred = l.barred || slices.ContainsFunc(st.Run.Steps, func(e *state.Step) bool { return e.NoReturn })
	}
	if killed || verb == "answer" {
		return
	}
	l.agrees(verb, res, st, l.s.noReturn)
	l.stands(st, now)
	l.noticed(st)
}

// over says whether nothing is left to do.
func (l *life) over(verb string, res engine.Result, wrote bool) bool {
	switch {
	case verb == "answer" || res.Exit == engine.BadState:
		return false
	case len(l.deeds)+len(l.lost) > 0 && l.processes >= mostProcesses/2 && res.Exit != engine.OK:
		return true // something is in the way that a run cannot mend, and it says that it has not come to its end
	case res.Exit == engine.Refused, res.Exit == engine.Unread && l.status == "":
		return l.s.base == nil || l.s.base.status == ""
	}
	return l.status == state.Succeeded && res.Exit == engine.OK || l.status == state.RolledBack
}

// next is the command that somebody would type now.
func (l *life) next(verb string, res engine.Result, killed bool) string {
	next := l.natural(res, killed)
	l.back = l.back || next == "rollback" || next == "past"
	l.past = l.past || next == "past"
	return next
}

func (l *life) natural(res engine.Result, killed bool) string {
	if !killed && (res.Exit == engine.Failed || res.Exit == engine.Unread) && l.called[len(l.called)-1] != "answer" {
		l.failed++
	}
	dice := 1.0
	if l.s.calls && l.processes < mostProcesses/2 {
		dice = chance(l.s.seed, "call", l.processes).Float64()
	}
	waits := !killed && res.Exit == engine.Waiting
	switch {
	case l.status == "":
		return "run"
	case waits && (dice < 0.9 || dice == 1):
		return "answer"
	case l.failed > 1 || l.processes > mostProcesses*2/3 && l.status == state.Failed:
		return "past"
	case dice < 0.08, !killed && res.Exit == engine.RollbackIncomplete && l.status == state.RollbackIncomplete:
		return "rollback"
	case !killed && res.Exit == engine.RollbackIncomplete && l.s.past:
		return "past"
	case dice < 0.2:
		return "resume"
	case dice < 0.25 && l.status != state.RollingBack:
		return "no-rollback"
	}
	return "run"
}

// judge holds the invariants of the end.
func (l *life) judge(now [2]sandbox.Snapshot) {
	l.once()
	l.silent()
	l.nothingLost(l.before, now, true)
	l.kept(now)
	if len(l.violations) > 0 {
		return
	}
	// Where nothing lies before the point of no return that could be undone, there is nothing to go back to either.
	if l.barred && l.status == state.RolledBack && !l.past && !strings.Contains(l.log.String(), "rollback  begins: 0 undo steps") {
		l.violated("noReturn: the run went back past a point of no return, and nobody asked for that")
	}
	switch l.status {
	case state.RolledBack:
		l.putBack(l.before, now)
	case state.RollbackIncomplete:
		if len(l.lost) > 0 {
			l.putBack(l.before, now) // where nothing was lost
		}
	case state.Succeeded:
		l.copied(l.before, now)
		l.closed(l.before, now)
		if l.s.base != nil && l.s.base.status == state.Succeeded {
			l.sameEnd(l.s.base.after, now)
		}
	case "":
		b, n := l.before, now
		for i, name := range []string{"source", "target"} {
			b[i] = l.uncopied(name, l.before, l.there(name, l.ownIn(name, b[i])))
			n[i] = l.uncopied(name, l.before, l.there(name, l.ownIn(name, n[i])))
		}
		if d := differ(b[0], n[0]) + differ(b[1], n[1]); d != "" {
			l.violated("refused: a run that was refused has changed something: %s", d)
		}
	}
	if l.s.base != nil && len(l.deeds) == 0 && len(l.lost) == 0 && l.status != l.s.base.status && (l.status == state.Succeeded || l.bearable()) {
		l.violated("sameEnd: the undisturbed run ends %q, this one %q", l.s.base.status, l.status)
	}
}

// bearable says that nothing happened that may change how a run ends: processes died, and fewer requests failed for a
// passing reason than a step may try again. By the guide an exporter that met with an error stays in it, which is no passing
// reason.
func (l *life) bearable() bool {
	passing := 0
	for _, t := range l.befell {
		switch {
		case t.Kind.crashes(), t.Kind == signal, t.Kind == diskFull:
		case l.s.guide && strings.HasPrefix(t.At.What, "exporter "):
			return false
		case t.Kind.passes():
			passing++
		default:
			return false
		}
	}
	return !l.back && passing < 4
}

// String shows the schedule to a person.
func (s schedule) show(o outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "registries before:\n")
	for _, q := range s.content {
		fmt.Fprintf(&b, "  %s %s %s %s\n", q.side, q.method, q.path, q.body)
	}
	fmt.Fprintf(&b, "runbook:\n%s", indent(s.runbook()))
	fmt.Fprintf(&b, "troubles:\n")
	for _, t := range o.befell {
		fmt.Fprintf(&b, "  %s\n", t)
	}
	fmt.Fprintf(&b, "what happened:\n%s", indent(o.log))
	fmt.Fprintf(&b, "violated:\n")
	for _, v := range o.violations {
		fmt.Fprintf(&b, "  %s\n", v)
	}
	return b.String()
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n  ") + "\n"
}
