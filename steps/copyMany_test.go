package steps

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const many = 10_000 / slow

// Ten thousand versions end as a mirror: undisturbed, killed ten times on the way, and where every twentieth request goes
// wrong in every way that there is.
func TestCopyOfMany(t *testing.T) {
	source := newSide(t, "source", sandbox.Options{})
	w := fill(t, source.Registry, many)
	deleted := 0
	for _, v := range source.Snapshot().Versions {
		deleted += boolToInt(v.Deleted)
	}
	t.Logf("%d versions of depth %v, %d soft-deleted", w.n, w.deep, deleted)
	if w.deep[5] == 0 || deleted < many/100 {
		t.Fatal("nothing deep, or nothing soft-deleted")
	}
	for name, copies := range map[string]func(*rig){
		"undisturbed": func(r *rig) { r.run("copy", "copy", `{}`) }, "killed ten times": killedTenTimes, "on a bad network": onABadNetwork,
	} {
		t.Run(name, func(t *testing.T) {
			r := &rig{t: t, source: source, target: newSide(t, "target", sandbox.Options{}), files: sideFiles{}}
			r.target.tell(t, `PUT /mode/:.a: {"mode":"READONLY"}`)
			modes, client := r.target.Snapshot().Modes, source.client
			copies(r)
			source.client = client
			r.mirrors()
			r.hasModes(modes)
		})
	}
}

func killedTenTimes(r *rig) {
	t := r.t
	s := r.begin("copy", "copy", `{}`)
	for kill := range 10 {
		died := r.killed(1+rand.IntN(many/11), kill%2 == 0, func(ctx context.Context) {
			if _, err := r.do(ctx, "copy", s); err == nil {
				t.Errorf("kill %d came too late", kill)
			}
		})
		if !died {
			t.Fatalf("kill %d hit nothing", kill)
		}
		s = r.step("copy", `{}`) // of another process
	}
	if st, err := s.Probe(t.Context(), r.env("copy")); err != nil || st.Left == Done {
		t.Fatalf("after the kills a probe says %+v, %v", st, err)
	}
	if _, err := r.do(t.Context(), "copy", s); err != nil {
		t.Fatal(err)
	}
}

func onABadNetwork(r *rig) {
	t := r.t
	var list []sandbox.Fault
	kinds := []string{"status=503", "leader", "leader-lost", "cut", "reset", "lose", "half", "429=0", "html", "status=500"}
	for _, side := range []string{"source", "target"} {
		for i := range 2 * many / 20 {
			f, err := sandbox.ParseFault(fmt.Sprintf("%s:* /:%s:%d+1", side, kinds[rand.IntN(len(kinds))], 20*i+rand.IntN(20)))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, f)
		}
	}
	faults := sandbox.NewFaults(list...)
	r.source.client = befallen(t, "source", faults.Befall(r.source, sandbox.SideSource, nil))
	r.target.client = befallen(t, "target", faults.Befall(r.target, sandbox.SideTarget, nil))
	r.run("copy", "copy", `{}`)
	hits := 0
	for _, n := range faults.Hits() {
		hits += n
	}
	t.Logf("%d requests of the copy went wrong: %v", hits, faults.Hits())
	if hits < many/25 {
		t.Errorf("only %d faults", hits)
	}
	r.target.client = befallen(t, "target", r.target)
}

// befallen is a client of a handler that tries again as a runbook has it, but for the waits.
func befallen(t *testing.T, name string, h http.Handler) *registry.Client {
	t.Helper()
	server := httptest.NewServer(h)
	c, err := registry.New(registry.Config{Name: name, URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); server.Close() })
	return c.With(registry.Retry{Attempts: 5, Backoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond}, nil)
}

// BenchmarkCopy copies to an empty target, beside a loop that registers one version after the other: make bench-copy.
func BenchmarkCopy(b *testing.B) {
	const versions = 2_000
	source, err := sandbox.New(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	fill(b, source, versions)
	for _, latency := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		for _, way := range []struct {
			name string
			copy func(ctx context.Context, source, target *registry.Client) error
		}{{"copy", copyOnce}, {"loop", copyNaively}} {
			b.Run(fmt.Sprintf("%s/%s", latency, way.name), func(b *testing.B) {
				requests, took := 0, time.Duration(0)
				for b.Loop() {
					n, d := benchCopy(b, source, latency, way.copy)
					requests, took = requests+n, took+d
				}
				b.ReportMetric(float64(requests)/float64(b.N)/versions, "requests/version")
				b.ReportMetric(versions*float64(b.N)/took.Seconds(), "versions/s")
			})
		}
	}
}

// benchCopy copies once, with requests that take a while, and counts them.
func benchCopy(b *testing.B, source *sandbox.Registry, latency time.Duration, way func(context.Context, *registry.Client, *registry.Client) error) (int, time.Duration) {
	target, err := sandbox.New(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer target.Close()
	var requests atomic.Int64
	client := func(name string, h http.Handler) *registry.Client {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			requests.Add(1)
			<-time.After(latency)
			h.ServeHTTP(w, q)
		}))
		b.Cleanup(server.Close)
		c, err := registry.New(registry.Config{Name: name, URL: server.URL})
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	from, to := client("source", source), client("target", target)
	began := time.Now()
	if err := way(b.Context(), from, to); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if len(target.Snapshot().Versions) != len(source.Snapshot().Versions) {
		b.Fatalf("%d versions on the target", len(target.Snapshot().Versions))
	}
	return int(requests.Load()), took
}

// copyOnce is the step, record and all.
func copyOnce(ctx context.Context, source, target *registry.Client) error {
	env := &Env{RunID: "run", StepID: "copy", Files: sideFiles{}, Registries: map[string]*registry.Client{"source": source, "target": target}}
	s := new(Copy)
	raw, err := s.Record(ctx, env)
	if err != nil {
		return err
	}
	env.Steps = []Past{{ID: "copy", Type: "copy", Record: raw}}
	_, err = s.Do(ctx, env)
	return err
}

// copyNaively is what a script does: it lists subjects and versions, reads one after the other by ascending id, so that
// what is referred to comes first, registers it, and deletes what was deleted.
func copyNaively(ctx context.Context, source, target *registry.Client) error {
	for _, place := range []string{"", ":.a:", ":.b:"} {
		if err := target.SetMode(ctx, place, imports, true); err != nil {
			return err
		}
	}
	subjects, err := source.Subjects(ctx, ":*:", true)
	if err != nil {
		return err
	}
	var all, gone []*registry.Schema
	for _, subject := range subjects {
		live, err := source.Versions(ctx, subject, false)
		if err != nil && !registry.NotFound(err) {
			return err
		}
		numbers, err := source.Versions(ctx, subject, true)
		if err != nil {
			return err
		}
		for _, v := range numbers {
			s, err := source.Version(ctx, subject, v, true)
			if err != nil {
				return err
			}
			all = append(all, s)
			if !contains(live, v) {
				gone = append(gone, s)
			}
		}
	}
	for len(all) > 0 {
		var later []*registry.Schema
		for _, s := range all {
			err := target.Import(ctx, *s)
			if e, ok := err.(*registry.Error); ok && e.Code == 42201 {
				later = append(later, s) // what it refers to is not there yet
				continue
			}
			if err != nil {
				return err
			}
		}
		all = later
	}
	for _, s := range gone {
		if err := target.Withdraw(ctx, s.Subject, s.Version); err != nil {
			return err
		}
	}
	for _, place := range []string{"", ":.a:", ":.b:"} {
		if _, err := target.ClearMode(ctx, place); err != nil {
			return err
		}
	}
	return nil
}

func contains(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}
