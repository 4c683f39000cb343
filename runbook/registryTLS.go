package runbook

import (
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const maxPEM = 4 << 20 // a bundle of all authorities has a quarter of a megabyte

// tls reads the section and the files that it names.
func (l *loader) tls(n *node) registry.TLS {
	var t registry.TLS
	if n == nil || n.kind != mapping {
		return t
	}
	ca, cert, key := n.get("ca"), n.get("cert"), n.get("key")
	if (cert == nil) != (key == nil) && !n.lost {
		l.report(n, "cert and key go together: name both files, or none")
	}
	t.ServerName = plain(n.get("serverName"))
	t.InsecureSkipVerify = n.get("insecureSkipVerify") != nil && n.get("insecureSkipVerify").value == true
	var read bool
	if t.CA, read = l.pem(ca); read {
		l.judgePEM(ca, t.CheckCA())
	}
	if t.Cert, read = l.pem(cert); read {
		l.judgePEM(cert, t.CheckCert())
	}
	text, read := l.pem(key)
	t.Key = registry.NewSecret(text)
	if read && cert != nil && cert.sound() {
		l.judgePEM(key, t.CheckKey())
	}
	return t
}

func (l *loader) judgePEM(n *node, err error) {
	if err != nil {
		l.report(n, "file %s: %v", quote(n.text), err)
	}
}

// pem reads the file that a field names; false when there is nothing to judge.
func (l *loader) pem(n *node) (string, bool) {
	named, ok := n.str()
	if !ok || !n.sound() || n.open {
		return "", false
	}
	if strings.ContainsAny(named, "\n\r") || strings.Contains(named, "-----BEGIN") {
		l.report(n, "takes the path of a PEM file, not what stands in it")
		return "", false
	}
	if l.o.Lax {
		return "", false
	}
	text, err := l.readFile(named, maxPEM)
	if err != nil {
		l.report(n, "%v", err)
	}
	return text, err == nil
}
