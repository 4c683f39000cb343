package e2e

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// canaryStart is the same in every spelling, and too long for a random key or digest to hold it by chance.
const canaryStart = "c4nRedThroat"

// canary is a password that must not be seen anywhere but in requests.
const canary = canaryStart + `"ary/+&=%é`

const guardedRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: guarded}
spec:
  vars:
    source: {env: SOURCE_URL, default: "http://localhost"}
    target: {env: TARGET_URL, default: "http://localhost"}
  registries:
    source:
      url: ${{ vars.source }}
      auth: {basic: {username: {env: REGISTRY_USER}, password: {env: REGISTRY_PASSWORD}}}
    target:
      url: ${{ vars.target }}
      auth: {basic: {username: {env: REGISTRY_USER}, password: {file: password}}}
      asDestination:
        config: {schema.registry.ssl.key.password: {env: REGISTRY_PASSWORD}}
  steps:
    - id: start
      createExporter:
        exporter: guarded
        contextType: NONE
        subjects: [":*:"]
        config: {schema.registry.ssl.keystore.password: {env: REGISTRY_PASSWORD}}
    - id: copied
      waitFor: {exporter: guarded, compare: {}, until: 'caughtUp("200ms") && diff.identical', every: 50ms}
      timeout: 1m
    - id: end
      delete: {exporter: guarded}
`

func TestASecretIsSeenNowhere(t *testing.T) {
	for _, c := range []struct {
		name, password string
		exit           int
		more           string
	}{
		{"a run that ends well", canary, 0, ""},
		{"a run that is rolled back", canary, 4, planted},
		{"a refused credential", canary + "x", 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{
				Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 25}, User: "bird", Password: canary,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer pair.Close()
			p := &place{t: t, dir: t.TempDir(), source: &side{URL: pair.SourceURL}, target: &side{URL: pair.TargetURL}}
			p.write(guardedRunbook + c.more)
			if err := os.WriteFile(filepath.Join(p.dir, "password"), []byte(c.password+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, args := range [][]string{{"run", "-v", "-o", "json", "--log-format", "json", "--report", "reports", "--metrics", "run.prom"}, {"status", "-v"}, {"report", "-o", "json"}, {"validate"}, {"state", "show"}, {"rollback", "-v", "--report", "later", "--metrics", "rollback.prom"}, {"run", "--help"}} {
				all.WriteString(p.guarded(c.password, args...))
			}
			out := all.String()
			if got := strings.Contains(out, `"result": "succeeded"`); got != (c.exit == 0) {
				t.Errorf("succeeded: %v, want exit %d\n%s", got, c.exit, out)
			}
			hidden(t, "output", out)
			files(t, p.dir, func(name, content string) { hidden(t, name, content) })
			reported(t, filepath.Join(p.dir, "reports"))
		})
	}
}

// guarded runs a command without its own vars; the exit code is not the point.
func (p *place) guarded(password string, args ...string) string {
	cmd, out := p.command(args[0])
	cmd.Args = append([]string{"srmigrate"}, args...)
	if args[len(args)-1] != "--help" {
		cmd.Args = append(cmd.Args, "runbook.yaml")
	}
	cmd.Env = append(cmd.Env, "REGISTRY_USER=bird", "REGISTRY_PASSWORD="+password)
	if code := exit(cmd.Run()); code < 0 {
		p.t.Errorf("%q did not run: %s", args, out)
	}
	return out.String()
}

// hidden demands that no spelling of the canary is in a text.
func hidden(t testing.TB, what, text string) {
	t.Helper()
	for _, s := range []string{
		canary, url.QueryEscape(canary), url.PathEscape(canary), strings.ReplaceAll(canary, `"`, `\"`), canaryStart,
		base64.StdEncoding.EncodeToString([]byte("bird:" + canary)), base64.StdEncoding.EncodeToString([]byte(canary)),
	} {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("%s shows %q: …%s…", what, s, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

// secretFiles hold secrets before the program is called.
var secretFiles = []string{"password", "vars.yaml", "client.key"}

// files reads all files of a folder but those that hold secrets.
func files(t testing.TB, dir string, each func(name, content string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains(secretFiles, d.Name()) {
			return err
		}
		b, err := os.ReadFile(p)
		n++
		each(p, string(b))
		return err
	})
	if err != nil || n == 0 {
		t.Errorf("%d files read, %v", n, err)
	}
}
