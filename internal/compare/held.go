package compare

import (
	"encoding/binary"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// A held is what is kept of a version: a few dozen bytes, or for a moment the
// version itself.
type held struct {
	version, id int
	gone        bool // soft-deleted
	// sum is of all of it as the server wrote it, references under their names
	// on the target: where two are the same, so is everything.
	sum    digest
	schema written
	rest   *record          // what else there is to compare, shared; nil while full is there
	full   *registry.Schema // the text in it is a JSON string, as it came
}

// A holder makes what is kept of the rows of one registry.
type holder struct {
	keys bool                // numbers and ids are all that is asked for
	late bool                // normal forms are made only where somebody asks
	to   func(string) string // what becomes of a subject on the target
	// live are the versions that are not soft-deleted, where not all rows that
	// come are; each is struck out as it comes.
	live *liveness

	// references gets what each version refers to, if it is not nil.
	references map[Key][]Key

	scratch sync.Pool // of *[]byte

	mu    sync.Mutex
	rests map[record]*record // few: most versions have no references, metadata or rules
}

func newHolder(to func(string) string) *holder { return &holder{to: to, rests: map[record]*record{}} }

func sameName(subject string) string { return subject }

// hold takes a row, which is good only until the next.
func (h *holder) hold(subject string, row *registry.Row) held {
	v := held{version: row.Version, id: row.ID}
	if h.live != nil {
		v.gone = h.live.isGone(subject, row)
	}
	if h.keys {
		return v
	}
	s := row.Schema
	h.note(subject, &s)
	s.Schema, v.full = string(row.Raw), &s
	if h.late {
		v.sum = h.sum(&s)
		return v
	}
	h.pack(&v)
	return v
}

func (h *holder) note(subject string, s *registry.Schema) {
	if h.references == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.references[Key{subject, s.Version}] = referred(s)
}

// sum is cheap: no normal form is made for it but that of references.
func (h *holder) sum(s *registry.Schema) digest {
	refs := referencesOf(s, h.to)
	room, ok := h.scratch.Get().(*[]byte)
	if !ok {
		room = new([]byte)
	}
	b := binary.AppendVarint((*room)[:0], int64(s.ID))
	b = append(b, refs[:]...)
	b = append(binary.AppendUvarint(b, uint64(len(s.SchemaType))), strings.ToUpper(s.SchemaType)...)
	b = append(binary.AppendUvarint(b, uint64(len(s.Metadata))), s.Metadata...)
	b = append(binary.AppendUvarint(b, uint64(len(s.RuleSet))), s.RuleSet...)
	b = append(b, s.Schema...)
	*room = b
	defer h.scratch.Put(room)
	return sum(b)
}

// pack makes digests of a version that is whole.
func (h *holder) pack(v *held) {
	if v.full == nil {
		return
	}
	s := *v.full
	s.Schema = unquoted(s.Schema)
	rec := recordOf(&s, h.to)
	v.schema, v.full = rec.schema, nil
	rec.version, rec.id, rec.schema = 0, 0, written{}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rests[rec] == nil {
		h.rests[rec] = &rec
	}
	v.rest = h.rests[rec]
}

// unquoted unpacks a text. One with broken characters stays packed, so that it
// is the same only as one that is broken in the same way.
func unquoted(raw string) string {
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return raw
	}
	return string(b)
}

// record is what is compared of a packed version.
func (v held) record() record {
	if v.rest == nil {
		return record{version: v.version, id: v.id}
	}
	rec := *v.rest
	rec.version, rec.id, rec.schema = v.version, v.id, v.schema
	return rec
}

// alike reports whether two looks at a version saw the same.
func (v held) alike(o held) bool {
	return v.version == o.version && v.id == o.id && v.gone == o.gone && v.sum == o.sum &&
		(v.full != nil || o.full != nil || v.schema == o.schema && v.rest == o.rest)
}

// sumOf is of all the versions of a subject.
func sumOf(versions []held) digest {
	b := make([]byte, 0, 32*len(versions))
	for _, v := range versions {
		b = binary.AppendVarint(b, int64(v.version))
		b = append(b, v.sum[:]...)
		if v.gone {
			b = append(b, '-')
		}
	}
	return sum(b)
}

// A mark tells whether the versions of a subject are still what they were.
type mark [8]byte

func markOf(versions []held) (m mark) {
	d := sumOf(versions)
	copy(m[:], d[:])
	return m
}

// A packer puts short strings into large pieces of memory, where each takes no
// more than its length.
type packer struct{ strings.Builder }

func (p *packer) pack(s string) string {
	if p.Cap()-p.Len() < len(s) {
		p.Builder = strings.Builder{}
		p.Grow(max(8<<10, len(s)))
	}
	from := p.Len()
	p.WriteString(s)
	return p.String()[from:]
}
