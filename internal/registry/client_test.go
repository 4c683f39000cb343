package registry_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestRequestCarriesWhatServersWant(t *testing.T) {
	var got http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_, _ = w.Write([]byte(`{"mode":"IMPORT"}`))
	})
	c := client(t, strings.Replace(s.URL, "http://", "http://user:pass%2Fword@", 1)+"/", nil)
	if err := c.SetMode(t.Context(), "", "IMPORT", false); err != nil {
		t.Fatal(err)
	}
	for h, want := range map[string]string{
		"Content-Type":                        "application/vnd.schemaregistry.v1+json",
		"Confluent-Accept-Unknown-Properties": "true",
		"Authorization":                       "Basic dXNlcjpwYXNzL3dvcmQ=",
	} {
		if got.Get(h) != want {
			t.Errorf("%s: got %q, want %q", h, got.Get(h), want)
		}
	}
	if !strings.HasPrefix(got.Get("Accept"), "application/vnd.schemaregistry.v1+json") {
		t.Errorf("Accept: got %q", got.Get("Accept"))
	}
	if c.URL() != s.URL {
		t.Errorf("URL: got %q, want %q", c.URL(), s.URL)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, u := range []string{
		"", "source:8081", "ftp://x", "http://", "http://x?y=1", "http://x#y",
		"http://user:" + canary + "@host", "http://user:pa%zz" + canary + "@host:port",
	} {
		_, err := registry.New(registry.Config{Name: "source", URL: u})
		if err == nil {
			t.Errorf("%q was taken", u)
			continue
		}
		mustHide(t, "error", err.Error())
	}
}

func TestOddSubjectsStayOneSegment(t *testing.T) {
	for subject, want := range map[string]string{
		"a/b":          "a%2Fb",
		"a//b":         "a%2F%2Fb",
		"100%":         "100%25",
		"a b?c#d;e":    "a%20b%3Fc%23d%3Be",
		"..":           "%2E%2E",
		".":            "%2E",
		":.ctx:orders": ":.ctx:orders",
		"a+b&c=d":      "a%2Bb&c=d",
		"größe-値":      "gr%C3%B6%C3%9Fe-%E5%80%A4",
		"%2F":          "%252F",
	} {
		var got string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = strings.TrimSuffix(strings.TrimPrefix(r.RequestURI, "/base/subjects/"), "/versions")
			_, _ = w.Write([]byte(`[1]`))
		})
		if _, err := client(t, s.URL+"/base", nil).Versions(t.Context(), subject, false); err != nil {
			t.Error(err)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", subject, got, want)
		}
	}
}

func TestRequestIDIsKept(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "r-17")
		w.WriteHeader(403)
	})
	_, err := client(t, s.URL, nil).ExporterNames(t.Context())
	if e, ok := errors.AsType[*registry.Error](err); !ok || e.RequestID != "r-17" || !strings.Contains(e.Error(), "(request id r-17)") {
		t.Errorf("got %v", err)
	}
}

func TestRedirects(t *testing.T) {
	other := serve(t, answer(200, `{"mode":"READWRITE"}`))
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path+"?token="+canary, http.StatusTemporaryRedirect)
	}
	s := serve(t, elsewhere)
	c := client(t, s.URL, nil)
	_, _, err := c.Mode(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "redirected to "+`"`+other.URL) {
		t.Errorf("read: got %v", err)
	}
	mustHide(t, "redirect", err.Error())
	if err := c.SetMode(t.Context(), "", "READONLY", false); err == nil {
		t.Error("a write followed a redirect")
	}
	if err := c.CreateExporter(t.Context(), registry.Exporter{Name: "e"}); err == nil || registry.IsLost(err) {
		t.Errorf("create: got %v, want a definite error", err)
	}
	if got := other.requests(); len(got) != 0 {
		t.Errorf("the other host was asked %q", got)
	}
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/mode" {
			http.Redirect(w, r, "/new/mode", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(`{"mode":"READWRITE"}`))
	})
	if _, _, err := client(t, here.URL, nil).Mode(t.Context(), ""); err != nil {
		t.Errorf("read on the same host: %v", err)
	}
	if err := client(t, here.URL, nil).SetMode(t.Context(), "", "READONLY", false); err == nil {
		t.Error("a write followed a redirect on its own host")
	}
}
