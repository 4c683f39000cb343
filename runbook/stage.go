package runbook

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/srmigrate/srmigrate/steps"
)

// A Stage is where a runbook is rehearsed: its registries are elsewhere, and nothing of what it takes to reach the real
// ones is left in it. What the file says of credentials, certificates, headers and limits of registries, of exporters'
// configs and of channels is not even looked up.
type Stage struct {
	URLs map[string]string // of the registries, by name
	Dir  string            // where files come to stand that steps write
	// Longest is how long a wait goes on for at most where nothing happens any more, 0 for as long as the runbook says.
	Longest time.Duration

	Shortened []Shortened // what that changed
}

// Shortened is a time of the runbook that a rehearsal does not keep to.
type Shortened struct {
	Step     string `json:"step"`
	Field    string `json:"field"`
	Written  string `json:"written"`
	Instead  string `json:"instead"`
	Defaults bool   `json:"byDefault,omitempty"` // it is not in the runbook: what is written is the default
}

// nowhere leads nowhere: no server can have such a name.
const nowhere = "http://rehearsal.invalid"

// stage takes out of the nodes what leads to the real registries. It comes before secrets are looked up.
func (l *loader) stage() {
	s := l.o.Stage
	if s == nil {
		return
	}
	spec := l.root.get("spec")
	spec.drop("state") // it is somebody else's
	for _, f := range spec.get("registries").keys() {
		l.restage(f.key, f.value)
	}
	for _, f := range spec.get("notifications").get("channels").keys() {
		f.value.keep()
		hook := &node{kind: mapping, at: f.value.at, parent: f.value}
		hook.put("url", nowhere)
		f.value.fields = append(f.value.fields, &field{key: "slack", at: f.value.at, value: hook})
	}
	for _, n := range spec.get("steps").entries() {
		id, _ := n.get("id").str()
		l.restep(id, n)
		for _, undo := range n.get("rollback").entries() {
			l.restep(id, undo)
		}
	}
}

// restage leaves of a registry what decides what it is, and how it is reached here.
func (l *loader) restage(name string, n *node) {
	n.keep("dialect", "allow")
	n.put("url", orDefault(l.o.Stage.URLs[name], nowhere))
}

// restep changes what a step sends to the real ones, what it writes, and how long it waits.
func (l *loader) restep(id string, n *node) {
	if n.step == nil || n.step.params == nil || n.step.params.kind != mapping {
		return
	}
	st, err := l.set.make(n.step.typ, []byte("{}"))
	stager, ok := st.(steps.Stager)
	if err != nil || !ok {
		return // one that there is not is told by those who look at steps
	}
	p, how := n.step.params, stager.Staging()
	for _, key := range how.Leave {
		p.drop(key)
	}
	l.reconfig(p.get(how.Config))
	for _, key := range how.Files {
		if f := p.get(key); f != nil && f.late == nil {
			text, _ := f.str()
			f.say(filepath.Join(l.o.Stage.Dir, id+"-"+filepath.Base(text)))
		}
	}
	if how.Every != "" {
		l.shorten(id, p, how)
	}
}

// leading are the ends of config keys that lead somewhere, or say how to get there.
var leading = []string{".url", ".location", ".source", ".type"}

// reconfig leaves the keys of an exporter's config that the step has to name, without their values.
func (l *loader) reconfig(config *node) {
	if config == nil || config.kind != mapping {
		return
	}
	config.fields = slices.DeleteFunc(config.fields, func(f *field) bool { return ends(f.key, leading...) })
	for _, f := range config.fields {
		f.value.say("rehearsal")
	}
}

// quotedTime is a text in an expression that may be a time.
var quotedTime = regexp.MustCompile(`"[0-9][0-9.a-z]*"`)

// shorten is for a wait, whose pauses and quiet times are for real registries.
func (l *loader) shorten(id string, p *node, how steps.Staging) {
	s := l.o.Stage
	if s.Longest <= 0 {
		return
	}
	note := func(field, written, instead string, byDefault bool) {
		s.Shortened = append(s.Shortened, Shortened{id, field, written, instead, byDefault})
	}
	every := max(s.Longest/4, 10*time.Millisecond).String()
	written, there := p.get(how.Every).str()
	if d, err := time.ParseDuration(written); !there || err == nil && d > s.Longest/4 {
		note(how.Every, orDefault(written, "10s"), every, !there)
		p.put(how.Every, every)
	}
	until := p.get(how.Until)
	if until != nil && until.late != nil {
		return
	}
	text, there := until.str()
	text = orDefault(text, `caughtUp("60s")`)
	short := quotedTime.ReplaceAllStringFunc(text, func(q string) string {
		if d, err := time.ParseDuration(q[1 : len(q)-1]); err != nil || d <= s.Longest {
			return q
		}
		return fmt.Sprintf("%q", s.Longest)
	})
	if short != text {
		note(how.Until, text, short, !there)
		p.put(how.Until, short)
	}
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// keep leaves only these keys of a mapping.
func (n *node) keep(keys ...string) {
	n.fields = slices.DeleteFunc(n.fields, func(f *field) bool { return !slices.Contains(keys, f.key) })
}

func (n *node) drop(key string) {
	n.fields = slices.DeleteFunc(n.fields, func(f *field) bool { return f.key == key })
}

// put sets a key of a mapping to a text.
func (n *node) put(key, text string) {
	if f := n.get(key); f != nil {
		f.say(text)
		return
	}
	v := &node{at: n.at, parent: n, tag: "!!str", style: yaml.DoubleQuotedStyle, shape: n.shape.property(key)}
	v.say(text)
	n.fields = append(n.fields, &field{key: key, at: n.at, value: v})
}

// say makes a node a text.
func (n *node) say(text string) {
	n.kind, n.fields, n.items = scalar, nil, nil
	n.value, n.text, n.edited, n.open, n.late = text, text, true, false, nil
}
