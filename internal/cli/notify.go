package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/notify"
	"github.com/srmigrate/srmigrate/runbook"
)

// How long a call waits at its end for what is still to be told; after a signal it has to be gone in time.
const (
	lastWords  = 15 * time.Second
	lastBreath = time.Second
	silence    = 2 * time.Second // without a word on why the call does not end
)

// telling lets f work with a notifier, where the runbook has channels. What could not be told is said at the end.
func (a *app) telling(ctx context.Context, in *input, rb *runbook.Runbook, sink event.Sink, f func(event.Sink, func(context.Context, string, string, string) error) engine.Result) engine.Result {
	if len(rb.Notifications.Channels) == 0 {
		return f(sink, nil)
	}
	n := &notify.Notifier{Runbook: in.named(rb), Rules: rb.Notifications.Rules, Redact: a.redactor.Redact, Asked: in.verb == "rollback"}
	n.Open(rb.Notifications.Channels)
	defer func() {
		most := lastWords
		if ctx.Err() != nil {
			most = lastBreath
		}
		told := make(chan []string, 1)
		go func() { told <- n.Close(most) }()
		for _, t := range toTell(told, most, sink) {
			sink(event.StepWarning{Text: t})
		}
	}()
	return f(n.Sink(sink), n.Say)
}

// toTell waits until the channels have been told, and says so where that takes long.
func toTell(told <-chan []string, most time.Duration, sink event.Sink) []string {
	select {
	case list := <-told:
		return list
	case <-time.After(silence):
	}
	sink(event.Noticed{ID: "notifications", Severity: event.Info, About: "channel", Text: fmt.Sprintf("a channel does not answer yet; this call waits for it, %s at most", most)})
	return <-told
}
