package compare_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestMain(m *testing.M) {
	if code, ok := benchRole(); ok {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// A fake is a registry server that can be told to behave like the odd ones.
type fake struct {
	mu      sync.Mutex
	rows    []row
	configs map[string]string // place → body
	modes   map[string]string
	empty   []string // contexts without a subject

	cap         int  // most rows of a page, 0 is none
	ignoreLimit bool // of the request
	ignorePages bool // offset as well
	literalStar bool // ":*:" is a prefix like any other
	noSchemas   int  // status of GET /schemas, where it is missing
	noContexts  bool
	routes      bool // contexts list their schemas below a route of their own, and nowhere else
	noPrefix    bool // GET /schemas lists everything, whatever the prefix
	loose       bool // rows come by id
	seesaw      bool // those that share an id in another order each time
	touched     int  // rows that were gone through for all the answers
	marks       bool // rows say that they are deleted
	// before sees each request first; if it returns true the request is answered.
	before func(w http.ResponseWriter, r *http.Request) bool
	seen   []string
}

type row struct {
	registry.Schema
	gone bool
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, r.RequestURI)
	if f.before != nil && f.before(w, r) {
		return
	}
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i], _ = url.PathUnescape(p) // the client escapes well, or finds nothing
	}
	switch {
	case path == "schemas" && f.noSchemas == 0:
		f.schemas(w, r)
	case path == "schemas":
		w.WriteHeader(f.noSchemas)
	case path == "subjects":
		send(w, f.subjects(f.chosen(r)))
	case path == "contexts" && !f.noContexts:
		send(w, f.contexts())
	case parts[0] == "contexts" && len(parts) == 3 && parts[2] == "subjects":
		f.contextSubjects(w, r, parts[1])
	case parts[0] == "contexts" && len(parts) == 3 && parts[2] == "schemas" && f.routes:
		f.contextSchemas(w, r, parts[1])
	case parts[0] == "subjects" && len(parts) == 3:
		f.versions(w, r, parts[1])
	case parts[0] == "subjects" && len(parts) == 4:
		f.version(w, r, parts[1], parts[3])
	case parts[0] == "config":
		setting(w, f.configs[strings.Join(parts[1:], "")], 40408)
	case parts[0] == "mode":
		setting(w, f.modes[strings.Join(parts[1:], "")], 40409)
	default:
		w.WriteHeader(404)
	}
}

func (f *fake) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

func send(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

func refuse(w http.ResponseWriter, code int) {
	w.WriteHeader(code / 100)
	_, _ = fmt.Fprintf(w, `{"error_code":%d,"message":"refused"}`, code)
}

func setting(w http.ResponseWriter, body string, code int) {
	if body == "" {
		refuse(w, code)
		return
	}
	_, _ = w.Write([]byte(body))
}

// chosen returns the rows that prefix and deleted ask for.
func (f *fake) chosen(r *http.Request) []row {
	prefix, asked := r.FormValue("subjectPrefix"), r.Form.Has("subjectPrefix")
	deleted := r.FormValue("deleted") == "true"
	var out []row
	for _, s := range f.rows {
		if s.gone && !deleted {
			continue
		}
		rest, all := strings.CutPrefix(prefix, ":*:")
		context, name := compare.SplitSubject(s.Subject)
		switch {
		case f.noPrefix && r.URL.Path == "/schemas":
			all = true
		case f.literalStar:
			all = strings.HasPrefix(s.Subject, prefix)
		case all:
			all = strings.HasPrefix(name, rest)
		case asked:
			all = strings.HasPrefix(s.Subject, prefix)
		default:
			all = context == "." || r.URL.Path == "/subjects"
		}
		if f.routes && strings.HasSuffix(r.URL.Path, "/schemas") {
			all = prefix == "" && (context == "." || r.URL.Path != "/schemas")
		}
		if all {
			out = append(out, s)
		}
	}
	order := func(a, b row) int { return cmp.Or(strings.Compare(a.Subject, b.Subject), a.Version-b.Version) }
	if !slices.IsSortedFunc(out, order) {
		slices.SortFunc(out, order)
	}
	return out
}

func (f *fake) contextSchemas(w http.ResponseWriter, r *http.Request, context string) {
	rows := slices.Clone(f.chosen(r))
	rows = slices.DeleteFunc(rows, func(s row) bool { c, _ := compare.SplitSubject(s.Subject); return c != context })
	for i := range rows {
		_, rows[i].Subject = compare.SplitSubject(rows[i].Subject)
	}
	f.page(w, r, rows)
}

func (f *fake) schemas(w http.ResponseWriter, r *http.Request) { f.page(w, r, f.chosen(r)) }

func (f *fake) page(w http.ResponseWriter, r *http.Request, rows []row) {
	f.touched += len(rows)
	if f.loose {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b row) int { return a.ID - b.ID })
	}
	if f.seesaw && len(f.seen)%2 == 0 {
		slices.Reverse(rows)
		slices.SortStableFunc(rows, func(a, b row) int { return a.ID - b.ID })
	}
	offset, _ := strconv.Atoi(r.FormValue("offset")) // absent is 0
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	if f.ignorePages {
		offset = 0
	}
	if f.ignoreLimit || limit == 0 || f.cap > 0 && limit > f.cap {
		limit = f.cap
	}
	rows = rows[min(offset, len(rows)):]
	if limit > 0 {
		rows = rows[:min(limit, len(rows))]
	}
	out := []registry.Schema{}
	for _, s := range rows {
		if s.gone && f.marks {
			s.Deleted = &s.gone
		}
		out = append(out, s.Schema)
	}
	send(w, out)
}

