package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
)

const stranger = `# Not one of the repository's: two registries of different processes, a context of its own.
apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: consolidate}
spec:
  vars: {from: "", to: ""}
  registries:
    old: {url: "${{ vars.from }}"}
    new: {url: "${{ vars.to }}"}
  onFailure: rollback
  steps:
    - id: begin
      createExporter:
        source: old
        target: new
        exporter: east
        contextType: CUSTOM
        context: ":.east:"
        subjects: [":*:"]
    - id: copied
      waitFor:
        registry: old
        exporter: east
        compare: {source: old, target: new}
        until: caughtUp("200ms") && diff.total == 0
        every: 50ms
      timeout: 1m
    - id: enough
      assert:
        that: subjects("new") >= subjects("old") && versions("new") >= versions("old")
        registry: old
    - id: prove
      compare: {source: old, target: new, exporter: east}
    - id: end
      delete: {registry: old, exporter: east}
    - id: open
      restoreMode: {registry: new}
`

// A runbook that is not the repository's moves one sandbox process to another one.
func TestTwoSandboxProcesses(t *testing.T) {
	old := sandboxProcess(t, "--subjects", "60")
	other := sandboxProcess(t, "--target-subjects", "20")
	p := &place{t: t, dir: t.TempDir(), source: &side{}, target: &side{}}
	p.write(stranger)
	cmd, out := p.command("run")
	cmd.Args = []string{"srmigrate", "run", "runbook.yaml", "--var", "from=" + old["source"], "--var", "to=" + other["target"]}
	if got := exit(cmd.Run()); got != 0 {
		t.Fatalf("exit %d\n%s", got, out)
	}
	for _, want := range []string{"proof     identical: ", "→ .east", "versions of 60 subjects copied to new"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

// sandboxProcess starts `srmigrate sandbox` and returns the line it prints when it is ready.
func sandboxProcess(t testing.TB, flags ...string) map[string]string {
	t.Helper()
	cmd := exec.Command("srmigrate", append([]string{"sandbox"}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if got := exit(cmd.Wait()); got != 0 {
			t.Errorf("sandbox ended with %d", got)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var urls map[string]string
	if err := json.Unmarshal(line, &urls); err != nil {
		t.Fatal(err)
	}
	return urls
}

const look = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: look}
spec:
  vars: {source: {env: SOURCE_URL, default: ""}, target: {env: TARGET_URL, default: ""}}
  registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}
  defaults: {retry: {attempts: 1}}
  steps:
    - id: counts
      assert: {that: 'subjects("source") == 2 && versions("source") == 3'}
    - id: look
      compare: {}
`

// franz-go's fake takes :*: literally and ignores offset. It is read nevertheless, and never called identical when it
// is not.
func TestARegistryThatIsNotOurs(t *testing.T) {
	one, two := srfake.New(), srfake.New()
	defer one.Close()
	defer two.Close()
	for _, r := range []*srfake.Registry{one, two} {
		r.SeedSchema("orders-value", 1, 1, sr.Schema{Schema: `"string"`})
		r.SeedSchema("orders-value", 2, 2, sr.Schema{Schema: `"long"`})
		r.SeedSchema("users-value", 1, 3, sr.Schema{Schema: `"int"`})
	}
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: one.URL()}, target: &side{URL: two.URL()}}
	p.write(look)
	if out := p.plain(0, "run"); !strings.Contains(out, "proof     identical: 2 of 2 subjects, 3 versions") &&
		!strings.Contains(out, "done      look: identical: 2 of 2 subjects, 3 versions") {
		t.Errorf("not identical:\n%s", out)
	}
	two.SeedSchema("users-value", 2, 4, sr.Schema{Schema: `"bytes"`})
	if out := p.plain(4, "run", "--restart"); !strings.Contains(out, "different: ") {
		t.Errorf("not different:\n%s", out)
	}
}

// A registry that hides what it has is unknown, never identical.
func TestARegistryThatHidesItsListing(t *testing.T) {
	hiding := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/subjects":
			_, _ = w.Write([]byte(`["a","b"]`))
		case r.URL.Path == "/mode":
			_, _ = w.Write([]byte(`{"mode":"READWRITE"}`))
		case strings.HasPrefix(r.URL.Path, "/schemas"), r.URL.Path == "/contexts":
			_, _ = w.Write([]byte(`[]`))
		default:
			http.Error(w, `{"error_code":404,"message":"no"}`, http.StatusNotFound)
		}
	}))
	defer hiding.Close()
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: hiding.URL}, target: &side{URL: hiding.URL}}
	p.write(strings.Replace(look, "    - id: counts\n      assert: {that: 'subjects(\"source\") == 2 && versions(\"source\") == 3'}\n", "", 1))
	if out := p.plain(4, "run"); !strings.Contains(out, "unknown: ") || strings.Contains(out, "identical") {
		t.Errorf("not unknown:\n%s", out)
	}
}

// plain is call without the quickstart's vars.
func (p *place) plain(want int, verb string, flags ...string) string {
	p.t.Helper()
	cmd, out := p.command(verb)
	cmd.Args = append([]string{"srmigrate", verb, "runbook.yaml"}, flags...)
	if got := exit(cmd.Run()); got != want {
		p.t.Fatalf("srmigrate %s: exit %d, want %d\n%s", verb, got, want, out)
	}
	return out.String()
}
