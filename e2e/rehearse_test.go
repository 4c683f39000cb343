package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/schemas"
)

// overheard counts what is asked of a server, by method.
type overheard struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
}

func overhear(t *testing.T, h http.Handler) *overheard {
	t.Helper()
	w := &overheard{asked: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked[r.Method]++
		w.mu.Unlock()
		h.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// ahead stands before a server.
func ahead(t *testing.T, address string) http.Handler {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(u)
}

// since returns what was asked since it was last called.
func (w *overheard) since() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.asked
	w.asked = map[string]int{}
	return was
}

// leadingOut names the real servers wherever a runbook can name one.
const leadingOut = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: leading-out}
spec:
  vars:
    source: {env: SOURCE_URL}
    target: {env: TARGET_URL}
    hook: {env: HOOK_URL}
  registries:
    source:
      urls: ["${{ vars.source }}", "${{ vars.target }}"]
      auth: {basic: {username: {env: REGISTRY_USER}, password: {env: REGISTRY_PASSWORD}}}
      headers: {X-Key: {env: REGISTRY_PASSWORD}}
    target:
      url: ${{ vars.target }}
      auth: {basic: {username: {env: REGISTRY_USER}, password: {env: REGISTRY_PASSWORD}}}
      asDestination: {url: "${{ vars.target }}", config: {bearer.auth.issuer.endpoint.url: {env: HOOK_URL}, schema.registry.url: {env: TARGET_URL}}}
  notifications:
    channels: {ops: {slack: {url: {env: HOOK_URL}}}}
  state: {url: "s3://bucket/leading-out.state.json", encryption: {key: {env: STATE_KEY}}}
  steps:
    - {id: tell, notify: {channel: ops, message: It begins.}}
    - id: start
      createExporter:
        exporter: out
        contextType: NONE
        subjects: [":*:"]
        config:
          schema.registry.url: {env: TARGET_URL}
          basic.auth.user.info: {env: REGISTRY_PASSWORD}
          bearer.auth.issuer.endpoint.url: {env: HOOK_URL}
          schema.registry.ssl.truststore.location: /not/there.jks
    - {id: copied, waitFor: {exporter: out, compare: {}}}
    - {id: credentials, updateExporter: {exporter: out, config: {schema.registry.url: {env: TARGET_URL}, basic.auth.user.info: {env: REGISTRY_PASSWORD}}}, rollback: none}
    - {id: wiped, createExporter: {exporter: again, contextType: CUSTOM, context: .again, subjects: ["*"], config: {schema.registry.url: {env: TARGET_URL}}}}
    - {id: freeze, setMode: {registry: source, mode: READONLY, recursive: true}}
    - {id: prove, compare: {exporter: out, report: differences.jsonl, idMap: ids.csv}}
    - {id: end, delete: {exporter: out}}
    - {id: end-again, delete: {exporter: again}}
