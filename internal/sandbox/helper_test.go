package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network routes requests to handlers by host, without sockets, so that tests
// run in a synctest bubble. A host without a handler does not answer.
type network struct {
	mu    sync.Mutex
	hosts map[string]http.Handler
	seen  []*http.Request
}

func newNetwork() *network { return &network{hosts: map[string]http.Handler{}} }

func (n *network) set(host string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[host] = h
}

func (n *network) requests() []*http.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*http.Request(nil), n.seen...)
}

func (n *network) RoundTrip(q *http.Request) (*http.Response, error) {
	n.mu.Lock()
	h := n.hosts[q.URL.Host]
	n.seen = append(n.seen, q)
	n.mu.Unlock()
	if h == nil {
		return nil, errors.New("connection refused")
	}
	if q.Body == nil {
		q.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Result(), nil
}

func (n *network) client() *http.Client { return &http.Client{Transport: n} }

func newRegistry(t *testing.T, o Options) *Registry {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// call sends one request and returns status and body.
func call(h http.Handler, verb, path, body string) (int, string) {
	q := httptest.NewRequest(verb, path, strings.NewReader(body))
	q.Header.Set("Content-Type", mediaV1)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Code, w.Body.String()
}

// script runs lines of the form
//
//	VERB PATH [BODY] -> STATUS [CODE | JSON]
//
// against h. In bodies, @string stands for the Avro schema "string" as a JSON
// string, and so on. JSON in an answer may hold more fields than are asked for.
func script(t *testing.T, h http.Handler, lines string) {
	t.Helper()
	for line := range strings.SplitSeq(lines, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := scriptLine(h, line); err != nil {
			t.Fatalf("%s\n%v", line, err)
		}
	}
}

func scriptLine(h http.Handler, line string) error {
	ask, want, ok := strings.Cut(line, " -> ")
	if !ok {
		return errors.New("no ->")
	}
	parts := strings.SplitN(ask, " ", 3)
	body := ""
	if len(parts) == 3 {
		body = schemas(parts[2])
	}
	status, answer := call(h, parts[0], parts[1], body)
	code, rest, _ := strings.Cut(want, " ")
	if code != strconv.Itoa(status) {
		return fmt.Errorf("got %d %s", status, answer)
	}
	return checkAnswer(answer, schemas(rest))
}

func schemas(s string) string {
	for _, kind := range strings.Fields("string long int bytes float double boolean null") {
		s = strings.ReplaceAll(s, "@"+kind, `"\"`+kind+`\""`)
	}
	return s
}

func checkAnswer(answer, want string) error {
	if want == "" {
		return nil
	}
	if _, err := strconv.Atoi(want); err == nil && strings.HasPrefix(answer, `{"error_code"`) {
		want = fmt.Sprintf(`{"error_code":%s}`, want)
	}
	var got, expected any
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		return fmt.Errorf("got %q: %w", answer, err)
	}
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		return fmt.Errorf("want %q: %w", want, err)
	}
	if !contains(got, expected) {
		return fmt.Errorf("got %s", answer)
	}
	return nil
}

// contains compares as JSON; objects in got may have more fields.
func contains(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for k, v := range w {
			ok = ok && contains(g[k], v)
		}
		return ok
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			ok = ok && contains(g[i], w[i])
		}
		return ok
	}
	return got == want
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func drain(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
