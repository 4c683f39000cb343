package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// said answers every request with the same.
type said struct {
	status int
	header http.Header
	body   []byte
}

func (a said) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: a.header, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

const hushed = "hunter2-hush"

// questions are all that is read from a registry, by name.
func questions(c *registry.Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"contexts":  func(ctx context.Context) error { _, err := c.Contexts(ctx); return err },
		"subjects":  func(ctx context.Context) error { _, err := c.Subjects(ctx, ":*:", true); return err },
		"versions":  func(ctx context.Context) error { _, err := c.Versions(ctx, "a", true); return err },
		"version":   func(ctx context.Context) error { _, err := c.Version(ctx, "a", 1, true); return err },
		"as sent":   func(ctx context.Context) error { _, err := c.VersionAsSent(ctx, "a", 1); return err },
		"exporters": func(ctx context.Context) error { _, err := c.ExporterNames(ctx); return err },
		"exporter":  func(ctx context.Context) error { _, err := c.Exporter(ctx, "e"); return err },
		"mode":      func(ctx context.Context) error { _, _, err := c.Mode(ctx, ""); return err },
		"config":    func(ctx context.Context) error { _, _, err := c.Config(ctx, ""); return err },
		"identity":  func(ctx context.Context) error { _, _, err := c.Identity(ctx); return err },
		"server":    func(ctx context.Context) error { _, _, err := c.ServerVersion(ctx); return err },
		"create":    func(ctx context.Context) error { return c.CreateExporter(ctx, registry.Exporter{Name: "e"}) },
		"pause":     func(ctx context.Context) error { return c.PauseExporter(ctx, "e") },
		"delete":    func(ctx context.Context) error { return c.DeleteExporter(ctx, "e") },
	}
}

