package runbook

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestGood(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			abs, _ := filepath.Abs(file)
			rb, problems := loadFile(t, abs, fixtures)
			if len(problems) > 0 {
				t.Fatalf("got problems:\n%s", text(problems))
			}
			golden(t, strings.TrimSuffix(abs, ".yaml")+".want", dump(rb))
		})
	}
}

// dump writes all of a runbook but digests, secrets included.
func dump(rb *Runbook) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %q, rollback %s\n", rb.File, rb.Name, rb.Description, rb.RollbackTimeout)
	for _, name := range slices.Sorted(maps.Keys(rb.Vars)) {
		fmt.Fprintf(&b, "var %s = %T %v\n", name, rb.Vars[name], rb.Vars[name])
	}
	for _, s := range rb.Secrets {
		fmt.Fprintf(&b, "secret %q\n", s.Reveal())
	}
	for _, r := range rb.Registries {
		fmt.Fprintf(&b, "%d registry %s %s %s:%s %s\n", r.Line, r.Name, r.URL, r.Username, r.Password.Reveal(), r.Timeout)
		dumpMore(&b, r)
		for _, key := range slices.Sorted(maps.Keys(r.Export)) {
			fmt.Fprintf(&b, "    %s=%s\n", key, r.Export[key].Reveal())
		}
	}
	for _, s := range rb.Steps {
		dumpStep(&b, "", s)
	}
	return b.String()
}

// dumpMore writes what few registries have.
func dumpMore(b *strings.Builder, r Registry) {
	if len(r.Others) > 0 || r.Dialect != Confluent || !r.Token.IsZero() || r.TLS != (registry.TLS{}) {
		fmt.Fprintf(b, "    others %q dialect %s token %q tls %+v\n", r.Others, r.Dialect, r.Token.Reveal(), r.TLS)
	}
	if r.Concurrency != 0 {
		fmt.Fprintf(b, "    concurrency %d\n", r.Concurrency)
	}
	if r.RateLimit != 0 {
		fmt.Fprintf(b, "    rate limit %v\n", r.RateLimit)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		fmt.Fprintf(b, "    header %s: %s\n", name, r.Headers[name].Reveal())
	}
}

func dumpStep(b *strings.Builder, indent string, s Step) {
	fmt.Fprintf(b, "%s%d:%d %s %s %q timeout %s retry %v on failure %s", indent, s.Line, s.Col, s.ID, s.Type, s.Description, s.Timeout, s.Retry, s.OnFailure)
	if s.NoReturn {
		b.WriteString(" no return")
	}
	for _, c := range s.Allow {
		fmt.Fprintf(b, " allow %s %d %q", c.Code, c.AtMost, c.Because)
	}
	if s.When != "" {
		fmt.Fprintf(b, " when %s", s.When)
	}
	fmt.Fprintf(b, "\n%s    %+v\n", indent, s.Step)
	for _, pointer := range slices.Sorted(maps.Keys(s.Late)) {
		fmt.Fprintf(b, "%s    late %s: %q\n", indent, pointer, s.Late[pointer])
	}
	if c, ok := s.Step.(*createExporter); ok {
		for _, key := range slices.Sorted(maps.Keys(c.Config)) {
			fmt.Fprintf(b, "%s    %s=%s\n", indent, key, c.Config[key].Reveal())
		}
	}
	for _, u := range s.Rollback {
		dumpStep(b, indent+"    ", u)
	}
}

const oneStep = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: one}
spec:
  registries: {source: {url: "http://source:8081"}}
  steps:
    - id: freeze
`

func digestOf(t *testing.T, step string) string {
	t.Helper()
	rb, problems := load("one.yaml", []byte(oneStep+step), Options{Getenv: func(name string) (string, bool) { return name, true }}, fixtures)
	if problems != nil {
		t.Fatal(text(problems))
	}
	return rb.Steps[0].Digest
}

func TestDigest(t *testing.T) {
	base := digestOf(t, "      setMode: {registry: source, mode: READONLY}\n")
	same := map[string]string{
		"order":       "      setMode: {mode: READONLY, registry: source}\n",
		"timeout":     "      setMode: {registry: source, mode: READONLY}\n      timeout: 7m\n",
		"retry":       "      setMode: {registry: source, mode: READONLY}\n      retry: {attempts: 2}\n",
		"description": "      setMode: {registry: source, mode: READONLY}\n      description: why\n",
		"auto":        "      setMode: {registry: source, mode: READONLY}\n      rollback: [auto]\n",
	}
	for name, step := range same {
		if digestOf(t, step) != base {
			t.Errorf("%s: got another digest", name)
		}
	}
	other := map[string]string{
		"mode":     "      setMode: {registry: source, mode: IMPORT}\n",
		"rollback": "      setMode: {registry: source, mode: READONLY}\n      rollback: none\n",
		"list":     "      setMode: {registry: source, mode: READONLY}\n      rollback: [auto, assert: {that: a}]\n",
	}
	for name, step := range other {
		if digestOf(t, step) == base {
			t.Errorf("%s: got the same digest", name)
		}
	}
}

func TestDigestHoldsNoSecret(t *testing.T) {
	link := "      createExporter: {exporter: a, contextType: NONE, subjects: [a], config: {password: {env: %s}}}\n"
	if digestOf(t, fmt.Sprintf(link, "A")) != digestOf(t, fmt.Sprintf(link, "B")) {
		t.Error("the digest depends on a secret")
	}
}
