package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A diff collects the differences of one run.
type diff struct {
	Options
	result         *Result
	m              Mapping
	join           *join
	source, target *side
	meter          *meter

	bySource []*entry // that have anything there, in order, but for what is settled
	byTarget []*entry
	pairs    []*entry // what is compared, and of what is settled only what has settings to compare

	agreed map[string]map[placePair]bool // places with the same setting, by kind; nil where nobody looks again
}

func newDiff(o Options, source, target *registry.Client) *diff {
	d := &diff{Options: o, m: o.mapping(), result: newResult(source, target, o.Show)}
	to := func(subject string) string { t, _ := d.m.Map(subject); return t }
	d.source, d.target = d.side(source, newHolder(to)), d.side(target, newHolder(sameName))
	keep := o.OnPair != nil || d.m.merges()
	d.join = newJoin(d.place, keep, d.source.holder, d.target.holder)
	d.source.sink, d.target.sink = half{d.join, atSource}, half{d.join, atTarget}
	d.measure()
	return d
}

func (d *diff) side(c *registry.Client, h *holder) *side {
	h.late = true
	s := &side{reader: reader{c: c, holder: h, deleted: d.Check["deleted"] != Off, still: []bool{true, false}}}
	if d.Moving {
		s.still = []bool{false}
	}
	return s
}

// measure has both sides tell how far they have come.
func (d *diff) measure() {
	d.meter = newMeter(d.Progress, d.level(KindCompatibility, "") != Off || d.level(KindMode, "") != Off)
	for _, s := range d.sides() {
		s.course = d.meter.course(one(s.deleted))
	}
}

// place sorts the source's subjects into compared, outside and filtered.
func (d *diff) place(subject string) (string, scope) {
	target, covered := d.m.Map(subject)
	switch {
	case !covered:
		return target, outside
	case !d.selected(subject):
		return target, filtered
	}
	return target, compared
}

// sort puts what was read in order, where there is anything to tell of it.
func (d *diff) sort() {
	for e := range d.join.all() {
		if d.settled(e) {
			continue
		}
		if d.there(e, atSource) {
			d.bySource = append(d.bySource, e)
		}
		if d.there(e, atTarget) {
			d.byTarget = append(d.byTarget, e)
		}
	}
	slices.SortFunc(d.bySource, func(a, b *entry) int { return strings.Compare(a.source, b.source) })
	slices.SortFunc(d.byTarget, func(a, b *entry) int { return strings.Compare(a.target, b.target) })
}

func (d *diff) there(e *entry, side int) bool {
	return e.seen[side] == half{d.join, side}.now()
}

// versions returns what is kept of one side of a subject, live or gone.
func (d *diff) versions(e *entry, side int, gone bool) []held {
	if side == atTarget && e.source != "" {
		e = d.join.first(e)
	}
	if e.kept == nil || !d.there(e, side) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.kept[side].list), func(v held) bool { return v.gone != gone })
}

// lives says how many live versions one side has of a subject.
func (d *diff) lives(e *entry, side int) int {
	if !d.there(e, side) {
		return 0
	}
	if e.same || e.scope != compared {
		return int(e.live)
	}
	live, _ := counts(e.kept[side].list)
	return int(live)
}

// settled reports whether both sides have the same of a subject.
func (d *diff) settled(e *entry) bool {
	return e.same && d.there(e, atSource) && d.there(e, atTarget)
}

func (d *diff) scopeOf() {
	scope, contexts := &d.result.Scope, map[string]bool{}
	for _, e := range d.bySource {
		if d.count(e, contexts) {
			d.pairs = append(d.pairs, e)
		}
	}
	settings := d.level(KindCompatibility, "") != Off || d.level(KindMode, "") != Off
	for e := range d.join.all() {
		if d.settled(e) && d.count(e, contexts) && settings {
			d.pairs = append(d.pairs, e)
		}
	}
	for from := range contexts {
		scope.Contexts = append(scope.Contexts, d.arrow(from))
	}
	slices.Sort(scope.Contexts)
	scope.Contexts = slices.Compact(scope.Contexts)
}

