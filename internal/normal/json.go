package normal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A value is a JSON value. Members are in the order of their keys, each key
// once.
type value struct {
	kind    byte // one of { [ " 0 and, for true, false and null, t
	members []member
	items   []*value
	text    string // of a string what it stands for, else what is written
}

type member struct {
	key   string
	value *value
}

// parseJSON reads a text whose normal form is that of what it stands for: no
// key comes twice, and no string has characters that are none.
func parseJSON(text string) (*value, error) {
	if !json.Valid([]byte(text)) { // also bounds the depth
		return nil, errors.New("is no JSON")
	}
	p := &jsonText{rest: text}
	v := p.value()
	return v, p.err
}

// A jsonText is what is left of a valid text.
type jsonText struct {
	rest string
	err  error // the first
}

// next skips white space, and a comma or a colon, and returns the first byte of
// what follows.
func (p *jsonText) next() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n,:")
	return p.rest[0]
}

func (p *jsonText) value() *value {
	switch c := p.next(); c {
	case '{':
		return p.object()
	case '[':
		p.rest = p.rest[1:]
		v := &value{kind: c}
		for p.next() != ']' {
			v.items = append(v.items, p.value())
		}
		p.rest = p.rest[1:]
		return v
	case '"':
		return &value{kind: c, text: p.string()}
	default:
		return p.literal(c)
	}
}

func (p *jsonText) object() *value {
	p.rest = p.rest[1:]
	v := &value{kind: '{'}
	for p.next() != '}' {
		key := p.string()
		v.members = append(v.members, member{key, p.value()})
	}
	p.rest = p.rest[1:]
	slices.SortStableFunc(v.members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	for i := range v.members[min(1, len(v.members)):] {
		if v.members[i].key == v.members[i+1].key {
			p.fail(fmt.Errorf("has the key %q twice in one object", v.members[i].key))
		}
	}
	return v
}

func (p *jsonText) literal(first byte) *value {
	end := strings.IndexAny(p.rest, " \t\r\n,:]}")
	if end < 0 {
		end = len(p.rest)
	}
	text := p.rest[:end]
	p.rest = p.rest[end:]
	if first == 't' || first == 'f' || first == 'n' {
		return &value{kind: 't', text: text}
	}
	return &value{kind: '0', text: number(text)}
}

// string reads a string. What is no character would be read as a replacement
// for it, and texts that differ there as the same.
func (p *jsonText) string() string {
	end := 1
	for ; p.rest[end] != '"'; end++ {
		if p.rest[end] == '\\' {
			end++
		}
	}
	raw := p.rest[:end+1]
	p.rest = p.rest[end+1:]
	s := raw[1 : len(raw)-1]
	if strings.Contains(s, `\`) {
		if err := json.Unmarshal([]byte(raw), &s); err != nil {
			p.fail(err)
		}
	}
	if strings.ContainsRune(s, utf8.RuneError) || !utf8.ValidString(s) {
		p.fail(errors.New("has a string that is no text"))
	}
	return s
}

func (p *jsonText) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// at is where a key is, or would be.
func (v *value) at(key string) (int, bool) {
	return slices.BinarySearchFunc(v.members, key, func(m member, key string) int { return strings.Compare(m.key, key) })
}

// get returns what the key has, or nil.
func (v *value) get(key string) *value {
	if i, ok := v.at(key); ok {
		return v.members[i].value
	}
	return nil
}

// set gives the key another value; nil takes it away.
func (v *value) set(key string, to *value) {
	i, ok := v.at(key)
	switch {
	case ok && to == nil:
		v.members = slices.Delete(v.members, i, i+1)
	case ok:
		v.members[i].value = to
	case to != nil:
		v.members = slices.Insert(v.members, i, member{key, to})
	}
}

func text(s string) *value { return &value{kind: '"', text: s} }

// isText reports whether it is a string.
func (v *value) isText() bool { return v != nil && v.kind == '"' }

// isTexts reports whether it is a list of nothing but strings.
func (v *value) isTexts() bool {
	return v != nil && v.kind == '[' && !slices.ContainsFunc(v.items, func(i *value) bool { return !i.isText() })
}

// asSet sorts a list of strings, each once.
func (v *value) asSet() {
	slices.SortFunc(v.items, func(a, b *value) int { return strings.Compare(a.text, b.text) })
	v.items = slices.CompactFunc(v.items, func(a, b *value) bool { return a.text == b.text })
}
