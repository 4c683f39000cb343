package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const givenRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: given}
spec:
  vars:
    exporter: mirror-a
    tolerance: 0
    note: x
    steady: 1s
    every: 50ms
    token: {env: GIVEN_TOKEN, default: "u:none", secret: true}
    source: {env: SOURCE_URL}
    target: {env: TARGET_URL}
  registries:
    source: {url: "${{ vars.source }}"}
    target: {url: "${{ vars.target }}", headers: {X-Token: "${{ vars.token }}"}}
  steps:
    - id: start
      createExporter: {exporter: "${{ vars.exporter }}", contextType: NONE, subjects: [":*:"]}
    - id: copied
      waitFor: {exporter: "${{ vars.exporter }}", compare: {}, until: diff.total <= vars.tolerance, every: "${{ vars.every }}"}
`

const givenCanary = "u:hunter2-canary"

// without calls a process that is given no vars, and demands its exit code.
func (p *place) without(want int, verb string, flags ...string) string {
	p.t.Helper()
	cmd, out := p.bare(verb, flags...)
	if got := exit(cmd.Run()); got != want {
		p.t.Fatalf("srmigrate %s: exit %d, want %d\n%s", verb, got, want, out)
	}
	return out.String()
}

// pasted types a command as it was printed, and demands its exit code.
func (p *place) pasted(want int, line string) string {
	p.t.Helper()
	cmd, out := p.bare("version")
	sh := exec.Command("sh", "-c", strings.Replace(line, "srmigrate ", "\""+*program+"\" ", 1))
	sh.Dir, sh.Env, sh.Stdout, sh.Stderr = cmd.Dir, cmd.Env, out, out
	if got := exit(sh.Run()); got != want {
		p.t.Fatalf("%s: exit %d, want %d\n%s", line, got, want, out)
	}
	return out.String()
}

// nextIn is the command that a text says is to be typed.
func nextIn(t *testing.T, text string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\nnext      ")
	if !ok {
		t.Fatalf("no command to type next in:\n%s", text)
	}
	next, _, _ := strings.Cut(rest, "\n")
	return next
}

// A step that was cut short is gone on with as it was begun, or not at all: a var that is not given any more, or another one,
// is refused, and what status says is to be typed has them all.
func TestAKilledRunGoesOnWithItsVarsOrNotAtAll(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	p.env = []string{"GIVEN_TOKEN=" + givenCanary}
	p.write(givenRunbook)
	f := p.source.hold("POST", "/exporters", 0, false)
	p.killed(f, "run", "--var", "exporter=mirror-b", "--var", "note=it's two words", "--var", "tolerance=1")
	all := p.without(0, "status")
	next := nextIn(t, all)
	if want := `srmigrate run runbook.yaml --var every=50ms --var exporter=mirror-b --var 'note=it'\''s two words' --var steady=200ms --var tolerance=1`; next != want {
		t.Errorf("status says\n%s\nwant\n%s", next, want)
	}
	before := p.writes()
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{nil, `exporter was "mirror-b" from --var, now it is "mirror-a" from the runbook, and step start rests on it, which has begun; go on with ` + "`" + next + "`"},
		{[]string{"--var", "exporter=mirror-c"}, `exporter was "mirror-b" from --var, now it is "mirror-c" from --var, and step start rests on it, which has begun; go on with ` + "`srmigrate run "},
		{[]string{"--var", "exporter=mirror-b"}, `tolerance was 1 from --var, now it is 0 from the runbook, and step copied rests on it; go on with ` + "`srmigrate run "},
	} {
		text := p.without(12, "run", c.flags...)
		if all += text; !strings.Contains(text, c.want) {
			t.Errorf("run %q: want %q in:\n%s", c.flags, c.want, text)
		}
	}
	if now := p.writes(); !slices.Equal(before, now) {
		t.Errorf("calls that were refused have sent something: %v, before %v", now, before)
	}
	all += p.pasted(0, next)
	if got := p.exporters(); !slices.Equal(got, []string{"mirror-b"}) {
		t.Errorf("exporters %q, want the one that the run was begun with", got)
	}
	p.hides(givenCanary, all)
}

// exporters are those that the source has.
func (p *place) exporters() (names []string) {
	for _, e := range p.source.Snapshot().Exporters {
		names = append(names, e.Name)
	}
	return names
}

// hides demands that a secret is in no text and in no file beside the state.
func (p *place) hides(secret, text string) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, ".srmigrate", "*"))
	if err != nil || len(files) == 0 {
		p.t.Fatalf("no files of the run: %v", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			p.t.Fatal(err)
		}
		text += string(raw)
	}
	if strings.Contains(text, secret) {
		p.t.Error("a secret is shown")
	}
	if !strings.Contains(text, `"token": "env:GIVEN_TOKEN"`) {
		p.t.Error("the state does not say where the secret came from")
	}
}

// A secret that is not given any more is not silently replaced by a default.
func TestASecretThatIsNotGivenAnyMoreIsSaid(t *testing.T) {
	p := newPlace(t, "quickstart.yaml", "", small)
	p.env = []string{"GIVEN_TOKEN=" + givenCanary}
	p.write(strings.Replace(givenRunbook, `subjects: [":*:"]}`, `subjects: [":*:"], config: {basic.auth.credentials.source: USER_INFO, basic.auth.user.info: "${{ vars.token }}"}}`, 1))
	f := p.source.hold("POST", "/exporters", 0, false)
	p.killed(f, "run")
	p.env = nil
	text := p.call(12, "run")
	if want := "token was secret, from env:GIVEN_TOKEN, now it is secret, from the runbook, and step start rests on it, which has begun; give it from env:GIVEN_TOKEN as before, and go on with `srmigrate run "; !strings.Contains(text, want) {
		t.Errorf("want %q in:\n%s", want, text)
	}
	p.env = []string{"GIVEN_TOKEN=" + givenCanary}
	p.hides(givenCanary, text+p.call(0, "run"))
}
