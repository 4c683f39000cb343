package report

import "github.com/srmigrate/srmigrate/internal/event"

// Quietly leaves out events that nobody has to act on. A critical one, a warning, a question, a failure, a rollback and
// the result are never left out.
func Quietly(sink event.Sink) event.Sink {
	return func(e event.Event) {
		if matters(e) {
			sink(e)
		}
	}
}

func matters(e event.Event) bool {
	switch e := e.(type) {
	case event.Noticed:
		return e.Severity != event.Info
	case event.Finding:
		return e.Allowed == ""
	case event.StepDone:
		return e.Undoes != "" // what is open again, and what is not
	case event.StepFailed, event.StepWarning, event.StepWaiting, event.Moved, event.RollbackStarted, event.Ahead, event.Kept, event.Open, event.RunEnded:
		return true
	}
	return false
}
