package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// storeClient is the HTTP client for an exporter whose config names a trust
// store or a key store, nil if it names neither.
func storeClient(config map[string]string, dial func(context.Context, string, string) (net.Conn, error)) (*http.Client, error) {
	trust, keys := storeOf(config, "ssl.truststore"), storeOf(config, "ssl.keystore")
	keys.own = setting(config, "ssl.key.password")
	if trust.file == "" && keys.file == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if trust.file != "" {
		if c.RootCAs, err = trust.pool(); err != nil {
			return nil, err
		}
	}
	if keys.file != "" {
		own, err := keys.pair()
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{own}
	}
	client := newHTTPClient(dial)
	client.Transport.(*http.Transport).TLSClientConfig = c
	return client, nil
}

// keyFile is a file of certificates or keys that a config names. Of the kinds
// of stores that Java reads, the sandbox reads JKS, PKCS12 and PEM.
type keyFile struct {
	key, file, kind, password string
	own                       string // password of the key, where it has another
}

func storeOf(config map[string]string, key string) keyFile {
	return keyFile{key: key, file: setting(config, key+".location"), kind: setting(config, key+".type"), password: setting(config, key+".password")}
}

// read returns what is in the file, and of which kind it is: as in Java, JKS and
// PKCS12 are told apart by what they begin with, whichever of them type says.
func (s keyFile) read() (b []byte, kind string, err error) {
	kind = strings.ToUpper(s.kind)
	switch {
	case kind == "PEM" && s.password != "":
		return nil, kind, fmt.Errorf("%s.password cannot be specified for PEM format", s.key)
	case kind == "":
		kind = "JKS"
	case kind != "PEM" && kind != "PKCS12" && kind != "JKS":
		return nil, kind, fmt.Errorf("java.security.KeyStoreException: %s not found; the sandbox reads JKS, PKCS12 and PEM", s.kind)
	}
	if b, err = os.ReadFile(s.file); err != nil || kind == "PEM" {
		return b, kind, err
	}
	kind = "PKCS12"
	if bytes.HasPrefix(b, []byte(jksMagic)) {
		kind = "JKS"
	}
	return b, kind, nil
}

// pool reads certificates to trust.
func (s keyFile) pool() (*x509.CertPool, error) {
	b, kind, err := s.read()
	if err != nil {
		return nil, err
	}
	if kind == "PEM" {
		return poolOf(s.file)
	}
	read := pkcs12.DecodeTrustStore
	if kind == "JKS" {
		read = jksTrusted
	}
	certs, err := read(b, s.password)
	if err != nil {
		return nil, s.unreadable(err)
	}
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c)
	}
	return pool, nil
}

// pair reads a private key and its certificates from one file.
func (s keyFile) pair() (tls.Certificate, error) {
	b, kind, err := s.read()
	if err != nil {
		return tls.Certificate{}, err
	}
	switch kind {
	case "PEM":
		return tls.X509KeyPair(b, b)
	case "JKS":
		own, err := jksPair(b, s.password, s.keyPassword())
		return own, s.unreadable(err)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(b, s.password)
	if err != nil {
		return tls.Certificate{}, s.unreadable(err)
	}
	if s.keyPassword() != s.password { // in such a file it is always that of the store
		return tls.Certificate{}, s.unreadable(unrecoverable)
	}
	own := tls.Certificate{PrivateKey: key, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		own.Certificate = append(own.Certificate, c.Raw)
	}
	return own, nil
}

// keyPassword is that of the store, unless the key has one of its own.
func (s keyFile) keyPassword() string {
	if s.own != "" {
		return s.own
	}
	return s.password
}

// A storeError is what Java says of a store that it cannot open.
type storeError string

func (e storeError) Error() string { return string(e) }

const (
	wrongPassword = storeError("java.io.IOException: keystore password was incorrect")
	unrecoverable = storeError("java.security.UnrecoverableKeyException: Cannot recover key")
)

// unreadable words an error as Java does, where that says more.
func (s keyFile) unreadable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		err = wrongPassword
	}
	return fmt.Errorf("%s %s: %w", s.key, s.file, err)
}
