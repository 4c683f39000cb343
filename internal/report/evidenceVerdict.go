package report

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/state"
)

// The levels of a verdict.
const (
	good    = "good"
	neutral = "waiting"
	warning = "warning"
	bad     = "bad"
	going   = "running"
)

// judge says what happened, whether it is safe to move on, and what to do next.
func (b *builder) judge() VerdictFacts {
	v := VerdictFacts{Commands: []string{}, Step: b.failed}
	if b.next != "" {
		v.Commands = append(v.Commands, b.next)
	}
	if b.saved != nil && b.saved.Failure != nil {
		v.Step, v.Error = b.saved.Failure.Step, b.saved.Failure.Error
	}
	if b.saved != nil && b.saved.Waiting() != nil {
		v.Step, v.Error = b.saved.Waiting().ID, ""
	}
	switch state.Status(b.Run.Status) {
	case state.Succeeded:
		b.succeeded(&v)
	case state.RolledBack:
		b.rolledBack(&v)
	case state.RollbackIncomplete:
		v.Level, v.Headline = bad, "Rollback incomplete: someone must act"
		v.Says = fmt.Sprintf("The run failed%s, and %s could not be put back.", because(v.Step), plural(len(b.Open), "thing"))
		v.Safe = "No. The registries are neither as before nor as they should become. Move no clients before what is open is done."
		v.Next = "Do what is listed as open, or let the rollback try again."
	case state.Failed:
		v.Level, v.Headline = bad, "Failed"+because(v.Step)+": changes are in place"
		v.Says = "The run stopped where it failed and put nothing back by itself."
		v.Safe = "No. What was done before the failure is in place; see what is open."
		v.Next = "Mend the cause and run again, or roll back."
	case state.Abandoned:
		v.Level, v.Headline = warning, "Abandoned by a person"
		if w := b.saved.Abandoned; w != nil {
			v.Says = fmt.Sprintf("%s gave the run up: %s.", w.By, w.Because)
		}
		v.Safe = "What it left in place is theirs who gave it up."
	default:
		b.unfinished(&v)
	}
	return v
}

// rolledBack tells what is as before, and what somebody has accepted as it is.
func (b *builder) rolledBack(v *VerdictFacts) {
	v.Level, v.Headline = warning, pick(v.Step != "", "Failed"+because(v.Step)+", and rolled back", "Rolled back")
	v.Says = "What the run had changed was put back: modes, settings and exporters are as before."
	v.Safe = "The registries are as they were" + pick(len(b.Kept) > 0, ", but for what stays on purpose", "") + ". Clients stay where they are."
	v.Next = "Mend the cause, then begin a new run."
	if v.Step == "" {
		v.Safe = strings.TrimSuffix(v.Safe, "Clients stay where they are.") + "Clients that moved already have to move back."
		v.Next = ""
	}
	if left := b.acceptedSo(); left != "" {
		v.Level, v.Headline = bad, v.Headline+", but not all of it"
		v.Says = "What the run had changed was put back, but for what somebody has accepted as it is: " + left + "."
		v.Safe = "Only with what was accepted in mind: that is not as it was."
	}
}

// acceptedSo names the undo steps that a person took over as they are.
func (b *builder) acceptedSo() string {
	var ids []string
	if b.saved != nil {
		for _, u := range b.saved.Undo {
			if u.Accepted != nil {
				ids = append(ids, fmt.Sprintf("%s (by %s: %s)", u.ID, u.Accepted.By, u.Accepted.Because))
			}
		}
	}
	return strings.Join(ids, ", ")
}

func because(step string) string {
	if step == "" {
		return ""
	}
	return " at step " + step
}

// succeeded tells what is proven, and what is not.
func (b *builder) succeeded(v *VerdictFacts) {
	proof := b.Run.Proof
	v.Step = ""
	switch {
	case strings.HasPrefix(proof, "identical"):
		v.Level, v.Headline = good, "Succeeded, and proven identical"
		v.Says = "Every step is done, and the comparison after the last of them that moved schemas found no difference."
		v.Safe = "Yes, for what was compared: " + proof + "."
	case proof != "":
		v.Level, v.Headline = warning, "Succeeded, but not proven"
		v.Says = "Every step is done, and no comparison after the last of them that moved schemas found both sides identical: " + proof + "."
		v.Safe = "Not by this run. Compare both registries before clients move."
	default:
		v.Level, v.Headline = good, "Succeeded"
		v.Says = "Every step is done."
		v.Safe = "The run moved no schemas that would have to be proven."
	}
}

// unfinished is a run that is not over.
func (b *builder) unfinished(v *VerdictFacts) {
	v.Level, v.Safe = neutral, "Not yet: the run is not over."
	switch {
	case b.saved != nil && b.saved.Waiting() != nil && !b.held:
		v.Headline = "Waits for an answer at step " + v.Step
		v.Says = b.saved.Waiting().Asked.Message
		v.Next = "Approve or reject, then call the run again."
		v.Commands = append(copied(b.asks), v.Commands...)
		if b.saved.Waiting().Answer != nil {
			v.Says += " It has been answered, and the run has not been called since."
			v.Next = "Call the run again."
			v.Commands = v.Commands[len(b.asks):]
		}
	case b.held:
		v.Level, v.Headline = going, "A process works on it"
		v.Says = "This report shows how far it was when it was made."
	case b.Run.Status == string(state.Interrupted):
		v.Headline = "Interrupted"
		v.Says = "A signal stopped the run. What was done is saved, and nothing was put back."
		v.Next = "The same command goes on."
	case b.Run.Status == string(state.RollingBack):
		v.Level, v.Headline, v.Next = bad, "Stopped in the middle of its rollback", "The same command finishes it."
		v.Says = "Some of what the run had changed is put back, and some is not."
		v.Safe = "No. Let the rollback end first."
	case b.Run.Status == string(state.Running):
		v.Level, v.Headline, v.Next = bad, "Killed while running", "The same command looks at what was done, and goes on."
		v.Says = "The process that worked on the run ended without a word."
		v.Safe = "No. What the step at work has sent may have had an effect."
	default: // a run that left no state: refused, stale, not begun
		v.Level, v.Headline = warning, capital(or(b.Run.Status, "not begun"))+": nothing was written"
		v.Safe = "Nothing was changed."
		if n := len(b.Run.Calls); n > 0 {
			v.Says = capital(b.Run.Calls[n-1].Reason)
		}
	}
}
