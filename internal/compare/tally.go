package compare

import (
	"errors"
	"fmt"
	"slices"
)

// add counts a difference, as n versions, and hands it on.
func (d *diff) add(v Difference, n int) error {
	v.Level = d.level(v.Kind, v.TargetSubject)
	r := d.result
	switch v.Level {
	case Fail:
		r.count(v, n)
		r.failing = keep(r.failing, v, r.show)
	case Report:
		r.Reported++
		if v.Kind == KindExtraSubject {
			r.alone++
		}
		r.reported = keep(r.reported, v, r.show)
	default:
		return nil
	}
	return d.OnDifference(v)
}

func keep(ds []Difference, d Difference, most int) []Difference {
	if len(ds) < most {
		ds = append(ds, d)
	}
	return ds
}

func (r *Result) count(v Difference, n int) {
	if v.Subject != "" && v.Kind != KindOutside {
		r.differ[v.Subject] = true
	}
	switch v.Kind {
	case KindMissingSubject, KindMissingVersion:
		r.Missing += n
	case KindExtraSubject:
		r.ExtraSubjects++
		r.Extra += n
	case KindExtraVersion:
		r.Extra += n
	case KindID, KindSchema, KindFormat, KindReferences, KindMetadata, KindRules:
		r.Changed += n
	default:
		r.Other += n
	}
}

// unread notes the first of the errors, and how many there were.
func (d *diff) unread(what string, errs ...error) {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 0 {
		return
	}
	text := fmt.Sprintf("%s: %v", what, errs[0])
	if more := len(errs) - 1; more > 0 {
		text += fmt.Sprintf(" (and %s like it)", commas(more))
	}
	d.result.Unread = append(d.result.Unread, text)
}

// noteRead notes how the reading of a side went.
func (d *diff) noteRead(what string, s *side) {
	if s.moved.Load() {
		d.result.Moved = append(d.result.Moved, what)
	}
	if e, moved := errors.AsType[*movedError](s.err); moved {
		d.result.Unread = append(d.result.Unread, what+" "+e.Error())
		return
	}
	d.unread(what, s.err)
}

// finish makes the verdict: identical only if everything was read, as it was at
// one moment, and nothing failed.
func (d *diff) finish() *Result {
	r := d.result
	r.Differing = 0
	for _, e := range d.pairs {
		if r.differ[e.source] {
			r.Differing++
		}
	}
	r.Differences = append(r.Differences, r.failing...)
	r.Differences = append(r.Differences, r.reported[:min(len(r.reported), r.show-len(r.failing))]...)
	if s := r.Scope; s.Subjects == 0 && s.All > 0 && len(r.failing) == 0 {
		r.Unread = append(r.Unread, fmt.Sprintf("no pattern or filter covers any of the %s of the source",
			count(s.All, "subject")))
	}
	switch {
	case len(r.Unread) > 0:
		r.Verdict = Unknown
	case len(r.failing) > 0:
		r.Verdict = Different
	case len(r.Moved) > 0:
		r.Verdict = Unknown
	case r.look:
		r.Verdict = Unconfirmed
	default:
		r.Verdict = Identical
	}
	return r
}
