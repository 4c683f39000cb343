package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
)

// copied is a rig whose exporter has copied everything.
func copied(t *testing.T, params string) (*rig, Outputs) {
	t.Helper()
	r := newRig(t)
	r.source.has(t, "orders", "orders-key", ":.b:bills")
	r.run("start", "createExporter", params)
	out, err := r.do(t.Context(), "wait", r.begin("wait", "waitFor", `{"exporter":"e","compare":{},"until":"caughtUp(\"10ms\") && diff.identical","every":"5ms"}`))
	if err != nil {
		t.Fatal(err)
	}
	return r, out
}

func TestCompareAfterACopy(t *testing.T) {
	cases := map[string]struct{ params, want, moved string }{
		"NONE": {
			`{"exporter":"e","contextType":"NONE","subjects":["*"]}`,
			"identical: 2 of 3 subjects (1 outside the exporter's patterns), 2 versions, context .", "2 subjects, 2 versions",
		},
		"CUSTOM, one pattern": {
			`{"exporter":"e","contextType":"CUSTOM","context":"x","subjects":["orders"],"subjectRenameFormat":"old-${subject}"}`,
			"identical: 1 of 3 subjects (2 outside the exporter's patterns), 1 version, . → .made", "1 subject, 1 version",
		},
		"AUTO, whose context the server makes up": {
			`{"exporter":"e","contextType":"AUTO","subjects":["*"]}`,
			"identical: 2 of 3 subjects (1 outside the exporter's patterns), 2 versions, . → .made", "2 subjects, 2 versions",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r, waited := copied(t, c.params)
			for _, params := range []string{`{"exporter":"e"}`, `{}`} {
				out, err := r.do(t.Context(), "prove", r.begin("prove", "compare", params))
				if err != nil {
					t.Fatal(err)
				}
				text := out.Text()
				if made, ok := r.past[0].Outputs["context"].(string); ok && made != "." {
					text = strings.ReplaceAll(text, made, ".made")
				}
				if text != c.want || out["moved"] != c.moved || out["verdict"] != out["text"] {
					t.Errorf("%s: got %v, want %s", params, out, c.want)
				}
			}
			if waited["state"] != "RUNNING" || waited["moved"] != c.moved || !strings.HasPrefix(fmt.Sprint(waited["verdict"]), "identical: ") {
				t.Errorf("the wait gave %v", waited)
			}
		})
	}
}

func TestCompareNamesDifferences(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"CUSTOM","context":".x","subjects":["*"]}`)
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.source.has(t, "late")
	out, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	want := "late → :.x:late: missing on the target, 1 version"
	if err == nil || !strings.HasPrefix(err.Error(), "different: ") || !strings.HasSuffix(err.Error(), ": "+want) {
		t.Errorf("got %v, want different: … %s", err, want)
	}
	if out["verdict"] == nil || out["moved"] != nil {
		t.Errorf("got %v, want a verdict and nothing moved", out)
	}
	if _, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"subjects":["ord*"]}`)); err != nil {
		t.Errorf("without the late subject: %v", err)
	}
}

func TestCompareNamesWhatMayBeBehindIt(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"NONE","subjects":["*"]}`)
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.target.tell(t, `PUT /mode/orders?force=true {"mode":"IMPORT"}`)
	r.target.tell(t, `PUT /config/orders {"normalize":true}`)
	r.target.tell(t, `POST /subjects/orders/versions {"schema":"\"long\"","id":77,"version":1}`)
	_, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	want := "orders version 1: schema differs; the target has normalize: true for orders, so that it stores schemas in a spelling of its own"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want … %s", err, want)
	}
}

func TestCompareFailsForWhatTheExporterLeftOver(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"CUSTOM","context":"x","subjects":["*"]}`)
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.source.tell(t, "DELETE /subjects/orders")
	r.target.tell(t, `PUT /mode/:.x:?force=true {"mode":"READWRITE"}`)
	_, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	if err == nil || !strings.Contains(err.Error(), ":.x:orders: on the target only, 1 version") {
		t.Errorf("got %v, want the extra subject: the context was empty before", err)
	}
}

