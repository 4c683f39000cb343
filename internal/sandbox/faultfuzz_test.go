package sandbox

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A fault is one of the kinds, or is refused with what was written; what it does is an answer or a cut connection.
func FuzzParseFault(f *testing.F) {
	for _, s := range []string{
		"source:GET /subjects:status=503", "target:PUT /mode:lose:2", "exporter:* /:429=3:1+2", "source:* /:429", "source:stall=5",
		"target:PUT /mode/:.a::half:3+", "source:GET /:type=text/plain", "source:GET /:unauthorized-after=9:5", "target:no-force", ":::",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		fault, err := ParseFault(spec)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fault ") {
				t.Fatalf("got %v", err)
			}
			return
		}
		if fault.behave != nil || fault.Kind() == "delay" {
			return
		}
		if !slices.Contains(FaultKinds(), fault.Kind()) || fault.skip < 0 || fault.count < 0 {
			t.Fatalf("got %+v", fault)
		}
		defer func() {
			if r := recover(); r != nil && r != http.ErrAbortHandler {
				panic(r)
			}
		}()
		fault.skip = 0
		w := httptest.NewRecorder()
		h := NewFaults(fault).Befall(http.NotFoundHandler(), fault.side, nil)
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/subjects", nil))
		if w.Code < 200 || w.Code > 599 {
			t.Errorf("got status %d", w.Code)
		}
	})
}
