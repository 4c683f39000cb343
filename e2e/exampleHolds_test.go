package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// refuses demands that the run ends before its first write.
func (s *stage) refuses(why string) {
	s.t.Helper()
	code, out := s.srmigrate("run")
	if code != 3 || !strings.Contains(out, why) {
		s.t.Errorf("exit %d, want 3 with %q\n%s", code, why, out)
	}
	for name, r := range map[string]*side{"source": s.source, "target": s.target} {
		for _, request := range r.handled() {
			if !strings.HasPrefix(request, http.MethodGet) {
				s.t.Errorf("%s handled %s", name, request)
			}
		}
	}
}

// holds demands what the example promises of every registry.
func (s *stage) holds(was sandbox.Snapshot, out string) {
	s.t.Helper()
	source, target := s.source.Snapshot(), s.target.Snapshot()
	frozen := s.x.frozen
	if frozen == nil {
		frozen = was.Modes
	}
	s.equal("modes of the source", frozen, source.Modes, out)
	s.equal("versions on the source", versions(was), versions(source), out)
	s.equal("exporters", append([]string{}, s.x.left...), s.exporters(), out)
	s.equal("modes of the target", s.x.modes, target.Modes, out)
	copies, contexts, middle := s.x.copies.of(was), s.x.copies.contexts(was), s.middle.Snapshot()
	if s.x.second != nil {
		maps.Copy(copies, s.x.second.of(middle))
		contexts = slices.Compact(slices.Sorted(slices.Values(append(contexts, s.x.second.contexts(middle)...))))
	}
	s.equal("versions on the target", copies, versions(target), out)
	s.equal("contexts of the target", contexts, target.Contexts, out)
	if s.x.middle != nil {
		s.equal("modes of the middle", s.x.middle, middle.Modes, out)
		s.equal("exporters of the middle", []sandbox.ExporterSnapshot{}, middle.Exporters, out)
	}
	if s.x.middle != nil && s.x.second == nil {
		s.equal("versions on the middle", versions(target), versions(middle), out)
	}
}

func (s *stage) equal(what string, want, got any, out string) {
	s.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		s.t.Errorf("%s: -want +got: %s\n%s", what, d, out)
	}
}
