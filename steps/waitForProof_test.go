package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// watched are two registries in memory whose full passes are counted.
type watched struct {
	*exporterScript
	here, there *sandbox.Registry
	passes      int
	fails       func() bool // the listing of there
	hurt        int
}

func newWatched(t *testing.T) *watched {
	w := &watched{exporterScript: scripted(t, always(status("RUNNING", 5))), fails: func() bool { return false }}
	w.here, w.there = w.held(t, "here", "a", "b", "c"), w.held(t, "there", "a", "c")
	c, err := registry.New(registry.Config{Name: "there", URL: "http://there.test", Transport: &inMemory{Handler: http.HandlerFunc(
		func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/schemas" && r.URL.Query().Get("subjectPrefix") == ":*:" {
				w.passes++
				if w.fails() {
					w.hurt++
					rw.WriteHeader(http.StatusServiceUnavailable)
					return
				}
			}
			w.there.ServeHTTP(rw, r)
		},
	)}})
	if err != nil {
		t.Fatal(err)
	}
	w.env.Registries["there"] = c
	return w
}

func (w *watched) wait(ctx context.Context, until string) (string, error) {
	step := &WaitFor{Compare: &Comparison{Source: "here", Target: "there"}, Until: until}
	out, err := step.Do(ctx, w.env)
	return fmt.Sprint(out["verdict"]), err
}

// seen are the verdicts of the looks, each once in a row.
func (w *watched) seen() string {
	var all []string
	for _, e := range w.events {
		if p, ok := e.(event.StepProgress); ok && !p.Repeated {
			all = append(all, p.Text)
		}
	}
	return strings.Join(all, "\n")
}

func second(t *testing.T, r *sandbox.Registry, subject string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", "/subjects/"+subject+"/versions", strings.NewReader(`{"schema":"\"bytes\""}`)))
	if w.Code != 200 {
		t.Errorf("%s: %d %s", subject, w.Code, w.Body)
	}
}

// A wait looks at what differs, and has a full pass decide: what changed where nothing differed does not let it end.
func TestWaitForProves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatched(t)
		time.AfterFunc(44*time.Second, func() { second(t, w.here, "c") })
		time.AfterFunc(46*time.Second, func() { registered(t, w.there, "b") })
		time.AfterFunc(75*time.Second, func() { second(t, w.there, "c") })
		verdict, err := w.wait(t.Context(), "diff.identical")
		if err != nil || verdict != "identical: 3 of 3 subjects, 4 versions, context ." {
			t.Errorf("got %s, %v", verdict, err)
		}
		if took := time.Since(w.begun); took != 80*time.Second || w.passes != 3 {
			t.Errorf("took %s and %d full passes, want 1m20s and 3: the first, and two that confirm", took, w.passes)
		}
		want := `different: 1 of 3 subjects differ: 1 version missing; compared 3 of 3 subjects, 3 versions, context .
different: 1 of 3 subjects differ: 1 version missing; compared 3 of 3 subjects, 3 versions, context .; 0 subjects read again, the rest as of the last full pass
different: 1 of 3 subjects differ: 1 version missing; compared 3 of 3 subjects, 4 versions, context .
different: 1 of 3 subjects differ: 1 version missing; compared 3 of 3 subjects, 4 versions, context .; 1 subject read again, the rest as of the last full pass`
		if got := w.seen(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// What a look shows does not end a wait as long as the full pass cannot be had, and what could not be read is not taken
// for no difference.
func TestWaitForIsNotMetWithoutProof(t *testing.T) {
	for _, until := range []string{"diff.identical", "diff.total == 0", "diff.missing == 0 && diff.changed == 0", `elapsed >= duration("20s")`} {
		t.Run(until, func(t *testing.T) { isNotMetWithoutProof(t, until) })
	}
}

func isNotMetWithoutProof(t *testing.T, until string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatched(t)
		time.AfterFunc(15*time.Second, func() { registered(t, w.there, "b") })
		w.fails = func() bool { return time.Since(w.begun) > 15*time.Second && time.Since(w.begun) < 2*time.Minute }
		verdict, err := w.wait(t.Context(), until)
		if took := time.Since(w.begun); err != nil || !strings.HasPrefix(verdict, "identical: ") || took != 2*time.Minute {
			t.Errorf("after %s got %s, %v", took, verdict, err)
		}
		if seen := w.seen(); w.hurt == 0 || !strings.Contains(seen, "503 Service Unavailable") {
			t.Errorf("%d full passes failed: %s", w.hurt, seen)
		}
	})
}

// A condition that asks for it sees that something could not be read.
func TestWaitForWhatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatched(t)
		w.fails = func() bool { return true }
		if verdict, err := w.wait(t.Context(), "diff.unknown"); err != nil || !strings.HasPrefix(verdict, "unknown: target: ") {
			t.Errorf("got %s, %v", verdict, err)
		}
	})
}

// The last look before the time is up reads everything, and so does one in ten.
func TestWaitForGivesUpWithAFullPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatched(t)
		time.AfterFunc(5*time.Second, func() { second(t, w.here, "c") })
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
		defer cancel()
		verdict, err := w.wait(ctx, "diff.identical")
		want := "different: 2 of 3 subjects differ: 2 versions missing; compared 3 of 3 subjects, 4 versions, context ."
		if !errors.Is(err, context.DeadlineExceeded) || verdict != want || w.passes != 2 {
			t.Errorf("got %s, %v after %d full passes, want 2", verdict, err, w.passes)
		}
		w.passes = 0
		ctx, cancel = context.WithTimeout(t.Context(), 285*time.Second)
		defer cancel()
		if _, err := w.wait(ctx, "diff.identical"); err == nil || w.passes != 4 {
			t.Errorf("got %v after %d full passes in 29 looks, want 4: each tenth and the last", err, w.passes)
		}
	})
}

// A version that stays away does not get young because a look could not see it come.
func TestCaughtUpWithWhatALookDoesNotSee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWatched(t)
		registered(t, w.there, "b")
		time.AfterFunc(5*time.Second, func() { second(t, w.here, "c") })
		time.AfterFunc(125*time.Second, func() { second(t, w.there, "c") })
		if _, err := w.wait(t.Context(), `caughtUp("60s")`); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(w.begun); took != 130*time.Second {
			t.Errorf("caught up after %s, want 2m10s: c was missing from the sixth second on", took)
		}
	})
}
