package compare_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

func at(t *testing.T, url string) *registry.Client {
	t.Helper()
	c, err := registry.New(registry.Config{Name: "r", URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// What an exporter of the sandbox leaves behind is identical by its mapping.
func TestAgainstSandbox(t *testing.T) {
	for _, version := range []string{"7.4.0", "7.6.2", "8.1.1"} {
		for name, m := range map[string]compare.Mapping{
			"mirror":  {ContextType: "NONE", Patterns: []string{":*:"}},
			"custom":  {ContextType: "CUSTOM", Context: "C", Patterns: []string{":*:"}},
			"renamed": {ContextType: "NONE", Patterns: []string{"*"}, RenameFormat: "dc_${subject}"},
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				p, err := sandbox.Start(t.Context(), sandbox.PairOptions{
					Source: sandbox.Options{Server: version, Exporters: true, PageCap: 50},
					Target: sandbox.Options{Server: version, PageCap: 30},
					Seed:   sandbox.Seed{Subjects: 60},
				})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = p.Close() }) // nothing hangs on it
				source, target := at(t, p.SourceURL), at(t, p.TargetURL)
				err = source.CreateExporter(t.Context(), registry.Exporter{
					Name: "e", Subjects: m.Patterns, ContextType: m.ContextType, Context: m.Context, SubjectRenameFormat: m.RenameFormat,
					Config: map[string]registry.Secret{"schema.registry.url": registry.NewSecret(p.TargetURL)},
				})
				if err != nil {
					t.Fatal(err)
				}
				r := until(t, source, target, compare.Options{
					Mapping: &m, Check: map[string]compare.Level{"deleted": compare.Report, "compatibility": compare.Report, "modes": compare.Report},
				})
				if r.Verdict != compare.Identical || r.Scope.Subjects == 0 {
					st, err := source.ExporterStatus(t.Context(), "e")
					t.Errorf("got %s\n%s\n%+v, %v", r.Summary(), lines(r.Differences), st, err)
				}
				if found, err := compare.Conflicts(t.Context(), source, target, m); err != nil || len(found) > 0 {
					t.Errorf("copies are in conflict with what they are of: %v, %v", found, err)
				}
				copies, err := compare.Copies(t.Context(), source, target, m)
				if err != nil || len(copies) == 0 {
					t.Errorf("copies: %v, %v", copies, err)
				}
				for _, c := range copies {
					if !c.There || c.Source == "" || len(c.Differs) > 0 {
						t.Errorf("copy %+v", c)
					}
				}
			})
		}
	}
}

// until compares until both are the same, or for long enough.
func until(t *testing.T, source, target *registry.Client, o compare.Options) *compare.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		r, err := compare.Run(ctx, source, target, o)
		if err != nil {
			t.Fatal(err)
		}
		if st, err := source.ExporterStatus(ctx, "e"); err != nil || st.Failed() || r.Verdict == compare.Identical {
			return r
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return r
		}
	}
}

// Seeds that differ in any way are never called identical.
func TestSandboxSeedsDiffer(t *testing.T) {
	serve := func(s sandbox.Seed) http.Handler {
		r, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		if err := r.Seed(s); err != nil {
			t.Fatal(err)
		}
		return r
	}
	a := sandbox.Seed{Subjects: 40, Versions: 2}
	if r := run(t, serve(a), serve(a), compare.Options{}); r.Verdict != compare.Identical || r.Reported != 0 {
		t.Errorf("same seed: got %s\n%s", r.Summary(), lines(r.Differences))
	}
	for _, b := range []sandbox.Seed{{Subjects: 39, Versions: 2}, {Subjects: 40, Versions: 1}, {Subjects: 40, Versions: 2, Seed: 1}, {Subjects: -1}} {
		if r := run(t, serve(a), serve(b), compare.Options{}); r.Verdict != compare.Different {
			t.Errorf("%+v: got %s", b, r.Summary())
		}
	}
}
