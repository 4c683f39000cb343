package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/state"
)

// secrets of a runbook, one per place where it may hold one.
var secrets = []string{"pass-registry", "pass-destination", "pass-step", "pass-undo", "multi\nline'key"}

const guardedRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: guarded}
spec:
  vars: {note: x}
  registries:
    source: {url: "%s", auth: {basic: {username: me, password: {env: REGISTRY}}}}
    target: {url: "%s", asDestination: {config: {schema.registry.ssl.key.password: {env: DESTINATION}}}}
  defaults: {retry: {attempts: 1}}
  steps:
    - id: start
      createExporter:
        exporter: one
        contextType: NONE
        subjects: [":*:"]
        config:
          schema.registry.ssl.keystore.password: {env: STEP}
          schema.registry.ssl.keystore.key: {env: KEY}
      rollback:
        - createExporter:
            exporter: two
            contextType: NONE
            subjects: [":*:"]
            config: {schema.registry.ssl.keystore.password: {env: UNDO}}
`

// call runs the program in a folder of its own, with the secrets in the environment.
func call(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	a := &app{args: args, stdin: strings.NewReader(""), stdout: &b, stderr: &b, getenv: environment}
	return a.run(context.Background()), b.String()
}

// environment holds the secrets.
func environment(name string) (string, bool) {
	v, ok := map[string]string{"REGISTRY": secrets[0], "DESTINATION": secrets[1], "STEP": secrets[2], "UNDO": secrets[3], "KEY": secrets[4]}[name]
	return v, ok
}

// telltale is a registry whose every answer repeats all secrets.
func telltale(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, `{"error_code": 42299, "message": %q}`, "\x1b[2Jseen: "+strings.Join(secrets, " "))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// No call shows a secret of the runbook, also one that only an earlier call had a use for.
func TestSecretsOfAllStepsAreRedactedInEveryCall(t *testing.T) {
	t.Chdir(t.TempDir())
	url := telltale(t)
	write(t, "guarded.yaml", fmt.Sprintf(guardedRunbook, url, url))
	seen := "seen " + strings.Join(secrets, " ")
	store := state.NewStore(filepath.Join(".srmigrate", "guarded.state.json"), "test", state.OS{})
	st := &state.State{Runbook: "guarded", Run: &state.Run{
		ID: "r1", Status: state.RollbackIncomplete, Registries: map[string]state.Identity{}, Failure: &state.Failure{Step: "start", Error: seen},
		Steps: []*state.Step{{ID: "start", Type: "createExporter", Status: state.StepFailed, Error: seen, Intent: true}},
		Undo:  []*state.Step{{ID: "start.undo-1", Type: "createExporter", Status: state.StepFailed, Error: seen, ByHand: []string{"echo " + seen}}},
	}}
	if err := store.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := store.Save(st); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"status", "guarded.yaml"},
		{"status", "guarded.yaml", "-v", "--var", "note=" + secrets[4]},
		{"state", "show", "guarded.yaml"},
		{"run", "guarded.yaml", "-v", "--var", "note=" + secrets[2]},
		{"run", "guarded.yaml", "--state", "fresh-" + secrets[3] + ".json"},
		{"run", "guarded.yaml", "-v", "-o", "json", "--log-format", "json", "--var", "note=" + secrets[4]},
		{"run", "guarded.yaml", "-v", "-o", "json", "--log-format", "json", "--state", "other-" + secrets[3] + ".json"},
		{"state", "accept", "guarded.yaml", "--step", "start.undo-1", "--because", secrets[0]},
		{"state", "abandon", "guarded.yaml", "--because", secrets[1]},
		{"rollback", "guarded.yaml", "-v", "--log-format", "json"},
		{"rollback", "guarded.yaml", "-v", "--var", "note=" + secrets[2]},
	} {
		_, out := call(t, args...)
		for _, s := range append(secrets, "line'key", `line'\''key`, `line\'key`) {
			if strings.Contains(out, s) {
				t.Errorf("%q shows %q:\n%s", args, s, out)
			}
		}
		if !strings.Contains(out, "[redacted]") {
			t.Errorf("%q: nothing was to be hidden, so this proves nothing:\n%s", args, out)
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%q lets a server write to the terminal:\n%q", args, out)
		}
	}
	if lock, err := os.ReadFile(store.Path() + ".lock"); err != nil || !strings.Contains(string(lock), "[redacted]") || strings.Contains(string(lock), secrets[2]) {
		t.Errorf("the lock names its holder's secret: %s, %v", lock, err)
	}
}

// bug is a stream that panics with every secret.
type bug struct{}

func (bug) Write([]byte) (int, error) {
	panic("a bug: " + strings.Join(secrets, " "))
}

func TestABugShowsNoSecret(t *testing.T) {
	t.Chdir(t.TempDir())
	url := telltale(t)
	write(t, "guarded.yaml", fmt.Sprintf(guardedRunbook, url, url))
	for _, format := range []string{"text", "json"} {
		var errs bytes.Buffer
		a := &app{
			args: []string{"status", "guarded.yaml", "--log-format", format}, stdin: strings.NewReader(""), stdout: bug{}, stderr: &errs,
			getenv: environment,
		}
		if code := a.run(t.Context()); code != 1 || !strings.Contains(errs.String(), "internal error, please report it: a bug: [redacted]") {
			t.Errorf("%s: got %d, %s", format, code, errs.String())
		}
		for _, s := range append(secrets, "line'key") {
			if strings.Contains(errs.String(), s) {
				t.Errorf("%s: %q is shown:\n%s", format, s, errs.String())
			}
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
