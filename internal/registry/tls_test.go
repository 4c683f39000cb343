package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	stdlog "log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// certificate makes one that signs itself, for the name.
func certificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// secure serves over TLS as registry.internal and demands a certificate of this client.
func secure(t *testing.T, clientCert string) (url, ca string) {
	t.Helper()
	cert, key := certificate(t, "registry.internal")
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(clientCert))
	s := httptest.NewUnstartedServer(answer(200, `["e"]`))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains about handshakes
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, cert
}

func TestTLS(t *testing.T) {
	cert, key := certificate(t, "client")
	url, ca := secure(t, cert)
	good := registry.TLS{CA: ca, Cert: cert, Key: registry.NewSecret(key), ServerName: "registry.internal"}
	for name, tc := range map[string]struct {
		change func(*registry.TLS)
		ok     bool
	}{
		"all":            {func(*registry.TLS) {}, true},
		"no check":       {func(c *registry.TLS) { c.CA, c.ServerName, c.InsecureSkipVerify = "", "", true }, true},
		"another name":   {func(c *registry.TLS) { c.ServerName = "" }, false},
		"another ca":     {func(c *registry.TLS) { c.CA = cert }, false},
		"no certificate": {func(c *registry.TLS) { c.Cert, c.Key = "", registry.Secret{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := good
			tc.change(&c)
			_, err := client(t, url, func(cfg *registry.Config) { cfg.TLS = c }).ExporterNames(t.Context())
			if (err == nil) != tc.ok {
				t.Errorf("got %v", err)
			}
			if err != nil && registry.IsTemporary(err) {
				t.Errorf("trying again does not help: %v", err)
			}
		})
	}
}

func TestNewRefusesTLSWithoutShowingTheKey(t *testing.T) {
	cert, key := certificate(t, "a")
	_, other := certificate(t, "b")
	body := strings.Split(key, "\n")[1]
	for name, c := range map[string]registry.TLS{
		"no ca":          {CA: key},
		"no certificate": {Cert: key, Key: registry.NewSecret(key)},
		"key missing":    {Cert: cert},
		"cert missing":   {Key: registry.NewSecret(key)},
		"not its key":    {Cert: cert, Key: registry.NewSecret(other)},
		"not a key":      {Cert: cert, Key: registry.NewSecret(body)},
		"half a key":     {Cert: cert, Key: registry.NewSecret(key[:len(key)/2])},
		"encrypted":      {Cert: cert, Key: registry.NewSecret(strings.ReplaceAll(key, "PRIVATE", "ENCRYPTED PRIVATE"))},
	} {
		_, err := registry.New(registry.Config{Name: "source", URL: "https://x", TLS: c})
		if err == nil {
			t.Errorf("%s: was taken", name)
			continue
		}
		shown := fmt.Sprintf("%v %+v %#v", err, c.Key, c.Key)
		if strings.Contains(shown, body[:10]) {
			t.Errorf("%s: shows the key: %v", name, err)
		}
	}
}

// A redirect is not followed to the registry's other URL either.
func TestNoRedirectToTheOtherURL(t *testing.T) {
	two := serve(t, answer(200, `{"mode":"READWRITE"}`))
	one := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, two.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	c := client(t, one.URL, others(two.URL))
	if _, _, err := c.Mode(t.Context(), ""); err == nil || len(two.requests()) != 0 {
		t.Errorf("got %v, %q", err, two.requests())
	}
}
