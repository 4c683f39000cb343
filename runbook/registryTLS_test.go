package runbook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const tlsRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: tls}
spec:
  registries:
    source:
      url: https://source
      tls: %s
  steps:
    - id: freeze
      setMode: {registry: source, mode: READONLY}
`

// writePair writes NAME.pem and NAME.key.
func writePair(t *testing.T, dir, name string) (key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	key = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}))
	for file, text := range map[string]string{
		name + ".pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})), name + ".key": key,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key
}

// The files are read from the runbook's folder, and nothing of them reaches the exporter or a problem.
func TestTLSFiles(t *testing.T) {
	dir := t.TempDir()
	key := writePair(t, dir, "a")
	writePair(t, dir, "b")
	file := filepath.Join(dir, "runbook.yaml")
	rb, problems := load(file, fmt.Appendf(nil, tlsRunbook, "{ca: b.pem, cert: a.pem, key: a.key}"), Options{}, fixtures)
	if problems != nil {
		t.Fatal(text(problems))
	}
	r := rb.Registries[0]
	if r.TLS.Key.Reveal() != key || r.TLS.CA == "" || r.TLS.CA == r.TLS.Cert {
		t.Errorf("got %+v", r.TLS)
	}
	if len(r.Export) != 1 || r.Export["schema.registry.url"].Reveal() != "https://source" {
		t.Errorf("the exporter would get %v", r.Export)
	}
	for tls, want := range map[string]string{
		"{cert: a.pem, key: b.key}": `:8:31: file "b.key": tls: private key does not match public key`,
		"{cert: a.pem, key: a.pem}": `:8:31: file "a.pem": tls: found a certificate rather than a key`,
		"{cert: a.key, key: a.key}": `:8:19: file "a.key": no PEM certificate in it`,
		"{ca: a.key}":               `:8:17: file "a.key": no PEM certificate in it`,
	} {
		_, problems := load(file, fmt.Appendf(nil, tlsRunbook, tls), Options{}, fixtures)
		if got := text(problems); len(problems) != 1 || !strings.Contains(got, want) || strings.Contains(got, strings.Split(key, "\n")[1]) {
			t.Errorf("%s: got %s, want %s", tls, got, want)
		}
		if _, problems := load(file, fmt.Appendf(nil, tlsRunbook, tls), Options{Lax: true}, fixtures); problems != nil {
			t.Errorf("%s: lax: got %s", tls, text(problems))
		}
	}
}
