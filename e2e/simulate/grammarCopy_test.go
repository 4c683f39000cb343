package simulate

import (
	"slices"
	"strings"
)

// discard is what a step deletes for a runbook that has it so.
type discard struct {
	step, side, subject string
	permanent           bool
}

// replica is a migration by the program's own requests: copy, freeze, copy the rest, prove, clean up.
func (w *writer) replica() {
	w.maybe(8, w.closeBefore)
	w.maybe(3, w.level)
	w.copyOver()
	w.maybe(4, w.question)
	w.maybe(2, w.freeze)
	w.maybe(3, w.copyOver)
	w.maybe(8, w.fail)
	w.maybe(4, func() { w.step("prove", `compare: {}`) })
	w.maybe(4, func() { w.step("open", `restoreMode: {registry: target}`) })
	w.maybe(4, w.level)
	w.maybe(4, w.noReturnHere)
	w.maybe(6, w.fail)
	w.maybe(3, w.cleanUp)
	w.maybe(4, w.fail)
}

// copyOver copies all there is, or some of it.
func (w *writer) copyOver() {
	w.copies++
	what := pick(w.r, "", "", "", `subjects: ["*"]`, `subjects: ["s0"]`, `contexts: [".a", ".b"]`, `contexts: ["."]`)
	where := pick(w.r, "", "", "", "contextType: CUSTOM, context: .moved", "contextType: DEFAULT")
	if w.guide {
		where = ""
	}
	fields := []string{what, where}
	if one(w.r, 6) {
		fields = append(fields, "deleted: false")
	}
	if one(w.r, 3) {
		fields = append(fields, "compatibility: true")
	}
	switch w.r.IntN(3) {
	case 0, 1:
		fields = append(fields, "rollbackCopies: remove")
	default:
		w.leaves = true
	}
	fields = slices.DeleteFunc(fields, func(f string) bool { return f == "" })
	w.step("copy", `copy: {%s}`, strings.Join(fields, ", "))
}

// level sets a compatibility level, or takes one away, and may put it back.
func (w *writer) level() {
	side, place := pick(w.r, "source", "target"), pick(w.r, "", ", subject: s0", ", subject: t0", ", context: .a")
	level := "level: " + pick(w.r, "FULL", "NONE")
	if place != "" && one(w.r, 3) {
		level = "inherit: true"
	}
	w.step("level", `setCompatibility: {registry: %s, %s%s}`, side, level, place)
	w.maybe(4, func() { w.step("levels", `restoreCompatibility: {registry: %s}`, side) })
}

// cleanUp deletes a subject, which nobody can undo.
func (w *writer) cleanUp() {
	d := discard{side: pick(w.r, "source", "target", "target"), permanent: one(w.r, 2)}
	d.subject = pick(w.r, "s0", "s1", ":.a:s0")
	if d.side == "target" {
		d.subject = pick(w.r, "t0", "t0", "s0")
	}
	allow := ""
	if !one(w.r, 12) {
		allow = ", allow: [{code: SRM013, atMost: 4, because: nobody reads it}]"
	}
	d.step = w.step("clean", `deleteSubjects: {registry: %s, subjects: ["%s"], permanent: %t, atMost: 1}%s`, d.side, d.subject, d.permanent, allow)
	w.discards = append(w.discards, d)
}
