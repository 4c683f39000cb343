package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"github.com/srmigrate/srmigrate/internal/event"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { http.DefaultClient.CloseIdleConnections() }))
}

// receiver is a server that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status []int // of the first answers; 200 after them
}

func receive(t *testing.T, status ...int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.status) > 0 {
			w.WriteHeader(r.status[0])
			r.status = r.status[1:]
			return
		}
		r.bodies = append(r.bodies, req.Header.Get("X-Key")+string(b))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

// story is what a run tells that is rolled back.
func story() []event.Event {
	return []event.Event{
		event.RunStarted{Runbook: "move", RunID: "r1", Steps: 3},
		event.StepStarted{ID: "copy"},
		event.Noticed{ID: "copy", Severity: event.Info, About: "state", Text: "RUNNING"},
		event.Noticed{ID: "copy", Severity: event.Warning, About: "offset", Text: "the offset has not moved for 5m"},
		event.StepWaiting{ID: "go", Text: "Go <on>?", Commands: []string{"srmigrate approve move.yaml go --by WHO"}},
		event.RollbackStarted{Because: "step go failed", Steps: 2},
		event.RunEnded{Result: "rolledBack", ExitCode: 4, Reason: "step go failed", RunID: "r1", Step: "go", Error: "rejected by sesame", Next: "srmigrate run move.yaml --restart"},
	}
}

// told tells a story and returns what could not be told.
func told(n *Notifier, senders map[string]Sender, list []event.Event) (warnings []string) {
	n.Runbook, n.Redact = "move.eu", func(s string) string { return strings.ReplaceAll(s, "sesame", "[redacted]") }
	n.Open(senders)
	sink := n.Sink(func(e event.Event) {
		if w, ok := e.(event.StepWarning); ok {
			warnings = append(warnings, w.Text)
		}
	})
	for _, e := range list {
		sink(e)
	}
	return append(warnings, n.Close(30*time.Second)...)
}

func TestAWebhookGetsEveryMessage(t *testing.T) {
	r := receive(t)
	if w := told(&Notifier{}, map[string]Sender{"hook": Webhook{URL: r.URL, Headers: map[string]string{"X-Key": "k"}}}, story()); len(w) > 0 {
		t.Error(w)
	}
	var events []string
	for _, body := range r.got() {
		var m Message
		if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "k")), &m); err != nil || !strings.HasPrefix(body, "k") {
			t.Fatalf("%q: %v", body, err)
		}
		if m.Runbook != "move.eu" || m.Run != "r1" || m.Time.IsZero() {
			t.Errorf("got %+v", m)
		}
		if strings.Contains(body, "sesame") {
			t.Errorf("a secret was told: %s", body)
		}
		events = append(events, m.Event)
	}
	if want := []string{Started, Stalled, Waiting, RollingBack, RolledBack}; !slices.Equal(events, want) {
		t.Errorf("told %q, want %q", events, want)
	}
}

// A registry that is away for long is told of once for each step, a hiccup not at all.
func TestARegistryThatIsAwayIsToldOfOnce(t *testing.T) {
	r := receive(t)
	var list []event.Event
	for _, id := range []string{"copy", "copy", "freeze", "hiccup"} {
		for n := range 5 {
			if id != "hiccup" || n < 2 {
				list = append(list, event.StepRetry{ID: id, Attempt: n + 1, Err: "connection refused, sesame"})
			}
		}
	}
	if w := told(&Notifier{}, map[string]Sender{"hook": Webhook{URL: r.URL}}, list); len(w) > 0 {
		t.Error(w)
	}
	got := r.got()
	if len(got) != 2 || !strings.Contains(got[0], `"title":"copy: a request has failed 4 times; it is tried again","text":"connection refused, [redacted]"`) ||
		!strings.Contains(got[1], `"step":"freeze"`) {
		t.Errorf("told %q", got)
	}
}

func TestRulesSayWhatGoesWhere(t *testing.T) {
	a, b := receive(t), receive(t)
	n := &Notifier{Rules: []Rule{{Severity: event.Critical, To: []string{"a"}}, {On: []string{Waiting, RollingBack}, Severity: event.Info}}}
	told(n, map[string]Sender{"a": Webhook{URL: a.URL}, "b": Webhook{URL: b.URL}}, story())
	if len(a.got()) != 3 || len(b.got()) != 2 {
		t.Errorf("a got %d messages, b %d, want 3 and 2", len(a.got()), len(b.got()))
	}
}

