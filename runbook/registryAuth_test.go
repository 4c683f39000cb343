package runbook

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srmigrate/srmigrate/internal/registry"
)

const authRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: auth}
spec:
  registries:
    target: {url: "https://target", %s}
  steps:
    - id: freeze
      setMode: {registry: target, mode: READONLY}
`

// What an exporter needs to write there follows from auth, and nothing else does.
func TestWhatTheExporterGets(t *testing.T) {
	for access, want := range map[string]string{
		`auth: {basic: {username: me, password: pw1}}`: "basic.auth.credentials.source=USER_INFO basic.auth.user.info=me:pw1",
		`auth: {bearer: {token: t0k}}`:                 "bearer.auth.credentials.source=STATIC_TOKEN bearer.auth.token=t0k",
		`auth: {bearer: {token: t0k, logicalCluster: lsrc-1, identityPool: pool-1}}`: "bearer.auth.credentials.source=STATIC_TOKEN " +
			"bearer.auth.identity.pool.id=pool-1 bearer.auth.logical.cluster=lsrc-1 bearer.auth.token=t0k",
		`auth: {oauth: {tokenUrl: "https://idp/t", clientId: me, clientSecret: pw1}}`: "bearer.auth.client.id=me bearer.auth.client.secret=pw1 " +
			"bearer.auth.credentials.source=OAUTHBEARER bearer.auth.issuer.endpoint.url=https://idp/t",
		`auth: {oauth: {tokenUrl: "https://idp/t", clientId: me, clientSecret: pw1, scope: a b, logicalCluster: lsrc-1, identityPool: pool-1}}`: "" +
			"bearer.auth.client.id=me bearer.auth.client.secret=pw1 bearer.auth.credentials.source=OAUTHBEARER bearer.auth.identity.pool.id=pool-1 " +
			"bearer.auth.issuer.endpoint.url=https://idp/t bearer.auth.logical.cluster=lsrc-1 bearer.auth.scope=a b",
		`auth: {basic: {username: me, password: pw1}}, asDestination: {config: {basic.auth.user.info: "other:pw2"}}`: "" +
			"basic.auth.credentials.source=USER_INFO basic.auth.user.info=other:pw2",
	} {
		rb, problems := load("x.yaml", fmt.Appendf(nil, authRunbook, access), Options{}, fixtures)
		if problems != nil {
			t.Errorf("%s: %s", access, text(problems))
			continue
		}
		export := rb.Registries[0].Export
		var got []string
		for _, key := range slices.Sorted(maps.Keys(export)) {
			if key != "schema.registry.url" {
				got = append(got, key+"="+export[key].Reveal())
			}
		}
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s: %s", access, d)
		}
	}
}

// Credentials from files are read again from there; those of the environment cannot be.
func TestRenew(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "runbook.yaml")
	for access, of := range map[string]func(registry.Config) string{
		`auth: {basic: {username: {file: value}, password: x}}`:                                    func(c registry.Config) string { return c.Username },
		`auth: {basic: {username: me, password: {file: value}}}`:                                   func(c registry.Config) string { return c.Password.Reveal() },
		`auth: {bearer: {token: {file: value}}}`:                                                   func(c registry.Config) string { return c.Token.Reveal() },
		`auth: {oauth: {tokenUrl: "https://i", clientId: {file: value}, clientSecret: x}}`:         func(c registry.Config) string { return c.OAuth.ClientID },
		`auth: {oauth: {tokenUrl: "https://i", clientId: {env: ID}, clientSecret: {file: value}}}`: func(c registry.Config) string { return c.OAuth.ClientSecret.Reveal() },
		`headers: {X-Key: {file: value}}`:                                                          func(c registry.Config) string { return c.Headers["X-Key"].Reveal() },
	} {
		write("value", "old\n")
		env := func(string) (string, bool) { return "id", true }
		rb, problems := load(file, fmt.Appendf(nil, authRunbook, access), Options{Getenv: env}, fixtures)
		if problems != nil {
			t.Errorf("%s: %s", access, text(problems))
			continue
		}
		c := rb.Registries[0].Config()
		write("value", "new\n")
		fresh, err := c.Renew(c)
		if err != nil || of(c) != "old" || of(fresh) != "new" {
			t.Errorf("%s: got %s, then %s, %v", access, of(c), of(fresh), err)
		}
		write("value", "")
		if _, err := c.Renew(c); err == nil || !strings.Contains(err.Error(), `file "value" is empty`) {
			t.Errorf("%s: empty: got %v", access, err)
		}
		if err := os.Remove(filepath.Join(dir, "value")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Renew(c); err == nil || err.Error() != `file "value": no such file or directory` {
			t.Errorf("%s: gone: got %v", access, err)
		}
	}
	writePair(t, dir, "a")
	rb, problems := load(file, fmt.Appendf(nil, authRunbook, "tls: {cert: a.pem, key: a.key}"), Options{}, fixtures)
	if problems != nil {
		t.Fatal(text(problems))
	}
	c := rb.Registries[0].Config()
	writePair(t, dir, "a")
	fresh, err := c.Renew(c)
	if err != nil || fresh.TLS.Cert == c.TLS.Cert || fresh.TLS.Key == c.TLS.Key || fresh.TLS.CheckKey() != nil {
		t.Errorf("got %v", err)
	}
	rb, _ = load(file, fmt.Appendf(nil, authRunbook, "auth: {bearer: {token: {env: T}}}"), Options{Lax: true}, fixtures)
	if rb.Registries[0].Config().Renew != nil {
		t.Error("the environment cannot be read again")
	}
}
