package compare

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// A digest stands for a text; the zero digest for none.
type digest [16]byte

func sum(b []byte) (d digest) {
	s := sha256.Sum256(b)
	copy(d[:], s[:])
	return d
}

// A sentinel is an error that is a constant.
type sentinel string

func (s sentinel) Error() string { return string(s) }

// errNotCanonical means that a text has to be compared byte by byte.
const errNotCanonical = sentinel("has no canonical form")

// canonicalSchema returns what two texts of one schema have in common. The
// first byte keeps texts of different forms apart.
func canonicalSchema(schemaType, text string) []byte {
	switch schemaType {
	case "AVRO", "JSON":
		if c, err := canonicalJSON([]byte(text), nil); err == nil {
			return append([]byte("j"), c...)
		}
	case "PROTOBUF":
		if tokens, ok := protoTokens(text); ok {
			return append([]byte("p"), strings.Join(tokens, "\x00")...)
		}
	}
	return append([]byte("b"), text...)
}

// canonicalJSON sorts keys and drops white space; numbers and strings stay to
// the character, and a key that is there twice stays twice. Texts that Go would
// alter in reading (half a surrogate pair) have no canonical form. The edit, if
// any, is applied to each object and array from the inside out.
func canonicalJSON(b []byte, edit func(value) value) ([]byte, error) {
	if !json.Valid(b) { // also bounds the depth
		return nil, errNotCanonical
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := decode(d, edit)
	if err != nil {
		return nil, err
	}
	return v.append(nil), nil
}

// A value is a JSON value: members, items, or text that is canonical already.
type value struct {
	kind    byte // '{', '[' or 0
	members []member
	items   []value
	text    string
}

type member struct {
	key   string
	value value
}

func (v value) empty() bool {
	return v.kind != 0 && len(v.members) == 0 && len(v.items) == 0 || v.kind == 0 && v.text == "null"
}

func decode(d *json.Decoder, edit func(value) value) (value, error) {
	t, err := d.Token()
	if err != nil {
		return value{}, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return scalar(t)
	}
	v := value{kind: byte(delim)}
	for d.More() {
		if err := v.decodeNext(d, edit); err != nil {
			return value{}, err
		}
	}
	if _, err := d.Token(); err != nil {
		return value{}, err
	}
	slices.SortStableFunc(v.members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	if edit != nil {
		v = edit(v)
	}
	return v, nil
}

func (v *value) decodeNext(d *json.Decoder, edit func(value) value) error {
	var key string
	if v.kind == '{' {
		t, err := d.Token()
		if err != nil {
			return err
		}
		k, err := scalar(t)
		if err != nil {
			return err
		}
		key = k.text
	}
	next, err := decode(d, edit)
	if err != nil {
		return err
	}
	if v.kind == '{' {
		v.members = append(v.members, member{key, next})
	} else {
		v.items = append(v.items, next)
	}
	return nil
}

// scalar spells strings in one way, whatever escapes they were written with.
func scalar(t json.Token) (value, error) {
	switch t := t.(type) {
	case json.Number:
		return value{text: t.String()}, nil
	case string:
		if strings.ContainsRune(t, utf8.RuneError) {
			return value{}, errNotCanonical // Go reads every broken character as this one
		}
	}
	b, err := json.Marshal(t)
	return value{text: string(b)}, err
}

func (v value) append(b []byte) []byte {
	switch v.kind {
	case '{':
		b = append(b, '{')
		for _, m := range v.members {
			b = append(append(b, m.key...), ':')
			b = append(m.value.append(b), ',')
		}
		return append(b, '}')
	case '[':
		b = append(b, '[')
		for _, i := range v.items {
			b = append(i.append(b), ',')
		}
		return append(b, ']')
	}
	return append(b, v.text...)
}
