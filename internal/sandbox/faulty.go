package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// behaviours applies the faults that are not about requests.
func behaviours(o Options, side string, faults []Fault) Options {
	for _, f := range faults {
		if f.behave != nil && f.side == side {
			f.behave(&o)
		}
	}
	return o
}

// planted is a fault that counts.
type planted struct {
	Fault
	mu   sync.Mutex
	seen int
}

// plant readies the faults that are about requests.
func plant(faults []Fault) []*planted {
	var list []*planted
	for _, f := range faults {
		if f.behave == nil {
			list = append(list, &planted{Fault: f})
		}
	}
	return list
}

// faulty has the faults of one side befall the requests to h.
func faulty(h http.Handler, side string, faults []*planted) http.Handler {
	for i := len(faults) - 1; i >= 0; i-- {
		h = faults[i].before(h, side)
	}
	return h
}

func (f *planted) before(next http.Handler, side string) http.Handler {
	if f.side != side && f.side != sideExporter {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if f.befalls(q) {
			f.act(w, q, next)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// befalls counts the requests that it is about.
func (f *planted) befalls(q *http.Request) bool {
	exporting := q.Header.Get(exporterHeader) != ""
	if exporting != (f.side == sideExporter) || f.method != "*" && f.method != q.Method || !strings.HasPrefix(q.URL.Path, f.path) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	return f.seen > f.skip && (f.count == 0 || f.seen <= f.skip+f.count)
}

func delay(d time.Duration) action {
	return func(w http.ResponseWriter, q *http.Request, next http.Handler) {
		// Only once the body is read does a server notice that a client has gone.
		b, err := io.ReadAll(io.LimitReader(q.Body, maxBody))
		if err != nil {
			return
		}
		q.Body = io.NopCloser(bytes.NewReader(b))
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			next.ServeHTTP(w, q)
		case <-q.Context().Done():
		}
	}
}

func answerStatus(status int) action {
	return func(w http.ResponseWriter, q *http.Request, _ http.Handler) {
		setRequestID(w, q)
		writeError(w, q, plain(status, fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))))
	}
}

func tooMany(seconds int) action {
	return func(w http.ResponseWriter, q *http.Request, next http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		answerStatus(http.StatusTooManyRequests)(w, q, next)
	}
}

// page is what a proxy in between answers.
func page(status int) action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		title := fmt.Sprintf("%d %s", status, http.StatusText(status))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title, title)
	}
}

// cutOff has the server close the connection without a word.
func cutOff(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

func lose(_ http.ResponseWriter, q *http.Request, next http.Handler) {
	next.ServeHTTP(newHeld(), q)
	panic(http.ErrAbortHandler)
}

// halve promises the whole answer and sends half of it.
func halve(w http.ResponseWriter, q *http.Request, next http.Handler) {
	answer := newHeld()
	next.ServeHTTP(answer, q)
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()[:answer.body.Len()/2])
	_ = http.NewResponseController(w).Flush() // the connection ends here in any case
	panic(http.ErrAbortHandler)
}

// held is an answer that is kept back.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newHeld() *held { return &held{header: http.Header{}, status: http.StatusOK} }

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) { h.status = status }

func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
