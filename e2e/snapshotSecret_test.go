package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// Neither the file nor what is said on the way to it shows a credential, of the registries or of an exporter.
func TestASnapshotShowsNoSecret(t *testing.T) {
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{
		Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 25}, User: "bird", Password: canary,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: pair.SourceURL}, target: &side{URL: pair.TargetURL}}
	text, _, _ := strings.Cut(guardedRunbook, "    - id: end\n")
	p.write(text)
	if err := os.WriteFile(filepath.Join(p.dir, "password"), []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.guarded(canary, "run")
	for _, schemas := range []string{"keep", "hash"} {
		out += p.guarded(canary, "snapshot", "-v", "--log-format", "json", "--schemas", schemas, "-o", schemas+".jsonl")
	}
	out += p.guarded(canary+"x", "snapshot", "-v", "-o", "refused.jsonl")
	if n := strings.Count(out, "source: 25 subjects"); n != 2 || !strings.Contains(out, "1 exporter") || !strings.Contains(out, "there is no snapshot") {
		t.Errorf("%d snapshots\n%s", n, out)
	}
	hidden(t, "output", out)
	files(t, p.dir, func(name, content string) { hidden(t, name, content) })
}
