package snapshot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/internal/snapshot"
	"github.com/srmigrate/srmigrate/schemas"
)

// world is a registry of the sandbox that notes what is asked of it.
type world struct {
	*sandbox.Registry
	url string

	mu      sync.Mutex
	methods map[string]int
	refuse  func(*http.Request) bool // with 403; nil: nothing
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.methods[r.Method]++
	refused := w.refuse != nil && w.refuse(r)
	w.mu.Unlock()
	if refused {
		rw.WriteHeader(http.StatusForbidden)
		fmt.Fprint(rw, `{"error_code":40301,"message":"not for you"}`)
		return
	}
	w.Registry.ServeHTTP(rw, r)
}

func newWorld(t *testing.T, o sandbox.Options, seed sandbox.Seed) *world {
	t.Helper()
	r, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Seed(seed); err != nil {
		t.Fatal(err)
	}
	w := &world{Registry: r, methods: map[string]int{}}
	s := httptest.NewServer(w)
	w.url = s.URL
	t.Cleanup(func() { s.Close(); r.Close() })
	return w
}

func (w *world) take(t *testing.T, schemas string) ([]byte, []snapshot.Total) {
	t.Helper()
	b, totals, err := w.taken(t.Context(), schemas, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b, totals
}

func (w *world) taken(ctx context.Context, schemas, scratch string) ([]byte, []snapshot.Total, error) {
	c, err := registry.New(registry.Config{Name: "source", URL: w.url, ReadOnly: true, Anew: true, Timeout: 20 * time.Second})
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	var b bytes.Buffer
	totals, err := snapshot.Take(ctx, &b, []snapshot.Source{{Client: c, Dialect: "confluent"}}, snapshot.Options{
		Program: "test", Runbook: "moving", Taken: time.Unix(0, 0), Schemas: schemas, Scratch: scratch,
	})
	return b.Bytes(), totals, err
}

func read(t *testing.T, b []byte) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Read("file", bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return s
}

// hiddenText is what stands for something that is not to be seen.
var hiddenText = regexp.MustCompile(`\[hidden [0-9a-f]{24}\]`)

// plainly puts one text in the place of all that is hidden.
func plainly(all []snapshot.Version) []snapshot.Version {
	for i := range all {
		all[i].Metadata = hiddenText.ReplaceAll(all[i].Metadata, []byte("sales"))
	}
	return all
}

// judged are the versions as the sandbox says it has them.
func judged(s sandbox.Snapshot) (all []snapshot.Version) {
	for _, v := range s.Versions {
		n := snapshot.Version{
			Subject: v.Subject, Number: v.Version, ID: v.ID, SchemaType: v.SchemaType, Schema: v.Schema,
			Metadata: v.Metadata, RuleSet: v.RuleSet, Deleted: v.Deleted,
		}
		for _, r := range v.References {
			n.References = append(n.References, snapshot.Reference(r))
		}
		all = append(all, n)
	}
	return all
}

// Whatever the server is like, the file has what it holds, and taking it only reads.
func TestASnapshotHasWhatARegistryHolds(t *testing.T) {
	for _, o := range []sandbox.Options{
		{Server: "7.4.0"},
		{Server: "7.6.2", PageCap: 20},
		{Server: "8.1.1", PageCap: 7},
		{Profile: sandbox.ProfileGuide},
		{Profile: sandbox.ProfileCommunity},
		{Profile: sandbox.ProfileLax},
	} {
		t.Run(o.Server+o.Profile, func(t *testing.T) {
			o.Exporters = true
			w := newWorld(t, o, sandbox.Seed{Subjects: 60})
			b, totals := w.take(t, snapshot.Keep)
			got, want := read(t, b), w.Snapshot()
			reg := got.Registry("source")
			held := judged(want)
			for i := range held {
				if o.Profile == sandbox.ProfileLax { // it does not tell
					held[i].Metadata, held[i].RuleSet = nil, nil
				}
			}
			if diff := cmp.Diff(held, plainly(reg.Versions)); diff != "" {
				t.Errorf("-sandbox +file\n%s", diff)
			}
			for place, c := range want.Configs {
				if place != "" && len(reg.Configs[place]) == 0 {
					t.Errorf("no config of %q, which is %v", place, c)
				}
			}
			subjects, deleted := reg.Subjects()
			if !got.Complete || reg.Moved || totals[0].Subjects != subjects || totals[0].Deleted != deleted || deleted == 0 {
				t.Errorf("complete %t, moved %t, %+v, %d subjects, %d deleted, unread %v", got.Complete, reg.Moved, totals[0], subjects, deleted, reg.Unread)
			}
			if w.methods["GET"] == 0 || len(w.methods) != 1 {
				t.Errorf("the registry was asked %v", w.methods)
			}
			fits(t, b)
		})
	}
}

// fits demands that each line is as the schema has it.
func fits(t *testing.T, b []byte) {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("snapshot.json", bytes.NewReader(schemas.Snapshot())); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("line %d: %v\n%s", i+1, err, text)
		}
	}
}

