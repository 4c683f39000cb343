package compare_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// An oracle says what a comparison has to find, from the worlds themselves.
type oracle struct {
	*route
	source, target *world
	o              compare.Options
	found          []string
}

func said(kind, subject, target string, version int) string {
	return fmt.Sprintf("%s %q %q %d", kind, subject, target, version)
}

func (o *oracle) say(kind string, v *version, target string) {
	o.found = append(o.found, said(kind, v.subject(), target, v.number))
}

// ask returns what there is to find, sorted.
func (o *oracle) ask() []string {
	subjects := map[string]string{} // compared ones and their targets
	for _, v := range o.source.live(false) {
		switch {
		case o.covered(v.context, v.name):
			subjects[v.subject()] = o.route.target(v.context, v.name)
		case o.o.Outside == compare.Fail && !slices.Contains(o.found, said("outside", v.subject(), "", 0)):
			o.found = append(o.found, said("outside", v.subject(), "", 0))
		}
	}
	for s, t := range subjects {
		o.subject(s, t)
	}
	o.extra(subjects)
	if o.o.Check["deleted"] == compare.Fail {
		o.deleted(subjects)
	}
	o.settings(subjects)
	slices.Sort(o.found)
	return o.found
}

func of(all []*version, subject string) map[int]*version {
	found := map[int]*version{}
	for _, v := range all {
		if v.subject() == subject {
			found[v.number] = v
		}
	}
	return found
}

func (o *oracle) subject(subject, target string) {
	here, there := of(o.source.live(false), subject), of(o.target.live(false), target)
	if len(there) == 0 {
		o.found = append(o.found, said("missingSubject", subject, target, 0))
		return
	}
	for n, v := range here {
		if there[n] == nil {
			o.say("missingVersion", v, target)
			continue
		}
		for _, kind := range o.differ(v, there[n]) {
			o.say(kind, v, target)
		}
	}
	for n := range there {
		if here[n] == nil {
			o.found = append(o.found, said("extraVersion", subject, target, n))
		}
	}
}

// differ compares what is meant.
func (o *oracle) differ(v, t *version) []string {
	var kinds []string
	add := func(differ bool, kind string) {
		if differ {
			kinds = append(kinds, kind)
		}
	}
	broken := v.brokenBy+t.brokenBy != ""
	same := fmt.Sprint(v.schema) == fmt.Sprint(t.schema)
	add(v.id != t.id, "id")
	add(v.schema.kind != t.schema.kind || broken && v.text() != t.text() || !broken && !same, "schema")
	add(!broken && same && v.text() != t.text(), "format")
	add(o.refs(v) != (&oracle{}).refs(t), "references")
	add(v.owner != t.owner || fmt.Sprint(v.tags) != fmt.Sprint(t.tags), "metadata")
	add(fmt.Sprint(v.rules) != fmt.Sprint(t.rules), "rules")
	return kinds
}

// refs are the references under their names on the target, as a set.
func (o *oracle) refs(v *version) string {
	var all []string
	for _, r := range v.refs {
		all = append(all, fmt.Sprintf("%q %q %d", r.name, o.route.target(r.context, r.subject), r.version))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// extra are subjects that only the target has, where a copy could be.
func (o *oracle) extra(subjects map[string]string) {
	for _, v := range o.target.live(false) {
		one := said("extraSubject", "", v.subject(), 0)
		if !slices.Contains(o.found, one) && !slices.Contains(values(subjects), v.subject()) && o.couldBe(v) {
			o.found = append(o.found, one)
		}
	}
}

func values(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// couldBe tells whether a subject with some name in some context of the source
// would be called so.
func (o *oracle) couldBe(t *version) bool {
	if o.route == nil {
		return true
	}
	before, after, _ := strings.Cut(o.RenameFormat, "${subject}")
	name := strings.TrimSuffix(strings.TrimPrefix(t.name, before), after)
	for _, c := range append(o.source.contexts(), ".") {
		if name != "" && o.place(c) == t.context && o.covered(c, name) && o.named(c, name) == t.name {
			return true
		}
	}
	return false
}

func (w *world) contexts() []string {
	var all []string
	for _, v := range w.versions {
		all = append(all, v.context)
	}
	return all
}

// deleted versions are compared with deleted ones.
func (o *oracle) deleted(subjects map[string]string) {
	origin := map[string]string{}
	for _, v := range o.source.versions {
		if o.covered(v.context, v.name) {
			origin[o.route.target(v.context, v.name)] = v.subject()
		}
	}
	for _, v := range o.source.live(true) {
		target := o.route.target(v.context, v.name)
		there := o.target.find(target, v.number)
		switch {
		case !o.covered(v.context, v.name):
		case there == nil:
			o.say("deleted", v, target)
		case there.gone:
			if kinds := o.differ(v, there); len(kinds) > 0 && !slices.Equal(kinds, []string{"format"}) {
				o.say("deleted", v, target)
			}
		case subjects[v.subject()] == "": // else it is an extra version
			o.say("deleted", v, target)
		}
	}
	for _, t := range o.target.live(true) {
		from, ours := origin[t.subject()]
		if (ours || o.couldBe(t)) && o.source.find(from, t.number) == nil {
			o.found = append(o.found, said("deleted", from, t.subject(), t.number))
		}
	}
}

// settings are those of contexts with compared subjects, and of these.
func (o *oracle) settings(subjects map[string]string) {
	places := map[string]string{}
	for _, v := range o.source.live(false) {
		if t, ok := subjects[v.subject()]; ok {
			places[v.subject()], places[placeOf(v.context)] = t, placeOf(o.place(v.context))
		}
	}
	named := func(place string) string {
		if place == "" {
			return ":.:"
		}
		return place
	}
	for from, to := range places {
		if o.o.Check["compatibility"] == compare.Fail && o.source.configs[from] != o.target.configs[to] {
			o.found = append(o.found, said("compatibility", named(from), named(to), 0))
		}
		if o.o.Check["modes"] == compare.Fail && o.source.modes[from] != o.target.modes[to] {
			o.found = append(o.found, said("mode", named(from), named(to), 0))
		}
	}
}
