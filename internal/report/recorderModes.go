package report

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

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
