package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// deaf are collectors that take nothing: one that is not there, one that refuses everything, one that never answers.
func deaf(t *testing.T) map[string]string {
	t.Helper()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no: "+r.Header.Get("Api-Key"), http.StatusForbidden)
	}))
	hang := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(func() { close(hang); hangs.Close(); refuses.Close() })
	return map[string]string{"gone": "http://" + gone.Addr().String(), "refuses": refuses.URL, "hangs": hangs.URL}
}

// telling gives a call the environment that names a collector, and a secret for it.
func telling(cmd *exec.Cmd, endpoint string) {
	cmd.Env = append(cmd.Env, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint, "OTEL_EXPORTER_OTLP_HEADERS=api-key="+url.PathEscape(canary))
}

// Whatever a collector does, a run ends as it would without one, a few seconds later at most, and says so once on stderr,
// without the key.
func TestACollectorThatTakesNothing(t *testing.T) {
	for name, endpoint := range deaf(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "quickstart.yaml", "", small)
			for _, args := range [][]string{{"-v", "--report", "reports", "--metrics", "run.prom"}, {"-o", "json"}} {
				cmd, out := p.command("run", args...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				telling(cmd, endpoint)
				began := time.Now()
				if code := exit(cmd.Run()); code != 0 {
					t.Fatalf("exit %d\n%s%s", code, out, stderr.String())
				}
				if took := time.Since(began); args[0] == "-o" && took > promised { // nothing was to be done
					t.Errorf("it took %s", took)
				}
				if n := strings.Count(stderr.String(), "OpenTelemetry"); n != 1 || strings.Contains(out.String(), "OpenTelemetry") {
					t.Errorf("told of %d times:\n%s%s", n, out, stderr.String())
				}
				hidden(t, "output", out.String()+stderr.String())
			}
			files(t, p.dir, func(name, content string) { hidden(t, name, content) })
		})
	}
}

// A signal ends a call in time although neither a registry nor the collector answers.
func TestASignalWhileACollectorHangs(t *testing.T) {
	heed(t, syscall.SIGTERM)
	p := newPlace(t, "quickstart.yaml", "", small)
	f := p.source.hold("POST", "/exporters", 0, false)
	cmd, out := p.command("run", "--metrics", "run.prom")
	telling(cmd, deaf(t)["hangs"])
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, f.reached, "the request that hangs")
	sent := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := exit(cmd.Wait())
	if took := time.Since(sent); code != 7 || took > promised || strings.Contains(out.String(), "has not ended within") {
		t.Errorf("exit %d after %s, want 7 within %s, by itself\n%s", code, took, promised, out)
	}
}
