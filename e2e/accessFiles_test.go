package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
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

func keep(t testing.TB, dir, name string, b []byte) {
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
	saveStores(t, dir, "trust", "client", ca, client)
	saveStores(t, dir, "stranger-trust", "stranger", stranger, issue(t, stranger, "client", time.Hour))
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

// saveStores writes stores of both kinds that Java has: who is trusted, and a key with a password of its own where the kind
// lets it have one.
func saveStores(t *testing.T, dir, trust, keys string, ca, own *identity) {
	t.Helper()
	p12, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.cert}, canary)
	p12Keys, err2 := pkcs12.Modern.Encode(own.key, own.cert, nil, canary)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	keep(t, dir, trust+".p12", p12)
	keep(t, dir, keys+".p12", p12Keys)
	saveJKS(t, dir, trust, canary, func(s keystore.KeyStore) error { return s.SetTrustedCertificateEntry("ca", ca.trusted()) })
	saveJKS(t, dir, keys, canary, func(s keystore.KeyStore) error {
		return s.SetPrivateKeyEntry("me", own.entry(t), inLatin1(canary+"key"))
	})
}

func saveJKS(t testing.TB, dir, name, password string, put func(keystore.KeyStore) error) {
	t.Helper()
	var b bytes.Buffer
	s := keystore.New()
	if err := errors.Join(put(s), s.Store(&b, inLatin1(password))); err != nil {
		t.Fatal(err)
	}
	keep(t, dir, name+".jks", b.Bytes())
}

func (id *identity) inStore() keystore.Certificate {
	return keystore.Certificate{Type: "X509", Content: id.cert.Raw}
}

func (id *identity) trusted() keystore.TrustedCertificateEntry {
	return keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: id.inStore()}
}

func (id *identity) entry(t testing.TB) keystore.PrivateKeyEntry {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	return keystore.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: raw, CertificateChain: []keystore.Certificate{id.inStore()}}
}

// load reads NAME.pem, and NAME-key.pem if there is one.
func load(t testing.TB, dir, name string) *identity {
	t.Helper()
	id := &identity{}
	for file, take := range map[string]func([]byte) error{
		name + ".pem": func(b []byte) (err error) { id.cert, err = x509.ParseCertificate(b); return err },
		name + "-key.pem": func(b []byte) error {
			key, err := x509.ParsePKCS8PrivateKey(b)
			id.key, _ = key.(*ecdsa.PrivateKey)
			return err
		},
	} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(file, "-key.pem") {
			continue
		}
		block, _ := pem.Decode(b)
		if err != nil || block == nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := take(block.Bytes); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return id
}

// inLatin1 is a password as keystore takes it for what Java has.
func inLatin1(s string) (b []byte) {
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
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
