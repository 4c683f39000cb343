package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/twmb/franz-go/pkg/sr/srfake"
)

const (
	canarySteps = `
    - id: check
      preflight: {canary: true}
      allow: [{code: SRM066, because: it shows one step}]
`
	guideRegistries = `registries: {source: {url: "${{ vars.source }}", dialect: guide}, target: {url: "${{ vars.target }}", dialect: guide}}`
)

// newCanary is a place with a runbook that does nothing but send a canary.
func newCanary(t *testing.T, profile string) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	o := sandbox.Options{Profile: profile}
	p.source, p.target = pair(t, sandbox.PairOptions{Source: o, Target: o, Seed: sandbox.Seed{Subjects: 10}, TargetSubjects: 3})
	text := doing + canarySteps
	if profile == sandbox.ProfileGuide {
		text = strings.Replace(text, `registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}`, guideRegistries, 1)
	}
	p.write(strings.Replace(text, "because: it shows one step}]", "because: it shows one step}, {code: SRM010, because: it copies nothing}, {code: SRM006, because: likewise}]", 1))
	return p
}

// Killed in any write of a canary, before it was handled or after, the run goes on or is taken back, and in both cases
// nothing of it is left.
func TestACanaryKilledInAnyWriteLeavesNothing(t *testing.T) {
	for _, profile := range []string{sandbox.ProfileConfluent, sandbox.ProfileGuide} {
		quiet := newCanary(t, profile)
		before := quiet.pictures()
		quiet.call(0, "run")
		if diff := cmp.Diff(before, quiet.pictures()); diff != "" {
			t.Errorf("undisturbed: -before +after\n%s", diff)
		}
		requests := quiet.writes()
		if len(requests) < 6 {
			t.Errorf("%v are few", requests)
		}
		for _, r := range requests {
			for _, after := range []bool{false, true} {
				for _, verb := range []string{"run", "rollback"} {
					t.Run(fmt.Sprintf("%s %s after %v then %s", profile, r, after, verb), func(t *testing.T) {
						t.Parallel()
						p := newCanary(t, profile)
						before := p.pictures()
						p.killed(p.side(r.side).hold(r.method, r.path, r.n, after), "run")
						out := p.call(0, verb)
						if diff := cmp.Diff(before, p.pictures()); diff != "" {
							t.Errorf("-before +after\n%s\n%s", diff, out)
						}
					})
				}
			}
		}
	}
}

// A signal leaves the canary for whoever goes on, who finds it.
func TestACanaryThatIsStoppedIsFoundAgain(t *testing.T) {
	for _, verb := range []string{"run", "rollback"} {
		p := newCanary(t, sandbox.ProfileConfluent)
		before := p.pictures()
		f := p.source.hold("GET", "/exporters/"+nameOfRun, 3, false)
		cmd, out := p.command("run")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		within(t, f.reached, "a look at the exporter")
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := exit(cmd.Wait()); code != 7 {
			t.Fatalf("exit %d, want 7\n%s", code, out)
		}
		p.source.release()
		said := p.call(0, verb)
		if diff := cmp.Diff(before, p.pictures()); diff != "" {
			t.Errorf("%s: -before +after\n%s\n%s", verb, diff, said)
		}
	}
}

// A registry that is not ours is looked at like any other, and what it lacks is told.
func TestPreflightOfARegistryThatIsNotOurs(t *testing.T) {
	fake := srfake.New()
	defer fake.Close()
	seedFake(fake)
	other, _ := pair(t, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 25}})
	for _, c := range []struct {
		source, target string
		more           string
		exit           int
		says           []string
	}{
		{fake.URL(), other.URL, "", 3, []string{"source answers and does not tell its version, 3 subjects"}},
		{other.URL, fake.URL(), "", 3, []string{"target answers and does not tell its version, 3 subjects", "whether source and target are one registry under two URLs: not both say who they are"}},
		{fake.URL(), other.URL, `
    - {id: start, createExporter: {exporter: x, contextType: NONE, subjects: [":*:"]}}`, 3, []string{"SRM061: the exporter extension is not loaded on "}},
		{fake.URL(), fake.URL(), "", 3, []string{"SRM004: source and target are one registry: they have the same URL"}},
	} {
		p := &place{t: t, dir: t.TempDir(), source: &side{URL: c.source}, target: &side{URL: c.target}}
		p.write(doing + "\n    - {id: check, preflight: {}}" + c.more + "\n")
		out := p.call(c.exit, "plan")
		for _, says := range c.says {
			if !strings.Contains(out, says) || strings.Contains(out, "internal error") {
				t.Errorf("no %q in\n%s", says, out)
			}
		}
	}
}