`

// stateKey is 32 bytes in base64.
const stateKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// A rehearsal reads the real registries for its snapshot, and with one it asks nobody at all: no registry, no channel, no
// bucket, no collector, whatever the runbook and the environment say.
func TestARehearsalReachesNobody(t *testing.T) {
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{
		Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 15}, User: "bird", Password: canary,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	source, target, hook := overhear(t, ahead(t, pair.SourceURL)), overhear(t, ahead(t, pair.TargetURL)), overhear(t, http.NotFoundHandler())
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: source.URL}, target: &side{URL: target.URL}}
	p.write(leadingOut)
	call := func(args ...string) string {
		cmd, out := p.command(args[0])
		cmd.Args = append(append([]string{"srmigrate"}, args...), "runbook.yaml")
		cmd.Env = append(cmd.Env, "REGISTRY_USER=bird", "REGISTRY_PASSWORD="+canary, "HOOK_URL="+hook.URL,
			"AWS_ENDPOINT_URL="+hook.URL, "AWS_REGION=nowhere", "AWS_EC2_METADATA_DISABLED=true", "STATE_KEY="+stateKey,
			"OTEL_EXPORTER_OTLP_ENDPOINT="+hook.URL, "OTEL_TRACES_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=otlp")
		if err := cmd.Run(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		return out.String()
	}
	before := []sandbox.Snapshot{pair.Source.Snapshot(), pair.Target.Snapshot()}
	said := call("rehearse", "--longest", "100ms", "--dir", "first", "-v")
	for name, w := range map[string]*overheard{"source": source, "target": target} {
		if asked := w.since(); asked["GET"] == 0 || len(asked) != 1 {
			t.Errorf("%s was asked %v for the snapshot", name, asked)
		}
	}
	said += call("rehearse", "--longest", "100ms", "--dir", "second", "--snapshot", filepath.Join("first", "snapshot.jsonl"), "-v")
	for name, w := range map[string]*overheard{"source": source, "target": target, "the hook": hook} {
		if asked := w.since(); len(asked) != 0 {
			t.Errorf("%s was asked %v", name, asked)
		}
	}
	if diff := cmp.Diff(before, []sandbox.Snapshot{pair.Source.Snapshot(), pair.Target.Snapshot()}); diff != "" {
		t.Errorf("-before +after\n%s", diff)
	}
	if n := strings.Count(said, "verdict    the run succeeds, and its rollback brings everything back"); n != 2 || !strings.Contains(said, "untold     tell to ops") {
		t.Errorf("%d of 2 succeeded\n%s", n, said)
	}
	hidden(t, "output", said)
	schema, err := jsonschema.CompileString("rehearsal.json", string(schemas.Rehearsal()))
	if err != nil {
		t.Fatal(err)
	}
	said = call("rehearse", "--longest", "100ms", "--dir", "second", "--snapshot", filepath.Join("first", "snapshot.jsonl"), "-o", "json", "--fault", "target:GET /contexts:status=503:1")
	var v any
	if err := json.Unmarshal([]byte(said[strings.Index(said, "{"):]), &v); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"first", "runbook.yaml", "second"}, names); diff != "" {
		t.Errorf("beside the runbook there is -want +got\n%s", diff)
	}
	files(t, p.dir, func(name, content string) { hidden(t, name, content) })
}

// keeping is a runbook whose state lies where STATE says.
const keeping = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: keeping}
spec:
  vars: {source: {env: SOURCE_URL}, state: {env: STATE}}
  registries: {source: {url: "${{ vars.source }}"}}
  state: {url: "${{ vars.state }}"}
  steps:
    - {id: freeze, setMode: {registry: source, mode: READONLY}}
    - {id: go, approve: {message: Go on.}}
    - {id: thaw, restoreMode: {registry: source}}
`

