package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const moving = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: move}
spec:
  vars: {source: {env: SOURCE_URL}, target: {env: TARGET_URL}, endpoint: {env: ENDPOINT}}
  registries:
    source: {url: "${{ vars.source }}"}
    target: {url: "${{ vars.target }}"}
  state:
    url: s3://states/runs/?endpoint=${{ vars.endpoint }}&region=us-east-1
    lease: 30s
    encryption: {key: {env: STATE_KEY}}
  steps:
    - id: start
      createExporter: {exporter: mirror, contextType: NONE, subjects: [":*:"]}
    - id: copied
      waitFor: {exporter: mirror, compare: {}, until: 'caughtUp("200ms") && diff.identical', every: 50ms}
    - id: go
      approve: {message: "Go?"}
    - id: end
      delete: {exporter: mirror}
`

// key is the one of the encryption.
const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// bench is a program, two registries in memory, and a server of objects.
type bench struct {
	t       *testing.T
	program string
	env     []string
}

func newBench(t *testing.T, endpoint string) *bench {
	t.Helper()
	b := &bench{t: t, program: filepath.Join(t.TempDir(), "srmigrate")}
	build := exec.Command("go", "build", "-o", b.program, "./cmd/srmigrate")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(b.program, "sandbox", "--subjects", "20")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	var at struct{ Source, Target string }
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatal(err)
	}
	b.env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OTEL_") }), "SOURCE_URL="+at.Source, "TARGET_URL="+at.Target, "ENDPOINT="+endpoint, "STATE_KEY="+key, "AWS_EC2_METADATA_DISABLED=true", "CI=", "GITHUB_ACTIONS=", "GITLAB_CI=")
	return b
}

// command is a call in a folder that has nothing but the runbook.
func (b *bench) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	b.t.Helper()
	cmd, out := exec.Command(b.program, args...), new(bytes.Buffer)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = b.t.TempDir(), b.env, out, out
	if err := os.WriteFile(filepath.Join(cmd.Dir, "move.yaml"), []byte(moving), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return cmd, out
}

func (b *bench) call(want int, args ...string) string {
	b.t.Helper()
	code, out := b.run(args...)
	if code != want {
		b.t.Fatalf("srmigrate %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out)
	}
	return out
}

func (b *bench) run(args ...string) (code int, said string) {
	b.t.Helper()
	cmd, out := b.command(args...)
	if err := cmd.Run(); cmd.ProcessState == nil {
		b.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// until calls the program until it says what is waited for, and returns its exit code.
func (b *bench) until(says string, args ...string) (code int) {
	b.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(2 * time.Minute)
	for {
		code, said := b.run(args...)
		if strings.Contains(said, says) {
			return code
		}
		select {
		case <-late:
			b.t.Fatalf("srmigrate %s does not say %q within two minutes: exit %d\n%s", strings.Join(args, " "), says, code, said)
		case <-tick.C:
		}
	}
}

// rot changes a bit of a file in which the gateway keeps an object, which it does not notice.
func rot(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A run whose server loses every third answer is killed while it waits, and nothing of its folder is used again. Others
// are turned away until its lease has ended by the clock of the server; then one goes on to the end. Nothing but the lock
// can be read in the bucket, and the secret of the credentials is nowhere. An object that has lost a bit there is put back.
func TestARunGoesOnFromAGateway(t *testing.T) {
	credentials(t)
	direct, root := gateway(t)
	b := newBench(t, cutting(t, direct, 3))
	cmd, out := b.command("run", "move.yaml", "--wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if code := b.until(": waiting, begun ", "status", "move.yaml"); code != 0 {
		t.Errorf("status: exit %d", code)
	}
	said := b.call(0, "status", "move.yaml")
	said += b.call(8, "run", "move.yaml")
	if strings.Count(said, "; its lease of 30s ends in ") != 2 {
		t.Errorf("it is not said how long the lock stands:\n%s", said)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if code := b.until("result    waiting", "run", "move.yaml", "--resume"); code != 6 {
		t.Errorf("run: exit %d, want 6", code)
	}
	said += b.call(0, "approve", "move.yaml", "go", "--by", "jane@example.com")
	said += b.call(0, "run", "move.yaml", "--resume")
	said += b.call(0, "report", "move.yaml") + out.String()
	files := 0
	err := filepath.WalkDir(filepath.Join(root, "states", "runs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if text := string(raw); strings.HasSuffix(path, ".lock") != strings.Contains(text, "command") || strings.Contains(text, "mirror") {
			t.Errorf("%s can be read: %s", path, text)
		}
		said += string(raw)
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d objects, %v", files, err)
	}
	rot(t, filepath.Join(root, "states", "runs", "move.state.json"))
	for call, want := range map[string]int{"run": 12, "state show": 12, "state repair": 3} {
		out := b.call(want, append(strings.Fields(call), "move.yaml")...)
		if said += out; !strings.Contains(out, "the key given does not open it, and is the right one: it opens s3://states/runs/move.copy.json") {
			t.Errorf("%s does not tell damage from another key:\n%s", call, out)
		}
	}
	said += b.call(0, "state", "repair", "move.yaml", "--yes")
	said += b.call(0, "run", "move.yaml", "--resume")
	for _, secret := range []string{canary, key} {
		if strings.Contains(said, secret) {
			t.Errorf("a secret was told:\n%s", said)
		}
	}
}
