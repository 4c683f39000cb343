package sandbox

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// jksMagic is what a JKS file begins with.
const jksMagic = "\xFE\xED\xFE\xED"

// jks opens a store. What is wrong with it is nearly always the password.
func jks(b []byte, password string) (keystore.KeyStore, error) {
	s := keystore.New(keystore.WithOrderedAliases())
	if err := s.Load(bytes.NewReader(b), jksPassword(password)); err != nil {
		return s, wrongPassword
	}
	return s, nil
}

// jksPassword is what the library wants: it puts a zero in front of every byte,
// which makes of Latin-1 the UTF-16 that Java takes a password for.
func jksPassword(s string) []byte {
	var b []byte
	for _, r := range s {
		if r > 0xFF {
			return []byte(s) // no store made by Java opens with that
		}
		b = append(b, byte(r))
	}
	return b
}

// jksTrusted are the certificates of a trust store. As in Java, the owner of a key
// is trusted, too.
func jksTrusted(b []byte, password string) ([]*x509.Certificate, error) {
	s, err := jks(b, password)
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for _, alias := range s.Aliases() {
		chain, err := s.GetPrivateKeyEntryCertificateChain(alias)
		if errors.Is(err, keystore.ErrWrongEntryType) {
			var entry keystore.TrustedCertificateEntry
			entry, err = s.GetTrustedCertificateEntry(alias)
			chain = []keystore.Certificate{entry.Certificate}
		}
		if err != nil || len(chain) == 0 {
			return nil, errors.Join(err, errors.New("an entry without a certificate"))
		}
		c, err := x509.ParseCertificate(chain[0].Content)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// jksPair is the first private key of a key store, with its certificates.
func jksPair(b []byte, password, own string) (tls.Certificate, error) {
	s, err := jks(b, password)
	if err != nil {
		return tls.Certificate{}, err
	}
	for _, alias := range s.Aliases() {
		entry, err := s.GetPrivateKeyEntry(alias, jksPassword(own))
		if errors.Is(err, keystore.ErrWrongEntryType) {
			continue // a certificate that is trusted
		}
		if err != nil {
			return tls.Certificate{}, unrecoverable
		}
		pair := tls.Certificate{}
		if pair.PrivateKey, err = x509.ParsePKCS8PrivateKey(entry.PrivateKey); err != nil {
			return pair, err
		}
		for _, c := range entry.CertificateChain {
			pair.Certificate = append(pair.Certificate, c.Content)
		}
		return pair, nil
	}
	return tls.Certificate{}, errors.New("no private key in it")
}