func answering(t *testing.T, a said) *registry.Client {
	t.Helper()
	c, err := registry.New(registry.Config{
		Name: "source", URL: "http://source", Username: "me", Password: registry.NewSecret(hushed), Transport: a,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever a registry answers is taken or ends in one short line that names the request and no secret.
func FuzzAnswers(f *testing.F) {
	for _, s := range []struct {
		status              int
		retry, id, to, body string
	}{
		{200, "", "", "", `["a",":.b:c"]`},
		{200, "", "", "", `{"subject":"a","version":1,"id":3,"schema":"\"string\""}`},
		{200, "", "", "", `{"name":"e","state":"running","offset":7,"ts":1,"trace":"hunter2-hush"}`},
		{404, "", "4711", "", `{"error_code":40401,"message":"Subject 'a' not found."}`},
		{409, "", "", "", `{"error_code":40963,"message":"hunter2-hush"}`},
		{429, "3", "", "", ``},
		{503, "Fri, 31 Dec 2199 23:59:59 GMT", "", "", "<html>\n\n</html>"},
		{500, "-1", "", "", `{"error_code":50003}`},
		{302, "99999999999999999999", "", "http://u:hunter2-hush@other/", ``},
		{200, "", "", "", `{"mode":`},
	} {
		f.Add(s.status, s.retry, s.id, s.to, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, status int, retryAfter, id, to string, body []byte) {
		status = 200 + (status%400+400)%400
		c := answering(t, said{status, http.Header{"Retry-After": {retryAfter}, "X-Request-Id": {id}, "Location": {to}}, body})
		for name, ask := range questions(c) {
			err := ask(t.Context())
			if err == nil {
				continue
			}
			text := err.Error()
			if strings.Contains(text, hushed) || strings.ContainsAny(text, "\n\r") || len(text) > 8192 || !strings.Contains(text, "http://source") {
				t.Errorf("%s: got %q", name, text)
			}
			e, ok := errors.AsType[*registry.Error](err)
			if ok && (e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour) {
				t.Errorf("%s: to wait %s for %q", name, e.RetryAfter, retryAfter)
			}
			if ok && e.Status/100 == 4 && status/100 == 4 && registry.IsLost(err) {
				t.Errorf("%s: a refusal is taken for a lost answer: %v", name, err)
			}
		}
		if s, err := c.ExporterStatus(t.Context(), "e"); err == nil && (strings.Contains(s.Trace, hushed) || s.State != strings.ToUpper(s.State)) {
			t.Errorf("got status %+v", s)
		}
	})
}

// A page of a listing is a JSON array, of which every element is a version as encoding/json sees it, or an error.
func FuzzSchemas(f *testing.F) {
	row := `{"subject":"a","version":1,"id":3,"schema":"\"string\""}`
	for _, s := range []string{
		"[]", "[" + row + "]", " [" + row + "," + row + " ] ", "[" + row, "[" + row + "]]", "[null]", "{}", "", "[{}]", "<html>",
		`[{"subject":"a","version":1,"id":3,"schema":"","schemaType":"JSON","references":[{"name":"n","subject":"s","version":1}],"deleted":true}]`,
		`[{"subject":"a","Subject":"b","version":0,"version":2,"id":1,"schema":"x"}]`,
		`[{"subject":"\u00fc\/b","version":12,"id":0,"schema":"\u2028","metadata":{"a" : [1]},"ruleSet":null,"id":null,"guid":"g","ts":1.5e3}, ` + row + `]`,
		`[{"subj\u0065ct":"b","subject":"a","version":1,"id":3,"schema":"\ud800","references":[{"name":"n"}],"references":[{"subject":"s"}],"deleted":false}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got []registry.Row
		n, err := answering(t, said{200, nil, body}).Schemas(t.Context(), registry.SchemaQuery{}, func() func(*registry.Row) error {
			got = nil
			return func(r *registry.Row) error { got = append(got, own(r)); return nil }
		})
		if err != nil {
			return
		}
		var whole []json.RawMessage
		if err := json.Unmarshal(body, &whole); err != nil || n != len(got) || n != len(whole) {
			t.Fatalf("got %d rows, want %d, %v", n, len(whole), err)
		}
		for i, r := range got {
			if diff := cmp.Diff(understood(t, whole[i]), r); diff != "" {
				t.Errorf("%s is read as (-encoding/json +got):\n%s", whole[i], diff)
			}
			var text string
			if err := json.Unmarshal(r.Raw, &text); err != nil {
				t.Errorf("%s: %v", r.Raw, err)
			}
			if got, whole := r.Text(); whole && got != text {
				t.Errorf("%s says %q, want %q", r.Raw, got, text)
			}
			if r.Subject == "" || r.Version < 1 || r.SchemaType == "" {
				t.Errorf("got a row %+v", r)
			}
		}
	})
}

// own keeps of a row what is good only until the next.
func own(r *registry.Row) registry.Row {
	c := *r
	c.Raw, c.Metadata, c.RuleSet = bytes.Clone(r.Raw), bytes.Clone(r.Metadata), bytes.Clone(r.RuleSet)
	c.References = append([]registry.Reference(nil), r.References...)
	if r.Deleted != nil {
		c.Deleted = new(*r.Deleted)
	}
	return c
}

// understood makes a row of an object, member by member: of those that are there twice the last counts, null counts as
// not there, and a name is what it is written as.
func understood(t *testing.T, object json.RawMessage) registry.Row {
	t.Helper()
	d, r := json.NewDecoder(bytes.NewReader(object)), registry.Row{}
	read := func(what any, err error) {
		if err != nil {
			t.Fatalf("%s: %v, %v", object, what, err)
		}
	}
	read(d.Token())
	for d.More() {
		begun := d.InputOffset()
		key, err := d.Token()
		read(key, err)
		name := string(bytes.TrimLeft(object[begun:d.InputOffset()], " \t\r\n,"))
		var raw json.RawMessage
		read(name, d.Decode(&raw))
		into := map[string]any{
			`"subject"`: &r.Subject, `"version"`: &r.Version, `"id"`: &r.ID, `"schemaType"`: &r.SchemaType, `"deleted"`: &r.Deleted,
		}[name]
		switch {
		case string(raw) == "null":
		case into != nil:
			read(name, json.Unmarshal(raw, into))
		case name == `"references"`:
			var references []registry.Reference
			read(name, json.Unmarshal(raw, &references))
			r.References = append([]registry.Reference(nil), references...)
		case name == `"schema"`:
			r.Raw = []byte(raw)
		case name == `"metadata"`:
			r.Metadata = raw
		case name == `"ruleSet"`:
			r.RuleSet = raw
		}
	}
	if r.SchemaType == "" {
		r.SchemaType = "AVRO"
	}
	return r
}

// No secret is left in what was redacted, whatever stands around it.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2", "before hunter2 after", "user")
	f.Add("p@ss/w?rd", "http://u:p%40ss%2Fw%3Frd@host", "u")
	f.Add("aba", "ababa", "ab")
	f.Fuzz(func(t *testing.T, secret, text, other string) {
		r := &registry.Redactor{}
		r.Add(secret, other)
		quoted, err := json.Marshal(text + secret + text)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{text + secret + text, secret + other, string(quoted), fmt.Sprintf("%q", secret)} {
			for piece := range strings.SplitSeq(r.Redact(s), "[redacted]") {
				for _, hidden := range []string{secret, other} {
					if len(hidden) >= 3 && strings.Contains(piece, hidden) {
						t.Errorf("%q is left of %q in %q", hidden, s, r.Redact(s))
					}
				}
			}
		}
	})
}
