package runbook

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func linted(t *testing.T, src string, o Options) []string {
	t.Helper()
	rb, problems := load("lint.yaml", []byte(src), o, installed)
	if len(problems) > 0 {
		t.Fatal(text(problems))
	}
	var all []string
	for _, f := range rb.Findings {
		all = append(all, fmt.Sprintf("%d:%d %s%s %s", f.Line, f.Col, f.Registry, f.Step, f.Code))
	}
	return all
}

const unknown = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: unknown}
spec:
  vars:
    url: {env: URL}
    kind: {env: KIND}
    exporter: {env: EXPORTER}
    limit: {env: LIMIT, default: 1m}
    token: {env: TOKEN, secret: true}
  registries:
    source:
      url: "${{ vars.url }}"
      auth: {bearer: {token: "${{ vars.token }}"}}
      allow: [{code: SRM051, because: the network is ours}]
    target: {url: "http://127.0.0.1:8082"}
  steps:
    - id: start
      createExporter: {exporter: one, contextType: "${{ vars.kind }}", subjects: [":*:"]}
      allow: [{code: SRM021, because: AUTO is meant}]
    - id: last
      waitFor: {exporter: "${{ vars.exporter }}", compare: {}}
      timeout: ${{ vars.limit }}
    - id: end
      delete: {exporter: "${{ vars.exporter }}"}
    - id: again
      pause: {exporter: one}
`

// What rests on a value that is not known here is not said, nor that an allow for it is of no use.
func TestLintDoesNotGuess(t *testing.T) {
	if got := linted(t, unknown, Options{Lax: true}); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	known := map[string]string{"URL": "http://registry", "KIND": "AUTO", "EXPORTER": "one", "TOKEN": "abcdefgh"}
	got := linted(t, unknown, Options{Getenv: func(name string) (string, bool) { v, ok := known[name]; return v, ok }})
	want := "[12:5 source SRM051 19:52 start SRM021 26:7 again SRM046]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A secret counts where it is used, also as the default of its var and through an anchor, in a rollback too.
func TestLintFindsLiterals(t *testing.T) {
	got := linted(t, `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: secrets}
spec:
  vars:
    plain: {env: NONE, secret: true, default: hunter2}
    good: {env: NONE, secret: true}
  registries:
    source:
      url: https://source
      auth: &auth {basic: {username: me, password: hunter2}}
      headers: {X-Api-Key: hunter2, target-sr-cluster: lsrc-1}
    target:
      url: https://target
      auth: *auth
    third:
      url: https://third
      auth: {bearer: {token: "${{ vars.plain }}"}}
    fourth:
      url: https://fourth
      auth: {bearer: {token: "${{ vars.good }}"}}
      asDestination: {config: {ssl.key.password: hunter2, ssl.keystore.location: /k, ssl.keystore.password: {file: /p}, ssl.keystore.type: PEM}}
    fifth:
      url: https://fifth
      asDestination: {config: {schema.registry.ssl.keystore.key: "-----BEGIN PRIVATE KEY-----"}}
  steps:
    - id: look
      assert: {that: "true"}
      rollback: [{updateExporter: {exporter: e, target: fourth, config: {ssl.key.password: hunter2}}}]
`, Options{Lax: true})
	want := "[11:52 source SRM050 11:52 target SRM050 12:28 source SRM050 18:30 third SRM050 22:50 fourth SRM050 25:66 fifth SRM050 29:92 look SRM050]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The longest runbooks are linted about as fast as they are read.
func TestLintOfALongRunbook(t *testing.T) {
	var b strings.Builder
	b.WriteString(strings.Replace(oneStep, "    - id: freeze\n", "", 1))
	for i := range 2000 {
		fmt.Fprintf(&b, "    - {id: s%d, setMode: {registry: source, mode: READWRITE}}\n", i)
		fmt.Fprintf(&b, "    - {id: a%d, approve: {message: x}, allow: [{code: SRM042, because: meant}]}\n", i)
		fmt.Fprintf(&b, "    - {id: r%d, reset: {exporter: e}}\n", i)
	}
	begun := time.Now()
	got := linted(t, b.String(), Options{})
	if took := time.Since(begun); len(got) != 2001 || took > 2*time.Minute {
		t.Errorf("got %d findings in %s, want 2001", len(got), took)
	}
}
