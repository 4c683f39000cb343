package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const lockedRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: locked}
spec:
  vars:
    token: {env: REGISTRY_PASSWORD, secret: true}
    storePassword: {env: UNSET, default: replaced, secret: true}
    name: {env: UNSET, default: locked}
    direct: {env: TARGET_URL, default: "http://localhost"}
  registries:
    source:
      url: SOURCE
      auth: {bearer: {token: {env: REGISTRY_PASSWORD}}}
      headers: {X-Api-Key: "${{ vars.token }}"}
      tls: {ca: ca.pem, cert: client.pem, key: client.key, serverName: example.com}
    target:
      urls: ["https://127.0.0.1:1", TARGET]
      auth: {bearer: {token: "${{ vars.token }}"}}
      headers: {X-Api-Key: {file: password}}
      tls: {ca: ca.pem, cert: client.pem, key: client.key, serverName: example.com}
      asDestination:
        url: ${{ vars.direct }}
        config: {schema.registry.ssl.key.password: "${{ vars.storePassword }}"}
  steps:
    - id: start
      createExporter:
        exporter: ${{ vars.name }}
        contextType: NONE
        subjects: [":*:"]
        config: {schema.registry.ssl.keystore.password: "a${{ vars.token }}"}
    - id: copied
      waitFor: {exporter: "${{ vars.name }}", compare: {}, until: 'caughtUp("200ms") && diff.identical', every: 50ms}
      timeout: 1m
    - id: end
      delete: {exporter: "${{ vars.name }}"}
`

// A token, a header, a key and a secret var are seen no more than a password is.
func TestOtherSecretsAreSeenNowhere(t *testing.T) {
	for _, c := range []struct {
		name, password string
		ends           bool
		more           string
	}{
		{"a run that ends well", canary, true, ""},
		{"a run that is rolled back", canary, false, planted},
		{"a refused credential", canary + "x", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{Source: sandbox.Options{Exporters: true}, Seed: sandbox.Seed{Subjects: 25}})
			if err != nil {
				t.Fatal(err)
			}
			defer pair.Close()
			p := &place{t: t, dir: t.TempDir(), source: &side{URL: pair.SourceURL}, target: &side{URL: pair.TargetURL}}
			source, target := lock(t, pair.SourceURL), lock(t, pair.TargetURL)
			p.write(strings.NewReplacer("TARGET_URL", "TARGET_URL", "SOURCE", source.URL, "TARGET", target.URL).Replace(lockedRunbook) + c.more)
			key := p.secretFiles(source.Certificate(), c.password)
			var all strings.Builder
			for _, args := range [][]string{
				{"run", "-v"}, {"status", "-v"}, {"validate"}, {"state", "show"}, {"rollback", "-v"}, {"run", "--var", "token=x"}, {"run", "--help"},
			} {
				all.WriteString(p.guarded(c.password, append(args[:1:1], append([]string{"--vars-file", "vars.yaml"}, args[1:]...)...)...))
			}
			out := all.String()
			if got := strings.Contains(out, "result    succeeded"); got != c.ends {
				t.Errorf("succeeded: %v, want %v\n%s", got, c.ends, out)
			}
			seen := func(what, text string) {
				hidden(t, what, text)
				if strings.Contains(text, key) {
					t.Errorf("%s shows the key", what)
				}
			}
			seen("output", out)
			files(t, p.dir, seen)
		})
	}
}

// lock demands a client certificate, a token and a header, and shows what it was sent instead.
func lock(t *testing.T, to string) *httptest.Server {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	behind := httputil.NewSingleHostReverseProxy(u)
	behind.ErrorLog = log.New(io.Discard, "", 0)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+canary && r.Header.Get("X-Api-Key") == canary {
			behind.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, "%s %s", r.Header.Get("Authorization"), url.QueryEscape(r.Header.Get("X-Api-Key")))
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// secretFiles writes what the runbook names and returns a line of the key.
func (p *place) secretFiles(ca *x509.Certificate, password string) (line string) {
	p.t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		p.t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
	for name, content := range map[string][]byte{
		"ca.pem":     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
		"client.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		"client.key": key,
		"password":   []byte(password + "\n"),
		"vars.yaml":  fmt.Appendf(nil, "name: from-file\nstorePassword: '%s'\n", canary),
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return strings.Split(string(key), "\n")[1]
}
