package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/twmb/franz-go/pkg/sr"
)

// peersRunbook moves everything, with ids.
const peersRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: peers}
spec:
  vars: {source: {env: SOURCE_URL}, target: {env: TARGET_URL}}
  registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}
  steps:
    - {id: start, createExporter: {exporter: peers, contextType: NONE, subjects: [":*:"]}}
    - {id: copied, waitFor: {exporter: peers, compare: {}, until: 'caughtUp("100ms") && diff.identical', every: 50ms}, timeout: 1m}
    - {id: end, delete: {exporter: peers}}
    - {id: open, restoreMode: {registry: target}}
    - {id: prove, compare: {}}
`

// What Confluent's own client has written with the source is read with the target: messages, and every id.
func TestConfluentsClientReadsOnTheTarget(t *testing.T) {
	dir := installNode(t, "peers", "package.json", "package-lock.json", "client.mjs")
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 25}})
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: pair.SourceURL}, target: &side{URL: pair.TargetURL}}
	p.write(peersRunbook)
	sent := filepath.Join(p.dir, "sent.json")
	if out := node(t, dir, "produce", pair.SourceURL, sent); out != "produced 4 messages, registered 14 schemas" {
		t.Errorf("got %s", out)
	}
	p.run(t)
	if out := node(t, dir, "consume", pair.TargetURL, sent); out != "read 4 messages, resolved 14 ids" {
		t.Errorf("got %s", out)
	}
}

// The same for franz-go's client, which resolves each id in its context.
func TestFranzGoReadsOnTheTarget(t *testing.T) {
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 60}})
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	p := &place{t: t, dir: t.TempDir(), source: &side{URL: pair.SourceURL}, target: &side{URL: pair.TargetURL}}
	p.write(peersRunbook)
	source, target := franz(t, pair.SourceURL), franz(t, pair.TargetURL)
	inContext := sr.WithParams(t.Context(), sr.Subject(":.peers:franz-value")) // it looks the id up, which is one of the context
	if _, err := source.CreateSchema(inContext, ":.peers:franz-value", sr.Schema{Schema: `"string"`}); err != nil {
		t.Fatal(err)
	}
	p.run(t)
	subjects, err := source.Subjects(t.Context())
	if err != nil || len(subjects) < 60 {
		t.Fatalf("got %d subjects, %v", len(subjects), err)
	}
	ids := 0
	for _, subject := range subjects {
		all, err := source.Schemas(t.Context(), subject)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			ctx := sr.WithParams(t.Context(), sr.Subject(subject))
			got, err := target.SchemaByID(ctx, s.ID)
			if err != nil || got.Schema != s.Schema.Schema || got.Type != s.Type || len(got.References) != len(s.References) {
				t.Errorf("%s, id %d: got %+v, %v", subject, s.ID, got, err)
			}
			ids++
		}
	}
	if ids < len(subjects) {
		t.Errorf("looked at %d ids of %d subjects", ids, len(subjects))
	}
}

func franz(t *testing.T, url string) *sr.Client {
	t.Helper()
	c, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *place) run(t *testing.T) {
	t.Helper()
	cmd, out := p.bare("run")
	if code := exit(cmd.Run()); code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
}

// node runs the client and returns what it says.
func node(t *testing.T, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join(dir, "client.mjs")}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// installNode installs what the package-lock.json of a folder here names into the user's cache, unless it is there, puts
// the files beside it, and returns the place. It is kept out of the source tree, where tools would look into it.
func installNode(t *testing.T, folder string, names ...string) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s, to run what %s has: %v", tool, folder, err)
		}
	}
	files, sum := map[string][]byte{}, sha256.New()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
		sum.Write(b)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	parent := filepath.Join(cache, "srmigrate-peers")
	dir := filepath.Join(parent, hex.EncodeToString(sum.Sum(nil))[:16])
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(parent, "new-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for name, b := range files {
		keep(t, fresh, name, b)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return dir
}
