package simulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

// announced: when a write reaches a registry, the state on the disk says of a step that its requests may have left,
// and not that it is done. It is asked of what would survive a power failure at this instant.
func (w *world) announced(s *side, q *http.Request) {
	if w.real() {
		return
	}
	forward, back, err := w.underWay()
	switch {
	case err != nil:
		w.violated("announced: %s %s of %s leaves without a state on the disk (%v)", q.Method, q.URL, s.name, err)
	case len(forward)+len(back) == 0:
		w.violated("announced: %s %s of %s leaves while no step is under way on the disk", q.Method, q.URL, s.name)
	}
}

// journaled is a step of a state.
type journaled struct {
	Type              string
	Status            state.StepStatus
	Intent, Tolerated bool
}

// underWay are the types of the steps that are under way, as a power failure would leave the state. It is asked for each
// write, of which many come between two saves.
func (w *world) underWay() (forward, back []string, err error) {
	raw := w.survives(filepath.Base(w.path))
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := &w.known; k.raw == nil || !bytes.Equal(k.raw, raw) {
		var st struct { // what is looked at
			Run *struct{ Steps, Undo []journaled }
		}
		if err := json.Unmarshal(raw, &st); err != nil || st.Run == nil {
			return nil, nil, errors.Join(errors.New("there is no run in it"), err)
		}
		*k = surviving{raw, typesUnderWay(st.Run.Steps), typesUnderWay(st.Run.Undo)}
	}
	return w.known.forward, w.known.back, nil
}

// surviving is what the last look at the state has found.
type surviving struct {
	raw           []byte
	forward, back []string
}

func typesUnderWay(list []journaled) (types []string) {
	for _, e := range list {
		if e.Intent && !(&state.Step{Status: e.Status, Tolerated: e.Tolerated}).Finished() {
			types = append(types, e.Type)
		}
	}
	return types
}

// once: nothing that is not idempotent is done twice: an exporter is made as often as the runbook says, and one that
// has copied something is set back to the beginning as often as the runbook says. What a source has forgotten, because it
// restarted with empty memory, was not done there any more; and an exporter that is set back, and that somebody else then
// has go on, looks as if it had not been.
func (w *world) once() {
	creates, resets := 0, 0
	last := map[string]effect{} // of an exporter
	for _, e := range w.effects {
		exporter, verb := path.Split(e.path)
		switch {
		case e.method == forgotten:
			creates, resets = 0, 0
		case e.method == resumed:
			if last[exporter].moved {
				resets--
			}
		case e.status/100 != 2:
			continue
		case e.path == "/exporters":
			creates++
		case verb == "reset" && e.moved:
			resets++
		}
		last[exporter] = e
	}
	if creates > w.scenario.creates {
		w.violated("once: %d exporters were made, the runbook makes %d", creates, w.scenario.creates)
	}
	if resets > w.scenario.resets {
		w.violated("once: exporters that had copied were reset %d times, the runbook resets %d times", resets, w.scenario.resets)
	}
}

type versionID struct {
	subject string
	version int
}

func versions(s sandbox.Snapshot) map[versionID]sandbox.Version {
	all := map[versionID]sandbox.Version{}
	for _, v := range s.Versions {
		all[versionID{v.Subject, v.Version}] = v
	}
	return all
}

// nothingLost: each version that was there before is there as it was, on both sides, at the end of every process. While
// an exporter is at work a soft-deleted version that it copies anew may be live for a moment before it is deleted again,
// for as long as trouble keeps it in ERROR, and for good where its source has forgotten it just then. What the runbook
// deletes goes.
func (w *world) nothingLost(before, now [2]sandbox.Snapshot, atEnd bool) {
	for i, name := range []string{"source", "target"} {
		if w.lost[name] != nil {
			continue
		}
		have := versions(now[i])
		for id, v := range versions(before[i]) {
			got, ok := have[id]
			if d, may := w.mayGo(name, id.subject); may {
				if !ok && d.permanent {
					continue
				}
				got.Deleted = got.Deleted && v.Deleted
			}
			if v.Deleted && (!atEnd || stuck(now[0]) || w.lost["source"] != nil) {
				got.Deleted = true
			}
			if !ok || !reflect.DeepEqual(got, v) {
				w.violated("nothingLost: %s version %d of %s was %+v, is %+v", id.subject, id.version, name, v, got)
			}
		}
	}
}

