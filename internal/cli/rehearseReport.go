package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
)

// A rehearsal is the report of one.
type rehearsal struct {
	Version    int                 `json:"version"`
	ExitCode   int                 `json:"exitCode"`
	Verdict    string              `json:"verdict"`
	Runbook    string              `json:"runbook"`
	File       string              `json:"file"`
	Dir        string              `json:"dir"`
	Snapshot   shotOf              `json:"snapshot"`
	Registries []rehearsedRegistry `json:"registries"`
	Faults     []string            `json:"faults,omitempty"`
	Plan       string              `json:"plan"` // with the times of the runbook
	Findings   []string            `json:"findings,omitempty"`
	Run        *trial              `json:"run"`
	Rollback   *trial              `json:"rollback,omitempty"`         // nil: it was not tried
	Untried    string              `json:"rollbackNotTried,omitempty"` // why there is none to try
	Estimate   []string            `json:"estimate"`
	Shortened  []runbook.Shortened `json:"shortened,omitempty"`
	Answered   []string            `json:"answered,omitempty"`
	Untold     []string            `json:"untold,omitempty"`
	Unforeseen []string            `json:"unforeseen"`

	stopping []string // which findings have been noted
}

type shotOf struct {
	File     string `json:"file"`
	Taken    string `json:"taken"`
	Schemas  string `json:"schemas"`
	Complete bool   `json:"complete"`
}

type rehearsedRegistry struct {
	Name      string `json:"name"`
	URL       string `json:"url"`
	Server    string `json:"server,omitempty"`
	Imitated  string `json:"imitated"`
	Subjects  int    `json:"subjects"`
	Versions  int    `json:"versions"`
	Deleted   int    `json:"deleted"`
	Exporters int    `json:"exporters"`

	reading
}

// reading is what it took to read the real one.
type reading struct {
	Requests int64   `json:"requestsForTheSnapshot,omitempty"`
	Seconds  float64 `json:"secondsForTheSnapshot,omitempty"`
}

// A trial is one run on a sandbox.
type trial struct {
	Result     string            `json:"result"`
	ExitCode   int               `json:"exitCode"`
	Error      string            `json:"error,omitempty"`
	FailsAfter string            `json:"failsAfter,omitempty"`
	Behind     string            `json:"pastNoReturn,omitempty"` // the point of no return that lies before the failure
	Seconds    float64           `json:"seconds"`
	Steps      []rehearsedStep   `json:"steps"`
	Undone     []rehearsedStep   `json:"undone,omitempty"`
	Kept       []string          `json:"kept,omitempty"`
	Changes    []rehearsedChange `json:"changes,omitempty"`
	Copies     map[string]int    `json:"newVersions"`      // by registry
	Requests   map[string]int    `json:"requests"`         // by registry
	Befallen   map[string]int    `json:"faults,omitempty"` // how many requests, by kind of fault
	Log        string            `json:"log"`
}

type rehearsedStep struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Status  string  `json:"status"`
	Seconds float64 `json:"seconds,omitempty"`
	Error   string  `json:"error,omitempty"`
}

type rehearsedChange struct {
	Registry string `json:"registry"`
	What     string `json:"what"`
	Was      string `json:"was"`
	Is       string `json:"is"`
}

func (r *rehearsal) answered(step string) {
	if !slices.Contains(r.Answered, step) {
		r.Answered = append(r.Answered, step)
	}
}

func (r *rehearsal) untold(step, channel string) {
	if text := step + " to " + channel; !slices.Contains(r.Untold, text) {
		r.Untold = append(r.Untold, text)
	}
}

// found notes what stops a run, each once.
func (r *rehearsal) found(p *engine.Plan) {
	for _, f := range p.AllFindings() {
		if key := f.Code + " " + f.Step; f.Severity == "error" && f.Allowed == "" && !slices.Contains(r.stopping, key) {
			r.stopping, r.Findings = append(r.stopping, key), append(r.Findings, f.Code+": "+f.Text)
		}
	}
}

// always is what no rehearsal can foresee.
var always = []string{
	"network, proxies and certificates between you, the registries, and the source server and the target",
	"credentials and permissions: none were used",
	"licences, quotas and limits of the servers, and how fast a real exporter copies",
	"what clients register meanwhile, and what they do with a registry that is READONLY",
	"what a server does otherwise than the one that was imitated; schemas are not parsed, and compatibility is not checked",
}

