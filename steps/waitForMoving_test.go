package steps

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// The source gets new subjects and versions in the middle of every read, so that no compare sees one moment, and the
// exporter copies them all the while.
func TestWaitForCatchesUpWithAWriter(t *testing.T) {
	r := newRig(t, func(o *sandbox.Options) { o.PageCap = 7 })
	for i := range 40 {
		r.source.has(t, fmt.Sprintf("m%02d", i), fmt.Sprintf(":.b:m%02d", i))
	}
	var reads, written atomic.Int64
	write := func(subject func(n int64) string) {
		n := written.Add(1)
		r.source.tell(t, fmt.Sprintf(`POST /subjects/%s/versions {"schema":"{\"type\":\"fixed\",\"name\":\"f\",\"size\":%d}"}`, subject(n), n))
	}
	r.source.tell(t, `PUT /config {"compatibility":"NONE"}`)
	r.source.faults(func(_ http.ResponseWriter, q *http.Request) bool {
		switch {
		case q.URL.Path == "/schemas" && q.URL.Query().Get("offset") == "" && q.URL.Query().Get("subjectPrefix") == ":*:":
			reads.Add(1)
		case q.URL.Path == "/schemas" && q.URL.Query().Get("offset") == "" && q.URL.Query().Get("subjectPrefix") == ":.b:":
			write(func(n int64) string { return fmt.Sprintf("a%04d", 9999-n) }) // in front of what was read
			write(func(int64) string { return "m20" })
		case q.URL.Path == "/subjects":
			write(func(n int64) string { return fmt.Sprintf("z%04d", n) })
		}
		return false
	}, nil)
	r.run("start", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"x","subjects":["*"]}`)
	before := reads.Load()
	out, err := r.do(t.Context(), "wait", r.begin("wait", "waitFor", `{"exporter":"e","compare":{},"until":"caughtUp(\"300ms\")","every":"50ms"}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := reads.Load() - before; n > 60 {
		t.Errorf("caught up after %d looks", n)
	}
	if verdict := fmt.Sprint(out["verdict"]); !strings.Contains(verdict, "source") || !strings.Contains(verdict, " changed meanwhile") {
		t.Errorf("got %s, want one that tells of the writer", verdict)
	}
	for _, e := range r.events {
		if p, ok := e.(event.StepProgress); ok && strings.Contains(p.Text, "nothing was compared") {
			t.Errorf("got %s", p.Text)
		}
	}
	r.source.faults(nil, nil)
	out, err = r.do(t.Context(), "rest", r.begin("rest", "waitFor", `{"exporter":"e","compare":{},"until":"diff.identical","every":"5ms"}`))
	if verdict := fmt.Sprint(out["verdict"]); err != nil || !strings.HasPrefix(verdict, "identical: ") {
		t.Errorf("without the writer: got %v, %s", err, verdict)
	}
}
