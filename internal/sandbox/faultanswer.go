package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

func delay(d time.Duration) action {
	return func(w http.ResponseWriter, q *http.Request, next behind) {
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
	return func(w http.ResponseWriter, q *http.Request, _ behind) {
		setRequestID(w, q)
		writeError(w, q, plain(status, fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))))
	}
}

func tooMany(seconds int) action {
	return func(w http.ResponseWriter, q *http.Request, next behind) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		answerStatus(http.StatusTooManyRequests)(w, q, next)
	}
}

// leaderless is a node that cannot hand the request on.
func leaderless(w http.ResponseWriter, q *http.Request, _ behind) {
	setRequestID(w, q)
	writeError(w, q, refuse(50003, "Error while forwarding the request to the leader"))
}

// leaderLost is a node that has handed the request on and got no answer.
func leaderLost(w http.ResponseWriter, q *http.Request, next behind) {
	next.ServeHTTP(newHeld(), q)
	leaderless(w, q, next)
}

func expired(w http.ResponseWriter, q *http.Request, _ behind) { unauthorized(w, q) }

// page is what a proxy in between answers.
func page(status int) action {
	return func(w http.ResponseWriter, _ *http.Request, _ behind) {
		title := fmt.Sprintf("%d %s", status, http.StatusText(status))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title, title)
	}
}

// line is what a proxy answers that declares whatever it says as JSON.
func line(status int) action {
	return func(w http.ResponseWriter, q *http.Request, _ behind) {
		setRequestID(w, q)
		write(w, q, status, []byte("upstream connect error or disconnect before headers\n"))
	}
}

// declare changes the type of an answer and nothing else.
func declare(media string) action {
	return func(w http.ResponseWriter, q *http.Request, next behind) {
		answer := newHeld()
		next.ServeHTTP(answer, q)
		answer.header.Set("Content-Type", media)
		answer.send(w, answer.body.Len())
	}
}

// cutOff has the server close the connection without a word.
func cutOff(http.ResponseWriter, *http.Request, behind) { panic(http.ErrAbortHandler) }

// reset does the same the hard way, where the connection allows it.
func reset(w http.ResponseWriter, _ *http.Request, _ behind) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if c, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS, which would say goodbye
		conn = c.NetConn()
	}
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0) // it is closed in any case
	}
	_ = conn.Close()
}

func lose(_ http.ResponseWriter, q *http.Request, next behind) {
	next.ServeHTTP(newHeld(), q)
	panic(http.ErrAbortHandler)
}

// halve promises the whole answer and sends half of it.
func halve(w http.ResponseWriter, q *http.Request, next behind) {
	answer := newHeld()
	next.ServeHTTP(answer, q)
	answer.header.Set("Content-Length", strconv.Itoa(answer.body.Len()))
	answer.send(w, answer.body.Len()/2)
	_ = http.NewResponseController(w).Flush() // the connection ends here in any case
	panic(http.ErrAbortHandler)
}

// restart is a registry that dies and comes back with nothing.
func restart(_ http.ResponseWriter, _ *http.Request, next behind) {
	if next.forget != nil {
		next.forget()
	}
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

// send lets the first n bytes of it go.
func (h *held) send(w http.ResponseWriter, n int) {
	maps.Copy(w.Header(), h.header)
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()[:n]) // a client that went away is not this server's problem
}
