package report

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// reads counts questions that were answered.
type reads map[read]*tally

type read struct {
	registry, route string
	status          int
}

type tally struct {
	count int
	took  time.Duration
	most  time.Duration
}

// Exchange keeps a request: each one that may have changed something, and of questions the first that went wrong and how
// many there were. It is called from several goroutines.
func (r *Recorder) Exchange(x registry.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode(x)
	if x.Writes() {
		r.write(r.request(x))
		return
	}
	if r.reads == nil {
		r.reads = reads{}
	}
	key := read{x.Registry, x.Method + " " + registry.Route(x.Path), x.Status}
	t := r.reads[key]
	if t == nil {
		t = new(tally)
		r.reads[key] = t
	}
	t.count++
	t.took += x.Took
	t.most = max(t.most, x.Took)
	if wrongRead(x) {
		if o := r.repeated("request"); o != nil {
			r.write(r.request(x).count("leftOut", o.out))
			o.out = 0
		}
	}
}

// wrongRead says whether a question was not answered; that something is not there is an answer.
func wrongRead(x registry.Exchange) bool {
	return x.Status == 0 || x.Status >= 500 || slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusRequestTimeout,
	}, x.Status)
}

// request is a request as the history has it. Of bodies there are digests, made after secrets were taken out, for who
// knows a schema to find it again; what only names a mode, a level or nothing is there itself.
func (r *Recorder) request(x registry.Exchange) fact {
	path := x.Path
	if len(x.Query) > 0 {
		path += "?" + x.Query.Encode()
	}
	f := info("request").text("step", r.step).text("registry", x.Registry).text("method", x.Method).text("path", path)
	if x.Status != 0 {
		f = f.number("status", int64(x.Status))
	}
	f = f.seconds("took", x.Took)
	if x.Sent != nil {
		f = f.text("sent", digest(x.Sent))
		if plainBody(x) {
			f = f.text("body", string(x.Sent))
		}
	}
	if x.Got != nil {
		f = f.text("got", digest(x.Got))
	}
	return f.text("error", x.Err)
}

// plainBody says whether a body is short and no schema or configuration of an exporter.
func plainBody(x registry.Exchange) bool {
	return len(x.Sent) <= 300 && (strings.HasPrefix(x.Path, "/mode") || strings.HasPrefix(x.Path, "/config"))
}

// countReads writes how many questions there were since it was last written.
func (r *Recorder) countReads() {
	keys := make([]read, 0, len(r.reads))
	for k := range r.reads {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b read) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, k := range keys {
		t := r.reads[k]
		f := info("reads").text("step", r.step).text("registry", k.registry).text("route", k.route)
		if k.status != 0 {
			f = f.number("status", int64(k.status))
		}
		r.write(f.number("count", int64(t.count)).seconds("took", t.took).seconds("most", t.most))
	}
	r.reads = nil
}
