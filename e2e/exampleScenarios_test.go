package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// Scenario 2: while clients are still on the target, the exporter goes on copying and nothing is put back.
func TestTheExporterRunsUntilClientsAreBack(t *testing.T) {
	for _, profile := range []string{"", onGuide} {
		t.Run("profile "+profile, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, example{file: "guide/11-rollback-some-clients-moved.yaml", profile: profile})
			s.asks("first-group", "approve")
			s.asks("second-group", "reject")
			before := s.target.Snapshot().Modes
			s.asks("first-group.undo-1", "") // asked twice: asking changes nothing
			s.equal("exporters", running, s.exporters(), "")
			s.equal("modes of the target", before, s.target.Snapshot().Modes, "")
			if s.source.count("PUT /exporters/migration-exporter/pause") > 0 {
				t.Error("the exporter was paused before somebody answered")
			}
			s.asks("first-group.undo-1", "approve")
			if code, out := s.srmigrate("run"); code != 4 || len(s.exporters()) > 0 {
				t.Errorf("exit %d, want 4; exporters %v\n%s", code, s.exporters(), out)
			}
		})
	}
}

// Scenario 3: whoever rejects the second copy is asked to point clients back, and no exporter is made; so is whoever
// finds that the second copy failed.
func TestAfterAllClientsMovedTheWayBackAsksForThem(t *testing.T) {
	x := example{file: "guide/12-rollback-all-clients-moved.yaml", profile: onGuide, before: damaged}
	t.Run("rejected", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, x)
		s.asks("resync", "reject")
		differences, err := os.ReadFile(filepath.Join(s.dir, "differences.jsonl"))
		if err != nil || !strings.Contains(string(differences), `"subject":"shipments-value"`) {
			t.Errorf("the differences do not name what is missing: %v\n%s", err, differences)
		}
		s.asks("resync.undo-1", "approve")
		if code, out := s.srmigrate("run"); code != 4 || !strings.Contains(out, "rolled back: step resync failed") {
			t.Errorf("exit %d, want 4\n%s", code, out)
		}
		if s.source.count("PUT /exporters") > 0 || s.target.count("PUT /mode") > 0 {
			t.Error("something was changed")
		}
	})
	t.Run("failed", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, x)
		s.asks("resync", "approve")
		s.source.plant(&fault{method: http.MethodPut, path: "/exporters", left: 9, status: http.StatusForbidden})
		s.asks("resync.undo-1", "approve")
		if code, out := s.srmigrate("run"); code != 4 || !strings.Contains(out, "rolled back: step create failed") {
			t.Errorf("exit %d, want 4\n%s", code, out)
		}
	})
}

// Monitoring: an alarm ends the watch and leaves everything in place; mended, the same command goes on.
func TestAnAlarmLeavesEverythingInPlace(t *testing.T) {
	t.Parallel()
	s := newStage(t, example{file: "guide/09-monitoring.yaml", profile: onGuide})
	const create = "    - id: create\n"
	s.write(strings.Replace(s.runbook(), create, "    - id: lost\n      setMode: {registry: target, mode: READWRITE}\n"+create, 1))
	code, out := s.srmigrate("run")
	if code != 1 || !strings.Contains(out, "failed    running: ") || !strings.Contains(out, "must be in IMPORT mode") {
		t.Fatalf("exit %d, want 1\n%s", code, out)
	}
	s.equal("exporters", []string{"migration-exporter ERROR"}, s.exporters(), out)
	s.request(http.MethodPut, s.target, "/mode", `{"mode":"IMPORT"}`)
	was := s.source.Snapshot()
	out = s.through(0, "")
	s.equal("versions on the target", naming(mirror).of(was), versions(s.target.Snapshot()), out)
	s.equal("exporters", running, s.exporters(), out)
}

// asks runs until a question, which must be the one given, and answers it.
func (s *stage) asks(step, answer string) {
	s.t.Helper()
	code, out := s.srmigrate("run")
	if question := waiting.FindStringSubmatch(out); code != 6 || question == nil || question[1] != step {
		s.t.Fatalf("exit %d, question %q, want 6 and %s\n%s", code, question, step, out)
	}
	if answer == "" {
		return
	}
	if code, out := s.srmigrate(answer, step, "--by", "test"); code != 0 {
		s.t.Fatalf("srmigrate %s: exit %d\n%s", answer, code, out)
	}
}

// exporters are those of the source, with their states.
func (s *stage) exporters() []string {
	list := []string{}
	for _, e := range s.source.Snapshot().Exporters {
		list = append(list, e.Name+" "+e.State)
	}
	return list
}

// The clean-up takes the copies away if it is told to, for good and saved, and nothing else of the target.
func TestTheCleanUpRemovesCopies(t *testing.T) {
	for profile, copies := range map[string]string{"": inGenerated + "*", onGuide: "orders-*"} {
		t.Run("profile "+profile, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, example{
				file: "guide/13-rollback-clean-up.yaml", profile: profile, before: leftovers, vars: []string{"remove=true", "copies=" + copies},
			})
			before := s.target.Snapshot().Versions
			out := s.through(0, "")
			prefix, gone := strings.TrimSuffix(copies, "*"), 0
			want := slices.DeleteFunc(before, func(v sandbox.Version) bool {
				is := strings.HasPrefix(v.Subject, prefix)
				gone += map[bool]int{true: 1}[is]
				return is
			})
			s.equal("versions on the target", want, s.target.Snapshot().Versions, out)
			saved, err := os.ReadFile(filepath.Join(s.dir, ".srmigrate", "guide-clean-up.backup.jsonl"))
			if n := strings.Count(string(saved), "\n"); err != nil || gone == 0 || n != gone {
				t.Errorf("%d versions are gone, %d are saved, %v", gone, n, err)
			}
		})
	}
}
