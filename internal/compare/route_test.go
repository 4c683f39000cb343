package compare_test

import (
	"math/rand/v2"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// A route is what an exporter would do, told by itself and not by the mapping
// that is tested.
type route struct {
	compare.Mapping
	covers []cover
}

// A cover is what one pattern is about.
type cover struct {
	everywhere    bool
	context, name string
	prefix        bool
}

func someRoute(r *rand.Rand, contexts []string) *route {
	if chance(r, 25) {
		return nil
	}
	t := &route{}
	t.ContextType = pick(r, "NONE", "NONE", "CUSTOM", "AUTO", "DEFAULT")
	switch t.ContextType {
	case "CUSTOM":
		t.Context = ".x"
	case "AUTO":
		t.Context = ".lsrc-1"
	}
	t.RenameFormat = pick(r, "", "", "dc_${subject}", "${subject}.v2", "a/${subject}b")
	c := pick(r, contexts...)
	choices := map[string]cover{
		":*:": {everywhere: true, prefix: true}, "*": {context: ".", prefix: true}, "orders*": {context: ".", name: "orders", prefix: true},
		":*:a*": {everywhere: true, name: "a", prefix: true}, ":*:orders": {everywhere: true, name: "orders"},
	}
	choices[":"+c+":*"], choices[":"+c+":"] = cover{context: c, prefix: true}, cover{context: c, prefix: true}
	choices[":"+c+":x:y"] = cover{context: c, name: "x:y"}
	patterns := []string{":*:", "*", ":" + c + ":*", ":" + c + ":", "orders*", ":*:a*", ":*:orders", ":" + c + ":x:y"}
	if t.ContextType == "DEFAULT" { // into one context goes only one, or subjects would collide
		patterns = []string{"*", ":" + c + ":*"}
	}
	for range 1 + r.IntN(2)*r.IntN(2) {
		p := pick(r, patterns...)
		t.Patterns = append(t.Patterns, p)
		t.covers = append(t.covers, choices[p])
		if t.ContextType == "DEFAULT" {
			break
		}
	}
	return t
}

func (t *route) mapping() *compare.Mapping {
	if t == nil {
		return nil
	}
	return &t.Mapping
}

func (t *route) covered(context, name string) bool {
	if t == nil {
		return true
	}
	for _, c := range t.covers {
		if (c.everywhere || c.context == context) && (c.name == name || c.prefix && strings.HasPrefix(name, c.name)) {
			return true
		}
	}
	return false
}

// place is where a context goes.
func (t *route) place(context string) string {
	switch {
	case t == nil || t.ContextType == "NONE":
		return context
	case t.ContextType == "DEFAULT":
		return "."
	case context == ".":
		return t.Context
	}
	return t.Context + context
}

// named is what a subject is called on the target.
func (t *route) named(context, name string) string {
	if t == nil || t.RenameFormat == "" || !t.covered(context, name) {
		return name
	}
	return strings.Replace(t.RenameFormat, "${subject}", name, 1)
}

func (t *route) target(context, name string) string {
	return qualified(t.place(context), t.named(context, name))
}

// copied is what the target holds when all has arrived.
func (t *route) copied(w *world) *world {
	to := &world{configs: map[string]string{}, modes: map[string]string{}}
	places := map[string]string{}
	for _, v := range w.versions {
		if !t.covered(v.context, v.name) {
			continue
		}
		c := v.clone()
		c.context, c.name = t.place(v.context), t.named(v.context, v.name)
		for i, r := range c.refs {
			c.refs[i].context, c.refs[i].subject = t.place(r.context), t.named(r.context, r.subject)
		}
		to.versions = append(to.versions, c)
		places[placeOf(v.context)], places[v.subject()] = placeOf(c.context), c.subject()
	}
	for from, place := range places {
		if level, ok := w.configs[from]; ok {
			to.configs[place] = level
		}
		if mode, ok := w.modes[from]; ok {
			to.modes[place] = mode
		}
	}
	if t != nil && chance(rand.New(rand.NewPCG(uint64(len(w.versions)), 1)), 50) { // nobody's business
		to.versions = append(to.versions, &version{context: ".elsewhere", name: "orders", number: 1, id: 1, meaning: meaning{schema: model{kind: "AVRO", name: "E"}}})
	}
	to.sort()
	return to
}