// Stand-ins tell the same schemas from others, and nothing else; two files have nothing in common.
func TestStandInsKeepWhatIsTheSame(t *testing.T) {
	w := newWorld(t, sandbox.Options{}, sandbox.Seed{Subjects: 60})
	first, _ := w.take(t, snapshot.Hash)
	second, _ := w.take(t, snapshot.Hash)
	kept, _ := w.take(t, snapshot.Keep)
	a, b, c := read(t, first).Registries[0], read(t, second).Registries[0], read(t, kept).Registries[0]
	if len(a.Versions) != len(c.Versions) || len(a.Versions) == 0 {
		t.Fatalf("%d versions, want %d", len(a.Versions), len(c.Versions))
	}
	there, back := map[string]string{}, map[string]string{}
	for i, v := range a.Versions {
		original := c.Versions[i]
		if v.Schema == b.Versions[i].Schema {
			t.Errorf("%q version %d has the same stand-in in two files", v.Subject, v.Number)
		}
		key := original.SchemaType + original.Schema
		if was, ok := there[key]; ok && was != v.Schema {
			t.Errorf("%q version %d: one text has two stand-ins", v.Subject, v.Number)
		}
		if was, ok := back[v.Schema]; ok && was != key {
			t.Errorf("%q version %d: two texts have one stand-in", v.Subject, v.Number)
		}
		there[key], back[v.Schema] = v.Schema, key
		v.Schema, original.Schema, v.Metadata, original.Metadata = "", "", nil, nil
		if diff := cmp.Diff(original, v); diff != "" {
			t.Errorf("but for the text: %s", diff)
		}
	}
	for _, part := range []string{"com.acme", "chargeback.of"} {
		if bytes.Contains(first, []byte(`namespace\":\"`+part)) {
			t.Errorf("%q of a text is in the file", part)
		}
	}
	fits(t, first)
}

// What cannot be read is said in its place.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	w := newWorld(t, sandbox.Options{Exporters: true}, sandbox.Seed{Subjects: 20})
	w.refuse = func(r *http.Request) bool { return r.URL.Path == "/config/orders-value" || r.URL.Path == "/exporters" }
	b, totals := w.take(t, snapshot.Keep)
	s := read(t, b)
	var what []string
	for _, u := range s.Registries[0].Unread {
		what = append(what, u.What)
		if !strings.Contains(u.Why, "not for you") {
			t.Errorf("%s: %s", u.What, u.Why)
		}
	}
	if diff := cmp.Diff([]string{`the config of "orders-value"`, "the exporters"}, what); diff != "" || s.Complete || len(totals[0].Unread) != 2 {
		t.Errorf("complete %t, %v: %s", s.Complete, totals[0].Unread, diff)
	}
	fits(t, b)
}

// Without all versions there is no snapshot.
func TestWithoutVersionsThereIsNoSnapshot(t *testing.T) {
	w := newWorld(t, sandbox.Options{}, sandbox.Seed{Subjects: 20})
	w.refuse = func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/schemas") }
	dir := t.TempDir()
	b, _, err := w.taken(t.Context(), snapshot.Keep, dir)
	if err == nil || !strings.Contains(err.Error(), `the versions of registry "source" could not be read`) {
		t.Errorf("got %v", err)
	}
	if _, err := snapshot.Read("file", bytes.NewReader(b)); err == nil {
		t.Error("what was written counts as a snapshot")
	}
}

// What metadata calls sensitive, and what a name gives away, is not in the file; what is the same still is.
func TestSecretsOfMetadataAndRules(t *testing.T) {
	const canary = "c4nRedThroat"
	w := newWorld(t, sandbox.Options{}, sandbox.Seed{Subjects: -1})
	for _, subject := range []string{"a", "b"} {
		body := fmt.Sprintf(`{"schema":"\"string\"","metadata":{"properties":{"owner":"me","pin":%q,"author":"you"},"sensitive":["pin"]},
			"ruleSet":{"domainRules":[{"name":"r","kind":"TRANSFORM","type":"ENCRYPT","mode":"WRITEREAD","params":{"encrypt.kek.name":"k","kms.Secret.access.key":%q}}]}}`, canary, canary)
		post(t, w.url+"/subjects/"+subject+"/versions", body)
	}
	b, _ := w.take(t, snapshot.Keep)
	if bytes.Contains(b, []byte(canary)) {
		t.Errorf("the canary is in the file:\n%s", b)
	}
	all := read(t, b).Registries[0].Versions
	if len(all) != 2 || !bytes.Equal(all[0].Metadata, all[1].Metadata) || !bytes.Equal(all[0].RuleSet, all[1].RuleSet) {
		t.Fatalf("got %+v", all)
	}
	for _, plain := range []string{`"owner":"me"`, `"author":"you"`, `"pin":"[hidden `, `"encrypt.kek.name":"k"`} {
		if !bytes.Contains(b, []byte(plain)) {
			t.Errorf("no %s in\n%s", plain, b)
		}
	}
}

func post(t *testing.T, url, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s, %v", url, resp.Status, err)
	}
}