func TestSlackGetsAText(t *testing.T) {
	r := receive(t)
	told(&Notifier{Rules: []Rule{{On: []string{Waiting}}}}, map[string]Sender{"ops": Slack{URL: r.URL}}, story())
	want := "{\"text\":\":warning: *move.eu* go waits for an answer\\n```Go \\u0026lt;on\\u0026gt;?\\n$ srmigrate approve move.yaml go --by WHO```\"}"
	if got := r.got(); len(got) != 1 || got[0] != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// An incident is triggered by what somebody has to act on, and resolved when the run goes on or is done.
func TestPagerDutyTriggersAndResolves(t *testing.T) {
	r := receive(t)
	told(&Notifier{}, map[string]Sender{"oncall": PagerDuty{URL: r.URL, RoutingKey: "key"}}, append(story(),
		event.RunStarted{Runbook: "move", RunID: "r2", Resumed: true}, event.RunEnded{Result: "succeeded"}))
	var actions []string
	for _, body := range r.got() {
		var e struct {
			RoutingKey string `json:"routing_key"`
			Action     string `json:"event_action"`
			Dedup      string `json:"dedup_key"`
			Payload    struct{ Summary, Severity, Source string }
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil || e.RoutingKey != "key" || e.Dedup != "srmigrate/move.eu" {
			t.Fatalf("%v: %s", err, body)
		}
		if e.Action == "trigger" && (e.Payload.Summary == "" || e.Payload.Source == "" || e.Payload.Severity == "") {
			t.Errorf("a trigger lacks something: %s", body)
		}
		actions = append(actions, e.Action+" "+e.Payload.Severity)
	}
	want := []string{"resolve ", "trigger warning", "trigger warning", "trigger critical", "trigger critical", "resolve ", "resolve "}
	if !slices.Equal(actions, want) {
		t.Errorf("got %q, want %q", actions, want)
	}
}

// What somebody has asked for alarms nobody, and nothing is said twice.
func TestARollbackThatWasAskedForIsNoAlarm(t *testing.T) {
	r := receive(t)
	told(&Notifier{Asked: true}, map[string]Sender{"hook": Webhook{URL: r.URL}}, []event.Event{
		event.RollbackStarted{Because: "it was asked for", Steps: 2},
		event.RunEnded{Result: "rolledBack", Reason: "the window closed", Error: "the window closed", RunID: "r1"},
	})
	var said []string
	for _, body := range r.got() {
		var m Message
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		said = append(said, string(m.Severity)+" "+m.Title+"|"+m.Text)
	}
	want := []string{"info rolling back, because it was asked for|", "info rolled back: the window closed|"}
	if !slices.Equal(said, want) {
		t.Errorf("told %q, want %q", said, want)
	}
}

// A moment's trouble is tried again; what is refused is not, and neither shows the address.
func TestWhatCannotBeToldIsSaid(t *testing.T) {
	again, never := receive(t, 503, 429), receive(t, 404, 404, 404)
	w := told(&Notifier{}, map[string]Sender{"again": Webhook{URL: again.URL}, "never": Slack{URL: never.URL + "/secret"}},
		[]event.Event{event.RunStarted{Runbook: "move"}})
	if len(again.got()) != 1 {
		t.Errorf("it was told %d times", len(again.got()))
	}
	if want := []string{"notification never could not be told of started: it answered 404 Not Found:"}; !slices.Equal(w, want) {
		t.Errorf("said %q, want %q", w, want)
	}
	again.Close()
	w = told(&Notifier{}, map[string]Sender{"gone": Webhook{URL: again.URL + "/secret"}}, []event.Event{event.RunStarted{}})
	if len(w) != 1 || strings.Contains(w[0], "secret") || !strings.Contains(w[0], "refused") {
		t.Errorf("said %q", w)
	}
}

// A channel that hangs holds nobody up, and the end of the call only for so long.
func TestAChannelThatHangsHoldsNobodyUp(t *testing.T) {
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(hang)
	n := &Notifier{Redact: func(s string) string { return s }}
	n.Open(map[string]Sender{"slow": Webhook{URL: s.URL}})
	sink := n.Sink(func(event.Event) {})
	begun := time.Now()
	for range waiting + 10 {
		sink(event.StepWaiting{ID: "go"})
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("telling took %s", took)
	}
	w := n.Close(100 * time.Millisecond)
	if took := time.Since(begun); took > 8*time.Second || len(w) == 0 {
		t.Errorf("closing took %s, and it said %q", took, w)
	}
}

// mailbox is an SMTP server that keeps what it is sent.
type mailbox struct {
	mu   sync.Mutex
	mail []string
}

type mailSession struct{ *mailbox }

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if from != "srmigrate@example.com" {
		return errors.New("who is that?")
	}
	return nil
}
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail, string(b))
	return err
}

func TestEmailIsSent(t *testing.T) {
	box := &mailbox{}
	srv := smtp.NewServer(box)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-served })
	port := l.Addr().(*net.TCPAddr).Port
	mail := Email{Host: "127.0.0.1", Port: port, TLS: NoTLS, From: "srmigrate@example.com", To: []string{"ops@example.com"}}
	if w := told(&Notifier{Rules: []Rule{{On: []string{RolledBack}}}}, map[string]Sender{"mail": mail}, story()); len(w) > 0 {
		t.Fatal(w)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.mail) != 1 {
		t.Fatalf("got %d mails", len(box.mail))
	}
	for _, want := range []string{"Subject: CRITICAL srmigrate move.eu: rolled back: step go failed", "To: <ops@example.com>", "rejected by [redacted]", "$ srmigrate run move.yaml --restart"} {
		if !strings.Contains(box.mail[0], want) {
			t.Errorf("the mail lacks %q:\n%s", want, box.mail[0])
		}
	}
	mail.TLS = StartTLS // which this server has not
	if err := mail.Send(context.Background(), Message{}); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("without STARTTLS it says %v", err)
	}
}
