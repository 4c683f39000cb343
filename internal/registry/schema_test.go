package registry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// subjectsServer lists n subjects and sends at most limit of them at a time.
func subjectsServer(n, limit int, offsets bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from := 0
		if offsets {
			from, _ = strconv.Atoi(r.FormValue("offset")) // absent is 0
		}
		page := []string{}
		for i := from; i < n && len(page) < limit; i++ {
			page = append(page, fmt.Sprintf("s%06d", i))
		}
		_ = json.NewEncoder(w).Encode(page)
	}
}

func TestSubjectsPageWhereTheyMust(t *testing.T) {
	for name, tc := range map[string]struct {
		h              http.HandlerFunc
		want, requests int
	}{
		"few":                      {subjectsServer(17, 1e9, true), 17, 1},
		"none":                     {subjectsServer(0, 1e9, true), 0, 1},
		"capped":                   {subjectsServer(45_017, 20_000, true), 45_017, 3},
		"capped, ends at the cap":  {subjectsServer(40_000, 20_000, true), 40_000, 3},
		"round, offset is unknown": {subjectsServer(3000, 1e9, false), 3000, 2},
		"round, offset is known":   {subjectsServer(3000, 1e9, true), 3000, 2},
		"not capped":               {subjectsServer(20_001, 1e9, true), 20_001, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tc.h)
			got, err := client(t, s.URL, nil).Subjects(t.Context(), ":*:", true)
			if err != nil || len(got) != tc.want || len(s.requests()) != tc.requests {
				t.Errorf("got %d, %v with %d requests", len(got), err, len(s.requests()))
			}
			if want := "GET /subjects?deleted=true&subjectPrefix=%3A%2A%3A"; s.requests()[0] != want {
				t.Errorf("got %s, want %s", s.requests()[0], want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		asked, answer string
		notFound      bool
	}{
		"plain":                {"x", `{"subject":"x","version":2,"id":0,"schema":"{}"}`, false},
		"default context":      {":.:x", `{"subject":"x","version":2,"id":0,"schema":"{}"}`, false},
		"of another context":   {"x", `{"subject":":.c:x","version":2,"id":0,"schema":"{}"}`, true},
		"of another version":   {"x", `{"subject":"x","version":3,"id":0,"schema":"{}"}`, true},
		"of an alias's target": {"x", `{"subject":"y","version":2,"id":0,"schema":"{}"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answer(200, tc.answer))
			got, err := client(t, s.URL, nil).Version(t.Context(), tc.asked, 2, true)
			if registry.NotFound(err) != tc.notFound || !tc.notFound && (err != nil || got.SchemaType != "AVRO") {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	s := serve(t, answer(404, `{"error_code":40402}`))
	c := client(t, s.URL, nil)
	if _, err := c.Version(t.Context(), "x", -1, false); !registry.NotFound(err, 40402) || registry.NotFound(err, 40401) {
		t.Errorf("got %v", err)
	}
	if got := s.requests()[0]; got != "GET /subjects/x/versions/latest" {
		t.Errorf("got %s", got)
	}
}

func TestSchemasStream(t *testing.T) {
	s := serve(t, answer(200, `[
		{"subject":"a","version":1,"id":0,"schema":"\"string\"","new":{"field":[1]}},
		{"subject":":.c:b","version":7,"id":9,"guid":"g","schemaType":"PROTOBUF","schema":"x","deleted":true,
		 "references":[{"name":"n","subject":"a","version":1}],"metadata":{"properties":{"k":"v"}},"ruleSet":{"domainRules":[]}}]`))
	var got []registry.Schema
	n, err := client(t, s.URL, nil).Schemas(t.Context(), registry.SchemaQuery{Prefix: ":*:", Deleted: true, LatestOnly: true, Offset: 5, Limit: 2},
		func() func(*registry.Row) error {
			got = nil
			return func(r *registry.Row) error {
				v := r.Schema
				v.Schema, _ = r.Text() // the texts here are whole
				v.Metadata, v.RuleSet = bytes.Clone(v.Metadata), bytes.Clone(v.RuleSet)
				got = append(got, v)
				return nil
			}
		})
	deleted := true
	want := []registry.Schema{
		{Subject: "a", Version: 1, SchemaType: "AVRO", Schema: `"string"`},
		{
			Subject: ":.c:b", Version: 7, ID: 9, SchemaType: "PROTOBUF", Schema: "x", Deleted: &deleted,
			References: []registry.Reference{{Name: "n", Subject: "a", Version: 1}},
			Metadata:   json.RawMessage(`{"properties":{"k":"v"}}`), RuleSet: json.RawMessage(`{"domainRules":[]}`),
		},
	}
	if err != nil || n != 2 || !cmp.Equal(got, want) {
		t.Errorf("got %d, %v\n%s", n, err, cmp.Diff(want, got))
	}
	if want := "GET /schemas?deleted=true&latestOnly=true&limit=2&offset=5&subjectPrefix=%3A%2A%3A"; s.requests()[0] != want {
		t.Errorf("got %s, want %s", s.requests()[0], want)
	}
}

// Half a page that is sent again must not count twice.
func TestSchemasStartAnewWithEachAttempt(t *testing.T) {
	row := `{"subject":"a","version":%d,"id":1,"schema":"x"}`
	half := "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n[" + fmt.Sprintf(row, 1) + "," + fmt.Sprintf(row, 2) + ","
	whole := answer(200, "["+fmt.Sprintf(row, 1)+","+fmt.Sprintf(row, 2)+","+fmt.Sprintf(row, 3)+"]")
	s := serve(t, inTurn(cutAfter(half), whole))
	begun, kept := 0, 0
	n, err := client(t, s.URL, nil).Schemas(t.Context(), registry.SchemaQuery{}, func() func(*registry.Row) error {
		begun, kept = begun+1, 0
		return func(*registry.Row) error { kept++; return nil }
	})
	if err != nil || n != 3 || kept != 3 || begun != 2 {
		t.Errorf("got %d rows, %d kept, begun %d times, %v", n, kept, begun, err)
	}
}

func TestSchemasStopForTheCaller(t *testing.T) {
	s := serve(t, answer(200, `[{"subject":"a","version":1,"id":1,"schema":"x"}]`))
	stop := fmt.Errorf("enough: %w", io.ErrUnexpectedEOF) // would be temporary, were it the server's
	_, err := client(t, s.URL, nil).Schemas(t.Context(), registry.SchemaQuery{}, func() func(*registry.Row) error {
		return func(*registry.Row) error { return stop }
	})
	if !errors.Is(err, stop) || err.Error() != stop.Error() || len(s.requests()) != 1 {
		t.Errorf("got %v after %q", err, s.requests())
	}
}

func TestSchemasRefuseIncompleteRows(t *testing.T) {
	for _, row := range []string{
		`{"version":1,"id":1,"schema":"x"}`, `{"subject":"a","id":1,"schema":"x"}`,
		`{"subject":"a","version":1,"schema":"x"}`, `{"subject":"a","version":1,"id":1}`,
		`{"subject":"a","version":"1","id":1,"schema":"x"}`, `"a"`, `null`,
	} {
		s := serve(t, answer(200, "["+row+"]"))
		_, err := client(t, s.URL, nil).Schemas(t.Context(), registry.SchemaQuery{}, func() func(*registry.Row) error {
			return func(*registry.Row) error { return nil }
		})
		if err == nil || len(s.requests()) != 1 {
			t.Errorf("%s: got %v after %q", row, err, s.requests())
		}
	}
}

func TestImport(t *testing.T) {
	in := registry.Schema{
		Subject: ":.c:a/b", Version: 3, ID: 0, SchemaType: "JSON", Schema: "{}", GUID: "g",
		References: []registry.Reference{{Name: "n", Subject: "s", Version: 1}}, Metadata: json.RawMessage(`{"tags":{}}`),
	}
	want := `POST /subjects/:.c:a%2Fb/versions {"version":3,"id":0,"schemaType":"JSON","schema":"{}",` +
		`"references":[{"name":"n","subject":"s","version":1}],"metadata":{"tags":{}}}`
	s := serve(t, routes(map[string]route{want: {200, `{"id":0}`}}))
	if err := client(t, s.URL, nil).Import(t.Context(), in); err != nil {
		t.Error(err)
	}
	for _, body := range []string{`{"id":4}`, `{}`} {
		s = serve(t, inTurn(answer(503, ""), answer(200, body)))
		err := client(t, s.URL, nil).Import(t.Context(), in)
		if err == nil || !strings.Contains(err.Error(), "did not take id 0") || len(s.requests()) != 2 {
			t.Errorf("got %v after %q", err, s.requests())
		}
	}
}

func TestIdentityAndVersion(t *testing.T) {
	s := serve(t, routes(map[string]route{
		"GET /v1/metadata/id":      {200, `{"scope":{"path":[],"clusters":{"kafka-cluster":"k1","schema-registry-cluster":"sr"}},"id":""}`},
		"GET /v1/metadata/version": {200, `{"version":"8.1.1","commitId":"x"}`},
	}))
	c := client(t, s.URL, nil)
	if id, ok, err := c.Identity(t.Context()); id != "k1/sr" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", id, ok, err)
	}
	if v, ok, err := c.ServerVersion(t.Context()); v != "8.1.1" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", v, ok, err)
	}
	for _, h := range []http.HandlerFunc{answer(404, ""), answer(404, `{"error_code":404}`), answer(405, ""), answer(200, `{}`)} {
		c := client(t, serve(t, h).URL, nil)
		if id, ok, err := c.Identity(t.Context()); id != "" || ok || err != nil {
			t.Errorf("got %q, %v, %v", id, ok, err)
		}
		if v, ok, err := c.ServerVersion(t.Context()); v != "" || ok || err != nil {
			t.Errorf("got %q, %v, %v", v, ok, err)
		}
	}
	if _, _, err := client(t, serve(t, answer(401, "")).URL, nil).Identity(t.Context()); err == nil {
		t.Error("no error after 401")
	}
}

func TestContextSubjects(t *testing.T) {
	s := serve(t, routes(map[string]route{"GET /contexts/.a%2Fb/subjects?deleted=true": {200, `["x"]`}}))
	c := client(t, s.URL, nil)
	if got, err := c.ContextSubjects(t.Context(), ".a/b", true); err != nil || len(got) != 1 || got[0] != "x" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := c.ContextSubjects(t.Context(), ".b", false); err != nil || len(got) != 0 {
		t.Errorf("unknown route: got %q, %v", got, err)
	}
}