func TestCompareUnknown(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
	r.target.faults(func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path != "/schemas" {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}, nil)
	out, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	if err == nil || !strings.HasPrefix(err.Error(), "unknown: target: GET ") || out["moved"] != nil {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestCompareWithoutItsExporter(t *testing.T) {
	r := newRig(t)
	_, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	if err == nil || !strings.HasPrefix(err.Error(), `exporter "e" is not on source and this run did not create it`) {
		t.Errorf("got %v", err)
	}
}

func TestWaitForFailsWhereASideRefuses(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"NONE","subjects":[":*:"]}`)
	r.target.faults(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}, nil)
	_, err := r.do(t.Context(), "wait", r.begin("wait", "waitFor", `{"exporter":"e","compare":{},"every":"5ms"}`))
	if err == nil || !strings.Contains(err.Error(), "401 Unauthorized") {
		t.Errorf("got %v", err)
	}
}

func TestCompareCheck(t *testing.T) {
	scope := Scope{Registries: []string{"source", "target"}}
	want := []Problem{{Path: "/target", Message: `registry "trget" is not declared; did you mean "target"?`}}
	s := &Compare{Comparison: Comparison{Target: "trget"}}
	if diff := cmp.Diff(want, s.Check(scope)); diff != "" {
		t.Error(diff)
	}
}

func TestWaitForUnmetNamesDifferences(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"CUSTOM","context":".x","subjects":["*"]}`)
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.source.has(t, "late")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	out, err := r.do(ctx, "wait", r.begin("wait", "waitFor", `{"compare":{},"until":"diff.identical","every":"5ms"}`))
	want := []string{
		"until diff.identical does not hold; last seen: different: 1 of 3 subjects differ: 1 version missing; ",
		"; diff.identical = false: late → :.x:late: missing on the target, 1 version: context deadline exceeded",
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), want[0]) || !strings.HasSuffix(err.Error(), want[1]) {
		t.Errorf("got  %v\nwant %s…%s", err, want[0], want[1])
	}
	if verdict, ok := out["verdict"].(string); !ok || !strings.HasPrefix(verdict, "different: ") {
		t.Errorf("got outputs %v", out)
	}
}

// Another run asks the exporter itself.
func TestCompareTakesTheLiveMapping(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"AUTO","subjects":["*"]}`)
	made, _ := r.past[0].Outputs["context"].(string)
	r.past = nil
	out, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"exporter":"e"}`))
	if err != nil || !strings.HasSuffix(out.Text(), ". → "+made) {
		t.Errorf("got %v, %v, want the context %s", out, err, made)
	}
	r.target.faults(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}, nil)
	_, err = r.do(t.Context(), "wait", r.begin("wait", "waitFor", `{"exporter":"e","compare":{},"every":"5ms"}`))
	if err == nil || !strings.Contains(err.Error(), "403 Forbidden") {
		t.Errorf("got %v, want the refusal", err)
	}
}

