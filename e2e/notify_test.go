package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const toldRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: told}
spec:
  vars: {source: {env: SOURCE_URL}}
  registries: {source: {url: "${{ vars.source }}"}}
  notifications:
    channels:
      audit: {webhook: {url: {env: HOOK_URL}, headers: {X-Api-Key: {env: HOOK_KEY}}}}
      oncall: {pagerDuty: {url: PAGER, routingKey: {env: HOOK_KEY}}}
    rules:
      - {to: [audit]}
      - {severity: critical, to: [oncall]}
      - {events: [started, finished], to: [oncall]}
  steps:
    - {id: freeze, setMode: {registry: source, mode: READONLY}}
    - {id: say, notify: {channel: audit, message: "Half way"}}
    - {id: go, approve: {message: "Go?"}}
`

// Whoever is named is told of a run, what a webhook gets can be read by a program, and no secret leaves but in the request
// itself. A channel that takes its time does not hold up the end after a signal.
func TestPeopleAreTold(t *testing.T) {
	var mu sync.Mutex
	got := map[string][]map[string]any{}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if r.URL.Path == "/audit" && (r.Header.Get("X-Api-Key") != canary || strings.Contains(string(raw), canaryStart)) {
			t.Errorf("the key is %q, in %s", r.Header.Get("X-Api-Key"), raw)
		}
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] = append(got[r.URL.Path], body)
	}))
	defer hook.Close()
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}})
	p.write(strings.Replace(toldRunbook, "PAGER", hook.URL+"/pager", 1))
	var all strings.Builder
	call := func(want int, verb string, flags ...string) {
		t.Helper()
		cmd, out := p.bare(verb, flags...)
		cmd.Env = append(cmd.Env, "HOOK_URL="+hook.URL+"/audit?"+canaryStart, "HOOK_KEY="+canary)
		if code := exit(cmd.Run()); code != want {
			t.Fatalf("%s: exit %d, want %d\n%s", verb, code, want, out)
		}
		all.WriteString(out.String())
	}
	call(6, "run")
	call(0, "reject", "go", "--by", "jane")
	call(4, "run")
	call(4, "run") // there is nothing to tell: nothing was done
	hidden(t, "output", all.String())
	files(t, p.dir, func(name, content string) { hidden(t, name, content) })
	mu.Lock()
	defer mu.Unlock()
	events := func(path, key string) (list []string) {
		for _, b := range got[path] {
			text, _ := b[key].(string)
			list = append(list, text)
		}
		return list
	}
	if told := strings.Join(events("/audit", "event"), " "); !strings.HasPrefix(told, "started ") || strings.Count(told, "rolledBack") != 1 ||
		!strings.Contains(told, "message") || !strings.Contains(told, "waiting") || !strings.Contains(told, "rollingBack") {
		t.Errorf("told %s", told)
	}
	if told := strings.Join(events("/pager", "event_action"), " "); told != "resolve resolve trigger trigger" {
		t.Errorf("the pager was told %s", told)
	}
}

func TestASlowChannelDoesNotHoldUpASignal(t *testing.T) {
	hang, reached := make(chan struct{}), make(chan struct{}, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer hook.Close()
	defer close(hang)
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}})
	p.write(strings.NewReplacer("PAGER", hook.URL, "say, notify: {channel: audit, message: \"Half way\"}", "say, waitFor: {until: 'subjects(\"source\") < 0'}").Replace(toldRunbook))
	cmd, out := p.bare("run")
	cmd.Env = append(cmd.Env, "HOOK_URL="+hook.URL, "HOOK_KEY=k")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Fatal("nobody was told")
	}
	sent := time.Now()
	if code := p.told(t, cmd, os.Interrupt); code != 7 || time.Since(sent) > 5*time.Second {
		t.Errorf("exit %d after %s\n%s", code, time.Since(sent), out)
	}
	if !strings.Contains(out.String(), "could not be told of ") {
		t.Errorf("it does not say that nobody was told:\n%s", out)
	}
}
