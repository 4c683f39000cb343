package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A diff collects the differences of one run.
type diff struct {
	Options
	result  *Result
	m       Mapping
	mapped  map[string]string // compared source subjects and their targets
	targets map[string]string // the other way round
}

func newDiff(o Options, source, target *registry.Client) *diff {
	return &diff{
		Options: o, m: o.mapping(), mapped: map[string]string{}, targets: map[string]string{},
		result: &Result{Source: source.URL(), Target: target.URL(), Differences: []Difference{}, show: o.Show, differ: map[string]bool{}},
	}
}

// scopeOf sorts the source's subjects into compared, outside and filtered.
func (d *diff) scopeOf(s *side) {
	d.result.Scope.All = len(s.live)
	contexts := map[string]bool{}
	for subject, versions := range s.live {
		target, covered := d.m.Map(subject)
		switch {
		case !covered:
			d.result.Scope.Outside++
		case !d.selected(subject):
			d.result.Scope.Filtered++
		default:
			d.mapped[subject] = target
			d.result.Scope.Subjects++
			d.result.Scope.Versions += len(versions)
			from, _ := SplitSubject(subject)
			contexts[d.arrow(from)] = true
		}
	}
	d.result.Scope.Contexts = slices.Sorted(maps.Keys(contexts))
}

func (d *diff) arrow(from string) string {
	if to := d.m.mapContext(from); to != from {
		return from + " → " + to
	}
	return from
}

// live compares every version that the source has.
func (d *diff) live(_ context.Context, s, t *side) error {
	d.scopeOf(s)
	for _, subject := range s.live.subjects() {
		target, ok := d.mapped[subject]
		if !ok {
			if err := d.outside(subject); err != nil {
				return err
			}
			continue
		}
		if err := d.subject(subject, target, s.live[subject], t.live[target]); err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) outside(subject string) error {
	if _, covered := d.m.Map(subject); covered || d.Outside != Fail || !d.selected(subject) {
		return nil
	}
	return d.add(Difference{Kind: KindOutside, Subject: subject}, 1)
}

func (d *diff) subject(subject, target string, source, there []record) error {
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
			err = d.pair(subject, target, source[0], there[0])
			source, there = source[1:], there[1:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *diff) version(kind, subject, target string, s, t *record) Difference {
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
		v := d.version(kind, subject, target, &s, &t)
		v.Detail = s.detail(t, kind)
		if err := d.add(v, n); err != nil {
			return err
		}
		if d.level(kind, target) == Fail {
			n = 0
		}
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
