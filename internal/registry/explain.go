package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// tlsFields are the settings that a person may have to correct where no connection is made.
type tlsFields struct {
	whose                string // the registry, or what else is reached
	ca, cert, serverName string // "" where there is no such setting
	hasCA, hasCert       bool
}

// explain says what to set where a connection was not made.
func (c *Client) explain(err error) error {
	return explainTLS(err, tlsFields{
		whose: "registry " + c.name, ca: "tls.ca", cert: "tls.cert and tls.key, or tls.keystore", serverName: "tls.serverName",
		hasCA: c.tls.CA != "", hasCert: c.tls.Cert != "",
	})
}

// explainTLS says what to set where two sides do not trust each other.
func explainTLS(err error, f tlsFields) error {
	hint := f.hint(err)
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, hint)
}

func (f tlsFields) hint(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		trusted := "this system does not trust"
		if f.hasCA {
			trusted = "is not in " + f.ca
		}
		return fmt.Sprintf("the certificate of %s is signed by a CA that %s: name the PEM file of that CA in %s", f.whose, trusted, f.ca)
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return f.otherName(e)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return f.outOfDate(e.Cert)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "nothing listens there: see whether " + f.whose + " is up, and check host and port of its address"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return "this machine does not know that name: check the host in the address of " + f.whose
	}
	switch _, noTLS := errors.AsType[tls.RecordHeaderError](err); {
	case errors.Is(err, http.ErrSchemeMismatch):
		return f.whose + " answers in plain HTTP: write http:// in its url, or give the port of HTTPS"
	case noTLS:
		return f.whose + " does not speak TLS there: check scheme and port of its url"
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`):
		return f.whose + " speaks TLS there: write https:// in its url"
	}
	if isAlert(err) && f.cert != "" {
		return f.alert(err)
	}
	return ""
}

func (f tlsFields) otherName(e x509.HostnameError) string {
	names := append([]string{}, e.Certificate.DNSNames...)
	for _, ip := range e.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if f.serverName == "" {
		return fmt.Sprintf("the certificate of %s is for %s: write the url with a name that it has", f.whose, orNobody(names))
	}
	return fmt.Sprintf("the certificate of %s is for %s: write the url with such a name, or name it in %s", f.whose, orNobody(names), f.serverName)
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "no host at all"
	}
	return oneLine(strings.Join(names[:min(len(names), 5)], ", "), 300)
}

func (f tlsFields) outOfDate(c *x509.Certificate) string {
	when := c.NotAfter
	if time.Now().Before(c.NotBefore) {
		return fmt.Sprintf("the certificate of %s, or one that signed it, is valid from %s on: check the clocks", f.whose, c.NotBefore.UTC().Format(time.DateTime))
	}
	return fmt.Sprintf("the certificate of %s, or one that signed it, ended on %s: renew it on the server", f.whose, when.UTC().Format(time.DateTime))
}

// alert is for what the server says of this client, or of all of TLS.
func (f tlsFields) alert(err error) string {
	op, _ := errors.AsType[*net.OpError](err)
	said := op.Err.Error()
	switch {
	case !strings.Contains(said, "certificate") && !strings.Contains(said, "handshake failure"):
		return ""
	case !f.hasCert:
		return fmt.Sprintf("%s asks for a certificate of this client: name it in %s", f.whose, f.cert)
	}
	return fmt.Sprintf("%s does not accept the certificate of this client: check %s: who signed it, until when it is valid, and that it is for clients", f.whose, f.cert)
}

// isAlert reports whether the other side refuses this TLS client.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}
