package registry_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// routes answers by "METHOD request-uri"; anything else is an empty 404.
type route struct {
	status int
	body   string
}

func routes(m map[string]route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		key := strings.TrimSpace(r.Method + " " + r.RequestURI + " " + string(b))
		if to, ok := m[key]; ok {
			answer(to.status, to.body)(w, r)
			return
		}
		w.WriteHeader(404)
	}
}

func TestMode(t *testing.T) {
	s := serve(t, routes(map[string]route{
		"GET /mode":                              {200, `{"mode":"READWRITE"}`},
		"GET /mode/:.c:":                         {200, `{"mode":"IMPORT"}`},
		"GET /mode/s":                            {404, `{"error_code":40409,"message":"m"}`},
		"GET /mode/:.__GLOBAL:":                  {404, `{"error_code":40401,"message":"m"}`},
		"GET /mode/s?defaultToGlobal=true":       {200, `{"mode":"READONLY"}`},
		`PUT /mode/a%2Fb {"mode":"READONLY"}`:    {200, `{"mode":"READONLY"}`},
		`PUT /mode?force=true {"mode":"IMPORT"}`: {200, ``},
	}))
	c := client(t, s.URL, nil)
	for place, want := range map[string]string{"": "READWRITE", ":.:": "READWRITE", ":.c:": "IMPORT", "s": "", ":.__GLOBAL:": ""} {
		got, set, err := c.Mode(t.Context(), place)
		if got != want || set != (want != "") || err != nil {
			t.Errorf("%q: got %q, %v, %v, want %q", place, got, set, err, want)
		}
	}
	if _, _, err := c.Mode(t.Context(), "no-such-route"); err == nil {
		t.Error("a 404 without a code passes for a mode not set")
	}
	if m, err := c.EffectiveMode(t.Context(), "s"); m != "READONLY" || err != nil {
		t.Errorf("got %q, %v", m, err)
	}
	if err := c.SetMode(t.Context(), "a/b", "READONLY", false); err != nil {
		t.Error(err)
	}
	if err := c.SetMode(t.Context(), "", "IMPORT", true); err != nil {
		t.Error(err)
	}
}

func TestClearMode(t *testing.T) {
	const (
		del  = "DELETE /mode/s"
		null = `PUT /mode/s {"mode":null}`
		open = `PUT /mode/s {"mode":"READWRITE"}`
	)
	ok := route{200, `{"mode":"IMPORT"}`}
	for name, tc := range map[string]struct {
		m          map[string]route
		equivalent bool
		wantErr    string
		requests   int
	}{
		"deleted":            {map[string]route{del: ok}, false, "", 1},
		"not set":            {map[string]route{del: {404, `{"error_code":40401}`}}, false, "", 1},
		"not set, as a mode": {map[string]route{del: {404, `{"error_code":40409}`}}, false, "", 1},
		"405, null":          {map[string]route{del: {405, ``}, null: ok}, false, "", 2},
		"404, null":          {map[string]route{del: {404, `{"error_code":404}`}, null: ok}, false, "", 2},
		"null not set":       {map[string]route{del: {405, ``}, null: {404, `{"error_code":40409}`}}, false, "", 2},
		"null is 42204":      {map[string]route{del: {405, ``}, null: {422, `{"error_code":42204}`}, open: ok}, true, "", 3},
		"null is 400":        {map[string]route{del: {405, ``}, null: {400, ``}, open: ok}, true, "", 3},
		"null is 500":        {map[string]route{del: {405, ``}, null: {500, `{"error_code":500}`}, open: ok}, true, "", 3},
		"leader away":        {map[string]route{del: {405, ``}, null: {500, `{"error_code":50003}`}, open: ok}, false, "50003", 4},
		"null is 503":        {map[string]route{del: {405, ``}, null: {503, ``}, open: ok}, false, "503", 4},
		"forbidden":          {map[string]route{del: {422, `{"error_code":42205}`}, null: ok, open: ok}, false, "42205", 1},
		"no way":             {map[string]route{del: {405, ``}, null: {422, ``}, open: {422, `{"error_code":42205}`}}, true, "42205", 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, routes(tc.m))
			equivalent, err := client(t, s.URL, nil).ClearMode(t.Context(), "s")
			if equivalent != tc.equivalent || !isError(err, tc.wantErr) {
				t.Errorf("got %v, %v, want %v, %q", equivalent, err, tc.equivalent, tc.wantErr)
			}
			if got := s.requests(); len(got) != tc.requests {
				t.Errorf("sent %q, want %d", got, tc.requests)
			}
		})
	}
}

