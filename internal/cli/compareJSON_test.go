package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/srmigrate/srmigrate/internal/sandbox"
	"github.com/srmigrate/srmigrate/schemas"
)

// What compare -o json prints is what its schema says, and so is each line of its report.
func TestCompareFitsItsSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("compare.json", strings.NewReader(string(schemas.Compare()))); err != nil {
		t.Fatal(err)
	}
	whole, one := c.MustCompile("compare.json"), c.MustCompile("compare.json#/definitions/difference")
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 12}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pair.Close() }) // nothing hangs on it
	refuses := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(refuses.Close)
	report := filepath.Join(t.TempDir(), "all.jsonl")
	for verdict, target := range map[string]string{"different": pair.TargetURL, "unknown": refuses.URL, "identical": proxy(t, pair.SourceURL)} {
		t.Run(verdict, func(t *testing.T) {
			_, out := compareCall(t, &sandbox.Pair{SourceURL: pair.SourceURL, TargetURL: target}, nil, "-o", "json", "--report", report, "--id-map", report+".csv")
			out = out[strings.Index(out, "{\n"):] // requests are shown before
			var v map[string]any
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if err := whole.Validate(v); err != nil {
				t.Errorf("%#v\n%s", err, out)
			}
			if v["verdict"] != verdict {
				t.Errorf("got %s", out)
			}
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			for i, l := range lines {
				var v map[string]any
				if err := json.Unmarshal([]byte(l), &v); err != nil {
					t.Fatal(err)
				}
				if i == len(lines)-1 {
					if v["kind"] != "verdict" || v["verdict"] != verdict {
						t.Errorf("the last line is %s", l)
					}
				} else if err := one.Validate(v); err != nil {
					t.Errorf("%#v\n%s", err, l)
				}
			}
		})
	}
}

// proxy is another registry with the same content: it has another identity.
func proxy(t *testing.T, to string) string {
	t.Helper()
	base, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(base)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/metadata") {
			http.NotFound(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
