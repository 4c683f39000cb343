package compare

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/srmigrate/srmigrate/internal/normal"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A held is what is kept of a version: a few dozen bytes, or for a moment all of
// it that is compared.
type held struct {
	version, id int
	gone        bool // soft-deleted
	// sum is of raw, under a seed that changes with each run and that no server
	// sees. It tells whether a version is still what it was; that two sides have
	// the same is said of bytes, or of digests.
	sum    uint64
	head   int    // how much of raw is in front of the text
	raw    []byte // see holder.raw; nil once there are digests
	schema written
	rest   *record // what else there is to compare, shared; nil while raw is there
}

// kept are the versions of a subject on one side. What was given to a sink does
// not change any more.
type kept struct {
	list []held
	bulk *bulk // where all of raw is, unless it is the other side's; nil where nobody knows
}

// A bulk is memory for the versions of a subject. There is one for each until
// both sides have come, mostly to be the same, and then it is used again.
type bulk struct {
	raw  []byte
	list []held
	spot spot         // of the subject
	like *bulk        // the other side's that versions may be in instead
	lent atomic.Int32 // to how many readers of the other side
}

// A holder makes what is kept of the rows of one registry.
type holder struct {
	keys bool                // numbers and ids are all that is asked for
	late bool                // digests are made only where somebody asks
	to   func(string) string // what becomes of a subject on the target
	// live are the versions that are not soft-deleted, where not all rows that
	// come are; each is struck out as it comes.
	live *liveness

	// references gets what each version refers to, if it is not nil.
	references map[Key][]Key
	// schemas gets each version as it came, its text a JSON string, if it is not nil.
	schemas map[Key]*registry.Schema

	seed  maphash.Seed
	bulks *sync.Pool

	mu    sync.Mutex
	rests map[record]*record // few: most versions have no references, metadata or rules
}

func newHolder(to func(string) string) *holder {
	return &holder{to: to, rests: map[record]*record{}, seed: maphash.MakeSeed(), bulks: &sync.Pool{}}
}

func sameName(subject string) string { return subject }

// bulk returns memory for a subject that may need so much; there is none where
// only keys are asked for, or digests.
func (h *holder) bulk(size int) *bulk {
	if h.keys || !h.late {
		return nil
	}
	if b, ok := h.bulks.Get().(*bulk); ok {
		return b
	}
	return &bulk{raw: make([]byte, 0, size)}
}

// free lets the memory of versions be used again that nobody looks at any more,
// but for so many readers who are done with them.
func (h *holder) free(k kept, readers int32) {
	const most = 64 << 10
	if b := k.bulk; b != nil && b.lent.Load() == readers && cap(b.raw) <= most && cap(k.list) <= most/64 {
		clear(k.list) // it may point to what is the other side's
		b.raw, b.list, b.like, b.spot = b.raw[:0], k.list[:0], nil, spot{}
		b.lent.Store(0)
		h.bulks.Put(b)
	}
}

// hold takes a row, which is good only until the next. What it keeps is in the
// bulk, or the same as like, which may be nil.
func (h *holder) hold(subject string, row *registry.Row, in *bulk, like *held) held {
	v := held{version: row.Version, id: row.ID}
	if h.live != nil {
		v.gone = h.live.isGone(subject, row)
	}
	if h.keys {
		return v
	}
	h.note(subject, row)
	if in == nil {
		in = &bulk{}
	}
	from := len(in.raw)
	in.raw = h.raw(in.raw, row)
	v.head = len(in.raw) - from
	if like.is(in.raw[from:], row.Raw) {
		in.raw = in.raw[:from]
		v.raw, v.sum = like.raw, like.sum
		return v
	}
	in.raw = append(in.raw, row.Raw...)
	v.raw = in.raw[from:len(in.raw):len(in.raw)]
	if h.late {
		v.sum = maphash.Bytes(h.seed, v.raw)
	} else {
		h.pack(&v, nil)
	}
	return v
}

// is reports whether all of a version is the same, as it was sent.
func (v *held) is(head, text []byte) bool {
	return v != nil && v.raw != nil && bytes.Equal(v.raw[:v.head], head) && bytes.Equal(v.raw[v.head:], text)
}

func (h *holder) note(subject string, row *registry.Row) {
	if h.references == nil && h.schemas == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k := Key{subject, row.Version}
	if h.references != nil {
		h.references[k] = referred(&row.Schema)
	}
	if h.schemas != nil {
		s := row.Schema // of which the next row takes what is no string
		s.Metadata, s.RuleSet, s.References = bytes.Clone(s.Metadata), bytes.Clone(s.RuleSet), slices.Clone(s.References)
		s.Schema = string(row.Raw)
		h.schemas[k] = &s
	}
}

// raw appends what there is to compare of a row in front of its text: where it is
// the same on both sides, and the text is, so is everything. References are
// under their names on the target.
func (h *holder) raw(b []byte, row *registry.Row) []byte {
	b = binary.AppendVarint(b, int64(row.ID))
	refs := referencesOf(&row.Schema, h.to)
	b = append(b, refs[:]...)
	b = appendField(b, typeOf(row.SchemaType))
	b = appendField(b, row.Metadata)
	return appendField(b, row.RuleSet)
}

func appendField[T string | json.RawMessage](b []byte, field T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}

func cutField(b []byte) (field, rest []byte) {
	n, size := binary.Uvarint(b)
	return b[size : size+int(n)], b[size+int(n):] //nolint:gosec // it was a length
}

// typeOf spells a schema type in the one way that is compared.
func typeOf(schemaType string) string {
	switch schemaType {
	case "AVRO", "JSON", "PROTOBUF":
		return schemaType
	}
	return strings.ToUpper(schemaType)
}

// pack makes digests of a version. Where beside is one with the same text, its
// normal form need not be made again.
func (h *holder) pack(v, beside *held) {
	if v.raw == nil {
		return
	}
	rec := record{}
	_, size := binary.Varint(v.raw)
	rest := v.raw[size+copy(rec.references[:], v.raw[size:]):]
	schemaType, rest := cutField(rest)
	metadata, rest := cutField(rest)
	ruleset, raw := cutField(rest)
	rec.schemaType = string(schemaType)
	rec.meta, rec.ruleset = digested(normal.Metadata, metadata), digested(normal.Settings, ruleset)
	v.schema = writtenAs(rec.schemaType, unquoted(raw), beside)
	v.raw, v.head = nil, 0
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rests[rec] == nil {
		h.rests[rec] = &rec
	}
	v.rest = h.rests[rec]
}

func writtenAs(schemaType string, text []byte, beside *held) written {
	if beside != nil && beside.rest != nil && beside.rest.schemaType == schemaType && beside.schema.text == sum(text) {
		return beside.schema
	}
	return writtenOf(schemaType, string(text))
}

// unquoted unpacks a text. One with broken characters stays packed, so that it
// is the same only as one that is broken in the same way.
func unquoted(raw []byte) []byte {
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return raw
	}
	return b
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
		(v.raw != nil || o.raw != nil || v.schema == o.schema && v.rest == o.rest)
}

// A mark tells whether the versions of a subject are still what they were. It is
// of their sums: that another subject has the same by chance, which it would have
// to have for a change to go unseen, is one in 2^64, and no server can seek it.
type mark uint64

func (h *holder) markOf(versions []held) mark {
	var room [256]byte
	b := room[:0]
	for _, v := range versions {
		b = binary.AppendVarint(b, int64(v.version))
		b = binary.LittleEndian.AppendUint64(b, v.sum)
		if v.gone {
			b = append(b, '-')
		}
	}
	return mark(maphash.Bytes(h.seed, b))
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
