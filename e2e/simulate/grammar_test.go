package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// writer writes a runbook that a person might have written, and keeps in mind what stands where.
type writer struct {
	*scenario
	r        *rand.Rand
	exporter string // the one there is, "" for none
	ours     bool   // this run made it
	paused   bool
	copying  bool // it may not have copied everything yet
	starts   string
	frozen   bool
}

// draft makes the scenario of a seed.
func draft(seed uint64) *scenario {
	s := &scenario{seed: seed, guide: one(chance(seed, "guide"), guideShare)}
	r := chance(seed, "scenario")
	s.fillSource(r)
	s.fillTarget(r)
	s.slow = time.Duration(r.IntN(3)) * 100 * time.Millisecond
	s.lag = time.Duration(r.IntN(2)*r.IntN(3)) * time.Second
	s.stop, s.reject, s.past = one(r, 6), one(r, 4), one(r, 2)
	w := &writer{scenario: s, r: r}
	switch r.IntN(4) {
	case 0:
		w.modes()
	case 1:
		w.taken()
	case 2:
		w.replica()
	default:
		w.mirror()
	}
	return s
}

func (w *writer) step(kind, yaml string, args ...any) string {
	id := fmt.Sprintf("%s-%d", kind, len(w.act)+1)
	w.act = append(w.act, act{id, fmt.Sprintf(yaml, args...)})
	return id
}

// mirror is the migration that most runbooks are: copy, freeze, prove, open, delete.
func (w *writer) mirror() {
	w.maybe(8, w.closeBefore)
	w.maybe(8, w.level)
	w.create("")
	w.maybe(6, w.interlude)
	w.wait()
	w.maybe(4, w.question)
	w.maybe(2, w.freeze)
	w.maybe(4, w.interlude)
	w.settle()
	w.maybe(8, w.fail)
	w.stand()
	w.maybe(3, w.open)
	w.maybe(4, w.prove)
	w.maybe(4, w.noReturnHere)
	w.maybe(6, w.fail)
	w.maybe(3, w.delete)
	w.maybe(4, w.open)
	if w.exporter == "" { // or it would take the deletion along
		w.maybe(4, w.cleanUp)
	}
	w.maybe(4, w.fail)
}

// modes changes modes and settings on both sides.
func (w *writer) modes() {
	for range 2 + w.r.IntN(3) {
		switch w.r.IntN(7) {
		case 0:
			w.freeze()
		case 1:
			w.step("set", `setMode: {registry: target, mode: READONLY, recursive: %t}`, one(w.r, 2))
		case 2:
			w.step("subject", `setMode: {registry: source, subject: s0, mode: %s}`, pick(w.r, "READONLY", "READWRITE"))
		case 3:
			w.step("inherit", `setMode: {registry: target, subject: t0, inherit: true}`)
		case 4:
			w.step("back", `restoreMode: {registry: %s}`, pick(w.r, "source", "target"))
		default:
			w.level()
		}
	}
	w.maybe(3, w.noReturnHere)
	w.maybe(2, w.fail)
}

// taken works on an exporter that was there before.
func (w *writer) taken() {
	kind, verb := `"NONE","context":"."`, "POST"
	if w.guide {
		kind, verb = `"AUTO"`, "PUT"
		w.put("target", "PUT", "/mode?force=true", `{"mode":"IMPORT"}`)
	}
	w.put("source", verb, "/exporters", fmt.Sprintf(`{"name":"old","contextType":`+kind+`,"subjects":["s0"],`+
		`"config":{"schema.registry.url":"http://target","basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"%s:%s"}}`,
		user, canary))
	w.exporter, w.leaves = "old", true
	w.wait()
	if one(w.r, 3) && !w.guide { // whose target is in IMPORT already
		w.create(pick(w.r, "adopt", "update", "update"))
		w.wait()
	}
	for range 1 + w.r.IntN(3) {
		w.maybe(1, w.interlude)
		w.wait()
	}
	w.maybe(3, w.fail)
	w.stand()
	w.maybe(4, w.fail)
}

func (w *writer) maybe(in int, f func()) {
	if one(w.r, in) {
		f()
	}
}

func (w *writer) closeBefore() {
	w.step("set", `setMode: {registry: source, subject: s0, mode: READONLY}`)
}

