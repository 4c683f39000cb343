package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
	key := read{x.Registry, x.Method + " " + route(x.Path), x.Status}
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

// words of paths that are no names.
var routeWords = []string{
	"subjects", "versions", "schemas", "ids", "types", "config", "mode", "contexts", "exporters", "status", "pause", "resume",
	"reset", "v1", "metadata", "id", "compatibility", "referencedby", "schema", "latest",
}

// route is a path without names, so that alike questions are counted together.
func route(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if i > 0 && p != "" && !slices.Contains(routeWords, p) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// notSet is the mode of a place that has none of its own.
const notSet = "not set"

// mostModes is how many places the recorder remembers, of registries with very many subjects.
const mostModes = 20_000

// mode keeps a place's own mode where it is otherwise than it was seen before. It costs no request: it looks at those
// that the run sends anyway.
func (r *Recorder) mode(x registry.Exchange) {
	place, own := modePlace(x)
	if !own {
		return
	}
	now := modeIn(x)
	if now == "" {
		return
	}
	if r.modes == nil {
		r.modes = map[string]string{}
	}
	key := x.Registry + " " + place
	was, known := r.modes[key]
	if known || len(r.modes) < mostModes {
		r.modes[key] = now
	}
	f := info("mode").text("step", r.step).text("registry", x.Registry).text("place", place)
	switch {
	case known && now != was, !known && x.Writes():
		r.write(f.text("was", was).text("mode", now).flag("byRun", x.Writes()))
	case !known && tellsFirst(place, now) && r.firsts < mostFirsts:
		r.firsts++
		r.write(f.text("mode", now).flag("first", true))
	}
}

// mostFirsts is of how many places a call keeps what they were when it saw them first.
const mostFirsts = 500

// tellsFirst says whether a later call may need to know what a place was at first: not of each of very many subjects that
// have no mode of their own.
func tellsFirst(place, mode string) bool {
	return place == "" || strings.HasSuffix(place, ":") || mode != notSet
}

// modePlace is the place whose own mode a request is about.
func modePlace(x registry.Exchange) (place string, own bool) {
	rest, ok := strings.CutPrefix(x.Path, "/mode")
	if !ok || x.Query.Has("defaultToGlobal") || rest != "" && rest[0] != '/' {
		return "", false
	}
	place, err := url.PathUnescape(strings.TrimPrefix(rest, "/"))
	return place, err == nil
}

// modeIn is the mode that a place has after the exchange, "" where that is not known.
func modeIn(x registry.Exchange) string {
	good := x.Status/100 == 2 && x.Err == ""
	switch {
	case !x.Writes() && x.Status == http.StatusNotFound, x.Method == http.MethodDelete && good:
		return notSet
	case !good:
		return ""
	case x.Writes():
		return modeOf(x.Sent)
	}
	return modeOf(x.Got)
}

func modeOf(body []byte) string {
	var m struct{ Mode *string }
	switch {
	case len(bytes.TrimSpace(body)) == 0 || json.Unmarshal(body, &m) != nil:
		return ""
	case m.Mode == nil:
		return notSet
	}
	return *m.Mode
}
