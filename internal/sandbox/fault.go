package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// FaultGrammar says how a fault is written, for the help of a command.
const FaultGrammar = `A fault is SIDE:METHOD PATH:ACTION[:COUNT], or SIDE:BEHAVIOUR.

SIDE is source or target for what clients ask of that registry, or exporter for what exporters ask
of either. METHOD is a verb, or * for any. PATH is how the path begins. COUNT is how many requests it
befalls, and without it all of them. Several faults go in the order given.

ACTION is one of
  delay=2s              answered that much later
  status=503            refused with that status (400 to 599)
  429=3                 refused with Retry-After: 3; 429 alone has no such header
  cut                   the connection is cut, and nothing was done
  lose                  done, and the connection is cut before the answer
  half                  done, and the connection is cut in the middle of the answer
  html                  a proxy's page with status 502, or html=200
  unauthorized-after=9  nine requests pass, then 401: a credential that expires

BEHAVIOUR is what the exporters on that side do:
  stall         they copy nothing and say RUNNING; stall=5: only five records each time they start
  no-import     they do not put the target into IMPORT
  no-force      they do so without force, which a target that is not empty refuses
  no-configs    they leave configs alone
  reassign-ids  they register under new ids

Examples: 'target:PUT /mode:status=503:2'  'source:POST /exporters:lose:1'  'source:stall=20'`

const (
	sideSource   = "source"
	sideTarget   = "target"
	sideExporter = "exporter"
)

// Fault is something that goes wrong on purpose: with requests of one kind, or
// with the exporters of one side.
type Fault struct {
	side         string
	method, path string // method * is any; path is a prefix
	skip         int    // requests that pass first
	count        int    // requests that it befalls then; 0 is all
	act          action
	behave       func(*Options) // instead of all the above but side
}

// action answers in place of next, or lets it.
type action func(w http.ResponseWriter, q *http.Request, next http.Handler)

// ParseFault reads a fault as FaultGrammar has it.
func ParseFault(spec string) (Fault, error) {
	var f Fault
	if err := f.parse(spec); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", spec, err)
	}
	return f, nil
}

func (f *Fault) parse(spec string) error {
	side, rest, ok := strings.Cut(spec, ":")
	if !ok {
		return errors.New("want SIDE:METHOD PATH:ACTION[:COUNT] or SIDE:BEHAVIOUR")
	}
	if !slices.Contains([]string{sideSource, sideTarget, sideExporter}, side) {
		return fmt.Errorf("side %q: want source, target or exporter", side)
	}
	f.side = side
	method, rest, requests := strings.Cut(rest, " ")
	if !requests {
		return f.parseBehaviour(method)
	}
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" && method != "*" || method == "" {
		return fmt.Errorf("method %q: want a verb such as GET, or *", method)
	}
	f.method = method
	return f.parseRequests(rest)
}

// parseRequests reads PATH:ACTION[:COUNT] from its end, because paths may hold
// colons.
func (f *Fault) parseRequests(s string) error {
	path, text, ok := cutLast(s)
	if n, err := strconv.Atoi(text); ok && err == nil && text != "429" && strings.Contains(path, ":") {
		if n <= 0 {
			return fmt.Errorf("count %d: want 1 or more", n)
		}
		f.count = n
		path, text, _ = cutLast(path)
	}
	if !ok {
		return errors.New("no action: want PATH:ACTION[:COUNT] after the method")
	}
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("path %q: want one that begins with /", path)
	}
	f.path = path
	return f.parseAction(text)
}

// cutLast splits at the last colon.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndex(s, ":")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (f *Fault) parseBehaviour(text string) error {
	if f.side == sideExporter {
		return errors.New("exporters are on a side: want source or target before what they do")
	}
	kind, value, valued := strings.Cut(text, "=")
	if valued && kind == "stall" {
		n, err := number(value, 0, 1<<31-1)
		f.behave = func(o *Options) { o.Stall, o.StallAfter = true, n }
		if err != nil {
			return fmt.Errorf("behaviour %q: %w", text, err)
		}
		return nil
	}
	f.behave = map[string]func(*Options){
		"stall":        func(o *Options) { o.Stall = true },
		"no-import":    func(o *Options) { o.NoImport = true },
		"no-force":     func(o *Options) { o.NoForce = true },
		"no-configs":   func(o *Options) { o.NoConfigs = true },
		"reassign-ids": func(o *Options) { o.ReassignIDs = true },
	}[text]
	if f.behave == nil {
		return fmt.Errorf("behaviour %q: want stall[=N], no-import, no-force, no-configs or reassign-ids, "+
			"or METHOD PATH:ACTION", text)
	}
	return nil
}
