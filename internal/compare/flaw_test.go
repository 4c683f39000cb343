package compare_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// A flaw is a server that does not do as it should, from the nth request to its
// listings on, for so many of them.
type flaw struct {
	http.Handler
	at, times int
	do        func(f *flaw, r *http.Request, answer *http.Response) (*http.Response, error)

	mu   sync.Mutex
	seen int
	hurt int
}

func (f *flaw) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := f.answer(r)
	if !strings.HasPrefix(r.URL.Path, "/schemas") && !strings.HasPrefix(r.URL.Path, "/subjects") {
		return answer, nil
	}
	if f.seen++; f.seen <= f.at || f.seen > f.at+f.times {
		return answer, nil
	}
	before := bodyOf(answer)
	out, err := f.do(f, r, answer)
	if err != nil || !bytes.Equal(bodyOf(out), before) || out.StatusCode != http.StatusOK {
		f.hurt++
	}
	return out, err
}

func (f *flaw) answer(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Result()
}

// bodyOf reads the body and puts it back.
func bodyOf(r *http.Response) []byte {
	if r == nil {
		return nil
	}
	b, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b), broken{err}))
	return b
}

// broken is where a connection ends.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	return 0, io.EOF
}

func with(r *http.Response, body []byte) *http.Response {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Del("Content-Length")
	return r
}

// otherwise asks the server with other parameters than the client sent.
func otherwise(f *flaw, r *http.Request, edit func(q url.Values)) *http.Response {
	c := r.Clone(r.Context())
	q := c.URL.Query()
	edit(q)
	c.URL.RawQuery = q.Encode()
	c.RequestURI = c.URL.RequestURI()
	return f.answer(c)
}

type doing = func(f *flaw, r *http.Request, answer *http.Response) (*http.Response, error)

// flaws are what servers and what is between do. The lies go on for ever.
func flaws(r *rand.Rand) map[string]doing {
	return map[string]doing{
		"503": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			a.StatusCode = http.StatusServiceUnavailable
			return with(a, []byte(`{"error_code":50301,"message":"later"}`)), nil
		},
		"500 without a body": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			a.StatusCode = http.StatusInternalServerError
			return with(a, nil), nil
		},
		"401": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			a.StatusCode = http.StatusUnauthorized
			return with(a, nil), nil
		},
		"no connection": func(*flaw, *http.Request, *http.Response) (*http.Response, error) { return nil, errors.New("refused") },
		"cut in the middle": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			b := bodyOf(a)
			a.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b[:min(len(b), r.IntN(max(1, len(b))))]), broken{io.ErrUnexpectedEOF}))
			return a, nil
		},
		"truncated": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			b := bytes.TrimSpace(bodyOf(a))
			return with(a, b[:min(len(b), r.IntN(max(1, len(b))))]), nil
		},
		"HTML": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			a.Header.Set("Content-Type", "text/html")
			return with(a, []byte("<html><body>Please log in</body></html>")), nil
		},
		"null": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			return with(a, []byte("null")), nil
		},
		"an object": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			return with(a, []byte("{}")), nil
		},
		"empty": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) {
			return with(a, []byte("[]")), nil
		},
		"no body": func(_ *flaw, _ *http.Request, a *http.Response) (*http.Response, error) { return with(a, nil), nil },
		"a page twice": func(f *flaw, r *http.Request, a *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) {
				n, _ := strconv.Atoi(q.Get("offset"))
				q.Set("offset", strconv.Itoa(max(0, n-7)))
			}), nil
		},
		"a page left out": func(f *flaw, r *http.Request, a *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) {
				n, _ := strconv.Atoi(q.Get("offset"))
				q.Set("offset", strconv.Itoa(n+7))
			}), nil
		},
		"ignores offset": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Del("offset") }), nil
		},
		"ignores limit": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Del("limit") }), nil
		},
		"ignores prefix": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Del("subjectPrefix") }), nil
		},
		"another context": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Set("subjectPrefix", ":.a:") }), nil
		},
		"ignores deleted": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Del("deleted") }), nil
		},
		"always deleted": func(f *flaw, r *http.Request, _ *http.Response) (*http.Response, error) {
			return otherwise(f, r, func(q url.Values) { q.Set("deleted", "true") }), nil
		},
	}
}
