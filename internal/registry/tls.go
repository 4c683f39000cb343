package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
)

// TLS says how https connections are made. The zero TLS trusts what the system trusts.
type TLS struct {
	CA                 string // PEM certificates that are trusted instead of the system's
	Cert               string // PEM certificate of this client, with Key
	Key                Secret // PEM private key, not encrypted; see DecryptKey and Keystore
	ServerName         string // that the server's certificate must have, instead of the URL's host
	InsecureSkipVerify bool   // believe any server
}

// CheckCA returns why CA cannot be used.
func (t TLS) CheckCA() error {
	if t.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.CA)) {
		return errors.New("no PEM certificate in it")
	}
	return nil
}

// CheckCert returns why Cert cannot be used, whatever Key is.
func (t TLS) CheckCert() error {
	if t.Cert != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.Cert)) {
		return errors.New("no PEM certificate in it")
	}
	return nil
}

// CheckKey returns why Key cannot be used with Cert, without showing anything of it.
func (t TLS) CheckKey() error {
	_, err := t.pair()
	return err
}

func (t TLS) pair() (tls.Certificate, error) {
	if strings.Contains(t.Key.Reveal(), "ENCRYPTED") {
		return tls.Certificate{}, errors.New("the private key is encrypted: give its password in tls.keyPassword")
	}
	return tls.X509KeyPair([]byte(t.Cert), []byte(t.Key.Reveal()))
}

// config is what crypto/tls wants, but for the certificate of this client; nil for the zero TLS.
func (t TLS) config() (*tls.Config, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	if err := errors.Join(t.CheckCA(), t.CheckCert()); err != nil {
		return nil, err
	}
	c := &tls.Config{ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM([]byte(t.CA))
	}
	return c, nil
}
