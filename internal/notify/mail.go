package notify

import (
	"context"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"
)

// Email goes through an SMTP server.
type Email struct {
	Host               string
	Port               int
	TLS                string // StartTLS, if not given, ImplicitTLS or NoTLS
	Username, Password string
	From               string
	To                 []string
}

// How a connection to a mail server is kept private.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "tls"
	NoTLS       = "none"
)

// Send hands the message to the server.
func (e Email) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg()
	if err := msg.From(e.From); err != nil {
		return &refused{err.Error()}
	}
	if err := msg.To(e.To...); err != nil {
		return &refused{err.Error()}
	}
	mark := ""
	if m.Severity != "info" {
		mark = strings.ToUpper(string(m.Severity)) + " "
	}
	msg.Subject(strings.ReplaceAll(fmt.Sprintf("%ssrmigrate %s: %s", mark, m.Runbook, m.Title), "\n", " "))
	msg.SetBodyString(mail.TypeTextPlain, fmt.Sprintf("%s\n\n%s\n\nrun    %s\nstate  %s\n", m.Title, m.lines(), m.Run, m.State))
	c, err := e.client()
	if err != nil {
		return &refused{err.Error()}
	}
	return c.DialAndSendWithContext(ctx, msg)
}

func (e Email) client() (*mail.Client, error) {
	o := []mail.Option{mail.WithPort(e.Port), mail.WithTimeout(each)}
	switch e.TLS {
	case ImplicitTLS:
		o = append(o, mail.WithSSL())
	case NoTLS:
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
	default:
		o = append(o, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.Username != "" {
		o = append(o, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.Username), mail.WithPassword(e.Password))
	}
	return mail.NewClient(e.Host, o...)
}
