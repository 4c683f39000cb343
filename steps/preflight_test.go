package steps

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

func TestCheckOfPreflight(t *testing.T) {
	scope := Scope{
		Registries: []string{"source", "target"},
		Before:     []Declared{{ID: "check", Step: &Preflight{Canary: true}}, {ID: "plain", Step: &Preflight{}}},
	}
	for params, want := range map[string]string{
		`{"target":"traget"}`:               `/target: registry "traget" is not declared; did you mean "target"?`,
		`{"target":"source"}`:               `/target: source and target are both "source"; a migration needs two registries`,
		`{"step":"check"}`:                  ``,
		`{"step":"plain"}`:                  `/step: "plain" is no earlier step that sends a canary from source to target; there is check`,
		`{"step":"check","canary":true}`:    `/step: step is for a rollback and takes a canary away: leave canary and exporter out`,
		`{"canary":true,"exporter":"mine"}`: ``,
	} {
		s, err := New("preflight", []byte(params))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range s.(Checker).Check(scope) {
			got += p.Path + ": " + p.Message
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", params, got, want)
		}
	}
}

func TestOlder(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"7.1.0", "7.2.0", true},
		{"7.2.0", "7.2.0", false},
		{"7.10.1", "7.2.0", false},
		{"8.0.0", "7.4.0", false},
		{"7.3.9-ccs", "7.4.0", true},
		{"", "7.4.0", false},
		{"latest", "7.4.0", false},
		{"6", "7.2.0", true},
	} {
		if got := older(c.a, c.b); got != c.want {
			t.Errorf("%q before %q: got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// A canary is of what can be copied alone, the least of it.
func TestCanaryIsOfWhatStandsAlone(t *testing.T) {
	r := newRig(t)
	got := func() string {
		t.Helper()
		subject, err := canarySubject(t.Context(), r.source.client)
		if err != nil {
			t.Fatal(err)
		}
		return subject
	}
	if s := got(); s != "" {
		t.Errorf("of nothing: got %s", s)
	}
	r.source.has(t, ":.a:base")
	r.source.tell(t, `POST /subjects/by/versions {"schemaType":"JSON","schema":"{\"$ref\":\"b.json\"}","references":[{"name":"b.json","subject":":.a:base","version":1}]}`)
	if s := got(); s != ":.a:base" {
		t.Errorf("got %s, and by refers to it", s)
	}
	r.source.has(t, "many")
	r.source.tell(t, `POST /subjects/many/versions {"schema":"\"long\""}`)
	r.source.has(t, "one")
	if s := got(); s != "one" {
		t.Errorf("got %s, want one", s)
	}
}

// In whichever write it is killed, the step does it all again, or is undone, and nothing is left.
func TestCanaryKilledInEveryWrite(t *testing.T) {
	for _, handled := range []bool{false, true} {
		for n, more := 1, true; more; n++ {
			for _, back := range []bool{false, true} {
				r := newRig(t)
				r.source.has(t, "x")
				r.target.has(t, "y")
				before := r.pictures()
				s := r.begin("check", "preflight", `{"canary":true}`)
				more = r.killed(n, handled, func(ctx context.Context) { _, _ = r.do(ctx, "check", s) }) // the kill is its error
				if back {
					r.undo("check", s)
				} else if _, err := r.do(t.Context(), "check", s); err != nil && more {
					t.Errorf("write %d, handled %v: %v", n, handled, err)
				}
				if diff := cmp.Diff(before, r.pictures()); diff != "" {
					t.Errorf("write %d, handled %v, undone %v: -before +after\n%s", n, handled, back, diff)
				}
			}
			if n > 20 {
				t.Fatal("no end of writes")
			}
		}
	}
}

func (r *rig) pictures() [2]sandbox.Snapshot {
	return [2]sandbox.Snapshot{r.source.Snapshot(), r.target.Snapshot()}
}

// It reaches the target as the exporter of a later step is going to.
func TestCanaryHasTheConfigOfTheExporterToCome(t *testing.T) {
	r := newRig(t)
	later := r.step("createExporter", `{"exporter":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"http://other:1","proxy.host":"p"}}`)
	env := r.env("check")
	env.After = []Upcoming{{Declared: Declared{ID: "start", Step: later}}}
	sent := (&Preflight{Canary: true}).carrier(env, canary{}).wanted(env).Config
	want := map[string]registry.Secret{"schema.registry.url": registry.NewSecret("http://other:1"), "proxy.host": registry.NewSecret("p")}
	for k, v := range want {
		if sent[k].Reveal() != v.Reveal() {
			t.Errorf("%s is %s", k, sent[k].Reveal())
		}
	}
}

// What has its names already is not of this run, and stays.
func TestCanaryLeavesOthersAlone(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "x")
	r.target.has(t, ":.srmigrate-canary-run:theirs")
	_, err := r.step("preflight", `{"canary":true}`).(Recorder).Record(t.Context(), r.env("check"))
	if err == nil || !strings.Contains(err.Error(), "is there already, and not of this run: subject :.srmigrate-canary-run:theirs on target") {
		t.Errorf("got %v", err)
	}
	if sent := r.target.written(); slices.ContainsFunc(sent, func(q string) bool { return strings.HasPrefix(q, http.MethodDelete) }) {
		t.Errorf("sent %v", sent)
	}
}

// What may not be read is named with its registry, and the rest is looked at all the same.
func TestPreflightNamesWhatMayNotBeRead(t *testing.T) {
	for _, c := range []struct{ side, path, want string }{
		{"source", "/subjects", "source may not read its subjects"},
		{"source", "/subjects/x/versions/latest", "source may not read schemas"},
		{"source", "/config", "source may not read configs"},
		{"source", "/contexts", "source may not read contexts"},
		{"source", "/exporters", "source may not read exporters"},
		{"source", "/v1/metadata/id", "source may not read who it is"},
		{"target", "/v1/metadata/id", "target may not read who it is"},
		{"target", "/v1/metadata/version", "target may not read its version"},
		{"target", "/subjects", "target may not read its subjects, its versions"},
		{"target", "/mode", "target may not read modes"},
		{"target", "/contexts", "target may not read contexts, its versions"},
		{"target", "/schemas", "target may not read its versions"},
	} {
		r := newRig(t)
		r.source.has(t, "x")
		side := map[string]*side{"source": r.source, "target": r.target}[c.side]
		side.faults(func(w http.ResponseWriter, q *http.Request) bool {
			if q.URL.Path != c.path {
				return false
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error_code":403,"message":"no"}`))
			return true
		}, nil)
		found, err := r.step("preflight", `{"exporter":"e"}`).(Finder).Find(t.Context(), r.env("check"))
		if err != nil || len(found) != 1 || found[0].Code != "SRM060" || found[0].Text != "the credentials for "+c.want {
			t.Errorf("%s %s: got %+v, %v", c.side, c.path, found, err)
		}
	}
}

// A canary that an exporter of its target would copy on is refused before anything is sent.
func TestCanaryIsNotSentWhereAnExporterCopiesItOn(t *testing.T) {
	for subjects, refused := range map[string]bool{":*:": true, ":.other:*": false} {
		r := newRig(t)
		r.target = newSide(t, "target", sandbox.Options{Exporters: true})
		r.source.has(t, "x")
		onward := registry.Exporter{Name: "onward", ContextType: "NONE", Subjects: []string{subjects}, Config: map[string]registry.Secret{"schema.registry.url": registry.NewSecret("http://127.0.0.1:1")}}
		if err := r.target.client.CreateExporter(t.Context(), onward); err != nil {
			t.Fatal(err)
		}
		before := len(r.source.written())
		_, err := r.do(t.Context(), "check", r.begin("check", "preflight", `{"canary":true}`))
		const want = "SRM067: target copies on what comes to target, by exporter onward"
		if got := err != nil && strings.HasPrefix(err.Error(), want); got != refused {
			t.Errorf("%s: got %v", subjects, err)
		}
		if sent := len(r.source.written()) > before; sent == refused {
			t.Errorf("%s: sent %v", subjects, r.source.written())
		}
	}
}
