package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// rotatedRunbook begins to copy. WATCH looks once more later, and minds what the exporter reports.
const rotatedRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: rotated}
spec:
  registries:
    source: {url: SOURCE, ACCESS}
    target: {url: TARGET, auth: {basic: {username: me, password: {file: password}}}, asDestination: {config: {STORES}}}
  onFailure: stop
  steps:
    - id: start
      createExporter: {exporter: migration-exporter, contextType: NONE, subjects: [":*:"]}
    - id: copied
      waitFor: {exporter: migration-exporter, compare: {}, until: 'caughtUp("50ms") && diff.identical', every: 20ms}
      timeout: 1m
`

const watchStep = `    - id: watch
      waitFor: {exporter: migration-exporter, until: status.offset > 1000000, failIf: status.trace != "", every: 20ms}
      timeout: 1m
`

// An exporter whose target has another password now is told of with what to do; the example that is for that gives it the
// new one, it copies what came meanwhile, and begins nothing again. Neither password is shown.
func TestAnExportersPasswordIsRotated(t *testing.T) {
	login := logins()["basic"]
	login.pair.Password, login.env = canary+"old", []string{"A_USER=me", "A_SECRET=" + canary + "old"}
	e := enterWith(t, rotatedRunbook, t.TempDir(), "", login, secured()["http"])
	keep(t, e.dir, "password", []byte(canary+"old\n"))
	e.must(0, "run", "runbook.yaml")
	stood := e.offset()

	e.pair.Rotate(sandbox.SideTarget, "me", canary+"new")
	keep(t, e.dir, "password", []byte(canary+"new\n"))
	call(t, e.pair.Source, http.MethodPost, "/subjects/late-value/versions", `{"schema":"\"string\""}`)
	e.write(e.text + watchStep)
	out := e.must(1, "run", "runbook.yaml")
	for _, want := range []string{
		"error code: 401", "target refuses the credentials of the exporter", "from auth of registry target (file:password)",
		"updateExporter: {exporter: migration-exporter, target: target} gives it the new ones and keeps its offset",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	example, err := os.ReadFile("../examples/rotate-credentials.yaml")
	if err != nil {
		t.Fatal(err)
	}
	keep(t, e.dir, "rotate.yaml", example)
	rotate := func(password string) {
		e.env = append(e.env, "SOURCE_URL="+e.pair.SourceURL, "TARGET_URL="+e.pair.TargetURL, "SOURCE_USER=me", "SOURCE_PASSWORD="+canary+"old",
			"TARGET_USER=me", "TARGET_PASSWORD="+password)
	}
	flags := []string{"run", "-v", "rotate.yaml", "--var", "steady=50ms", "--var", "every=20ms"}
	rotate(canary + "wrong")
	if out := e.must(3, flags...); !strings.Contains(out, "credentials of registry target, from env:TARGET_USER and env:TARGET_PASSWORD, have expired or are wrong") {
		t.Errorf("it says\n%s", out)
	}
	if got := e.pair.Source.ExporterConfig("migration-exporter")["basic.auth.user.info"]; got != "me:"+canary+"old" {
		t.Error("the exporter was changed although the target does not accept the new password")
	}
	rotate(canary + "new")
	out = e.must(0, flags...)
	if got := e.pair.Source.ExporterConfig("migration-exporter")["basic.auth.user.info"]; got != "me:"+canary+"new" {
		t.Error("the exporter does not have the new password")
	}
	if strings.Contains(out, "/reset") || e.offset() <= stood {
		t.Errorf("the offset was %d and is %d\n%s", stood, e.offset(), out)
	}
	if d := mirrored(e.pair.Source.Snapshot(), e.pair.Target.Snapshot()); d != "" {
		t.Error(d)
	}
	files(t, e.dir, func(what, text string) {
		if filepath.Base(what) != "token" {
			hidden(t, what, text)
		}
	})
}

// must demands an exit code and returns all that was said.
func (e *entry) must(want int, args ...string) string {
	e.t.Helper()
	code, out, errs := e.srmigrate(args...)
	if code != want {
		e.t.Fatalf("%q: exit %d, want %d\n%s%s", args, code, want, out, errs)
	}
	return out + errs
}

// offset is that of the only exporter.
func (e *entry) offset() int {
	e.t.Helper()
	var s struct{ Offset int }
	body := call(e.t, e.pair.Source, http.MethodGet, "/exporters/migration-exporter/status", "")
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		e.t.Fatal(err)
	}
	return s.Offset
}

// call asks a registry without having to log in.
func call(t testing.TB, r *sandbox.Registry, method, path, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	q := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	q.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, fmt.Sprint(w.Code, " ", w.Body))
	}
	return w.Body.String()
}

// rotated is what has happened when a target has another password than its exporter, and the source has something new.
func rotated(s *stage) {
	s.t.Helper()
	head, _, _ := strings.Cut(s.runbook(), "  steps:\n")
	first := *s
	first.place = &place{t: s.t, dir: s.t.TempDir(), source: s.source, target: s.target}
	first.write(head + "  steps:\n" + strings.SplitN(rotatedRunbook, "  steps:\n", 2)[1])
	first.through(0, "")
	s.pair.Rotate(sandbox.SideTarget, stageUser, "renewed")
	call(s.t, s.pair.Source, http.MethodPost, "/subjects/late-value/versions", `{"schema":"\"string\""}`)
	s.env = append(s.env, "TARGET_PASSWORD=renewed")
}
