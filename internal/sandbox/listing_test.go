package sandbox

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestListing(t *testing.T) {
	r := newRegistry(t, Options{})
	script(t, r, `
		POST /subjects/order/versions {"schema":@string} -> 200
		POST /subjects/order/versions {"schema":@long} -> 200
		POST /subjects/orders2/versions {"schema":@int} -> 200
		POST /subjects/a/versions {"schema":@int} -> 200
		POST /subjects/:.c:order/versions {"schema":@int} -> 200
		POST /subjects/:.c:x/versions {"schema":@long} -> 200
		DELETE /subjects/order/versions/1 -> 200
		DELETE /subjects/:.c:x -> 200

		# the default context by default, ordered by subject and version
		GET /schemas -> 200 [{"subject":"a"},{"subject":"order","version":2},{"subject":"orders2"}]
		GET /schemas?deleted=true -> 200 [{"subject":"a"},{"version":1,"deleted":true},{"version":2,"deleted":null},{"subject":"orders2"}]
		GET /schemas?subjectPrefix=:*: -> 200 [{"subject":":.c:order"},{"subject":"a"},{"subject":"order"},{"subject":"orders2"}]
		GET /schemas?subjectPrefix=:*:order -> 200 [{"subject":":.c:order"},{"subject":"order"},{"subject":"orders2"}]
		GET /schemas?subjectPrefix=order -> 200 [{"subject":"order"},{"subject":"orders2"}]
		GET /schemas?subjectPrefix=:.c: -> 200 [{"subject":":.c:order"}]
		GET /schemas?subjectPrefix=:.c:&deleted=true -> 200 [{"subject":":.c:order"},{"subject":":.c:x"}]
		GET /schemas?subjectPrefix=order&latestOnly=true&deleted=true -> 200 [{"version":2},{"version":1}]
		GET /schemas?offset=1&limit=1 -> 200 [{"subject":"order"}]
		GET /schemas?offset=9 -> 200 []

		# every context by default
		GET /subjects -> 200 [":.c:order","a","order","orders2"]
		GET /subjects?subjectPrefix= -> 200 ["a","order","orders2"]
		GET /subjects?subjectPrefix=:.c:&deleted=true -> 200 [":.c:order",":.c:x"]
		GET /subjects?subjectPrefix=:*:&deletedOnly=true -> 200 [":.c:x"]
		GET /subjects?offset=1&limit=2 -> 200 ["a","order"]
		GET /subjects/order/versions?deleted=true&offset=1 -> 200 [2]
	`)
}

func TestPageCap(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		query   string
		want    int
	}{
		{"no limit", Options{}, "", 1000},
		{"a greater limit", Options{}, "&limit=5000", 1000},
		{"a smaller limit", Options{}, "&limit=10", 10},
		{"limit 0", Options{}, "&limit=0", 1000},
		{"the last page", Options{}, "&offset=1000", 100},
		{"a lowered cap", Options{PageCap: 7}, "&limit=500", 7},
		{"no cap", Options{PageCap: -1}, "", 1100},
		{"an old server", Options{Server: "7.4.0"}, "", 1100},
		{"the first server with a cap", Options{Server: "7.4.1"}, "", 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegistry(t, c.options)
			if err := r.seedUnrelated(1100); err != nil {
				t.Fatal(err)
			}
			_, body := call(r, "GET", "/schemas?subjectPrefix=:*:"+c.query, "")
			var rows []json.RawMessage
			if err := json.Unmarshal([]byte(body), &rows); err != nil {
				t.Fatal(err)
			}
			if len(rows) != c.want {
				t.Errorf("got %d rows, want %d", len(rows), c.want)
			}
		})
	}
}

func TestSince(t *testing.T) {
	for _, c := range []struct {
		version string
		want    bool
	}{
		{"7.3.9", false},
		{"7.4.4", false},
		{"7.4.5", true},
		{"7.5.3", false},
		{"7.5.4", true},
		{"7.6.0", false},
		{"7.6.1", true},
		{"8.0.0", true},
	} {
		v, err := parseVersion(c.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.since("7.4.5", "7.5.4", "7.6.1"); got != c.want {
			t.Errorf("%s: got %v", c.version, got)
		}
	}
	for _, s := range []string{"6.2.0", "8", "8.1", "8.1.x", "8.1.-1"} {
		if _, err := New(Options{Server: s}); err == nil {
			t.Errorf("New(%q) is fine", s)
		}
	}
}

// A guid is that of the content: the same in any registry, another one with
// other metadata.
func TestGUID(t *testing.T) {
	guids := map[string]bool{}
	for _, body := range []string{
		`{"schema":@string}`, `{"schema":@string}`, `{"schema":@string,"metadata":{"properties":{"a":"b"}}}`,
	} {
		r := newRegistry(t, Options{})
		script(t, r, `POST /subjects/a/versions `+body+` -> 200`)
		_, answer := call(r, "GET", "/subjects/a/versions/1", "")
		var v struct{ GUID string }
		if err := json.Unmarshal([]byte(answer), &v); err != nil {
			t.Fatal(err)
		}
		guids[v.GUID] = true
		script(t, r, fmt.Sprintf(`
			GET /schemas/guids/%s -> 200 {"schema":@string}
			GET /schemas/guids/%s/ids -> 200 [{"context":".","id":1}]
		`, v.GUID, v.GUID))
	}
	if len(guids) != 2 {
		t.Errorf("got %d guids, want 2: %v", len(guids), guids)
	}
}
