package sandbox

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// ask requests a token and returns the status and the token.
func ask(t *testing.T, at, client, secret, grant string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, strings.NewReader(url.Values{"grant_type": {grant}}.Encode()))
	check(t, err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.SetBasicAuth(client, secret)
	q.Close = true
	answer, err := http.DefaultClient.Do(q)
	check(t, err)
	defer drain(t, answer.Body)
	b, err := io.ReadAll(answer.Body)
	check(t, err)
	var got struct {
		Token string `json:"access_token"`
	}
	check(t, json.Unmarshal(b, &got))
	return answer.StatusCode, got.Token
}

func TestTokens(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, Client: "me", ClientSecret: "s3c", TokenLife: time.Hour, Seed: Seed{Subjects: 3},
	})
	for _, refused := range [][3]string{{"me", "other", "client_credentials"}, {"", "", "client_credentials"}, {"me", "s3c", "password"}} {
		if status, token := ask(t, p.TokenURL, refused[0], refused[1], refused[2]); status/100 != 4 || token != "" {
			t.Errorf("%q: got %d %q", refused, status, token)
		}
	}
	_, token := ask(t, p.TokenURL, "me", "s3c", "client_credentials")
	for sent, want := range map[string]int{"": 401, "other": 401, token: 200} {
		if got, err := reach(t, p.TargetURL+"/subjects", sent, nil); err != nil || got != want {
			t.Errorf("token %q: got %d %v, want %d", sent, got, err, want)
		}
	}
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+
		p.TargetURL+`","bearer.auth.credentials.source":"OAUTHBEARER","bearer.auth.client.id":"me","bearer.auth.client.secret":"s3c",`+
		`"bearer.auth.issuer.endpoint.url":"`+p.TokenURL+`"}} -> 200`)
	until(t, "the copy", func() bool { return p.Source.Snapshot().Exporters[0].State == stateRunning })
}

func TestATokenEnds(t *testing.T) {
	i := newIssuer("me", "s3c", "", time.Nanosecond)
	q, err := http.NewRequest(http.MethodPost, TokenPath, strings.NewReader("grant_type=client_credentials&client_id=me&client_secret=s3c"))
	check(t, err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, answer := i.answer(q)
	if token, _ := answer["access_token"].(string); status != 200 || token == "" || i.lets(token) {
		t.Errorf("got %d %v, and it still holds: %t", status, answer, i.lets(token))
	}
}

// An exporter reads the stores that people have.
func TestExporterWithPKCS12(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certificates")
	p := startPair(t, PairOptions{Source: Options{Exporters: true}, TLS: dir, MutualTLS: true, Seed: Seed{Subjects: 3}})
	own, err := keyFile{file: filepath.Join(dir, fileClientStore), kind: "PEM"}.pair()
	check(t, err)
	ca, err := os.ReadFile(filepath.Join(dir, fileCA))
	check(t, err)
	root, err := x509.ParseCertificate(decodePEM(t, ca))
	check(t, err)
	keys, err := pkcs12.Modern.Encode(own.PrivateKey, own.Leaf, nil, "k")
	check(t, err)
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root}, "t")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "k.p12"), keys, 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "t.p12"), trust, 0o600))
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+p.TargetURL+
		`","schema.registry.ssl.truststore.location":"`+dir+`/t.p12","schema.registry.ssl.truststore.type":"PKCS12","schema.registry.ssl.truststore.password":"t"`+
		`,"schema.registry.ssl.keystore.location":"`+dir+`/k.p12","schema.registry.ssl.keystore.type":"PKCS12","schema.registry.ssl.keystore.password":"k"}} -> 200`)
	until(t, "the copy", func() bool { return p.Source.Snapshot().Exporters[0].State == stateRunning })
}

func decodePEM(t *testing.T, b []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatal("no PEM")
	}
	return block.Bytes
}
