package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// What exporters meet is not what clients meet.
func TestFaultExporterRequests(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, Seed: Seed{Subjects: 5},
		Faults: faultsOf(t, "exporter:POST /subjects:status=503:1"),
	})
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+p.TargetURL+`"}} -> 200`)
	until(t, "the trouble", func() bool { return strings.Contains(p.Source.Snapshot().Exporters[0].Trace, "503") })
	check(t, post(http.DefaultClient, p.SourceURL+"/subjects/new/versions"))
	until(t, "the copy", func() bool { return len(p.Target.Snapshot().Versions) == len(p.Source.Snapshot().Versions) })
}

func TestFaultBehaviours(t *testing.T) {
	for _, c := range []struct {
		name, fault, target string
		offset              int
		trace, ids          string
	}{
		{"stalls at once", "source:stall", "", 0, "", ""},
		{"stalls after two", "source:stall=2", ":.p:b a", 2, "", ""},
		{"no import", "source:no-import", "", 0, "42205", ""},
		{"another side's", "target:stall", ":.p:b :.p:c :.q:d a", 4, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, behaviours(Options{}, SideSource, faultsOf(t, c.fault)), Options{})
				script(t, b.source, threeContexts)
				b.create(`,"contextType":"NONE","subjects":[":*:"]`)
				s := b.settled()
				if c.trace == "" && s.State != stateRunning || s.Offset != c.offset || !strings.Contains(s.Trace, c.trace) {
					t.Errorf("got %+v", s)
				}
				if got := subjectsOf(b.target); got != c.target {
					t.Errorf("got %q, want %q", got, c.target)
				}
			})
		})
	}
}

// An operator can do what the exporter leaves undone.
func TestFaultNoImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{NoImport: true}, Options{})
		script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200`)
		script(t, b.source, `POST /subjects/a/versions {"schema":@string} -> 200`)
		b.create(`,"contextType":"NONE"`)
		if s := b.settled(); s.State != stateRunning || s.Trace != "" || subjectsOf(b.target) != "a" {
			t.Errorf("got %+v and %q", s, subjectsOf(b.target))
		}
	})
}

// New ids are the same ones every time, and never the source's.
func TestFaultReassignedIDs(t *testing.T) {
	for _, profile := range []string{ProfileConfluent, ProfileGuide} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, Options{Profile: profile, ReassignIDs: true}, Options{Profile: profile})
			script(t, b.source, threeContexts)
			script(t, b.target, `PUT /mode {"mode":"IMPORT"} -> 200`)
			if profile == ProfileGuide {
				b.createByPut("")
			} else {
				b.create(`,"contextType":"NONE","subjects":[":*:"]`)
			}
			b.settled()
			first := encode(t, b.target.Snapshot().Versions)
			script(t, b.source, `
				PUT /exporters/e/pause -> 200
				PUT /exporters/e/reset -> 200
				PUT /exporters/e/resume -> 200
			`)
			if s := b.settled(); s.State != stateRunning || s.Trace != "" || encode(t, b.target.Snapshot().Versions) != first {
				t.Errorf("%s: got %+v", profile, s)
			}
			versions := b.target.Snapshot().Versions
			if len(versions) != 4 {
				t.Errorf("%s: got %d versions, want 4", profile, len(versions))
			}
			for _, v := range versions {
				if v.ID < firstNewID {
					t.Errorf("%s: got %+v", profile, v)
				}
			}
		})
	}
}
