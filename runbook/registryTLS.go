package runbook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const maxStore = 4 << 20 // a bundle of all authorities has a quarter of a megabyte

// tls reads the section and the files that it names.
func (l *loader) tls(n *node) registry.TLS {
	var t registry.TLS
	if n == nil || n.kind != mapping {
		return t
	}
	l.together(n)
	t.ServerName = plain(n.get("serverName"))
	t.InsecureSkipVerify = n.get("insecureSkipVerify") != nil && n.get("insecureSkipVerify").value == true
	t.CA = l.trusted(n)
	l.reportTLS(l.shown(n, &t)...)
	return t
}

// together reports what goes only with something else, or without it.
func (l *loader) together(n *node) {
	has := func(key string) bool { return n.get(key) != nil }
	switch {
	case n.lost: // it has been reported
	case has("keystore") && (has("cert") || has("key")):
		l.report(n.get("keystore"), "keystore holds certificate and key: write it, or cert and key")
	case has("cert") != has("key"):
		l.report(n, "cert and key go together: name both files, or none")
	case has("keyPassword") && !has("key"):
		l.report(n.get("keyPassword"), "keyPassword is for key, which is not there")
	}
	if has("truststore") && has("ca") {
		l.report(n.get("truststore"), "truststore and ca: write one of them")
	}
}

// trusted are the certificates that ca or truststore names.
func (l *loader) trusted(n *node) string {
	if ca := n.get("ca"); ca != nil {
		text, err := l.named(ca)
		if text != "" && err == nil {
			err = l.wrong(ca, registry.TLS{CA: text}.CheckCA())
		}
		l.reportTLS(err)
		return text
	}
	store := n.get("truststore")
	data, err := l.store(store)
	if data == "" || err != nil {
		l.reportTLS(err)
		return ""
	}
	text, bad := registry.Truststore([]byte(data), secretOf(store.get("password")))
	l.reportTLS(l.wrong(store.get("path"), bad))
	return text
}

func (l *loader) reportTLS(all ...*tlsError) {
	for _, err := range some(all...) {
		l.report(err.at, "%v", err)
	}
}

// A tlsError is about one field.
type tlsError struct {
	error
	at *node
}

// wrong is what is wrong with the file that a field names, nil for nothing.
func (l *loader) wrong(at *node, err error) *tlsError {
	if err == nil {
		return nil
	}
	return &tlsError{fmt.Errorf("file %s: %w", quote(at.text), err), at}
}

// shown reads what this program shows of itself. It does so again when the files have changed.
func (l *loader) shown(n *node, t *registry.TLS) []*tlsError {
	if store := n.get("keystore"); store != nil {
		data, err := l.store(store)
		if data == "" || err != nil {
			return some(err)
		}
		var bad error
		t.Cert, t.Key, bad = registry.Keystore([]byte(data), secretOf(store.get("password")))
		return some(l.wrong(store.get("path"), bad))
	}
	cert, key := n.get("cert"), n.get("key")
	text, certErr := l.named(cert)
	if text != "" {
		certErr = l.wrong(cert, registry.TLS{Cert: text}.CheckCert())
	}
	secret, keyErr := l.named(key)
	if text != "" && certErr == nil && secret != "" {
		t.Cert, t.Key = text, registry.NewSecret(secret)
		keyErr = l.wrong(key, l.unlock(n, t))
	}
	return some(certErr, keyErr)
}

// some are those that are not nil.
func some(all ...*tlsError) []*tlsError {
	return slices.DeleteFunc(all, func(e *tlsError) bool { return e == nil })
}

// unlock takes the password off the key, and sees whether it is that of the certificate.
func (l *loader) unlock(n *node, t *registry.TLS) (err error) {
	if password := n.get("keyPassword"); password != nil {
		if _, ok := password.str(); !ok || password.open {
			return nil
		}
		if t.Key, err = registry.DecryptKey(t.Key.Reveal(), secretOf(password)); err != nil {
			return err
		}
	}
	return t.CheckKey()
}

// store reads the file that path names; "" when there is nothing to judge.
func (l *loader) store(n *node) (string, *tlsError) {
	if password := n.get("password"); password == nil || password.open {
		return "", nil
	}
	return l.named(n.get("path"))
}

// named reads the file that a field names; "" when there is nothing to judge.
func (l *loader) named(n *node) (string, *tlsError) {
	path, ok := n.str()
	switch {
	case !ok || !n.sound() || n.open:
		return "", nil
	case strings.ContainsAny(path, "\n\r") || strings.Contains(path, "-----BEGIN"):
		return "", &tlsError{errors.New("takes the path of a file, not what stands in it"), n}
	case l.o.Lax:
		return "", nil
	}
	text, err := l.readFile(path, maxStore)
	switch {
	case err != nil:
		return "", &tlsError{err, n}
	case text == "":
		return "", &tlsError{fmt.Errorf("file %s is empty", quote(n.text)), n}
	}
	return text, nil
}
