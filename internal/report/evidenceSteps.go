package report

import (
	"fmt"
	"slices"

	"github.com/srmigrate/srmigrate/internal/state"
)

// Of what may come in great numbers, as much stands in the parts of a report that people read.
const (
	mostRetries = 50
	mostNotices = 200
)

// step is what is known of a step; an undo step names whom it puts back.
func (b *builder) step(id, undoes string) *StepFacts {
	if s := b.steps[id]; s != nil {
		return s
	}
	s := &StepFacts{ID: id, Undoes: undoes, Status: string(state.StepPending), Spans: []Span{}, Retries: []RetryFact{}}
	b.steps[id] = s
	if undoes == "" {
		b.order = append(b.order, id)
	} else {
		b.undo = append(b.undo, id)
	}
	return s
}

// known takes a step over as the state has it.
func (b *builder) known(st *state.Step) {
	s := b.step(st.ID, st.Undoes)
	s.Type, s.Status, s.Error, s.Commands = st.Type, string(st.Status), "", nil
	s.NoReturn = s.NoReturn || st.NoReturn
	if text, ok := st.Outputs["text"].(string); ok && st.Finished() {
		s.Says = text
	}
	if st.When != nil {
		s.When = st.When.String()
	}
	if !st.Finished() || st.Tolerated {
		s.Error = st.Error
	}
	if w := st.Accepted; w != nil {
		s.Accepted = fmt.Sprintf("by %s: %s", w.By, w.Because)
	}
	if st.Undoes != "" && !st.Finished() {
		s.Commands = st.ByHand
	}
	if len(s.Spans) == 0 && !st.Started.IsZero() && !st.Ended.IsZero() { // of a call whose history is lost
		s.Spans = append(s.Spans, Span{st.Started, st.Ended, pick(st.Status == state.StepFailed, "failed", "done")})
	}
	b.question(st)
}

// question notes what a step asks, or has asked, once for each question.
func (b *builder) question(st *state.Step) {
	q := st.Asked
	if q == nil {
		return
	}
	fact := ApprovalFact{Step: st.ID, Message: q.Message, Asked: q.Since, Until: q.Until, Digest: q.Digest}
	if a := st.Answer; a != nil {
		fact.Decision, fact.By, fact.At, fact.Comment = string(a.Decision), a.By, a.At, a.Comment
	}
	if b.asked[q.ID] {
		for i := range b.Approvals {
			if b.Approvals[i].Digest == q.Digest && b.Approvals[i].Asked.Equal(q.Since) && b.Approvals[i].Step == st.ID {
				b.Approvals[i] = fact
			}
		}
		return
	}
	b.asked[q.ID] = true
	b.Approvals = append(b.Approvals, fact)
}

// stepped takes in what happened in a step.
func (b *builder) stepped(e entry) {
	switch e.Event {
	case "step started":
		s := b.step(e.Step, e.Undoes)
		s.Type, s.Text, s.Status = e.Type, e.Text, string(state.StepRunning)
		b.open[e.Step] = openSpan{from: e.At}
	case "step waiting":
		b.close(e, "")
		b.step(e.Step, e.Undoes).Status = string(state.StepWaiting)
		if _, waits := b.open[e.Step]; !waits {
			b.open[e.Step] = openSpan{from: e.At, waits: true}
		}
		b.asks = e.Commands
	case "step done":
		b.close(e, "done")
		s := b.step(e.Step, e.Undoes)
		s.Status, s.Says, s.Error = string(state.StepSucceeded), e.Text, ""
	case "step skipped":
		b.close(e, "skipped")
		s := b.step(e.Step, e.Undoes)
		s.Status, s.Says, s.Error = string(state.StepSkipped), e.Text, ""
	case "step failed":
		b.close(e, "failed")
		s := b.step(e.Step, e.Undoes)
		s.Status, s.Error = string(state.StepFailed), e.Error
	case "step retry":
		b.retry(e)
	case "left out":
		if s := b.steps[e.Step]; s != nil && e.Kind == "step retry" {
			s.Tried += e.Count
		}
	case "step progress":
		b.sample(e)
	case "rollback started":
		b.because = e.Because
		if b.backAt.IsZero() {
			b.backAt = e.At
		}
	case "open":
		b.opens = append(b.opens, OpenFact{e.Step, e.Text, copied(e.Commands)})
	case "kept":
		b.Kept = append(b.Kept, KeptFact{e.Step, e.Text})
	default:
		b.notice(e)
	}
}

func copied(list []string) []string { return append([]string{}, list...) }

// close ends the work, or the wait, that a step is in. A wait for a person is closed by what the step says next.
func (b *builder) close(e entry, how string) {
	o, ok := b.open[e.Step]
	if how == "" && ok && o.waits {
		return // it asks again, or another call says that it still waits
	}
	delete(b.open, e.Step)
	if !ok || how == "" {
		return // what a step does before it asks takes no time
	}
	if o.waits {
		how = "waiting"
	}
	s := b.step(e.Step, e.Undoes)
	s.Spans = append(s.Spans, Span{o.from, e.At, how})
}

func (b *builder) retry(e entry) {
	if e.Step == "" {
		return // before the first step
	}
	s := b.step(e.Step, "")
	s.Tried += 1 + e.LeftOut
	if len(s.Retries) < mostRetries {
		s.Retries = append(s.Retries, RetryFact{e.At, e.Attempt, e.Error, e.Wait})
	}
}

// notice keeps what a person who watches would want to know of.
func (b *builder) notice(e entry) {
	n := Notice{At: e.At, Step: e.Step, Severity: "warning", Text: e.Text}
	switch e.Event {
	case "noticed":
		n.Severity = e.Severity
	case "step warning", "moved":
	case "window":
		n.Severity = "info"
	case "step settled":
		n.Severity, n.Text = "info", "looked at after it was cut short: "+or(e.Text, "nothing more is known")
	case "registry retry":
		n.Text = fmt.Sprintf("registry %s, attempt %d: %s", e.Registry, e.Attempt, e.Error)
	default:
		return
	}
	if len(b.Notices) < mostNotices && n.Text != "" {
		b.Notices = append(b.Notices, n)
	}
}

// list are the facts of steps in order.
func (b *builder) list(ids []string) []StepFacts {
	all := []StepFacts{}
	for _, id := range ids {
		s := b.steps[id]
		for _, span := range s.Spans {
			s.Seconds += span.To.Sub(span.From).Seconds()
		}
		s.Seconds = milli(s.Seconds)
		slices.SortFunc(s.Spans, func(a, b Span) int { return a.From.Compare(b.From) })
		all = append(all, *s)
	}
	return all
}
