package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// An open item's command works as it is printed, with the credentials that the runbook names and without one in sight.
func TestACommandForAPersonFindsItsCredentials(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	for _, c := range []struct{ name, access, shell string }{
		{"from the environment", `auth: {basic: {username: {env: REGISTRY_USER}, password: {env: REGISTRY_PASSWORD}}}`, ""},
		{"from a file", `auth: {basic: {username: bird, password: {file: password}}}`, ""},
		{"from vars", `auth: {basic: {username: bird, password: "${{ vars.password }}"}}`, ""},
		{"a token", `auth: {bearer: {token: {env: REGISTRY_TOKEN}}}`, ""},
		{"written out", `auth: {basic: {username: "bird", password: "` + strings.ReplaceAll(canary, `"`, `\"`) + `"}}`, `SOURCE_PASSWORD=$REGISTRY_PASSWORD; `},
		{"a header", `headers: {X-Token: {env: REGISTRY_TOKEN}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &place{t: t, dir: t.TempDir(), source: guard(t), target: &side{URL: "http://unused"}}
			p.write(`apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: stuck}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://x"}, password: {env: REGISTRY_PASSWORD, secret: true}}
  registries: {source: {url: "${{ vars.source }}", ` + c.access + `}}
  steps:
    - id: freeze
      setMode: {registry: source, subject: customers-value, mode: READONLY}
    - id: fails
      assert: {that: "1 > 2", message: it fails}
`)
			if err := os.WriteFile(filepath.Join(p.dir, "password"), []byte(canary+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			before := p.source.Snapshot()
			for _, method := range []string{"PUT", "DELETE"} {
				p.source.plant(&fault{method: method, path: "/mode", since: "PUT /mode", left: 9, status: http.StatusForbidden})
			}
			out := p.withCredentials(t, 5, "run", "-o", "json", "runbook.yaml")
			p.source.release()
			hidden(t, "output", out)
			text := p.withCredentials(t, 0, "status", "runbook.yaml")
			commands := 0
			for line := range strings.Lines(text) {
				command, found := strings.CutPrefix(strings.TrimSpace(line), "$ ")
				if !found || !strings.Contains(command, "curl") {
					continue
				}
				commands++
				sh := exec.Command("sh", "-c", c.shell+command)
				sh.Dir, sh.Env = p.dir, credentials()
				if answer, err := sh.CombinedOutput(); err != nil || strings.Contains(string(answer), "error_code") {
					t.Errorf("%s: %v\n%s", command, err, answer)
				}
			}
			if commands == 0 {
				t.Errorf("there is no command in:\n%s", text)
			}
			if d := rolledBack(before, p.source.Snapshot()); d != "" {
				t.Errorf("by hand it is not as before: %s\n%s", d, text)
			}
			p.withCredentials(t, 0, "rollback", "runbook.yaml")
		})
	}
}

func credentials() []string {
	return append(os.Environ(), "REGISTRY_USER=bird", "REGISTRY_PASSWORD="+canary, "REGISTRY_TOKEN="+canaryStart)
}

func (p *place) withCredentials(t *testing.T, want int, args ...string) string {
	t.Helper()
	cmd, out := p.command(args[0])
	cmd.Args = append([]string{"srmigrate"}, args...)
	cmd.Env = append(credentials(), "SOURCE_URL="+p.source.URL)
	if got := exit(cmd.Run()); got != want {
		t.Fatalf("%v: exit %d, want %d\n%s", args, got, want, out)
	}
	return out.String()
}

// guard is a registry that demands a user or a token.
func guard(t *testing.T) *side {
	t.Helper()
	s := &side{judged: seeded(t, sandbox.Options{}, small.Seed)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		token := r.Header.Get("Authorization") == "Bearer "+canaryStart || r.Header.Get("X-Token") == canaryStart
		if !token && (user != "bird" || password != canary) {
			http.Error(w, `{"error_code":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}
