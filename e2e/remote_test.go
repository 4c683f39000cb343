package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// remote is a registry that is known by its answers only. It is served through a proxy, so that faults can be put in
// front of it and requests counted.
type remote struct {
	t       testing.TB
	base    *url.URL
	outside *outside
	client  *http.Client
	proxy   *httputil.ReverseProxy
	// The program knows the target by its proxy, which the source's server may not reach: exporters are told of the
	// target itself, and the program sees its proxy in them.
	seen, told *strings.Replacer
}

func (o *outside) remote(t testing.TB, base *url.URL) *remote {
	m := &remote{
		t: t, base: base, outside: o, client: &http.Client{Timeout: 30 * time.Second},
		seen: strings.NewReplacer(), told: strings.NewReplacer(),
	}
	m.proxy = &httputil.ReverseProxy{
		Rewrite: m.there, ModifyResponse: m.back,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	t.Cleanup(m.client.CloseIdleConnections)
	return m
}

func (m *remote) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.outside.name(r.Method, r.URL.Path)
	m.proxy.ServeHTTP(w, r)
}

func (m *remote) there(r *httputil.ProxyRequest) {
	r.SetURL(m.base)
	r.Out.Header.Del("Accept-Encoding") // what comes back is read
	if !strings.HasPrefix(r.In.URL.Path, "/exporters") || r.Out.Body == nil {
		return
	}
	body, n := replaced(r.Out.Body, m.seen)
	r.Out.Body, r.Out.ContentLength = body, n
}

func (m *remote) back(resp *http.Response) error {
	if !strings.HasPrefix(resp.Request.URL.Path, strings.TrimSuffix(m.base.Path, "/")+"/exporters") {
		return nil
	}
	resp.Body, resp.ContentLength = replaced(resp.Body, m.told)
	resp.Header.Del("Content-Length")
	return nil
}

// replaced reads a body; one that breaks off stays broken.
func replaced(body io.ReadCloser, r *strings.Replacer) (io.ReadCloser, int64) {
	defer body.Close()
	b, err := io.ReadAll(body)
	s := r.Replace(string(b))
	if err != nil {
		return io.NopCloser(io.MultiReader(strings.NewReader(s), broken{err})), -1
	}
	return io.NopCloser(strings.NewReader(s)), int64(len(s))
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// ask sends a request and reads the answer into a value. It ends the test unless the status is a success, for which it
// returns true, or one of those that may be.
func (m *remote) ask(method, path string, body, into any, may ...int) bool {
	m.t.Helper()
	status, answer := m.send(method, path, body)
	switch {
	case slices.Contains(may, status):
		return false
	case status >= 300:
		m.t.Fatalf("%s %s%s: %d %s", method, m.base, path, status, answer)
	case into != nil:
		if err := json.Unmarshal(answer, into); err != nil {
			m.t.Fatalf("%s %s%s: %v in %s", method, m.base, path, err, answer)
		}
	}
	return true
}

func (m *remote) send(method, path string, body any) (int, []byte) {
	m.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	if body == nil {
		sent = nil
	}
	req, err := http.NewRequestWithContext(m.t.Context(), method, strings.TrimSuffix(m.base.String(), "/")+path, bytes.NewReader(sent))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	resp, err := m.client.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, req.URL, err)
	}
	return resp.StatusCode, answer
}

// soon polls until something is so.
func (m *remote) soon(what string, so func() bool) {
	m.t.Helper()
	for end := time.After(60 * time.Second); !so(); {
		select {
		case <-end:
			m.t.Fatalf("%s: %s: not within 60 s", m.base, what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
