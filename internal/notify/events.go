package notify

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Sink tells of the events that next is told of, and next of what could not be told.
func (n *Notifier) Sink(next event.Sink) event.Sink {
	return func(e event.Event) {
		if m, ok := n.message(e); ok {
			n.tell(m)
		}
		for _, t := range n.take() {
			next(event.StepWarning{Text: t})
		}
		next(e)
	}
}

// message is what is told of an event; false when nothing is.
func (n *Notifier) message(e event.Event) (Message, bool) {
	switch e := e.(type) {
	case event.RunStarted:
		n.run, n.begun = e.RunID, true
		title := fmt.Sprintf("the run begins; its steps: %d", e.Steps)
		if e.Resumed {
			title = "the run goes on"
		}
		return Message{Event: Started, Severity: event.Info, Title: title, State: e.State}, true
	case event.StepWaiting:
		text := e.Text
		if e.Otherwise != "" {
			text += "\nWithout an approval the run " + e.Otherwise + "."
		}
		return Message{Event: Waiting, Severity: event.Warning, Title: e.ID + " waits for an answer", Text: text, Step: e.ID, Commands: e.Commands}, true
	case event.Noticed:
		return noticed(e)
	case event.StepRetry:
		return n.refused(e)
	case event.RollbackStarted:
		n.begun = true
		return Message{Event: RollingBack, Severity: n.unless(event.Critical), Title: "rolling back, because " + e.Because}, true
	case event.RunEnded:
		return n.ended(e)
	}
	return Message{}, false
}

// noticed tells of an exporter: that it stands still or is in trouble, or that counts do not meet.
func noticed(e event.Noticed) (Message, bool) {
	if e.Severity == event.Info {
		return Message{}, false
	}
	first, more, _ := strings.Cut(e.Text, "\n")
	m := Message{Event: Alert, Severity: e.Severity, Title: e.ID + ": " + first, Text: more, Step: e.ID}
	if e.About == "offset" || e.About == "stall" {
		m.Event = Stalled
	}
	return m, true
}

// refused tells, once for a step, that a registry has not answered as it should for some time.
func (n *Notifier) refused(e event.StepRetry) (Message, bool) {
	if e.Attempt != persistent || n.troubled[e.ID] {
		return Message{}, false
	}
	n.troubled[e.ID] = true
	return Message{
		Event: Alert, Severity: event.Warning, Title: fmt.Sprintf("%s: a request has failed %d times; it is tried again", e.ID, e.Attempt), Text: e.Err, Step: e.ID,
	}, true
}

// ended tells how a call ended that has worked on a run.
func (n *Notifier) ended(e event.RunEnded) (Message, bool) {
	if e.Result == "waiting" || !n.begun {
		return Message{}, false // the question has been told, or nothing was done
	}
	m := Message{Run: e.RunID, Step: e.Step, State: e.State, Title: event.Words(e.Result) + ": " + e.Reason, Text: strings.TrimSpace(e.Moved + "\n" + e.Proof)}
	if e.Error != "" {
		m.Text = strings.TrimSpace(strings.TrimPrefix(e.Error, e.Reason))
	}
	if e.Next != "" {
		m.Commands = []string{e.Next}
	}
	switch {
	case e.Result == "rolledBack":
		m.Event, m.Severity = RolledBack, n.unless(event.Critical)
	case e.ExitCode == 0:
		m.Event, m.Severity = Finished, event.Info
	case e.ExitCode == 7:
		m.Event, m.Severity = Interrupted, event.Warning
	default:
		m.Event, m.Severity = Failed, event.Critical
	}
	return m, true
}

// unless is how bad something is that is nothing bad where somebody has asked for it.
func (n *Notifier) unless(bad event.Severity) event.Severity {
	if n.Asked {
		return event.Info
	}
	return bad
}