// stuck reports whether an exporter stays where trouble has met it, which by the guide it does until it is resumed.
func stuck(source sandbox.Snapshot) bool {
	return slices.ContainsFunc(source.Exporters, func(x sandbox.ExporterSnapshot) bool { return x.State == "ERROR" })
}

// sameEnd: a run that succeeds leaves both registries as the undisturbed run leaves them. An exporter that still copies
// may be STARTING or RUNNING, and runs into what somebody else writes.
func (w *world) sameEnd(undisturbed, now [2]sandbox.Snapshot) {
	if w.strangers("mode", "exporters") || len(w.lost) > 0 {
		return // what exporters copy hangs on these
	}
	for i, name := range []string{"source", "target"} {
		u, n := settled(undisturbed[i]), settled(now[i])
		if len(w.deeds) > 0 {
			u.Contexts, u.Modes, u.Configs = nil, nil, nil // of what an exporter has copied for others
			n.Contexts, n.Modes, n.Configs = nil, nil, nil
			n.Versions = slices.DeleteFunc(n.Versions, isTheirs)
			u.Exporters, n.Exporters = w.ownIn(name, u).Exporters, w.ownIn(name, n).Exporters
		}
		if d := differ(u, n); d != "" {
			w.violated("sameEnd: %s is not as after the undisturbed run: %s", name, d)
		}
	}
}

// putBack: after a rollback modes, compatibility and exporters are as before, and with rollbackCopies: remove there is
// no version more. Not set and the server's default are the same for the default context, whose setting a server never
// shows as missing. A context that got its first subject stays listed when that is gone. What an exporter that was there
// before the run did on the target with other settings stays, and the run says so; what a step has deleted is gone.
func (w *world) putBack(before, now [2]sandbox.Snapshot) {
	for i, name := range []string{"source", "target"} {
		b, n := settled(w.there(name, before[i])), settled(w.there(name, now[i]))
		b.Contexts, n.Contexts = nil, nil
		if w.scenario.leaves {
			b.Versions, n.Versions = nil, nil // copies stay; nothingLost looks at the others
		}
		if w.scenario.widens && name == "target" {
			b.Modes, n.Modes, b.Configs, n.Configs = nil, nil, nil, nil
		}
		b, n = w.ownIn(name, b), w.ownIn(name, n)
		if w.lost["source"] != nil {
			b.Versions, n.Versions, b.Configs, n.Configs = nil, nil, nil, nil // a copy is what the source has as well
		}
		b, n = w.uncopied(name, before, b), w.uncopied(name, before, n)
		b, n = w.undiscarded(name, b), w.undiscarded(name, n)
		doubtful := len(w.deeds)+len(w.discarded) > 0
		if doubtful && strings.Contains(w.log.String(), " left alone: ") {
			b.Versions, n.Versions = nil, nil // what others registered, or the source lacks, has made them doubtful, and it says so
		}
		if doubtful && strings.Contains(w.log.String(), " left alone, not from this run") {
			b.Configs, n.Configs = nil, nil // the source has others by now than those that were replayed, and it says so
		}
		if d := differ(b, n); d != "" {
			w.violated("putBack: %s is not as before: %s", name, d)
		}
	}
}

// settled is a snapshot without what may differ though it means the same.
func settled(s sandbox.Snapshot) sandbox.Snapshot {
	s.Modes, s.Configs = maps.Clone(s.Modes), maps.Clone(s.Configs)
	if s.Modes[""] == "READWRITE" {
		delete(s.Modes, "")
	}
	if c := s.Configs[""]; len(c) == 1 && c["compatibility"] == "BACKWARD" {
		delete(s.Configs, "")
	}
	s.Exporters = slices.Clone(s.Exporters)
	for i := range s.Exporters {
		switch s.Exporters[i].State {
		case "STARTING":
			s.Exporters[i].State = "RUNNING"
		case "ERROR": // by the guide one that runs stays in it, once it has met with trouble of its own
			s.Exporters[i].State, s.Exporters[i].Trace = "RUNNING", ""
		}
		if s.Exporters[i].ContextType == "AUTO" && s.Exporters[i].Context == "." {
			s.Exporters[i].Context = "" // by the guide AUTO has none
		}
	}
	return s
}

// differ names what two snapshots differ in.
func differ(a, b sandbox.Snapshot) string {
	var parts []string
	for _, p := range []struct {
		what string
		a, b any
	}{
		{"contexts", a.Contexts, b.Contexts},
		{"modes", a.Modes, b.Modes},
		{"configs", a.Configs, b.Configs},
		{"versions", brief(a.Versions), brief(b.Versions)},
		{"exporters", a.Exporters, b.Exporters},
	} {
		if x, y := inJSON(p.a), inJSON(p.b); x != y {
			parts = append(parts, fmt.Sprintf("%s: want %s, got %s", p.what, x, y))
		}
	}
	return strings.Join(parts, "; ")
}

