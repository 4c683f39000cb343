package report

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/state"
)

// builder makes evidence out of the journal.
type builder struct {
	*Evidence
	saved   *state.Run // as it was known last
	held    bool       // a process works on it
	next    string     // as it was known last
	failed  string     // step, as the last call ended
	asks    []string   // commands that answer the open question
	steps   map[string]*StepFacts
	order   []string
	undo    []string
	open    map[string]openSpan
	texts   map[string]bool // digests of runbooks
	asked   map[string]bool // questions
	modes   map[string]int
	waits   map[string]int
	routes  map[string]*RouteFacts
	opens   []OpenFact
	because string
	backAt  time.Time
	last    time.Time // of the last line
}

// openSpan is work whose end has not been read yet.
type openSpan struct {
	from  time.Time
	waits bool
}

// NewEvidence makes the evidence of a run. The lines are those of its journal; what other runs did in between is left
// out of everything but the journal itself. Tool is the version of this program.
func NewEvidence(lines []state.Line, run, tool string) *Evidence {
	lines = stretch(lines, run)
	b := &builder{
		Evidence: &Evidence{
			Kind: evidenceKind, Version: EvidenceVersion, Tool: tool, Gaps: []string{}, Registries: []RegistryFact{}, Findings: []FindingFact{},
			Steps: []StepFacts{}, Approvals: []ApprovalFact{}, Waits: []WaitFacts{}, Compares: []CompareFacts{}, Modes: []ModeFacts{},
			Notices: []Notice{}, Open: []OpenFact{}, Kept: []KeptFact{}, Journal: []json.RawMessage{},
		},
		steps: map[string]*StepFacts{}, open: map[string]openSpan{}, texts: map[string]bool{}, asked: map[string]bool{},
		modes: map[string]int{}, waits: map[string]int{}, routes: map[string]*RouteFacts{},
	}
	b.Run.ID, b.Run.Calls = run, []CallFact{}
	for _, l := range lines {
		b.Journal = append(b.Journal, l.Raw)
	}
	if len(lines) > 0 {
		b.Head, b.Follows = lines[len(lines)-1].Sum(), lines[0].Prev
	}
	for _, t := range turns(lines) {
		if t.run == run {
			b.call(t)
		}
	}
	b.finish()
	return b.Evidence
}

// call takes in what one call wrote.
func (b *builder) call(t turnOf) {
	first, last := t.entries[0], t.entries[len(t.entries)-1]
	b.last = last.At
	if first.Event == "call" {
		b.Run.Calls = append(b.Run.Calls, CallFact{
			Verb: first.Verb, Command: first.Command, Tool: first.Tool, Began: first.At, Ended: last.At, Cut: first.Cut,
		})
		b.opens, b.asks, b.next, b.failed, b.held = nil, nil, "", "", false
		b.Kept = []KeptFact{}
	}
	for _, e := range t.entries {
		b.take(e)
	}
	if first.Event == "call" {
		b.cutShort(last.At)
	}
}

// take takes in one line.
func (b *builder) take(e entry) {
	switch e.Event {
	case "runbook":
		b.texts[e.SHA256] = true
		b.Runbook = &RunbookFacts{File: e.File, SHA256: e.SHA256, Redacted: e.Redacted, Texts: len(b.texts)}
	case "plan":
		b.plan(e)
	case "run started":
		b.Run.Runbook, b.Run.State = e.Runbook, e.State
		if b.Run.Started.IsZero() {
			b.Run.Started = e.At
		}
	case "registry":
		b.registry(e.Registry, e.URL, e.ID)
	case "finding":
		b.Findings = append(b.Findings, FindingFact{e.Code, e.Severity, or(or(e.Step, e.Registry), e.Channel), e.Text, e.Remedy, e.Allowed})
	case "state", standing:
		b.state(e)
	case "request", "reads":
		b.requests(e)
	case "mode":
		b.mode(e)
	case "compared":
		b.compare(e)
	case "run ended":
		b.ended(e)
	case "stopped":
		if n := len(b.Run.Calls); n > 0 {
			c := &b.Run.Calls[n-1]
			c.ExitCode, c.Result, c.Reason, c.Ended = &e.ExitCode, "stopped", e.Error, e.At
		}
	default:
		b.stepped(e)
	}
}

func (b *builder) registry(name, url, id string) {
	fact := RegistryFact{name, url, id}
	for i, r := range b.Registries {
		if r.Name == name {
			b.Registries[i] = fact
			return
		}
	}
	b.Registries = append(b.Registries, fact)
}

// plan notes what was planned; its steps are those of the runbook, in order.
func (b *builder) plan(e entry) {
	var p engine.Plan
	if json.Unmarshal(e.Plan, &p) != nil {
		return // Verify tells who has altered it
	}
	b.Plan = &PlanFacts{SHA256: digest(e.Plan), At: e.At, Says: Verdict(&p)}
	for _, st := range p.Steps {
		s := b.step(st.ID, "")
		s.Type, s.Text, s.NoReturn = st.Type, st.Text, st.NoReturn
	}
}

// state notes how the run stands as far as was saved.
func (b *builder) state(e entry) {
	b.saved, b.held = e.Saved, e.Held
	if e.Next != "" {
		b.next = e.Next
	}
	if b.saved == nil {
		return
	}
	r := b.saved
	b.Run.Started, b.Run.Digest, b.Vars = r.Started, r.Digest, r.Vars
	b.Run.State = or(e.State, b.Run.State)
	b.Run.Runbook = or(e.Runbook, b.Run.Runbook)
	for _, name := range slices.Sorted(maps.Keys(r.Registries)) {
		b.registry(name, r.Registries[name].URL, r.Registries[name].ID)
	}
	b.Kept = []KeptFact{}
	for _, k := range r.Kept {
		b.Kept = append(b.Kept, KeptFact{k.Step, k.Text})
	}
	for _, s := range slices.Concat(r.Steps, r.Undo) {
		b.known(s)
	}
}

// ended notes how a call ended.
func (b *builder) ended(e entry) {
	if n := len(b.Run.Calls); n > 0 {
		c := &b.Run.Calls[n-1]
		c.ExitCode, c.Result, c.Reason, c.Ended = &e.ExitCode, e.Result, e.Reason, e.At
	}
	b.Run.Proof, b.Run.Moved, b.Run.Backup = or(e.Proof, b.Run.Proof), or(e.Moved, b.Run.Moved), or(e.Backup, b.Run.Backup)
	b.Run.State = or(e.State, b.Run.State)
	b.next, b.failed = e.Next, e.Step
}

// cutShort ends what a call left unfinished.
func (b *builder) cutShort(at time.Time) {
	c := &b.Run.Calls[len(b.Run.Calls)-1]
	for id, o := range b.open {
		if o.waits {
			continue // it waits on without a process
		}
		how := "killed"
		if c.ExitCode != nil {
			how = "interrupted"
		}
		s := b.steps[id]
		s.Spans = append(s.Spans, Span{o.from, at, how})
		delete(b.open, id)
	}
}
