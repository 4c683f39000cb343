package e2e

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

var (
	// console finds the blocks of a document that show a command with its output, and what befalls the first one there.
	console = regexp.MustCompile("(?s)(?:<!-- meanwhile: ([^>]*) -->\n)?```console\n(.*?)```")
	// onePlace says that all blocks of a page happen in one folder, on one pair of registries, in order.
	onePlace = regexp.MustCompile(`<!-- one place: (\d+) subjects(?:, source (\w+))? -->`)
	// beforehand is what happens there before the first block, and is not shown.
	beforehand = regexp.MustCompile(`<!-- beforehand: ([^>]*) -->`)
)

// storyPlace is where the blocks of a page happen one after the other; nil where each has a place of its own.
func storyPlace(t *testing.T, page string) *place {
	m := onePlace.FindStringSubmatch(page)
	if m == nil {
		return nil
	}
	subjects, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, sandbox.PairOptions{
		Source: sandbox.Options{Profile: m[2], Pace: 5 * time.Millisecond, Starting: time.Second},
		Seed:   sandbox.Seed{Subjects: subjects},
	})
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(examples, filepath.Join(p.dir, "examples")); err != nil { // as in a clone
		t.Fatal(err)
	}
	for _, m := range beforehand.FindAllStringSubmatch(page, -1) {
		p.shellLine(m[1], "")
	}
	return p
}

// befall prepares what goes wrong in a block: a request that a registry refuses once, or a kill at a line of the log,
// which it returns.
func (p *place) befall(meanwhile string) (killed string) {
	if line, ok := strings.CutPrefix(meanwhile, "killed at "); ok {
		return line
	}
	if meanwhile == "" {
		return ""
	}
	words := strings.SplitN(meanwhile, " ", 5)
	if len(words) != 5 || words[1] != "refuses" {
		p.t.Fatalf("meanwhile: %q is not SIDE refuses METHOD PATH MESSAGE, nor killed at LINE", meanwhile)
	}
	p.side(words[0]).plant(&fault{method: words[2], path: words[3], left: 1, status: http.StatusForbidden, says: words[4]})
	return ""
}

// shellLine runs one line as a shell does, and kills it where a line of its log has the given words at its beginning.
func (p *place) shellLine(line, killed string) string {
	p.t.Helper()
	prepared, _ := p.bare("run")
	cmd := exec.Command("sh", "-c", line)
	if killed != "" {
		cmd = exec.Command("sh", "-c", "exec "+line)
	}
	cmd.Dir, cmd.Env = prepared.Dir, prepared.Env
	r, w, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	w.Close()
	out := p.until(r, killed, cmd)
	if err := cmd.Wait(); killed == "" && (exit(err) < 0 || exit(err) == 2 || exit(err) > 12) {
		p.t.Errorf("%s: exit %d\n%s", line, exit(err), out)
	}
	return out
}

// until reads what a process says, up to its end or to the line at which it is killed.
func (p *place) until(r io.Reader, killed string, cmd *exec.Cmd) string {
	var out strings.Builder
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		out.WriteString(lines.Text() + "\n")
		if killed == "" || !strings.HasPrefix(strings.Join(strings.Fields(lines.Text()), " "), killed) {
			continue
		}
		if err := cmd.Process.Kill(); err != nil {
			p.t.Fatal(err)
		}
		return out.String() + "Killed\n"
	}
	if err := lines.Err(); err != nil || killed != "" {
		p.t.Errorf("it was not killed at %q: %v\n%s", killed, err, &out)
	}
	return out.String()
}