// count adds a subject to the scope, and reports whether it is compared.
func (d *diff) count(e *entry, contexts map[string]bool) bool {
	scope, versions := &d.result.Scope, d.lives(e, atSource)
	if versions == 0 {
		return false
	}
	scope.All++
	switch e.scope {
	case outside:
		scope.Outside++
	case filtered:
		scope.Filtered++
	default:
		scope.Subjects++
		scope.Versions += versions
		from, _ := SplitSubject(e.source)
		contexts[from] = true
	}
	return e.scope == compared
}

func (d *diff) arrow(from string) string {
	if to := d.m.mapContext(from); to != from {
		return from + " → " + to
	}
	return from
}

// live compares every version that the source has.
func (d *diff) live(context.Context) error {
	d.scopeOf()
	for _, e := range d.bySource {
		var err error
		switch {
		case e.scope == outside && d.Outside == Fail && d.lives(e, atSource) > 0 && d.selected(e.source):
			err = d.add(Difference{Kind: KindOutside, Subject: e.source}, 1)
		case e.scope != compared || d.lives(e, atSource) == 0:
		default:
			err = d.subject(e.source, e.target, d.versions(e, atSource, false), d.versions(e, atTarget, false))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) subject(subject, target string, source, there []held) error {
	if len(there) == 0 {
		return d.add(Difference{
			Kind: KindMissingSubject, Subject: subject, TargetSubject: target, Detail: count(len(source), "version"),
		}, len(source))
	}
	for len(source) > 0 || len(there) > 0 {
		var err error
		switch {
		case len(there) == 0 || len(source) > 0 && source[0].version < there[0].version:
			err = d.add(d.version(KindMissingVersion, subject, target, &source[0], nil), 1)
			source = source[1:]
		case len(source) == 0 || there[0].version < source[0].version:
			err = d.add(d.version(KindExtraVersion, subject, target, nil, &there[0]), 1)
			there = there[1:]
		default:
			err = d.pair(subject, target, source[0].record(), there[0].record())
			source, there = source[1:], there[1:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) version(kind, subject, target string, s, t *held) Difference {
	v := Difference{Kind: kind, Subject: subject, TargetSubject: target}
	if s != nil {
		v.Version, v.SourceID = s.version, s.id
	}
	if t != nil {
		v.Version, v.TargetID = t.version, t.id
	}
	return v
}

// pair compares a version that both sides have. However much of it differs, it
// counts once.
func (d *diff) pair(subject, target string, s, t record) error {
	n := 1
	for _, kind := range s.kinds(t) {
		v := Difference{Kind: kind, Subject: subject, TargetSubject: target, Version: s.version, SourceID: s.id, TargetID: t.id}
		v.Detail = s.detail(t, kind)
		if err := d.add(v, n); err != nil {
			return err
		}
		if d.level(kind, target) == Fail {
			n = 0
		}
	}
	if d.OnPair == nil {
		return nil
	}
	return d.OnPair(Pair{Subject: subject, TargetSubject: target, Version: s.version, SourceID: s.id, TargetID: t.id})
}

// kinds are the differences of two records, and whether they are only written
// in two ways.
func (s record) kinds(t record) []string {
	kinds := s.differences(t)
	if s.schema.text != t.schema.text && !slices.Contains(kinds, KindSchema) {
		kinds = append(kinds, KindFormat)
	}
	return kinds
}

// detail says more of a schema that differs.
func (s record) detail(t record, kind string) string {
	switch {
	case kind != KindSchema:
		return ""
	case s.schemaType != t.schemaType:
		return fmt.Sprintf("type %s, on the target %s", s.schemaType, t.schemaType)
	case s.schema.plain && t.schema.plain:
		return fmt.Sprintf("compared byte by byte, because neither text can be read as %s", s.schemaType)
	case s.schema.plain:
		return fmt.Sprintf("compared byte by byte, because the source's text cannot be read as %s", s.schemaType)
	case t.schema.plain:
		return fmt.Sprintf("compared byte by byte, because the target's text cannot be read as %s", s.schemaType)
	}
	return ""
}

// differences returns the kinds of content in which two records differ.
func (s record) differences(t record) []string {
	var kinds []string
	add := func(differ bool, kind string) {
		if differ {
			kinds = append(kinds, kind)
		}
	}
	add(s.id != t.id, KindID)
	add(!s.schema.is(t.schema) || s.schemaType != t.schemaType, KindSchema)
	add(s.references != t.references, KindReferences)
	add(s.meta != t.meta, KindMetadata)
	add(s.ruleset != t.ruleset, KindRules)
	return kinds
}
