// Package collector lets the program tell a real receiver of an OpenTelemetry collector of its runs. It is a module of
// its own, so that what a collector needs is no dependency of the program.
package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// receiver is the one of a collector, on loopback, with what it was sent.
type receiver struct {
	endpoint string
	traces   consumertest.TracesSink
	metrics  consumertest.MetricsSink
}

func receive(t *testing.T) *receiver {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	f := otlpreceiver.NewFactory()
	config := f.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": at}}}).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	r := &receiver{endpoint: "http://" + at}
	ctx, settings := context.Background(), receivertest.NewNopSettings(f.Type())
	traces, err := f.CreateTraces(ctx, settings, config, &r.traces)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := f.CreateMetrics(ctx, settings, config, &r.metrics)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(traces.Start(ctx, componenttest.NewNopHost()), metrics.Start(ctx, componenttest.NewNopHost())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(traces.Shutdown(ctx), metrics.Shutdown(ctx)); err != nil {
			t.Error(err)
		}
	})
	return r
}

// program builds it once more, as anybody would.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "srmigrate")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/srmigrate")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// bench is a program, two registries in memory, and a folder with a runbook.
type bench struct {
	t       *testing.T
	program string
	dir     string
	env     []string
}

func newBench(t *testing.T, runbook string, env ...string) *bench {
	t.Helper()
	b := &bench{t: t, program: program(t), dir: t.TempDir()}
	cmd := exec.Command(b.program, "sandbox", "--subjects", "30", "--auth", "bird:"+canary)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	var at struct{ Source, Target string }
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatal(err)
	}
	b.env = append(os.Environ(), append(env, "SOURCE_URL="+at.Source, "TARGET_URL="+at.Target, "REGISTRY_PASSWORD="+canary)...)
	if err := os.WriteFile(filepath.Join(b.dir, "move.yaml"), []byte(runbook), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// call runs the program, and returns all that it has written.
func (b *bench) call(want int, env []string, args ...string) string {
	b.t.Helper()
	cmd := exec.Command(b.program, args...)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = b.dir, append(b.env, env...), &out, &out
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != want {
		b.t.Fatalf("srmigrate %s: exit %d (%v), want %d\n%s", strings.Join(args, " "), code, err, want, out.String())
	}
	return out.String()
}

// canary is a secret; headers have it escaped.
const canary = "c4nRedThroat,=%"

// hidden demands that no spelling of it is in a text.
func hidden(t *testing.T, what, text string) {
	t.Helper()
	if i := strings.Index(text, "c4nRed"); i >= 0 {
		t.Errorf("%s shows a secret: %s", what, text[max(0, i-200):min(len(text), i+50)])
	}
}
