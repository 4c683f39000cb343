package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Files in the folder of the certificates. The key store holds key and
// certificate of the client in one file, as an exporter's config wants them.
const (
	fileCA          = "ca.pem"
	fileServer      = "server.pem"
	fileServerKey   = "server-key.pem"
	fileClient      = "client.pem"
	fileClientKey   = "client-key.pem"
	fileClientStore = "client-keystore.pem"
)

// validity is long enough for a sandbox that is left running, and no longer.
const validity = 30 * 24 * time.Hour

// certificates makes a CA and what it signs in dir. What an earlier sandbox
// has left there is used again, so that clients keep trusting it; nothing is
// ever overwritten.
func certificates(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	missing := []string{}
	files := []string{fileCA, fileServer, fileServerKey, fileClient, fileClientKey, fileClientStore}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f)); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, f)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case len(files):
		return makeCertificates(dir)
	}
	return fmt.Errorf("%s holds some of the certificates, but not %q; give a folder with all or none of them", dir, missing)
}

func makeCertificates(dir string) error {
	ca, err := newIdentity("srmigrate sandbox CA", nil, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	})
	if err != nil {
		return err
	}
	server, err := newIdentity("localhost", ca, func(c *x509.Certificate) {
		c.DNSNames = []string{"localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	if err != nil {
		return err
	}
	client, err := newIdentity("srmigrate sandbox client", ca, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	if err != nil {
		return err
	}
	for file, content := range map[string][]byte{
		fileCA: ca.cert, fileServer: server.cert, fileServerKey: server.keyPEM, fileClient: client.cert,
		fileClientKey: client.keyPEM, fileClientStore: bytes.Join([][]byte{client.keyPEM, client.cert}, nil),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// identity is a certificate with its key.
type identity struct {
	parsed       *x509.Certificate
	key          *ecdsa.PrivateKey
	cert, keyPEM []byte
}

// newIdentity is signed by the issuer, or by itself without one.
func newIdentity(subject string, issuer *identity, more func(*x509.Certificate)) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	id := &identity{key: key, parsed: &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: subject},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}}
	more(id.parsed)
	if issuer == nil {
		issuer = id
	}
	der, err := x509.CreateCertificate(rand.Reader, id.parsed, issuer.parsed, key.Public(), issuer.key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	id.cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	id.keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return id, nil
}

// serverTLS reads what certificates made.
func serverTLS(dir string, mutual bool) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, fileServer), filepath.Join(dir, fileServerKey))
	if err != nil {
		return nil, err
	}
	// HTTP/1.1 alone: a connection that is cut takes no other request along.
	c := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if !mutual {
		return c, nil
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs, err = poolOf(filepath.Join(dir, fileCA))
	return c, err
}

func poolOf(file string) (*x509.CertPool, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return pool, nil
}
