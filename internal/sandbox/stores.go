package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// storeClient is the HTTP client for an exporter whose config names a trust
// store or a key store, nil if it names neither. Of the kinds of stores that
// Java reads, the sandbox reads PKCS12 and PEM.
func storeClient(config map[string]string) (*http.Client, error) {
	trust, keys := storeOf(config, "ssl.truststore"), storeOf(config, "ssl.keystore")
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
	client := newHTTPClient()
	client.Transport.(*http.Transport).TLSClientConfig = c
	return client, nil
}

// keyFile is a file of certificates or keys that a config names.
type keyFile struct{ key, file, kind, password string }

func storeOf(config map[string]string, key string) keyFile {
	return keyFile{key, setting(config, key+".location"), setting(config, key+".type"), setting(config, key+".password")}
}

// pool reads certificates to trust.
func (s keyFile) pool() (*x509.CertPool, error) {
	switch strings.ToUpper(s.kind) {
	case "PEM":
		return poolOf(s.file)
	case "PKCS12":
		b, err := os.ReadFile(s.file)
		if err != nil {
			return nil, err
		}
		certs, err := pkcs12.DecodeTrustStore(b, s.password)
		pool := x509.NewCertPool()
		for _, c := range certs {
			pool.AddCert(c)
		}
		return pool, err
	}
	return nil, s.unknown()
}

// pair reads a private key and its certificates from one file.
func (s keyFile) pair() (tls.Certificate, error) {
	kind := strings.ToUpper(s.kind)
	if kind != "PEM" && kind != "PKCS12" {
		return tls.Certificate{}, s.unknown()
	}
	b, err := os.ReadFile(s.file)
	if err != nil {
		return tls.Certificate{}, err
	}
	if kind == "PEM" {
		return tls.X509KeyPair(b, b)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(b, s.password)
	if err != nil {
		return tls.Certificate{}, err
	}
	own := tls.Certificate{PrivateKey: key, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		own.Certificate = append(own.Certificate, c.Raw)
	}
	return own, nil
}

func (s keyFile) unknown() error {
	kind := s.kind
	if kind == "" {
		kind = "JKS, the default"
	}
	return fmt.Errorf("%s.type is %s; the sandbox reads PKCS12 and PEM alone", s.key, kind)
}
