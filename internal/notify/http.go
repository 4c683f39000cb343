package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

// refused is an answer that another try would not change.
type refused struct{ text string }

func (e *refused) Error() string { return e.text }

// Webhook gets each message as a JSON object, by POST.
type Webhook struct {
	URL     string
	Headers map[string]string
}

// Send posts the message.
func (w Webhook) Send(ctx context.Context, m Message) error { return post(ctx, w.URL, w.Headers, m) }

// Slack gets a text by an incoming webhook, or what takes the same.
type Slack struct{ URL string }

// Send posts the text.
func (s Slack) Send(ctx context.Context, m Message) error {
	mark := map[event.Severity]string{event.Warning: ":warning: ", event.Critical: ":rotating_light: "}[m.Severity]
	text := fmt.Sprintf("%s*%s* %s", mark, plain(m.Runbook), plain(m.Title))
	if more := m.lines(); more != "" {
		text += "\n```" + strings.ReplaceAll(plain(more), "```", "'''") + "```"
	}
	return post(ctx, s.URL, nil, map[string]string{"text": text})
}

// plain keeps a text from becoming links and mentions.
func plain(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// PagerDuty gets events of version 2: a warning or worse triggers an incident of the runbook, and a run that goes on or
// finishes resolves it.
type PagerDuty struct {
	URL        string // "" for PagerDuty's own
	RoutingKey string
}

// EventsURL is where PagerDuty takes events.
const EventsURL = "https://events.pagerduty.com/v2/enqueue"

// Send triggers or resolves; there is nothing to do for the rest.
func (p PagerDuty) Send(ctx context.Context, m Message) error {
	body := map[string]any{"routing_key": p.RoutingKey, "dedup_key": "srmigrate/" + m.Runbook, "event_action": "trigger"}
	switch {
	case m.Event == Started || m.Event == Finished:
		body["event_action"] = "resolve"
	case m.Severity == event.Info && m.Event != Said:
		return nil
	default:
		body["payload"] = map[string]any{
			"summary": shorten(m.Runbook+": "+m.Title, 1024), "source": "srmigrate", "severity": string(m.Severity), "timestamp": m.Time,
			"component": m.Step, "group": m.Runbook, "class": m.Event,
			"custom_details": map[string]any{"text": m.lines(), "run": m.Run, "state": m.State},
		}
	}
	to := p.URL
	if to == "" {
		to = EventsURL
	}
	return post(ctx, to, nil, body)
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}

func post(ctx context.Context, to string, headers map[string]string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return &refused{err.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(raw))
	if err != nil {
		return &refused{"its url is none"} // which err would show
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL
		}
		return err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 300)) // it only explains
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return fmt.Errorf("it answered %s", resp.Status)
	}
	return &refused{strings.TrimSpace(fmt.Sprintf("it answered %s: %s", resp.Status, said))}
}
