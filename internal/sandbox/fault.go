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
befalls, and without it all of them; 9+2 lets nine pass and befalls the next two, 9+ all after nine.
Several faults go in the order given.

ACTION is one of
  delay=2s              answered that much later
  status=503            refused with that status (400 to 599)
  429=3                 refused with Retry-After: 3; 429 alone has no such header
  leader                refused with 500 and code 50003: the leader changes, and nothing was done
  leader-lost           done, and refused like that: the answer was lost between two nodes
  unauthorized          refused with 401, as a credential that has expired is, or that was rotated;
                        unauthorized-after=9 is the same as 9+ behind it
  cut                   the connection is closed, and nothing was done
  reset                 the connection is reset, and nothing was done
  lose                  done, and the connection is closed before the answer
  half                  done, and the connection is closed in the middle of the answer
  html                  a proxy's page with status 502, or html=200; nothing was done
  text                  a line of text declared as JSON, with status 200, or text=503; nothing was done
  type=text/plain       done, and the answer is declared to be of that type
  restart               the connection is closed, and the registry has forgotten all it held,
                        exporters included; once, if there is no COUNT

BEHAVIOUR is what the exporters on that side do:
  stall         they copy nothing and say RUNNING; stall=5: only five records each time they start
  no-import     they do not put the target into IMPORT
  no-force      they do so without force, which a target that is not empty refuses
  no-configs    they leave configs alone
  reassign-ids  they register under new ids

Examples: 'target:PUT /mode:status=503:2'  'source:POST /exporters:lose:1'
          'exporter:POST /subjects:restart:20+1'  'source:stall=20'`

// The sides that a fault can be on.
const (
	SideSource   = "source"
	SideTarget   = "target"
	SideExporter = "exporter"
)

// Fault is something that goes wrong on purpose: with requests of one kind, or
// with the exporters of one side.
type Fault struct {
	side         string
	method, path string // method * is any; path is a prefix
	skip         int    // requests that pass first
	count        int    // requests that it befalls then; 0 is all
	kind         string // the action's name
	act          action
	behave       func(*Options) // instead of all the above but side
}

// Kind is the name of the fault's action, one of FaultKinds; that of a
// behaviour is empty.
func (f Fault) Kind() string { return f.kind }

// action answers in place of the server behind it, or lets that one.
type action func(w http.ResponseWriter, q *http.Request, next behind)

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
	if !slices.Contains([]string{SideSource, SideTarget, SideExporter}, side) {
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
	if !ok {
		return errors.New("no action: want PATH:ACTION[:COUNT] after the method")
	}
	skip, count, counted, err := parseCount(text)
	if err != nil {
		return err
	}
	if counted && strings.Contains(path, ":") {
		path, text, _ = cutLast(path)
	} else {
		skip, count, counted = 0, 0, false
	}
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("path %q: want one that begins with /", path)
	}
	f.path = path
	if err := f.parseAction(text); err != nil {
		return err
	}
	f.skip += skip
	if counted {
		f.count = count
	}
	return nil
}

// parseCount reads N, SKIP+N or SKIP+. Something else is no count, and neither
// is 429, which is an action.
func parseCount(text string) (skip, count int, ok bool, err error) {
	first, second, skips := strings.Cut(text, "+")
	if !skips {
		first, second = "0", text
	}
	skip, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if skips && second == "" {
		count, err2 = 0, nil
	} else if err2 == nil && count <= 0 {
		return 0, 0, false, fmt.Errorf("count %s: want 1 or more", text)
	}
	if err1 != nil || err2 != nil || skip < 0 || text == "429" {
		return 0, 0, false, nil
	}
	return skip, count, true, nil
}

// cutLast splits at the last colon.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndex(s, ":")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