// conclude judges both runs.
func (r *rehearsal) conclude() {
	r.Unforeseen = append(r.Unforeseen, always...)
	r.estimate()
	switch back := r.Rollback; {
	case r.Run.ExitCode == int(engine.Refused) && len(r.Findings) > 0:
		r.ExitCode, r.Verdict = r.Run.ExitCode, "the run is refused before anything is written: "+r.Findings[0]
	case r.Run.ExitCode != int(engine.OK):
		r.ExitCode, r.Verdict = r.Run.ExitCode, "the run does not succeed: "+r.Run.outcome()
	case r.Untried != "":
		r.Verdict = "the run succeeds, and " + r.Untried
		r.ifComplete()
	case back.meantToStay():
		r.Verdict = fmt.Sprintf("the run succeeds; a failure after %s is behind the point of no return, %s, where nothing is rolled back, by design", back.FailsAfter, back.Behind)
		r.ifComplete()
	case back.ExitCode != int(engine.RolledBack):
		r.ExitCode, r.Verdict = back.ExitCode, "the run succeeds, and its rollback does not: "+back.outcome()
		if back.ExitCode == int(engine.OK) || back.ExitCode == int(engine.Failed) {
			r.ExitCode = int(engine.RollbackIncomplete)
		}
	case len(back.Changes) > 0:
		r.ExitCode, r.Verdict = int(engine.RollbackIncomplete), "the run succeeds, and its rollback does not bring everything back"
	default:
		r.Verdict = "the run succeeds, and its rollback brings everything back" + back.copiesStay()
		r.ifComplete()
	}
}

// ifComplete takes back what a snapshot that is not whole cannot promise.
func (r *rehearsal) ifComplete() {
	if !r.Snapshot.Complete {
		r.ExitCode, r.Verdict = int(engine.Unread), r.Verdict+"; this is on a snapshot that lacks something"
	}
}

// begun reports whether it has written anything, or could have.
func (t *trial) begun() bool {
	return t.ExitCode != int(engine.Refused) && t.ExitCode != int(engine.Unread)
}

// meantToStay reports a failure that is not rolled back because the runbook says so.
func (t *trial) meantToStay() bool { return t.Behind != "" && t.ExitCode == int(engine.Failed) }

// copiesStay says how much is new after a rollback, and where, "" for nothing.
func (t *trial) copiesStay() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(t.Copies)) {
		if n := t.Copies[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s on %s", count(n, "version"), name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; what was copied stays: " + strings.Join(parts, ", ")
}

// outcome is how a run ended, in words.
func (t *trial) outcome() string {
	text := map[engine.Exit]string{
		engine.Failed: "failed, and what was done stays", engine.Refused: "refused before anything was written",
		engine.Unread:     "did not begin, since a registry did not answer",
		engine.RolledBack: "failed, and rolled back", engine.RollbackIncomplete: "failed, and not all was brought back",
		engine.Interrupted: "did not come to its end in time", engine.OK: "succeeded", engine.BadState: "the state could not be kept",
	}[engine.Exit(t.ExitCode)]
	for _, s := range t.Steps {
		if s.Error != "" {
			return text + "; " + s.ID + ": " + s.Error
		}
	}
	if t.Error != "" {
		return text + "; " + t.Error
	}
	return text
}

// estimate says how long it would take, as far as anything is known of that.
func (r *rehearsal) estimate() {
	r.Estimate = append(r.Estimate, "by the times of the runbook: "+r.Plan)
	for _, reg := range r.Registries {
		n := r.Run.Requests[reg.Name]
		if reg.Requests == 0 || n == 0 {
			continue
		}
		each := reg.Seconds / float64(reg.reading.Requests)
		r.Estimate = append(r.Estimate, fmt.Sprintf("%s: %s of the run; the snapshot took %.1f ms for each of its %d, so about %.1f s of waiting for answers",
			reg.Name, count(n, "request"), 1000*each, reg.reading.Requests, each*float64(n)))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Run.Copies)) {
		if n := r.Run.Copies[name]; n > 0 {
			r.Estimate = append(r.Estimate, fmt.Sprintf("%s: %s to copy; at 10 a second %s, at 100 a second %s: how fast yours is, only the first copy shows",
				name, count(n, "version"), aboutSeconds(n, 10), aboutSeconds(n, 100)))
		}
	}
}

// aboutSeconds is how long so many take at so many a second.
func aboutSeconds(n, perSecond int) string {
	if n < perSecond {
		return "less than 1 s"
	}
	return fmt.Sprintf("%.0f s", float64(n)/float64(perSecond))
}

