package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever clients do to the source, and whenever the exporter is interrupted,
// the target ends up the same, after a reset too.
func TestExporterMirrorsAnyHistory(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Pace: time.Millisecond}, Options{})
				b.create(`,"contextType":"NONE","subjects":[":*:"]`)
				h := history{Rand: rand.New(rand.NewPCG(seed, 1)), bench: b}
				for range 120 {
					h.act()
				}
				call(b.source, "PUT", "/exporters/e/resume", "")
				h.rest(t)
				compare(t, b)
				script(t, b.source, `
					PUT /exporters/e/pause -> 200
					PUT /exporters/e/reset -> 200
					PUT /exporters/e/resume -> 200
				`)
				h.rest(t)
				compare(t, b)
			})
		})
	}
}

// history does things at random; most succeed, none has to.
type history struct {
	*rand.Rand
	bench
	texts int
}

func (h *history) rest(t *testing.T) {
	t.Helper()
	time.Sleep(time.Minute)
	s := h.settled()
	if s.Trace != "" || s.Offset != h.source.end()-1 {
		t.Fatalf("got %+v, want offset %d", s, h.source.end()-1)
	}
}

func (h *history) act() {
	subject := []string{"a", "b", "c", ":.x:a", ":.x:d"}[h.IntN(5)]
	version := fmt.Sprint(1 + h.IntN(4))
	switch h.IntN(13) {
	case 0:
		call(h.source, "DELETE", "/subjects/"+subject, "")
	case 1:
		call(h.source, "DELETE", "/subjects/"+subject+"?permanent=true", "")
	case 2, 3:
		call(h.source, "DELETE", "/subjects/"+subject+"/versions/"+version, "")
	case 4:
		call(h.source, "DELETE", "/subjects/"+subject+"/versions/"+version+"?permanent=true", "")
	case 5:
		call(h.source, "PUT", "/config/"+subject, `{"compatibility":"FULL"}`)
	case 6:
		call(h.source, "DELETE", "/config/"+subject, "")
	case 7:
		call(h.source, "PUT", "/exporters/e/"+[]string{"pause", "resume"}[h.IntN(2)], "")
	case 8:
		time.Sleep(time.Duration(h.IntN(10)) * time.Millisecond)
	case 9:
		h.overwrite(subject, version)
	default:
		h.register(subject)
	}
}

// overwrite imports a new text over whatever is there.
func (h *history) overwrite(subject, version string) {
	h.texts++
	call(h.source, "PUT", "/mode/"+subject+"?force=true", `{"mode":"IMPORT"}`)
	call(h.source, "POST", "/subjects/"+subject+"/versions", fmt.Sprintf(
		`{"schema":"{\"type\":\"fixed\",\"name\":\"F\",\"size\":%d}","id":%d,"version":%s}`, h.texts, 1000+h.texts, version))
	call(h.source, "DELETE", "/mode/"+subject, "")
}

// register sends a new text. The same one again in a subject would not be
// mirrored: importing it a second time purges its soft-deleted first version.
func (h *history) register(subject string) {
	h.texts++
	references := ""
	if h.IntN(2) == 0 {
		references = fmt.Sprintf(`,"references":[{"name":"r","subject":"%s","version":%d}]`,
			[]string{"a", "b", "c"}[h.IntN(3)], 1+h.IntN(4))
	}
	body := fmt.Sprintf(`{"schema":"{\"type\":\"fixed\",\"name\":\"F\",\"size\":%d}"%s}`, h.texts, references)
	call(h.source, "POST", "/subjects/"+subject+"/versions", body)
	if h.IntN(3) == 0 {
		call(h.source, "POST", "/subjects/other/versions", body)
	}
}

// A soft-deleted version is not lost because its registration was refused.
func TestExporterKeepsDeletedVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{NoForce: true}, Options{})
		script(t, b.target, `POST /subjects/old/versions {"schema":@double} -> 200 {"id":1}`)
		script(t, b.source, `
			POST /subjects/z/versions {"schema":@double} -> 200
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":2}
			DELETE /subjects/a -> 200
		`)
		b.create(`,"contextType":"NONE"`)
		time.Sleep(time.Minute)
		if s := b.settled(); s.Trace == "" || s.Offset != 0 {
			t.Errorf("got %+v", s)
		}
		script(t, b.target, `PUT /mode?force=true {"mode":"IMPORT"} -> 200`)
		time.Sleep(time.Minute)
		b.check(`GET /subjects?deletedOnly=true -> 200 ["a"]`)
	})
}

// A registration of the same text again, imported, purges the version that
// was soft-deleted before. That is what registries do.
func TestExporterLosesSoftDeletedTwin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		script(t, b.source, `
			POST /subjects/a/versions {"schema":@string} -> 200 {"version":1}
			DELETE /subjects/a/versions/1 -> 200
			POST /subjects/a/versions {"schema":@string} -> 200 {"version":2}
			GET /subjects/a/versions?deleted=true -> 200 [1,2]
		`)
		b.create(`,"contextType":"NONE"`)
		b.check(`GET /subjects/a/versions?deleted=true -> 200 [2]`)
	})
}

// A target that does not answer holds up a pause, but not for ever.
func TestExporterPauseLagsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{}, Options{})
		release := make(chan struct{})
		b.net.set("target", http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			<-release
			b.target.ServeHTTP(w, q)
		}))
		script(t, b.source, threeContexts)
		b.create(`,"contextType":"NONE"`)
		script(t, b.source, `
			PUT /exporters/e/pause -> 200
			GET /exporters/e/status -> 200 {"state":"STARTING"}
			DELETE /exporters/e -> 409 40963
		`)
		close(release)
		if s := b.settled(); s.State != statePaused {
			t.Errorf("got %+v", s)
		}
	})
}
