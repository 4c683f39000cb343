package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// identity is a certificate with its key.
type identity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for the host; by itself where there is no issuer.
func issue(t *testing.T, issuer *identity, host string, life time.Duration) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	serial, err2 := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	id := &identity{key: key, cert: &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, DNSNames: []string{host},
	}}
	if ip := net.ParseIP(host); ip != nil {
		id.cert.DNSNames, id.cert.IPAddresses = nil, []net.IP{ip}
	}
	if issuer == nil {
		issuer = id
		id.cert.IsCA, id.cert.KeyUsage = true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, id.cert, issuer.cert, key.Public(), issuer.key)
	if err == nil {
		id.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// save writes NAME.pem and NAME-key.pem.
func (id *identity) save(t *testing.T, dir, name string) {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, dir, name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.cert.Raw}))
	keep(t, dir, name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

func keep(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// accessFiles writes what servers and clients of all kinds need, good and bad. Passwords of stores are the canary.
func accessFiles(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	ca, stranger := issue(t, nil, "ca", time.Hour), issue(t, nil, "stranger", time.Hour)
	server, client := issue(t, ca, "127.0.0.1", time.Hour), issue(t, ca, "client", time.Hour)
	for name, id := range map[string]*identity{
		"ca": ca, "stranger-ca": stranger, "server": server, "client": client, "stranger": issue(t, stranger, "client", time.Hour),
		"expired": issue(t, ca, "client", -time.Hour), "old-server": issue(t, ca, "127.0.0.1", -time.Hour), "other-server": issue(t, ca, "elsewhere.example", time.Hour),
	} {
		id.save(t, dir, name)
	}
	keys, err := pkcs12.Modern.Encode(client.key, client.cert, nil, canary)
	trust, err2 := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.cert}, canary)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	keep(t, dir, "client.p12", keys)
	keep(t, dir, "trust.p12", trust)
	for from, to := range map[string]string{"client-key.pem": "client-keystore.pem", "client.pem": "client-keystore.pem"} {
		b, err := os.ReadFile(filepath.Join(dir, from))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(dir, to), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(b)
		}
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serverFiles are a folder for a sandbox whose server shows this certificate.
func serverFiles(t *testing.T, from, server string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for to, name := range map[string]string{
		"ca.pem": "ca.pem", "server.pem": server + ".pem", "server-key.pem": server + "-key.pem", "client.pem": "client.pem",
		"client-key.pem": "client-key.pem", "client-keystore.pem": "client-keystore.pem",
	} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		keep(t, dir, to, b)
	}
	return dir
}