func (a *app) showRehearsal(r *rehearsal, format string) error {
	switch format {
	case "json":
		raw, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return &exitError{engine.Failed, err}
		}
		return a.print(inert(a.redactor.Redact(string(raw))) + "\n")
	case "markdown":
		return a.print(report.Printable(a.redactor.Redact(r.markdown())))
	}
	var b strings.Builder
	r.rows(func(verb, text string) { fmt.Fprintf(&b, "%-11s%s\n", verb, strings.ReplaceAll(text, "\n", " ")) })
	return a.print(report.Printable(a.redactor.Redact(b.String())))
}

// rows gives the report line by line, the verdict last.
func (r *rehearsal) rows(row func(verb, text string)) {
	row("rehearsal", fmt.Sprintf("%s, on what its registries held at %s (%s)", r.Runbook, r.Snapshot.Taken, r.Snapshot.File))
	for _, reg := range r.Registries {
		row("registry", fmt.Sprintf("%s: %s, %s (%d soft-deleted), %s, imitated as %s",
			reg.Name, count(reg.Subjects, "subject"), count(reg.Versions, "version"), reg.Deleted, count(reg.Exporters, "exporter"), reg.Imitated))
	}
	for _, f := range r.Faults {
		row("fault", f)
	}
	for _, f := range r.Findings {
		row("finding", f)
	}
	row("run", fmt.Sprintf("to its end: %s, %.1f s here", r.Run.outcome(), r.Run.Seconds))
	r.befallen(r.Run, row)
	for _, s := range r.Run.Steps {
		row("  step", s.line())
	}
	r.Run.changes(row)
	if back := r.Rollback; r.Untried != "" {
		row("rollback", "not tried: "+r.Untried)
	} else if back == nil {
		row("rollback", "not tried: the run did not begin")
	} else {
		meant := ""
		if back.meantToStay() {
			meant = ", as is meant behind the point of no return, " + back.Behind
		}
		row("rollback", fmt.Sprintf("with a failure after %s: %s%s, %.1f s here", back.FailsAfter, back.outcome(), meant, back.Seconds))
		r.befallen(back, row)
		for _, s := range back.Undone {
			row("  undo", s.line())
		}
		back.changes(row)
		for _, k := range back.Kept {
			row("  stays", k)
		}
	}
	for _, list := range []struct {
		verb  string
		texts []string
	}{{"estimate", r.Estimate}, {"shortened", r.shortened()}, {"answered", r.Answered}, {"untold", r.Untold}, {"unforeseen", r.Unforeseen}} {
		for _, text := range list.texts {
			row(list.verb, text)
		}
	}
	row("files", r.Dir)
	row("verdict", r.Verdict)
}

// befallen tells how often faults hit; one that did not was asked for in vain.
func (r *rehearsal) befallen(t *trial, row func(verb, text string)) {
	for _, kind := range slices.Sorted(maps.Keys(t.Befallen)) {
		row("  fault", fmt.Sprintf("%s befell %s", kind, count(t.Befallen[kind], "request")))
	}
	if len(r.Faults) > 0 && len(t.Befallen) == 0 {
		row("  fault", "none befell a request")
	}
}

func (s rehearsedStep) line() string {
	text := s.ID + " (" + s.Type + "): " + s.Status
	if s.Error != "" {
		text += ": " + s.Error
	}
	return text
}

func (t *trial) changes(row func(verb, text string)) {
	if len(t.Changes) == 0 && t.FailsAfter != "" {
		row("  change", "none: modes, configs, exporters and every version that was there are as before")
	}
	for _, c := range t.Changes {
		row("  change", fmt.Sprintf("%s: %s: %s -> %s", c.Registry, c.What, c.Was, c.Is))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Copies)) {
		if n := t.Copies[name]; n > 0 {
			row("  change", fmt.Sprintf("%s: %s new", name, count(n, "version")))
		}
	}
}

func (r *rehearsal) shortened() (list []string) {
	for _, s := range r.Shortened {
		by := ""
		if s.Defaults {
			by = " (by default)"
		}
		list = append(list, fmt.Sprintf("%s: %s %s%s -> %s", s.Step, s.Field, s.Written, by, s.Instead))
	}
	return list
}

// markdown is a table of the same lines.
func (r *rehearsal) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Rehearsal of %s\n\n**%s**\n\n| | |\n|---|---|\n", r.Runbook, cell(r.Verdict))
	r.rows(func(verb, text string) {
		if verb != "verdict" {
			fmt.Fprintf(&b, "| %s | %s |\n", strings.TrimSpace(verb), cell(text))
		}
	})
	return b.String()
}

func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
