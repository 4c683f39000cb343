package e2e

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/state"
)

var (
	kills   = flag.Int("kills", 10, "how many runs of the quickstart are killed at random instants")
	program = flag.String("program", "srmigrate", "the program that processes are of; by default the one inside the test")
)

// stopped is a last step that fails and leaves everything in place.
const stopped = `
    - id: planted
      assert: {that: 'subjects("target") < 0', message: planted}
      onFailure: stop
`

// A killing is a way to the end of a run along which processes are killed.
type killing struct {
	name    string
	share   int    // one in so many of -kills
	more    string // steps at the end of the quickstart
	before  int    // exit code of a run that comes first, whole; -1: none comes
	verbs   []string
	exit    int  // of the last process
	partial bool // the run may have been killed anywhere: what it copied is not always the same
}

func killings() []killing {
	return []killing{
		{"run", 1, "", -1, []string{"run"}, 0, false},
		{"run that rolls back", 5, planted, -1, []string{"run"}, 4, false},
		{"rollback of a failed run", 5, stopped, 1, []string{"rollback"}, 0, false},
		{"run, and rollback of where it died", 5, "", -1, []string{"run", "rollback"}, 0, true},
	}
}

// Processes that are killed at random instants, several in a row, end with the registries of undisturbed ones.
func TestKilledAtRandom(t *testing.T) {
	tally := &tally{at: map[string]int{}}
	for _, k := range killings() {
		quiet := k.prepare(t)
		before := quiet.pictures()
		began := time.Now()
		quiet.killedAfter(time.Minute, k.verbs[0])
		usual, want := time.Since(began), quiet.pictures()
		t.Run(k.name, func(t *testing.T) {
			for i := range max(*kills/k.share, 1) {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					k.once(t, tally, usual, before, want)
				})
			}
		})
	}
	tally.print()
}

// prepare makes the place, up to the process that is to be killed.
func (k killing) prepare(t *testing.T) *place {
	t.Helper()
	p := newPlace(t, "quickstart.yaml", k.more, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 12}})
	if k.before >= 0 {
		p.call(k.before, "run")
	}
	return p
}

func (p *place) pictures() [2]sandbox.Snapshot {
	return [2]sandbox.Snapshot{p.source.Snapshot(), p.target.Snapshot()}
}

// once kills a process, at an instant at which an undisturbed one is usually still there, and up to two of those that
// follow it, early more often than late.
func (k killing) once(t *testing.T, all *tally, usual time.Duration, before, want [2]sandbox.Snapshot) {
	var story strings.Builder
	p, verb, hits := k.prepare(t), k.verbs[0], 0
	for left := 1 + rand.IntN(3); ; left-- {
		after := time.Duration(rand.Int64N(int64(usual)))
		switch {
		case left <= 0:
			after = time.Minute
		case hits > 0:
			after >>= 2 * rand.IntN(2)
		}
		code, out := p.killedAfter(after, verb)
		fmt.Fprintf(&story, "%s, killed after %s: exit %d\n%s\n", verb, after, code, out)
		if code < 0 {
			hits++
			all.killed(p.whereabouts(t))
			verb = k.verbs[len(k.verbs)-1]
			continue
		}
		if hits == 0 { // it was too fast, and is of no use
			p, left = k.prepare(t), 2
			story.Reset()
			continue
		}
		k.judge(t, p, hits, code, before, want, story.String())
		all.ended(t.Failed())
		return
	}
}

// judge compares what is there in the end with what is there when nothing is killed.
func (k killing) judge(t *testing.T, p *place, hits, code int, before, want [2]sandbox.Snapshot, story string) {
	t.Helper()
	if p.state(t) != nil {
		p.verified(t, hits, story)
	}
	now := p.pictures()
	if k.partial {
		if code != k.exit && !(code == 12 && p.state(t) == nil) {
			t.Errorf("exit %d, want %d\n%s", code, k.exit, story)
		}
		if d := rolledBack(before[0], now[0]) + rolledBack(before[1], now[1]); d != "" {
			t.Errorf("not as before: %s\n%s", d, story)
		}
		return
	}
	if code != k.exit {
		t.Errorf("exit %d, want %d\n%s", code, k.exit, story)
	}
	same(t, "source", want[0], now[0], story)
	same(t, "target", want[1], now[1], story)
	once(t, p, "POST /exporters")
	once(t, p, "DELETE /exporters/quickstart")
}

// killedAfter runs a process and kills it after a time; then its exit code is -1.
func (p *place) killedAfter(d time.Duration, verb string) (int, string) {
	p.t.Helper()
	cmd, out := p.bare(verb, "--var", "steady=50ms", "--var", "every=10ms")
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	kill := time.AfterFunc(d, func() { _ = cmd.Process.Kill() }) // one that has ended cannot be killed
	defer kill.Stop()
	return exit(cmd.Wait()), out.String()
}

func (p *place) state(t *testing.T) *state.State {
	t.Helper()
	st, err := state.NewStore(filepath.Join(p.dir, ".srmigrate", "quickstart.state.json"), "", state.OS{}).Load()
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// whereabouts says what a process was about when it was killed, as its state has it.
func (p *place) whereabouts(t *testing.T) string {
	t.Helper()
	st := p.state(t)
	if st == nil {
		return "before the first save"
	}
	steps := st.Run.Steps
	if st.Run.Status == state.RollingBack {
		steps = slices.DeleteFunc(slices.Clone(st.Run.Undo), func(s *state.Step) bool { return s.Status == state.StepPending })
	}
	if len(steps) == 0 {
		return string(st.Run.Status)
	}
	last := steps[len(steps)-1]
	return fmt.Sprintf("%s, %s %s", st.Run.Status, last.ID, last.Status)
}

// tally counts over all runs.
type tally struct {
	mu                sync.Mutex
	at                map[string]int
	runs, all, failed int
}

func (l *tally) killed(at string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[at]++
	l.all++
}

func (l *tally) ended(failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs++
	if failed {
		l.failed++
	}
}

func (l *tally) print() {
	for _, at := range slices.Sorted(maps.Keys(l.at)) {
		fmt.Printf("killed %d at %s\n", l.at[at], at)
	}
	fmt.Printf("runs %d kills %d violations %d\n", l.runs, l.all, l.failed)
}
