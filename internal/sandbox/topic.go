package sandbox

// recordKind says what a record of the topic did.
type recordKind int

const (
	recordNoop recordKind = iota
	recordSchema
	recordSoftDelete
	recordTombstone
	recordMode
	recordConfig
)

// record is one position of a registry's topic.
type record struct {
	kind    recordKind
	ts      int64 // epoch milliseconds
	name    name
	version int
	id      int
	content *content
	config  Config // of recordConfig; nil when it was deleted
	origin  string // user agent of the exporter that caused it
}

// recordKey is what a later record replaces an earlier one by.
type recordKey struct {
	kind    recordKind
	name    name
	version int
}

func (rec record) key() recordKey {
	k := recordKey{rec.kind, rec.name, rec.version}
	if rec.kind == recordSoftDelete || rec.kind == recordTombstone {
		k.kind = recordSchema
	}
	return k
}

// topic is the log that everything is written to. Exporters read it by offset.
type topic struct {
	records []record
	newest  map[recordKey]int // soft deletions left out
	grown   chan struct{}     // closed by the next append
}

func newTopic() topic {
	return topic{newest: map[recordKey]int{}, grown: make(chan struct{})}
}

func (t *topic) append(rec record) {
	if rec.kind != recordSoftDelete {
		t.newest[rec.key()] = len(t.records)
	}
	t.records = append(t.records, rec)
	close(t.grown)
	t.grown = make(chan struct{})
}

// reading is a record as an exporter finds it.
type reading struct {
	record
	// expendable says that a later record makes up for this one. A soft deletion
	// does not: it needs what this one made.
	expendable bool
	// becomes is the id that the version has in the end, -1 if it is purged.
	becomes int
}

// read returns the record at offset. At the end of the topic there is none,
// and grown tells when to look again.
func (r *Registry) read(offset int) (rec reading, grown <-chan struct{}) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if offset >= len(r.topic.records) {
		return reading{}, r.topic.grown
	}
	rec.record = r.topic.records[offset]
	newest := r.topic.newest[rec.key()]
	rec.expendable, rec.becomes = newest > offset, -1
	if last := r.topic.records[newest]; last.kind == recordSchema {
		rec.becomes = last.id
	}
	return rec, nil
}

// end is the offset that the next record will have.
func (r *Registry) end() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.topic.records)
}

func (t *topic) last() record { return t.records[len(t.records)-1] }