func (f *fake) subjects(rows []row) []string {
	names := []string{}
	for _, s := range rows {
		if len(names) == 0 || names[len(names)-1] != s.Subject {
			names = append(names, s.Subject)
		}
	}
	return names
}

func (f *fake) contexts() []string {
	names := append([]string{"."}, f.empty...)
	for _, s := range f.rows {
		if c, _ := compare.SplitSubject(s.Subject); !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

func (f *fake) contextSubjects(w http.ResponseWriter, r *http.Request, context string) {
	rows := f.rows
	if r.FormValue("deleted") != "true" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(s row) bool { return s.gone })
	}
	names := []string{}
	for _, s := range f.subjects(rows) {
		if c, n := compare.SplitSubject(s); c == context {
			names = append(names, n)
		}
	}
	send(w, names)
}

func (f *fake) versions(w http.ResponseWriter, r *http.Request, subject string) {
	var vs []int
	for _, s := range f.rows {
		if s.Subject == subject && (!s.gone || r.FormValue("deleted") == "true") {
			vs = append(vs, s.Version)
		}
	}
	if vs == nil {
		refuse(w, 40401)
		return
	}
	send(w, vs)
}

// version looks an unqualified subject up in every context, as servers do.
func (f *fake) version(w http.ResponseWriter, r *http.Request, subject, version string) {
	for _, exact := range []bool{true, false} {
		for _, s := range f.rows {
			_, name := compare.SplitSubject(s.Subject)
			if (s.Subject == subject || !exact && name == subject) && strconv.Itoa(s.Version) == version &&
				(!s.gone || r.FormValue("deleted") == "true") {
				send(w, s.Schema)
				return
			}
		}
	}
	refuse(w, 40402)
}

// schema makes one version; change may be nil.
func schema(subject string, version, id int, change func(*registry.Schema)) row {
	s := registry.Schema{
		Subject: subject, Version: version, ID: id, SchemaType: "AVRO",
		Schema: fmt.Sprintf(`{"type":"record","name":"r%d","fields":[]}`, id),
	}
	if change != nil {
		change(&s)
	}
	return row{Schema: s}
}

// sample has two contexts, references, metadata and rules.
func sample() []row {
	return []row{
		schema("address", 1, 1, nil),
		schema("orders", 1, 2, func(s *registry.Schema) {
			s.References = []registry.Reference{{Name: "Address", Subject: "address", Version: 1}}
		}),
		schema("orders", 3, 3, func(s *registry.Schema) {
			s.Metadata = json.RawMessage(`{"properties":{"owner":"a"}}`)
			s.RuleSet = json.RawMessage(`{"domainRules":[{"name":"r","kind":"CONDITION"}]}`)
		}),
		schema(":.eu:orders", 1, 1, nil),
		schema("user/events", 1, 4, func(s *registry.Schema) { s.SchemaType, s.Schema = "PROTOBUF", "syntax = \"proto3\";" }),
	}
}

func client(t testing.TB, h http.Handler) *registry.Client {
	t.Helper()
	s := httptest.NewServer(h)
	c, err := registry.New(registry.Config{Name: "r", URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.With(registry.Retry{Attempts: 2, Backoff: time.Millisecond}, nil)
}

func run(t *testing.T, source, target http.Handler, o compare.Options) *compare.Result {
	t.Helper()
	r, err := compare.Run(t.Context(), client(t, source), client(t, target), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(ds []compare.Difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}
