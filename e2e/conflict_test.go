package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// conflicted is the quickstart between registries that have another schema each under one name, with consent.
func conflicted(t *testing.T) *place {
	t.Helper()
	p := newPlace(t, "quickstart.yaml", "", small)
	src, err := os.ReadFile(filepath.Join(p.dir, "runbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const allow = "\n      allow: [{code: SRM010, atMost: 1, because: it is meant}]\n    - id: first-copy"
	p.write(strings.Replace(string(src), "\n    - id: first-copy", allow, 1))
	put(t, p.target.URL+"/mode?force=true", `{"mode":"IMPORT"}`)
	post(t, p.target.URL+"/subjects/orders-key/versions", `{"schema":"\"bytes\"","id":200001,"version":1}`)
	put(t, p.target.URL+"/mode", `{"mode":"READWRITE"}`)
	p.target.forget()
	return p
}

func post(t *testing.T, url, body string) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s", url, resp.Status)
	}
}

// A process that is killed while it saves what will be lost, or after that and before the exporter is made, is followed
// by one that finds it saved.
func TestKilledBetweenBackupAndEffect(t *testing.T) {
	for _, c := range []struct {
		name, side, method, path string
		saved                    bool
	}{
		{"while it saves", "target", "GET", "/subjects/orders-key/versions/1", false},
		{"before the exporter is made", "source", "POST", "/exporters", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := conflicted(t)
			file := filepath.Join(p.dir, ".srmigrate", "quickstart.backup.jsonl")
			p.killed(p.side(c.side).hold(c.method, c.path, 0, false), "run")
			first, err := os.ReadFile(file)
			if (err == nil) != c.saved {
				t.Errorf("saved by the first process: %q, %v", first, err)
			}
			out := p.call(0, "run")
			once(t, p, "POST /exporters")
			last, err := os.ReadFile(file)
			if err != nil || c.saved && string(first) != string(last) {
				t.Errorf("saved first:\n%s\nat the end:\n%s%v", first, last, err)
			}
			var line struct {
				Subject, Schema string
				ID              int
			}
			if err := json.Unmarshal(last, &line); err != nil || line.Subject != "orders-key" || line.Schema != `"bytes"` || line.ID != 200001 {
				t.Errorf("saved: %s, %v", last, err)
			}
			if !strings.Contains(out, "kept      backup of 1 overwritten, purged or deleted version: "+filepath.Join(".srmigrate", "quickstart.backup.jsonl")) {
				t.Errorf("the end does not name the backup:\n%s", out)
			}
		})
	}
}

// What cannot be saved is not lost: the folder of the state takes no backup, and nothing is sent.
func TestABackupThatCannotBeWrittenStopsBeforeTheEffect(t *testing.T) {
	p := conflicted(t)
	if err := os.MkdirAll(filepath.Join(p.dir, ".srmigrate", "quickstart.backup.jsonl.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := p.target.Snapshot()
	out := p.call(12, "run")
	if !strings.Contains(out, "quickstart.backup.jsonl cannot be written") {
		t.Errorf("nothing says why:\n%s", out)
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("sent %v\n%s", w, out)
	}
	same(t, "target", before, p.target.Snapshot(), out)
}
