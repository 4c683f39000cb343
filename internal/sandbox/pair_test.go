package sandbox

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/sr"
)

func startPair(t *testing.T, o PairOptions) *Pair {
	t.Helper()
	p, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return p
}

// until waits for a condition that depends on real sockets.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20s: %s", what)
		}
	}
}

func TestPair(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, TargetSubjects: 2, User: "u", Password: "p", Seed: Seed{Subjects: 60},
	})
	if a, b := p.Source.opts.ClusterID, p.Target.opts.ClusterID; a == b || len(a) != 22 {
		t.Errorf("cluster ids %q and %q", a, b)
	}
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+
		p.TargetURL+`","basic.auth.credentials.source":"USER_INFO","basic.auth.user.info":"u:p"}} -> 200`)
	want := len(p.Source.Snapshot().Versions) + 2
	until(t, "the copy", func() bool { return p.Source.Snapshot().Exporters[0].State == stateRunning })
	if got := len(p.Target.Snapshot().Versions); got != want {
		t.Errorf("got %d versions, want %d", got, want)
	}
	answer, err := http.Get(p.SourceURL + "/subjects")
	if err != nil {
		t.Fatal(err)
	}
	body := drain(t, answer.Body)
	if answer.StatusCode != 401 || body != `{"error_code":401,"message":"Unauthorized"}` {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
}

func TestPairEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, PairOptions{Seed: Seed{Subjects: -1}})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	until(t, "the end", func() bool {
		answer, err := http.Get(p.SourceURL)
		if err == nil {
			drain(t, answer.Body)
		}
		return err != nil
	})
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestPairAddressInUse(t *testing.T) {
	p := startPair(t, PairOptions{Seed: Seed{Subjects: -1}})
	if _, err := Start(t.Context(), PairOptions{SourceAddr: p.SourceURL[len("http://"):]}); err == nil {
		t.Error("two pairs share an address")
	}
}

// Another client finds what it expects.
func TestFranzGo(t *testing.T) {
	p := startPair(t, PairOptions{Seed: Seed{Subjects: -1}})
	cl, err := sr.NewClient(sr.URLs(p.SourceURL))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	base, err := cl.CreateSchema(ctx, "base", sr.Schema{Schema: `"string"`})
	check(t, err)
	user, err := cl.CreateSchema(ctx, "us/er", sr.Schema{
		Schema: `"long"`, References: []sr.SchemaReference{{Name: "base", Subject: "base", Version: 1}},
	})
	check(t, err)
	if base.ID != 1 || user.ID != 2 || user.Version != 1 || user.Type != sr.TypeAvro {
		t.Errorf("got %+v and %+v", base, user)
	}
	again, err := cl.LookupSchema(ctx, "us/er", user.Schema)
	check(t, err)
	if diff := cmp.Diff(user, again); diff != "" {
		t.Error(diff)
	}
	franzReads(ctx, t, cl)
	franzSettings(ctx, t, cl)
	_, err = cl.DeleteSubject(ctx, "base", sr.SoftDelete)
	franzCode(t, err, 42206)
	_, err = cl.DeleteSubject(ctx, "us/er", sr.HardDelete)
	franzCode(t, err, 40405)
	versions, err := cl.DeleteSubject(ctx, "us/er", sr.SoftDelete)
	check(t, err)
	if diff := cmp.Diff([]int{1}, versions); diff != "" {
		t.Error(diff)
	}
}

func franzReads(ctx context.Context, t *testing.T, cl *sr.Client) {
	t.Helper()
	subjects, err := cl.Subjects(ctx)
	check(t, err)
	all, err := cl.AllSchemas(ctx)
	check(t, err)
	uses, err := cl.SchemaUsagesByID(ctx, 1)
	check(t, err)
	by, err := cl.SchemaReferences(ctx, "base", 1)
	check(t, err)
	text, err := cl.SchemaTextByID(ctx, 2)
	check(t, err)
	contexts, err := cl.Contexts(ctx)
	check(t, err)
	if len(subjects) != 2 || len(all) != 2 || len(uses) != 1 || len(by) != 1 || text != `"long"` || len(contexts) != 1 {
		t.Errorf("got %v %v %v %v %s %v", subjects, all, uses, by, text, contexts)
	}
	_, err = cl.SchemaByVersion(ctx, "base", 9)
	franzCode(t, err, 40402)
}

func franzSettings(ctx context.Context, t *testing.T, cl *sr.Client) {
	t.Helper()
	for _, m := range cl.SetMode(ctx, sr.ModeImport, "free") {
		check(t, m.Err)
	}
	s, err := cl.CreateSchemaWithIDAndVersion(ctx, "free", sr.Schema{Schema: `"int"`}, 40, 4)
	check(t, err)
	if s.ID != 40 || s.Version != 4 {
		t.Errorf("got %+v", s)
	}
	for _, m := range cl.ResetMode(ctx, "free") {
		check(t, m.Err)
	}
	for _, c := range cl.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatFull}, "base") {
		check(t, c.Err)
	}
	for _, c := range cl.Compatibility(ctx, "base") {
		check(t, c.Err)
		if c.Level != sr.CompatFull {
			t.Errorf("got %v", c.Level)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func franzCode(t *testing.T, err error, want int) {
	t.Helper()
	var e *sr.ResponseError
	if !errors.As(err, &e) || e.ErrorCode != want {
		t.Errorf("got %v, want code %d", err, want)
	}
}

// Everything at once, for the race detector.
func TestConcurrency(t *testing.T) {
	b := newBench(t, Options{}, Options{})
	check(t, b.source.Seed(Seed{Subjects: 40}))
	b.create(`,"contextType":"NONE","subjects":[":*:"]`)
	var all sync.WaitGroup
	for _, verbPath := range [][2]string{
		{"GET", "/schemas?subjectPrefix=:*:&deleted=true"},
		{"GET", "/subjects"},
		{"PUT", "/exporters/e/pause"},
		{"PUT", "/exporters/e/resume"},
		{"PUT", "/exporters/e/reset"},
		{"GET", "/exporters/e/status"},
		{"POST", "/subjects/x/versions"},
		{"DELETE", "/subjects/x"},
		{"DELETE", "/subjects/x?permanent=true"},
		{"PUT", "/config/x"},
	} {
		all.Go(func() {
			for range 50 {
				call(b.source, verbPath[0], verbPath[1], `{"schema":"\"string\"","compatibility":"FULL"}`)
				b.source.Snapshot()
			}
		})
	}
	all.Wait()
}