func brief(list []sandbox.Version) []string {
	var all []string
	for _, v := range list {
		all = append(all, fmt.Sprintf("%s/%d id %d deleted %t %s", v.Subject, v.Version, v.ID, v.Deleted, v.Schema))
	}
	return all
}

func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// agrees: a process that ended by itself says with its exit code how the state on the disk stands. A rollback that finds
// everything before a point of no return undoes nothing, exits 5 and leaves the state as it was.
func (w *world) agrees(verb string, res engine.Result, st *state.State, closed bool) {
	var status state.Status
	if st != nil && st.Run != nil {
		status = st.Run.Status
	}
	want := map[engine.Exit][]state.Status{
		engine.OK:                 {state.Succeeded},
		engine.Failed:             {state.Failed, state.Running, state.Interrupted, state.Waiting, state.RollingBack, state.RollbackIncomplete, state.Succeeded},
		engine.Refused:            {""},
		engine.Unread:             {"", state.Failed, state.Running, state.Interrupted, state.Waiting, state.RollingBack, state.RollbackIncomplete, state.Succeeded},
		engine.RolledBack:         {state.RolledBack},
		engine.RollbackIncomplete: {state.RollbackIncomplete, state.Failed},
		engine.Waiting:            {state.Waiting, state.RollingBack},
		engine.Interrupted:        {state.Interrupted, state.RollingBack, state.Waiting, "", state.Running, state.Failed, state.Succeeded, state.RollbackIncomplete},
	}[res.Exit]
	if (verb == "rollback" || verb == "past") && res.Exit == engine.OK {
		want = []state.Status{state.RolledBack}
	}
	if verb == "rollback" && res.Exit == engine.RollbackIncomplete && closed {
		want = append(want, state.Waiting, state.Running, state.Interrupted, state.Succeeded)
	}
	switch res.Exit {
	case engine.BadState:
		if !w.current.full && !w.current.apart && !(st == nil && verb != "run") {
			w.violated("agrees: exit 12 while the state can be read and written: %v", res.Err)
		}
	case engine.Usage, engine.Locked, engine.Stale:
		w.violated("agrees: exit %d: %v", res.Exit, res.Err)
	default:
		if !slices.Contains(want, status) {
			w.violated("agrees: %s ended with exit %d, and the state says %q", verb, res.Exit, status)
		}
	}
}

// whole: what the next process finds on the disk is a state that it can read, and no older than the last one that was
// saved.
func (w *world) whole() *state.State {
	st, err := w.store(nil).Load()
	if err != nil {
		w.violated("whole: %v", err)
		return nil
	}
	serial := 0
	if st != nil {
		serial = st.Serial
	}
	if serial < w.saved {
		w.violated("whole: the state on the disk has serial %d, and %d had been saved", serial, w.saved)
	}
	return st
}

// silent: no secret stands in a file, in what a process printed, or in a trace.
func (w *world) silent() {
	for name, content := range w.files() {
		if strings.Contains(string(content), canary) {
			w.violated("silent: %s holds the password", filepath.Base(name))
		}
	}
	if strings.Contains(w.log.String(), canary) {
		w.violated("silent: the password was printed")
	}
}

// stands: the state and the registries agree on exporters: a step that made one and is not undone has left it there,
// and after a delete there is none.
func (w *world) stands(st *state.State, now [2]sandbox.Snapshot) {
	if w.lost["source"] != nil || st == nil || st.Run == nil || st.Run.Status == state.RollingBack || st.Run.Status == state.RollbackIncomplete {
		return
	}
	there := map[string]bool{}
	for _, x := range now[0].Exporters {
		there[x.Name] = true
	}
	name, want := "ours", false
	for _, e := range st.Run.Steps {
		switch {
		case e.Status != state.StepSucceeded:
			if e.Intent && (e.Type == "createExporter" || e.Type == "delete") {
				return // under way
			}
		case e.Type == "createExporter" && !strings.Contains(string(e.Record), `"ifExists"`):
			want = true
		case e.Type == "delete":
			want = false
		}
	}
	if st.Run.Status == state.RolledBack {
		want = false
	}
	if want != there[name] {
		w.violated("stands: by the state (%s) the exporter is there: %t; on the source: %t", st.Run.Status, want, there[name])
	}
}