// A run that waits is none of a rehearsal's business, nor of a snapshot's: wherever its state lies, not a byte of that
// changes, nobody asks its bucket, and what is wrong with the place is not even found out.
func TestARehearsalLeavesTheStateAlone(t *testing.T) {
	m := new(objectstest.Memory)
	bucket := overhear(t, m)
	for _, where := range []string{"kept/", "s3://states/payments/"} {
		p := &place{t: t, dir: t.TempDir()}
		p.source, p.target = pair(t, small)
		p.write(keeping)
		if err := os.Mkdir(filepath.Join(p.dir, "kept"), 0o700); err != nil {
			t.Fatal(err)
		}
		call := func(want int, key string, args ...string) string {
			cmd, out := p.bare(args[0], args[1:]...)
			cmd.Env = append(cmd.Env, "STATE="+where, "SRMIGRATE_STATE_KEY="+key, "AWS_ENDPOINT_URL_S3="+bucket.URL,
				"AWS_ACCESS_KEY_ID=bird", "AWS_SECRET_ACCESS_KEY="+bucketSecret, "AWS_EC2_METADATA_DISABLED=true",
				"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(p.dir, "none"))
			if got := exit(cmd.Run()); got != want {
				t.Fatalf("%s: %q: exit %d, want %d\n%s", where, args, got, want, out)
			}
			return out.String()
		}
		call(6, stateKey, "run") // it waits for an answer
		held := func() map[string]string {
			all := map[string]string{}
			files(t, p.dir, func(name, content string) { all[name] = content })
			for _, key := range m.Keys() {
				all[key] = string(m.Raw(key))
			}
			return all
		}
		before := held()
		if len(before) < 3 { // the runbook, the state, its history
			t.Fatalf("%s: the run has no state", where)
		}
		bucket.since()
		out := t.TempDir()
		for _, key := range []string{stateKey, "no key"} {
			call(0, key, "snapshot", "--out", filepath.Join(out, "snapshot.jsonl"))
			for _, more := range [][]string{nil, {"--snapshot", filepath.Join(out, "snapshot.jsonl")}} {
				dir := t.TempDir()
				said := call(0, key, append([]string{"rehearse", "--longest", "100ms", "--dir", dir}, more...)...)
				if !strings.Contains(said, "verdict    the run succeeds, and its rollback brings everything back") {
					t.Errorf("%s: %s", where, said)
				}
				for _, name := range []string{"run", "rollback"} {
					if _, err := os.Stat(filepath.Join(dir, name, "keeping.state.json")); err != nil {
						t.Errorf("%s: %s has no state of its own: %v", where, name, err)
					}
				}
			}
		}
		if diff := cmp.Diff(before, held()); diff != "" {
			t.Errorf("%s: the state -before +after\n%s", where, diff)
		}
		if asked := bucket.since(); len(asked) != 0 {
			t.Errorf("%s: the bucket was asked %v", where, asked)
		}
	}
}

// lingering waits for ever where a var says so: in its run, or in its rollback.
const lingering = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: lingering}
spec:
  vars: {source: {env: SOURCE_URL}, run: "true", back: "true"}
  registries: {source: {url: "${{ vars.source }}"}}
  steps:
    - id: freeze
      setMode: {registry: source, mode: READONLY}
      rollback: [auto, {waitFor: {until: "${{ vars.back }}", every: 50ms}}]
    - {id: wait, waitFor: {until: "${{ vars.run }}", every: 50ms}}
`

// A rehearsal that a signal stops has no verdict, whatever it was doing, and its folder is one that the next can have.
func TestASignalEndsARehearsalWithoutAVerdict(t *testing.T) {
	heed(t, os.Interrupt)
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, small)
	p.write(lingering)
	before := p.source.Snapshot()
	for _, c := range []struct{ held, log, line string }{
		{"run=false", "run", "start     wait: "},
		{"back=false", "rollback", "undo      freeze.undo-2: "},
	} {
		cmd, out := p.bare("rehearse", "--dir", c.log, "--longest", "0", "--var", c.held)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		log := filepath.Join(p.dir, c.log, c.log, "log.txt")
		meanwhile(t, c.line, func() bool {
			text, err := os.ReadFile(log)
			return err == nil && strings.Contains(string(text), c.line)
		})
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		got, said := exit(cmd.Wait()), out.String()
		if got != 7 || strings.Contains(said, "verdict  ") || !strings.Contains(said, "srmigrate: stopped by a signal; there is no verdict") {
			t.Errorf("%s: exit %d, want 7 and no verdict\n%s", c.held, got, said)
		}
		snapshot := filepath.Join(c.log, "snapshot.jsonl")
		if !strings.Contains(said, "--snapshot "+snapshot) {
			t.Errorf("%s: it does not say that there is a snapshot\n%s", c.held, said)
		}
		for _, more := range [][]string{nil, {"--snapshot", snapshot}} {
			cmd, out := p.bare("rehearse", append([]string{"--dir", c.log}, more...)...)
			if got := exit(cmd.Run()); got != 0 || !strings.Contains(out.String(), "verdict    the run succeeds, and its rollback brings everything back\n") {
				t.Errorf("%s: the next rehearsal in its folder: exit %d\n%s", c.held, got, out)
			}
		}
	}
	if d := cmp.Diff(before, p.source.Snapshot()); d != "" {
		t.Errorf("source: %s", d)
	}
}

// meanwhile waits for something that another process does.
func meanwhile(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(2 * time.Minute); !so(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%q: not within 2 minutes", what)
		}
	}
}
