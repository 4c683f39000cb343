package sandbox

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// storeClient is the HTTP client for an exporter whose config names a trust
// store or a key store, nil if it names neither. Of the kinds of stores that
// Java reads, the sandbox reads PEM.
func storeClient(config map[string]string) (*http.Client, error) {
	trust, err := pemStore(config, "ssl.truststore")
	if err != nil {
		return nil, err
	}
	keys, err := pemStore(config, "ssl.keystore")
	if err != nil || trust == "" && keys == "" {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if trust != "" {
		if c.RootCAs, err = poolOf(trust); err != nil {
			return nil, err
		}
	}
	if keys != "" {
		own, err := keyStore(keys)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{own}
	}
	client := newHTTPClient()
	client.Transport.(*http.Transport).TLSClientConfig = c
	return client, nil
}

// pemStore is the file of a store, empty if the config names none.
func pemStore(config map[string]string, store string) (string, error) {
	file := setting(config, store+".location")
	kind := setting(config, store+".type")
	if file == "" || strings.EqualFold(kind, "PEM") {
		return file, nil
	}
	if kind == "" {
		kind = "JKS, the default"
	}
	return "", fmt.Errorf("%s.type is %s; the sandbox reads PEM alone", store, kind)
}

// keyStore reads a private key and its certificates from one file.
func keyStore(file string) (tls.Certificate, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(b, b)
}