func TestCompareWithTwoExporters(t *testing.T) {
	r := newRig(t)
	r.source.has(t, "orders", "bills")
	r.run("one", "createExporter", `{"exporter":"e","contextType":"CUSTOM","context":"x","subjects":["orders"]}`)
	r.run("two", "createExporter", `{"exporter":"f","contextType":"CUSTOM","context":"y","subjects":["bills"]}`)
	_, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{}`))
	want := `this run created the exporters "e" and "f" from source to target; name one of them in the field exporter`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCompareWritesItsFilesBesideTheRunbook(t *testing.T) {
	r, _ := copied(t, `{"exporter":"e","contextType":"CUSTOM","context":"x","subjects":["*"]}`)
	r.dir = t.TempDir()
	r.run("stop", "pause", `{"exporter":"e"}`)
	r.source.has(t, "late")
	params := `{"report":"all.jsonl","idMap":"ids.csv"}`
	for range 2 {
		if _, err := r.do(t.Context(), "prove", r.begin("prove", "compare", params)); err == nil || !strings.HasPrefix(err.Error(), "different: ") {
			t.Errorf("got %v, want a difference", err)
		}
		read := func(name string) string {
			b, err := os.ReadFile(filepath.Join(r.dir, name))
			if err != nil {
				t.Error(err)
			}
			return string(b)
		}
		late := `{"kind":"missingSubject","subject":"late","targetSubject":":.x:late","detail":"1 version","level":"fail"}` + "\n" + `{"kind":"verdict","summary":"different: `
		if got := read("all.jsonl"); !strings.HasPrefix(got, late) {
			t.Errorf("got report\n%s\nwant\n%s…", got, late)
		}
		if got := read("ids.csv"); got != "source context,source id,target context,target id\n.,1,.x,1\n" {
			t.Errorf("got ids\n%s", got)
		}
	}
	_, err := r.do(t.Context(), "prove", r.begin("prove", "compare", `{"report":"none/all.jsonl"}`))
	if err == nil || !strings.Contains(err.Error(), `there is no folder`) {
		t.Errorf("got %v, want the missing folder", err)
	}
	found, err := r.step("compare", `{"report":"none/all.jsonl","idMap":"ids.csv"}`).(Finder).Find(t.Context(), r.env("prove"))
	if err != nil || len(found) != 1 || found[0].Code != "SRM030" || !strings.HasPrefix(found[0].Text, "report: ") {
		t.Errorf("got %v, %v, want one finding", found, err)
	}
}

func TestCompareFilesAreWrittenOnce(t *testing.T) {
	scope := Scope{
		Registries: []string{"source", "target"},
		Before:     []Declared{{ID: "first", Step: &Compare{Report: "a", IDMap: "out/b"}}, {ID: "other", Step: &Pause{}}},
	}
	for _, c := range []struct {
		step Compare
		want []Problem
	}{
		{Compare{Report: "c", IDMap: "d"}, nil},
		{Compare{Report: "./a"}, []Problem{{Path: "/report", Message: `step first writes "a", too; give each its own file`}}},
		{Compare{IDMap: "out/../out/b"}, []Problem{{Path: "/idMap", Message: `step first writes "out/b", too; give each its own file`}}},
		{Compare{Report: "c", IDMap: "./c"}, []Problem{{Path: "/idMap", Message: `report and idMap are both "./c"; each needs a file of its own`}}},
	} {
		if diff := cmp.Diff(c.want, c.step.Check(scope)); diff != "" {
			t.Errorf("%+v: %s", c.step, diff)
		}
	}
}

// A compare that takes long tells of it every second, and in a way that a log takes up every ten.
func TestCounter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []event.Event
		env := &Env{StepID: "prove", Emit: func(e event.Event) { events = append(events, e) }}
		tell := counter(env, time.Now())
		for i := range 50 {
			tell(compare.Progress{What: compare.Versions, Done: 500 * i, Of: 40_000, Rate: 1000, Left: time.Duration(40-i/2) * time.Second})
			time.Sleep(time.Second / 4)
		}
		tell(compare.Progress{What: compare.Settings, Done: 3, Of: 9, Rate: 7, Left: time.Second})
		time.Sleep(10 * time.Second)
		tell(compare.Progress{What: compare.Settings, Done: 9, Of: 9, Rate: 7})
		read := func(done string, left, after int, again bool) event.Event {
			return event.StepProgress{
				ID: "prove", Text: done + " of about 40,000 versions read", Rate: 1000,
				Left: time.Duration(left) * time.Second, Elapsed: time.Duration(after) * time.Second, Repeated: again,
			}
		}
		want := []event.Event{
			read("20,000", 20, 10, false), read("22,000", 18, 11, true), read("24,000", 16, 12, true),
			event.StepProgress{ID: "prove", Text: "9 of 9 settings compared", Elapsed: 22500 * time.Millisecond},
		}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Error(diff)
		}
	})
}
