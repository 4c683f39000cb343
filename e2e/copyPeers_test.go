package e2e

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const copying = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: copying}
spec:
  vars: {steady: x, every: x, source: {env: SOURCE_URL, default: "http://x"}, target: {env: TARGET_URL, default: "http://x"}}
  registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}
  defaults: {retry: {attempts: 3, backoff: 20ms}}
  steps:
    - id: copy
      copy: {}
    - id: prove
      compare: {check: {deleted: fail}}
`

// seedFake gives franz-go's fake some schemas, one of which refers to another, with gaps in ids and versions.
func seedFake(r *srfake.Registry) {
	r.SeedSchema("orders-value", 1, 10, sr.Schema{Schema: `"string"`})
	r.SeedSchema("orders-value", 4, 12, sr.Schema{Schema: `"long"`})
	r.SeedSchema("base", 1, 2, sr.Schema{Schema: `{"type":"string"}`, Type: sr.TypeJSON})
	r.SeedSchema("by", 2, 30, sr.Schema{
		Schema: `{"$ref":"base.json"}`, Type: sr.TypeJSON, References: []sr.SchemaReference{{Name: "base.json", Subject: "base", Version: 1}},
	})
}

// A registry that is not ours is a source like any other.
func TestCopyFromARegistryThatIsNotOurs(t *testing.T) {
	fake := srfake.New()
	defer fake.Close()
	seedFake(fake)
	_, target := pair(t, sandbox.PairOptions{Seed: sandbox.Seed{Subjects: -1}})
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: fake.URL()}, target: target}
	p.write(copying)
	out := p.plain(0, "run")
	if !strings.Contains(out, "done      prove: identical: 3 of 3 subjects, 4 versions") {
		t.Errorf("not identical:\n%s", out)
	}
	for _, v := range target.Snapshot().Versions {
		if want := map[string]int{"orders-value 1": 10, "orders-value 4": 12, "base 1": 2, "by 2": 30}[fmt.Sprintf("%s %d", v.Subject, v.Version)]; v.ID != want {
			t.Errorf("%s version %d has id %d, want %d", v.Subject, v.Version, v.ID, want)
		}
	}
}

// One without import mode is no target: that is said in a sentence, and nothing is left behind.
func TestCopyToARegistryWithoutImportMode(t *testing.T) {
	from, to := srfake.New(), srfake.New()
	defer from.Close()
	defer to.Close()
	seedFake(from)
	to.SeedSchema("theirs", 1, 500, sr.Schema{Schema: `"bytes"`})
	before := holds(t, to)
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: from.URL()}, target: &side{URL: to.URL()}}
	p.write(copying)
	out := p.plain(4, "run")
	if !strings.Contains(out, "a registry without import mode, such as franz-go's srfake, cannot be copied to") {
		t.Errorf("it says:\n%s", out)
	}
	if now := holds(t, to); !reflect.DeepEqual(before, now) {
		t.Errorf("%v are left of %v", now, before)
	}
}

// holds is what a fake has, and its mode.
func holds(t *testing.T, r *srfake.Registry) []string {
	t.Helper()
	c, err := sr.NewClient(sr.URLs(r.URL()))
	if err != nil {
		t.Fatal(err)
	}
	subjects, err := c.Subjects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Mode(t.Context(), append([]string{sr.GlobalSubject}, subjects...)...) {
		subjects = append(subjects, fmt.Sprintf("mode %s: %s", m.Subject, m.Mode))
	}
	return subjects
}

// Processes that copy and are killed at random instants, several in a row, end with a mirror and the modes as before.
func TestCopiesKilledAtRandom(t *testing.T) {
	prepare := func(t *testing.T) *place {
		p := &place{t: t, dir: t.TempDir()}
		p.source, p.target = pair(t, sandbox.PairOptions{
			Seed: sandbox.Seed{Subjects: 150, Versions: 4}, Source: sandbox.Options{Profile: sandbox.ProfileCommunity},
		})
		p.write(copying)
		return p
	}
	quiet := prepare(t)
	began := time.Now()
	quiet.killedAfter(time.Minute, "run")
	usual, want := time.Since(began), quiet.pictures()
	for i := range max(*kills/2, 1) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			p, hits := prepare(t), 0
			for left := 3; left > 0; left-- {
				if code, out := p.killedAfter(time.Duration(rand.Int64N(int64(usual))), "run"); code < 0 {
					hits++
				} else if code != 0 {
					t.Fatalf("exit %d\n%s", code, out)
				}
			}
			code, out := p.killedAfter(time.Minute, "run")
			if code != 0 || !strings.Contains(out, "proof     identical: ") {
				t.Errorf("after %d kills: exit %d\n%s", hits, code, out)
			}
			now := p.pictures()
			same(t, "source", want[0], now[0], out)
			same(t, "target", want[1], now[1], out)
			t.Logf("%d kills", hits)
		})
	}
}

const secondLeg = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: second-leg}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://x"}, middle: {env: MIDDLE_URL, default: "http://x"}, target: {env: TARGET_URL, default: "http://x"}}
  registries: {source: {url: "${{ vars.source }}"}, middle: {url: "${{ vars.middle }}"}, target: {url: "${{ vars.target }}"}}
  steps:
    - id: first
      createExporter: {target: middle, exporter: hop, contextType: NONE, subjects: [":*:"], rollbackCopies: remove}
    - id: first-copied
      waitFor: {exporter: hop, compare: {target: middle}, until: 'caughtUp("100ms") && diff.identical', every: 25ms}
      timeout: 1m
    - {id: end, delete: {exporter: hop}}
    - {id: settings, restoreCompatibility: {registry: middle}}
    - {id: open, restoreMode: {registry: middle}}
    - id: second
      copy: {source: middle, rollbackCopies: remove}
    - id: prove
      compare: {source: middle, check: {deleted: fail}}
    - id: whole
      compare: {check: {deleted: fail}}
`

// The second leg of a chain is copied from what the first one fills, and does what the plan says that knew nothing of it
// but where it comes from.
func TestCopyIsTheSecondLegOfAChain(t *testing.T) {
	s := newStage(t, example{file: "quickstart.yaml"})
	s.write(secondLeg)
	out := s.planned()
	if !strings.Contains(out, "what step first will have copied to middle") {
		t.Errorf("the plan says\n%s", out)
	}
	s.doesAsPlanned()
	if diff := mirrored(s.source.Snapshot(), s.target.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

// planned is the plan for people.
func (s *stage) planned() string {
	s.t.Helper()
	code, out := s.srmigrate("plan")
	if code != 0 {
		s.t.Fatalf("srmigrate plan: exit %d\n%s", code, out)
	}
	return out
}
