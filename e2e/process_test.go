package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// place is a folder with a runbook in it and two registries for it.
type place struct {
	t              testing.TB
	dir            string
	source, target *side
	env            []string // beside where the registries are
}

// newPlace copies an example and puts more steps at its end.
func newPlace(t testing.TB, example, more string, o sandbox.PairOptions) *place {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "examples", example))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, o)
	p.write(string(src) + more)
	return p
}

func (p *place) write(runbook string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "runbook.yaml"), []byte(runbook), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// command prepares a process; its waits are short.
func (p *place) command(verb string, flags ...string) (*exec.Cmd, *bytes.Buffer) {
	return p.bare(verb, append([]string{"--var", "steady=200ms", "--var", "every=50ms"}, flags...)...)
}

// bare prepares a process for a runbook without such vars.
func (p *place) bare(verb string, flags ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(*program, append([]string{verb, "runbook.yaml"}, flags...)...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), p.env...), "SOURCE_URL="+p.source.URL, "TARGET_URL="+p.target.URL)
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// call runs a process to its end and demands its exit code.
func (p *place) call(want int, verb string, flags ...string) string {
	p.t.Helper()
	cmd, out := p.command(verb, flags...)
	if got := exit(cmd.Run()); got != want {
		p.t.Fatalf("srmigrate %s: exit %d, want %d\n%s", verb, got, want, out)
	}
	return out.String()
}

// killed starts a process and kills it once the fault has caught its request.
func (p *place) killed(f *fault, verb string, flags ...string) {
	p.t.Helper()
	cmd, out := p.command(verb, flags...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-f.reached:
	case err := <-ended:
		p.t.Fatalf("srmigrate %s ended (%v) before the request that it was to be killed in\n%s", verb, err, out)
	case <-time.After(60 * time.Second):
		p.t.Fatalf("srmigrate %s: the request to be killed in did not come\n%s", verb, out)
	}
	if err := cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-ended
	p.source.release()
	p.target.release()
}

func exit(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // what exec returns is not wrapped
		return e.ExitCode()
	}
	return -1
}

// request is one that a run sends, with its number among those of its kind.
type request struct {
	side, method, path string
	n                  int
	named              bool // its path goes on with the name of the run
}

func (r request) String() string {
	return strings.NewReplacer("/", "_", " ", "").Replace(r.side + " " + r.method + r.path + "#" + string(rune('0'+r.n)))
}

// nameOfRun is how the names begin that a step makes of the run's.
const nameOfRun = "srmigrate-canary-"

// writes lists what the runs so far changed, by side.
func (p *place) writes() []request {
	var list []request
	for name, s := range map[string]*side{"source": p.source, "target": p.target} {
		numbers := map[string]int{}
		for _, line := range s.handled() {
			method, path, _ := strings.Cut(line, " ")
			if method == "GET" || method == "HEAD" {
				continue
			}
			path, _, named := strings.Cut(path, nameOfRun)
			if named {
				path += nameOfRun
			}
			line = method + " " + path
			list = append(list, request{name, method, path, numbers[line], named})
			numbers[line]++
		}
	}
	return list
}

func (p *place) side(name string) *side {
	if name == "source" {
		return p.source
	}
	return p.target
}
