// Package notify tells people of a run: by webhooks, Slack, PagerDuty and e-mail. Telling never holds a run up, and
// what could not be told is said in the run's own log.
package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/srmigrate/srmigrate/internal/event"
)

// The things that are told. They stand in runbooks and in the body of a webhook, and never change their meaning.
const (
	Started     = "started"     // a run begins or goes on
	Waiting     = "waiting"     // somebody has to answer
	Stalled     = "stalled"     // an exporter does not come on
	Alert       = "alert"       // an exporter is in trouble, a registry does not answer, or counts do not meet
	RollingBack = "rollingBack" // a step failed, and a rollback begins
	RolledBack  = "rolledBack"
	Failed      = "failed" // the run ended, and somebody has to act
	Interrupted = "interrupted"
	Finished    = "finished"
	Said        = "message" // a step of type notify
)

// Events lists what rules may name.
func Events() []string {
	return []string{Started, Waiting, Stalled, Alert, RollingBack, RolledBack, Failed, Interrupted, Finished}
}

// Message is one thing that is told. It is the body that a webhook gets.
type Message struct {
	Event    string         `json:"event"`
	Severity event.Severity `json:"severity"`
	Title    string         `json:"title"`
	Text     string         `json:"text,omitempty"`
	Runbook  string         `json:"runbook"` // with its instance
	Run      string         `json:"run,omitempty"`
	Step     string         `json:"step,omitempty"`
	State    string         `json:"state,omitempty"`    // where it lies
	Commands []string       `json:"commands,omitempty"` // what to type next
	Time     time.Time      `json:"time"`
}

// lines are the text with what to type.
func (m Message) lines() string {
	list := []string{m.Text}
	for _, c := range m.Commands {
		list = append(list, "$ "+c)
	}
	return strings.TrimSpace(strings.Join(list, "\n"))
}

// Sender is a way to tell somebody. What it returns never has a URL in it: that may be a secret.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Rule says what goes to which channels.
type Rule struct {
	On       []string       // events; none means all
	Severity event.Severity // at least
	To       []string       // channels; none means all
}

func (r Rule) takes(m Message, channel string) bool {
	return (len(r.On) == 0 || slices.Contains(r.On, m.Event)) && rank(m.Severity) >= rank(r.Severity) &&
		(len(r.To) == 0 || slices.Contains(r.To, channel))
}

func rank(s event.Severity) int {
	return slices.Index([]event.Severity{event.Info, event.Warning, event.Critical}, s)
}

const (
	// each is how long one try may take; there are three.
	each  = 10 * time.Second
	tries = 3
	// waiting is how many messages of a channel may wait; a channel that is so far behind is down.
	waiting = 32
	// persistent is after how many attempts a request is no hiccup any more: with the default policy, some ten seconds.
	persistent = 4
)

// A Notifier tells of a run. It is used from one goroutine.
type Notifier struct {
	Runbook string // with its instance
	Rules   []Rule // none means that everything goes to everybody
	Asked   bool   // somebody has called for a rollback, which nobody has to be alarmed by then
	Redact  func(string) string

	channels map[string]*channel
	run      string
	begun    bool            // this call works on a run
	troubled map[string]bool // steps of which a persistent failure was told
	mu       sync.Mutex
	troubles []string // not yet said
}

// channel is one way to tell, with what waits to be told.
type channel struct {
	sender Sender
	queue  chan Message
	done   chan struct{}
	stop   context.CancelFunc
}

// Open starts telling; Close has to be called.
func (n *Notifier) Open(senders map[string]Sender) {
	n.channels, n.troubled = map[string]*channel{}, map[string]bool{}
	for name, s := range senders {
		ctx, cancel := context.WithCancel(context.Background())
		c := &channel{sender: s, queue: make(chan Message, waiting), done: make(chan struct{}), stop: cancel}
		n.channels[name] = c
		go func() {
			defer close(c.done)
			for m := range c.queue {
				err := c.deliver(ctx, m)
				if ctx.Err() != nil && err != nil {
					err = errors.New("it has not answered by the end of the call")
				}
				if err != nil {
					n.trouble(name, m, err)
				}
			}
		}()
	}
}

// deliver tries a few times.
func (c *channel) deliver(ctx context.Context, m Message) error {
	backoff := retry.WithMaxRetries(tries-1, retry.NewExponential(time.Second))
	return retry.Do(ctx, backoff, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, each)
		defer cancel()
		err := c.sender.Send(ctx, m)
		if _, final := errors.AsType[*refused](err); err != nil && !final {
			return retry.RetryableError(err)
		}
		return err
	})
}

func (n *Notifier) trouble(channel string, m Message, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.troubles = append(n.troubles, fmt.Sprintf("notification %s could not be told of %s: %s", channel, m.Event, n.Redact(err.Error())))
}

// take returns what went wrong and was not said yet.
func (n *Notifier) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.troubles
	n.troubles = nil
	return list
}

// tell puts a message before the channels that the rules name. A channel that is far behind gets no more.
func (n *Notifier) tell(m Message) {
	m = n.complete(m)
	for name, c := range n.channels {
		if !n.wanted(m, name) {
			continue
		}
		select {
		case c.queue <- m:
		default:
			n.trouble(name, m, fmt.Errorf("%d messages before it wait to be sent", cap(c.queue)))
		}
	}
}

func (n *Notifier) wanted(m Message, channel string) bool {
	return len(n.Rules) == 0 || slices.ContainsFunc(n.Rules, func(r Rule) bool { return r.takes(m, channel) })
}

// complete fills in what all messages have, and takes out what nobody may see.
func (n *Notifier) complete(m Message) Message {
	m.Runbook, m.Time = n.Runbook, time.Now().UTC()
	if m.Run == "" {
		m.Run = n.run
	}
	m.Title, m.Text, m.State = n.Redact(m.Title), n.Redact(m.Text), n.Redact(m.State)
	m.Commands = slices.Clone(m.Commands)
	for i, c := range m.Commands {
		m.Commands[i] = n.Redact(c)
	}
	return m
}

// Say sends what a step says, and waits for it, but not long.
func (n *Notifier) Say(ctx context.Context, channel, step, text string) error {
	c, ok := n.channels[channel]
	if !ok {
		return fmt.Errorf("there is no channel %q", channel)
	}
	title, _, _ := strings.Cut(text, "\n")
	return c.deliver(ctx, n.complete(Message{Event: Said, Severity: event.Info, Title: title, Text: text, Step: step}))
}

// Close waits until everything has been told, at most so long, and says what could not be.
func (n *Notifier) Close(most time.Duration) []string {
	late := time.AfterFunc(most, func() {
		for _, c := range n.channels {
			c.stop()
		}
	})
	defer late.Stop()
	for _, c := range n.channels {
		close(c.queue)
	}
	for _, c := range n.channels {
		<-c.done
		c.stop()
	}
	return n.take()
}
