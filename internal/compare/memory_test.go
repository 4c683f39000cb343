package compare

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// What both sides have takes memory for its names alone, and what only one has
// been read of a few dozen bytes a version, however long the texts are.
func TestMemoryOfAJoin(t *testing.T) {
	const subjects, versions = 20_000, 3
	fill := func(h half, hold *holder) {
		text := make([]byte, 2000)
		for i := range text {
			text[i] = 'x'
		}
		text[0], text[len(text)-1] = '"', '"'
		for i := range subjects {
			subject := fmt.Sprintf("sales.order-created.%06d-value", i)
			all, bulk := []held(nil), hold.bulk(versions*2100)
			for v := range versions {
				copy(text[1:], fmt.Sprint(i*versions+v))
				row := &registry.Row{Schema: registry.Schema{Subject: subject, Version: v + 1, ID: i*versions + v, SchemaType: "AVRO"}, Raw: text}
				all = append(all, hold.hold(subject, row, bulk, nil))
			}
			h.put(subject, kept{all, bulk})
		}
	}
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	s, target := newHolder(sameName), newHolder(sameName)
	s.late, target.late = true, true
	before := used()
	j := newJoin(func(subject string) (string, scope) { return subject, compared }, false, s, target)
	half{j, atTarget}.end() // so that the source does not wait for it
	fill(half{j, atSource}, s)
	if n := (used() - before - 2*enough) / (subjects * versions); n > 220 {
		t.Errorf("one side takes %d bytes a version", n)
	}
	fill(half{j, atTarget}, target)
	if n := (used() - before) / (subjects * versions); n > 80 {
		t.Errorf("both sides take %d bytes a version", n)
	} else {
		t.Logf("%d bytes a version", n)
	}
	runtime.KeepAlive(j)
}
