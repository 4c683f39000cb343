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
	return certificateFor(t, name, time.Hour)
}

// certificateFor makes one that ends that much from now.
func certificateFor(t *testing.T, name string, life time.Duration) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life), IsCA: true, BasicConstraintsValid: true,
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
	strange, strangeKey := certificate(t, "strange")
	url, ca := secure(t, cert)
	good := registry.TLS{CA: ca, Cert: cert, Key: registry.NewSecret(key), ServerName: "registry.internal"}
	for name, tc := range map[string]struct {
		change func(*registry.TLS)
		want   string // what to do; "" when all is well
	}{
		"all":          {func(*registry.TLS) {}, ""},
		"no check":     {func(c *registry.TLS) { c.CA, c.ServerName, c.InsecureSkipVerify = "", "", true }, ""},
		"another name": {func(c *registry.TLS) { c.ServerName = "" }, "the certificate of registry source is for registry.internal: write the url with such a name, or name it in tls.serverName"},
		"another ca":   {func(c *registry.TLS) { c.CA = cert }, "the certificate of registry source is signed by a CA that is not in tls.ca: name the PEM file of that CA in tls.ca"},
		"the system's": {func(c *registry.TLS) { c.CA = "" }, "signed by a CA that this system does not trust: name the PEM file of that CA in tls.ca"},
		"no certificate": {
			func(c *registry.TLS) { c.Cert, c.Key = "", registry.Secret{} },
			"registry source asks for a certificate of this client: name it in tls.cert and tls.key, or tls.keystore",
		},
		"a stranger's certificate": {
			func(c *registry.TLS) { c.Cert, c.Key = strange, registry.NewSecret(strangeKey) },
			"registry source does not accept the certificate of this client: check tls.cert and tls.key, or tls.keystore",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := good
			tc.change(&c)
			_, err := client(t, url, func(cfg *registry.Config) { cfg.TLS = c }).ExporterNames(t.Context())
			if (err == nil) != (tc.want == "") || !strings.Contains(fmt.Sprint(err), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if err != nil && registry.IsTemporary(err) {
				t.Errorf("trying again does not help: %v", err)
			}
		})
	}
}

func TestOtherProtocolsAreTold(t *testing.T) {
	cert, _ := certificate(t, "client")
	encrypted, _ := secure(t, cert)
	plain := serve(t, answer(200, `["e"]`)).URL
	for url, want := range map[string]string{
		strings.Replace(plain, "http:", "https:", 1):     "registry source answers in plain HTTP: write http:// in its url",
		strings.Replace(encrypted, "https:", "http:", 1): "an HTTP request to an HTTPS server",
	} {
		if _, err := client(t, url, nil).ExporterNames(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A certificate that has ended is told as that, whichever side has it.
func TestExpiredCertificates(t *testing.T) {
	cert, key := certificateFor(t, "registry.internal", -2*time.Minute)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(answer(200, `["e"]`))
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains about handshakes
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err = client(t, s.URL, func(c *registry.Config) { c.TLS = registry.TLS{CA: cert, ServerName: "registry.internal"} }).ExporterNames(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the certificate of registry source, or one that signed it, ended on 20") || registry.IsTemporary(err) {
		t.Errorf("the server's: got %v", err)
	}
	old, oldKey := certificateFor(t, "client", -2*time.Minute)
	url, ca := secure(t, old)
	_, err = client(t, url, func(c *registry.Config) {
		c.TLS = registry.TLS{CA: ca, Cert: old, Key: registry.NewSecret(oldKey), ServerName: "registry.internal"}
	}).ExporterNames(t.Context())
	if err == nil || !strings.Contains(err.Error(), "until when it is valid") {
		t.Errorf("the client's: got %v", err)
	}
}

// A certificate that was renewed in its file is shown from then on.
func TestACertificateThatIsRenewed(t *testing.T) {
	old, oldKey := certificate(t, "old")
	fresh, freshKey := certificate(t, "fresh")
	url, ca := secure(t, fresh)
	times := 0
	c := client(t, url, func(c *registry.Config) {
		c.TLS = registry.TLS{CA: ca, Cert: old, Key: registry.NewSecret(oldKey), ServerName: "registry.internal"}
		c.Renew = func(c registry.Config) (registry.Config, error) {
			times++
			c.TLS.Cert, c.TLS.Key = fresh, registry.NewSecret(freshKey)
			return c, nil
		}
	})
	for range 2 {
		if _, err := c.ExporterNames(t.Context()); err != nil || times != 1 {
			t.Errorf("read %d times: %v", times, err)
		}
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
