package compare_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// perSubject is how many versions each subject of a benchmark has.
const perSubject = 3

// A benchServer is a registry that makes up what it holds, so that it can hold
// as much as a benchmark asks for. Like the real ones it builds and sorts all
// that a listing is about before it sends a page of it.
type benchServer struct {
	names   []string        // in order
	cap     int             // most rows of a page, 0 is none
	lacks   map[string]bool // subjects whose last version is not listed
	latency time.Duration

	requests, touched atomic.Int64
}

func newBenchServer(versions, cap int, latency time.Duration) *benchServer {
	s := &benchServer{cap: cap, latency: latency, lacks: map[string]bool{}}
	for i := range (versions + perSubject - 1) / perSubject {
		context := []string{"", "", "", ":.payments:"}[i%4]
		s.names = append(s.names, fmt.Sprintf("%s%s.topic-%06d-value", context, []string{"sales", "stock", "crm", "iot", "billing"}[i%5], i))
	}
	slices.Sort(s.names)
	return s
}

func (s *benchServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if s.latency > 0 {
		time.Sleep(s.latency) // what a network would add
	}
	switch path := r.URL.Path; {
	case path == "/schemas":
		s.list(w, r)
	case path == "/subjects":
		sendJSON(w, s.within(r.FormValue("subjectPrefix")))
	case path == "/contexts":
		sendJSON(w, []string{".", ".payments"})
	case strings.HasPrefix(path, "/config"):
		refuse(w, 40408)
	case strings.HasPrefix(path, "/mode"):
		refuse(w, 40409)
	case strings.HasSuffix(path, "/versions"):
		sendJSON(w, []int{1, 2, 3}[:perSubject])
	case strings.HasPrefix(path, "/subjects/"):
		s.one(w, strings.Split(path, "/"))
	default:
		w.WriteHeader(404)
	}
}

func sendJSON(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
}

// within returns the names that a prefix is about.
func (s *benchServer) within(prefix string) []string {
	if rest, everywhere := strings.CutPrefix(prefix, ":*:"); everywhere && rest == "" {
		return s.names
	}
	from := sort.SearchStrings(s.names, prefix)
	n := sort.Search(len(s.names)-from, func(i int) bool { return !strings.HasPrefix(s.names[from+i], prefix) })
	names := s.names[from : from+n]
	if strings.HasPrefix(prefix, ":") {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n[0] == ':' })
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

type benchRow struct {
	subject     string
	version, id int
}

func (s *benchServer) list(w http.ResponseWriter, r *http.Request) {
	var rows []benchRow
	for _, n := range s.within(r.FormValue("subjectPrefix")) {
		i := sort.SearchStrings(s.names, n)
		for v := range perSubject - one(s.lacks[n]) {
			rows = append(rows, benchRow{n, v + 1, i*perSubject + v + 1})
		}
	}
	s.touched.Add(int64(len(rows)))
	slices.SortFunc(rows, func(a, b benchRow) int {
		if a.subject != b.subject {
			return strings.Compare(a.subject, b.subject)
		}
		return a.version - b.version
	})
	offset, _ := strconv.Atoi(r.FormValue("offset")) // absent is 0
	rows = rows[min(offset, len(rows)):]
	if s.cap > 0 {
		rows = rows[:min(s.cap, len(rows))]
	}
	b := []byte{'['}
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		if b = row.append(b); len(b) > 60_000 {
			if _, err := w.Write(b); err != nil {
				return // the client is gone
			}
			b = b[:0]
		}
	}
	_, _ = w.Write(append(b, ']')) // the same
}

// append writes a version of 1.2 KB, as those of the field have on average.
func (r benchRow) append(b []byte) []byte {
	b = append(append(append(b, `{"subject":"`...), r.subject...), `","version":`...)
	b = append(strconv.AppendInt(b, int64(r.version), 10), `,"id":`...)
	b = append(strconv.AppendInt(b, int64(r.id), 10), `,"schemaType":"AVRO","schema":"{\"type\":\"record\",\"name\":\"Event`...)
	b = append(strconv.AppendInt(b, int64(r.id), 10), `\",\"namespace\":\"com.acme\",\"fields\":[`...)
	for i := range 11 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{\"name\":\"attribute`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `\",\"type\":[\"null\",\"string\"],\"doc\":\"what it says\",\"default\":null}`...)
	}
	return append(b, `]}","guid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","ts":1770000000000,"deleted":false}`...)
}

func (s *benchServer) one(w http.ResponseWriter, path []string) {
	version, err := strconv.Atoi(path[len(path)-1])
	if err != nil {
		version = perSubject // latest
	}
	i := sort.SearchStrings(s.names, path[2])
	if i == len(s.names) || s.names[i] != path[2] {
		w.WriteHeader(404)
		return
	}
	_, _ = w.Write(benchRow{path[2], version, i*perSubject + version}.append(nil)) // the client is gone
}

// A load is what a server had to do so far.
type load struct {
	Requests, Touched, Connections int64
	CPU                            time.Duration
}

// serveBench serves a source and a target until it is killed. It prints where,
// and where it tells of its load.
func serveBench(versions, cap int, latency time.Duration) error {
	var at []string
	sides := []*benchServer{newBenchServer(versions, cap, latency), nil}
	sides[1] = &benchServer{names: sides[0].names, cap: cap, latency: latency}
	var connections atomic.Int64
	for _, h := range []http.Handler{sides[0], sides[1], loadOf(sides, &connections)} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		at = append(at, "http://"+l.Addr().String())
		server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}}
		go func() { _ = server.Serve(l) }() // ends with the process
	}
	fmt.Println(strings.Join(at, " "))
	select {}
}

func loadOf(sides []*benchServer, connections *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		l := load{Connections: connections.Load(), CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano())}
		for _, s := range sides {
			l.Requests += s.requests.Load()
			l.Touched += s.touched.Load()
		}
		sendJSON(w, l)
	}
}
