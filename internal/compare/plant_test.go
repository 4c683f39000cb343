package compare_test

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// A plant makes one difference. It returns false where the version does not
// allow it.
type plant struct {
	kinds string // one of them has to be found
	do    func(r *rand.Rand, w *world, v *version) bool
}

// change is a plant in one version.
func change(kinds string, do func(v *version)) plant {
	return plant{kinds, func(_ *rand.Rand, _ *world, v *version) bool { do(v); return true }}
}

// where is one that needs something of the version.
func where(kinds string, fits func(v *version) bool, do func(v *version)) plant {
	return plant{kinds, func(_ *rand.Rand, _ *world, v *version) bool {
		if !fits(v) {
			return false
		}
		do(v)
		return true
	}}
}

func hasFields(v *version) bool { return len(v.schema.fields) > 0 }
func hasRefs(v *version) bool   { return len(v.refs) > 0 }
func hasRules(v *version) bool  { return len(v.rules) > 1 }
func hasTags(v *version) bool   { return len(v.tags) > 0 }
func isWhole(v *version) bool   { return v.brokenBy == "" }

const (
	away  = "missingVersion missingSubject extraVersion extraSubject"
	moved = away + " deleted"
)

// plants are the differences, by name.
func plants() map[string]plant {
	return map[string]plant{
		"version gone": {away, func(_ *rand.Rand, w *world, v *version) bool {
			w.drop(func(o *version) bool { return o == v })
			return true
		}},
		"subject gone": {away, func(_ *rand.Rand, w *world, v *version) bool {
			w.drop(func(o *version) bool { return o.subject() == v.subject() })
			return true
		}},
		"context gone": {away, func(_ *rand.Rand, w *world, v *version) bool {
			w.drop(func(o *version) bool { return o.context == v.context })
			return true
		}},
		"version more":     {away, func(_ *rand.Rand, w *world, v *version) bool { return w.more(v, func(c *version) { c.number += 100 }) }},
		"version in a gap": {away, func(_ *rand.Rand, w *world, v *version) bool { return w.more(v, func(c *version) { c.number-- }) }},
		"subject more":     {away, func(_ *rand.Rand, w *world, v *version) bool { return w.more(v, func(c *version) { c.name += "2" }) }},
		"subject's case":   {away, func(_ *rand.Rand, w *world, v *version) bool { return w.rename(v, strings.ToUpper(v.name)) }},
		"subject's encoding": {away, func(_ *rand.Rand, w *world, v *version) bool {
			return w.rename(v, strings.ReplaceAll(v.name, "/", "%2F"))
		}},
		"subject's space": {away, func(_ *rand.Rand, w *world, v *version) bool { return w.rename(v, v.name+" ") }},
		"soft-deleted":    change(moved, func(v *version) { v.gone = true }),
		"other number":    change(away, func(v *version) { v.number += 200 }),
		"id":              change("id", func(v *version) { v.id += 7000 }),
		"id is zero":      where("id", func(v *version) bool { return v.id != 0 }, func(v *version) { v.id = 0 }),
		"ids swapped": {"id", func(r *rand.Rand, w *world, v *version) bool {
			o := pick(r, w.live(false)...)
			o.id, v.id = v.id, o.id
			return o.id != v.id
		}},
		"texts swapped": {"schema format", func(r *rand.Rand, w *world, v *version) bool {
			o := pick(r, w.live(false)...)
			o.schema, v.schema = v.schema, o.schema
			return o.text() != v.text()
		}},
		"name in the schema": change("schema", func(v *version) { v.schema.name += "x" }),
		"doc":                change("schema", func(v *version) { v.schema.doc += " " }),
		"field's name":       where("schema", hasFields, func(v *version) { v.schema.fields[0].name += "x" }),
		"field's type": where("schema", hasFields, func(v *version) {
			f := &v.schema.fields[0]
			f.kind = map[string]string{"int": "string", "string": "bool", "bool": "int"}[f.kind]
		}),
		"field more": change("schema", func(v *version) { v.schema.fields = append(v.schema.fields, field{"more", "int"}) }),
		"field less": where("schema", hasFields, func(v *version) { v.schema.fields = v.schema.fields[1:] }),
		"type": change("schema", func(v *version) {
			v.schema.kind = map[string]string{"AVRO": "JSON", "JSON": "AVRO", "PROTOBUF": "JSON"}[v.schema.kind]
		}),
		"spelling":            where("format", isWhole, func(v *version) { v.spelling = 1 }),
		"unreadable":          change("schema", func(v *version) { v.brokenBy += "(" }),
		"one megabyte":        change("schema", func(v *version) { v.schema.bulk++ }),
		"reference less":      where("references", hasRefs, func(v *version) { v.refs = v.refs[1:] }),
		"reference more":      change("references", func(v *version) { v.refs = append(v.refs, ref{"n", v.context, "orders", 1}) }),
		"reference's version": where("references", hasRefs, func(v *version) { v.refs[0].version++ }),
		"reference's subject": where("references", hasRefs, func(v *version) { v.refs[0].subject += "x" }),
		"reference's context": where("references", hasRefs, func(v *version) { v.refs[0].context += ".z" }),
		"reference's name":    where("references", hasRefs, func(v *version) { v.refs[0].name += "x" }),
		"property":            change("metadata", func(v *version) { v.owner += "x" }),
		"tag":                 change("metadata", func(v *version) { v.tags = append(v.tags, "Z") }),
		"tag less":            where("metadata", hasTags, func(v *version) { v.tags = v.tags[1:] }),
		"rule":                change("rules", func(v *version) { v.rules = append(v.rules, "z") }),
		"rule less":           where("rules", hasRules, func(v *version) { v.rules = v.rules[1:] }),
		"order of rules":      where("rules", hasRules, func(v *version) { slices.Reverse(v.rules) }),
		"purged": {"deleted", func(r *rand.Rand, w *world, v *version) bool {
			return w.inGone(r, v, func(d *version) { w.drop(func(o *version) bool { return o == d }) })
		}},
		"brought back": {moved, func(r *rand.Rand, w *world, v *version) bool {
			return w.inGone(r, v, func(d *version) { d.gone = false })
		}},
		"deleted one's id": {"deleted", func(r *rand.Rand, w *world, v *version) bool {
			return w.inGone(r, v, func(d *version) { d.id += 7000 })
		}},
		"config":           {"compatibility", func(_ *rand.Rand, w *world, v *version) bool { w.configs[v.subject()] += "FORWARD"; return true }},
		"context's config": {"compatibility", func(_ *rand.Rand, w *world, v *version) bool { w.configs[placeOf(v.context)] += "FORWARD"; return true }},
		"mode":             {"mode", func(_ *rand.Rand, w *world, v *version) bool { w.modes[v.subject()] += "READWRITE"; return true }},
		"context's mode":   {"mode", func(_ *rand.Rand, w *world, v *version) bool { w.modes[placeOf(v.context)] += "READWRITE"; return true }},
	}
}

func (w *world) drop(those func(*version) bool) { w.versions = slices.DeleteFunc(w.versions, those) }

// more adds another version like v, if there is none in its place.
func (w *world) more(v *version, differs func(*version)) bool {
	c := v.clone()
	differs(c)
	c.id += 9000
	if c.number < 1 || w.find(c.subject(), c.number) != nil {
		return false
	}
	w.versions = append(w.versions, c)
	return true
}

func (w *world) rename(v *version, to string) bool {
	from := v.subject()
	if v.name == to || slices.ContainsFunc(w.versions, func(o *version) bool { return o.subject() == qualified(v.context, to) }) {
		return false
	}
	for _, o := range w.versions {
		if o.subject() == from {
			o.name = to
		}
	}
	return true
}

// inGone does something to a soft-deleted version in the context of v.
func (w *world) inGone(r *rand.Rand, v *version, do func(*version)) bool {
	there := slices.DeleteFunc(w.live(true), func(o *version) bool { return o.context != v.context || o.subject() != v.subject() })
	if len(there) == 0 {
		return false
	}
	do(pick(r, there...))
	return true
}