// The first delete was carried out and its answer lost: the second finds nothing.
func TestClearAgainAfterALostAnswer(t *testing.T) {
	gone := answer(404, `{"error_code":40401,"message":"m"}`)
	s := serve(t, inTurn(cutAfter(""), gone))
	if equivalent, err := client(t, s.URL, nil).ClearMode(t.Context(), "s"); equivalent || err != nil {
		t.Errorf("mode: got %v, %v", equivalent, err)
	}
	s = serve(t, inTurn(cutAfter(""), gone))
	if err := client(t, s.URL, nil).ClearConfig(t.Context(), "s"); err != nil {
		t.Errorf("config: got %v", err)
	}
	s = serve(t, inTurn(cutAfter(""), answer(404, ``), answer(404, `{"error_code":40408}`)))
	if err := client(t, s.URL, nil).ClearConfig(t.Context(), "s"); err != nil {
		t.Errorf("config, codeless: got %v", err)
	}
	s = serve(t, answer(404, ``))
	if err := client(t, s.URL, nil).ClearConfig(t.Context(), "s"); err == nil {
		t.Error("an unknown route passes for a config gone")
	}
}

func TestConfig(t *testing.T) {
	s := serve(t, routes(map[string]route{
		"GET /config":      {200, `{"compatibilityLevel":"FULL","normalize":true}`},
		"GET /config/s":    {404, `{"error_code":40408}`},
		"DELETE /config/s": {200, `{"compatibility":"FULL"}`},
		`PUT /config/:.c: {"compatibility":"FULL","normalize":true}`: {200, `{}`},
	}))
	c := client(t, s.URL, nil)
	got, set, err := c.Config(t.Context(), "")
	if err != nil || !set || got.Level() != "FULL" {
		t.Errorf("got %v, %v, %v", got, set, err)
	}
	if err := c.SetConfig(t.Context(), ":.c:", got); err != nil || got.Level() != "FULL" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, set, err := c.Config(t.Context(), "s"); got != nil || set || err != nil {
		t.Errorf("got %v, %v, %v", got, set, err)
	}
	if err := c.ClearConfig(t.Context(), "s"); err != nil {
		t.Error(err)
	}
	if b, err := json.Marshal(registry.NewSettings("NONE")); string(b) != `{"compatibilityLevel":"NONE"}` || err != nil {
		t.Errorf("got %s, %v", b, err)
	}
}

func TestContexts(t *testing.T) {
	for body, want := range map[string][]string{
		`[".",".b",".a"]`: {".", ".a", ".b"},
		`[":.:"]`:         {"."},
		`[]`:              {"."},
		`[":.x:"]`:        {".", ".x"},
	} {
		s := serve(t, answer(200, body))
		if got, err := client(t, s.URL, nil).Contexts(t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
	for status, wantErr := range map[int]string{404: "", 405: "", 403: "403", 500: "500"} {
		s := serve(t, answer(status, ""))
		got, err := client(t, s.URL, nil).Contexts(t.Context())
		if !isError(err, wantErr) || wantErr == "" && !slices.Equal(got, []string{"."}) {
			t.Errorf("%d: got %q, %v", status, got, err)
		}
	}
}

// isError reports whether err contains want, or is none where want is empty.
func isError(err error, want string) bool {
	if want == "" || err == nil {
		return want == "" && err == nil
	}
	return strings.Contains(err.Error(), want)
}
