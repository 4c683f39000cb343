package sandbox

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reach sends one request on a connection of its own and returns the status.
func reach(t *testing.T, url, token string, c *tls.Config) (int, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	check(t, err)
	q.Close = true
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: c}}).Do(q)
	if err != nil {
		return 0, err
	}
	drain(t, answer.Body)
	return answer.StatusCode, nil
}

func TestBearer(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, Bearer: "t0k", Seed: Seed{Subjects: 3},
	})
	for token, want := range map[string]int{"": 401, "other": 401, "t0k": 200} {
		if got, err := reach(t, p.SourceURL+"/subjects", token, nil); err != nil || got != want {
			t.Errorf("token %q: got %d %v, want %d", token, got, err, want)
		}
	}
	script(t, p.Source, `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"`+
		p.TargetURL+`","bearer.auth.credentials.source":"STATIC_TOKEN","bearer.auth.token":"t0k"}} -> 200`)
	until(t, "the copy", func() bool { return p.Source.Snapshot().Exporters[0].State == stateRunning })
}

func TestTLS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certificates")
	p := startPair(t, PairOptions{TLS: dir, Seed: Seed{Subjects: 3}})
	roots, err := poolOf(filepath.Join(dir, fileCA))
	check(t, err)
	if got, err := reach(t, p.SourceURL+"/subjects", "", &tls.Config{RootCAs: roots}); got != 200 {
		t.Errorf("got %d %v", got, err)
	}
	if _, err := reach(t, p.SourceURL, "", nil); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("who does not know the CA: got %v", err)
	}
	// A second pair uses what the first has left.
	q := startPair(t, PairOptions{TLS: dir, MutualTLS: true, Seed: Seed{Subjects: 3}})
	if _, err := reach(t, q.TargetURL, "", &tls.Config{RootCAs: roots}); err == nil {
		t.Error("a client without a certificate was let in")
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, fileClient), filepath.Join(dir, fileClientKey))
	check(t, err)
	if got, err := reach(t, q.TargetURL, "", &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}); got != 200 {
		t.Errorf("got %d %v", got, err)
	}
}

func TestTLSFolder(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, fileCA)
	check(t, os.WriteFile(mine, []byte("mine"), 0o600))
	if _, err := Start(t.Context(), PairOptions{TLS: dir}); err == nil || !strings.Contains(err.Error(), `but not ["server.pem"`) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(mine); err != nil || string(b) != "mine" {
		t.Errorf("got %q %v", b, err)
	}
	if _, err := Start(t.Context(), PairOptions{MutualTLS: true}); err == nil {
		t.Error("mutual TLS without TLS")
	}
}

// What an exporter trusts and who it is stands in its config.
func TestExporterStores(t *testing.T) {
	dir := t.TempDir()
	p := startPair(t, PairOptions{Source: Options{Exporters: true}, TLS: dir, MutualTLS: true, Seed: Seed{Subjects: 3}})
	trust := fmt.Sprintf(`,"schema.registry.ssl.truststore.location":%q,"schema.registry.ssl.truststore.type":"PEM"`, filepath.Join(dir, fileCA))
	keys := fmt.Sprintf(`,"ssl.keystore.location":%q,"ssl.keystore.type":"pem"`, filepath.Join(dir, fileClientStore))
	for i, c := range []struct{ name, config, trace string }{
		{"no stores", "", "unknown authority"},
		{"no certificate", trust, "certificate required"},
		{"a kind that is not read", `,"ssl.truststore.location":"/a.bks","ssl.truststore.type":"BKS"`, "KeyStoreException: BKS not found; the sandbox reads JKS, PKCS12 and PEM"},
		{"PEM with a password", trust + `,"ssl.truststore.password":"x"`, "ssl.truststore.password cannot be specified for PEM format"},
		{"two sources", trust + keys + `,"basic.auth.credentials.source":"USER_INFO","bearer.auth.credentials.source":"STATIC_TOKEN"`, "only one of 'basic.auth.credentials.source' and"},
		{"no such file", trust + `,"ssl.keystore.location":"/nowhere.pem","ssl.keystore.type":"PEM"`, "no such file"},
		{"both", trust + keys, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, p.Source, fmt.Sprintf(`POST /exporters {"name":"e%d","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":%q%s}} -> 200`,
				i, p.TargetURL, c.config))
			until(t, "the outcome", func() bool {
				x := p.Source.Snapshot().Exporters[i]
				return c.trace == "" && x.State == stateRunning || c.trace != "" && strings.Contains(x.Trace, c.trace)
			})
			script(t, p.Source, fmt.Sprintf(`PUT /exporters/e%d/pause -> 200`, i))
		})
	}
}