func (w *writer) create(ifExists string) {
	more := ""
	if one(w.r, 2) && ifExists == "" {
		more = ", rollbackCopies: remove"
	} else {
		w.leaves = true
	}
	name, kind, subjects := "ours", pick(w.r, "NONE", "NONE", "NONE", "CUSTOM, context: .moved", "DEFAULT", "AUTO"), pick(w.r, `":*:"`, `":*:"`, `"*"`, `"s0"`)
	if w.guide {
		kind, subjects = "AUTO", pick(w.r, `"*"`, `"*"`, `"s0"`)
		w.step("import", `setMode: {registry: target, mode: IMPORT, force: true}`)
	}
	if ifExists != "" {
		name, kind, more = "old", "NONE", ", ifExists: "+ifExists
		if ifExists == "adopt" {
			subjects = `"s0"`
		} else {
			w.resets++
		}
	}
	w.creates++
	w.starts = w.step("start", `createExporter: {exporter: %s, contextType: %s, subjects: [%s]%s}`, name, kind, subjects, more)
	w.exporter, w.copying, w.ours = name, true, w.ours || ifExists == ""
}

// wait lets the exporter catch up, so that how the run ends does not depend on how fast it was.
func (w *writer) wait() {
	if w.exporter == "" || w.paused || !w.copying {
		return
	}
	w.step("caught-up", `waitFor: {exporter: %s, until: 'caughtUp("4s")', every: 2s, stallAfter: 1h}, timeout: 10m`, w.exporter)
	w.copying = false
}

// settle waits until nothing is missing.
func (w *writer) settle() {
	if w.starts == "" || w.paused || !one(w.r, 3) {
		return
	}
	w.step("same", `waitFor: {exporter: %s, compare: {}, until: diff.identical, every: 3s}, timeout: 10m`, w.exporter)
}

func (w *writer) prove() { w.step("prove", `compare: {exporter: %s}`, w.exporter) }

func (w *writer) question() {
	w.step("ask", `approve: {message: Go on}`)
}

func (w *writer) freeze() {
	if w.frozen {
		return
	}
	w.frozen = true
	rollback := ""
	if one(w.r, 6) {
		rollback = `, rollback: [{approve: {message: Open the source}}, auto]`
	}
	w.step("freeze", `setMode: {registry: source, mode: READONLY, recursive: %t}%s`, !one(w.r, 3), rollback)
}

// interlude does something with the exporter, and waits for it.
func (w *writer) interlude() {
	switch {
	case w.exporter == "":
		return
	case w.paused:
		w.step("go-on", `resume: {exporter: %s}`, w.exporter)
		w.paused, w.copying = false, true
		return
	}
	w.wait()
	switch w.r.IntN(4) {
	case 0:
		w.step("pause", `pause: {exporter: %s}`, w.exporter)
		w.paused = true
	case 1:
		w.step("again", `reset: {exporter: %s}`, w.exporter)
		w.resets++
		w.copying = true
	case 2:
		w.widens = w.widens || w.exporter == "old"
		w.step("change", `updateExporter: {exporter: %s, subjects: [%s], reset: true}`, w.exporter, pick(w.r, `"s0", "s1"`, `"*"`))
		w.resets++
		w.copying = true
	case 3:
		w.widens = w.widens || w.exporter == "old"
		w.step("change", `updateExporter: {exporter: %s, subjectRenameFormat: 'copy-${subject}'}`, w.exporter)
		w.copying = true
	}
	w.wait()
}

// stand sees to it that nothing copies any more.
func (w *writer) stand() {
	w.wait()
	if w.exporter != "" && !w.paused && one(w.r, 2) {
		w.step("pause", `pause: {exporter: %s}`, w.exporter)
		w.paused = true
	}
}

func (w *writer) open() {
	if w.starts == "" || w.exporter != "" && !w.paused {
		return
	}
	step := pick(w.r, "", ", step: "+w.starts)
	if w.guide {
		step = "" // an exporter changes no mode
	}
	w.step("open", `restoreMode: {registry: target%s}`, step)
	if one(w.r, 3) {
		w.step("settings", `restoreCompatibility: {registry: target, step: %s}`, w.starts)
	}
}

func (w *writer) delete() {
	if w.exporter == "" {
		return
	}
	w.step("end", `delete: {exporter: %s}`, w.exporter)
	w.exporter = ""
}

func (w *writer) noReturnHere() {
	if w.noReturn {
		return
	}
	w.noReturn = true
	if one(w.r, 2) {
		w.step("no-return", `approve: {message: Move the clients}, noReturn: true`)
		return
	}
	w.step("no-return", `assert: {that: 'subjects("source") > 0'}, noReturn: true`)
}

// fail ends the run on purpose.
func (w *writer) fail() {
	switch w.r.IntN(4) {
	case 0:
		w.step("fail", `assert: {that: 'subjects("source") < 0'}, onFailure: stop`)
	case 1:
		w.step("too-long", `waitFor: {until: 'subjects("source") < 0', every: 4s}, timeout: 10s`)
	default:
		w.step("fail", `assert: {that: 'subjects("source") < 0'}`)
	}
}
