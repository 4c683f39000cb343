package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// An exporter reads what Java's own tool has made, as Java would: the kind that type names does not matter among the two,
// and a key may have a password of its own.
func TestExporterWithStoresOfKeytool(t *testing.T) {
	if _, err := exec.LookPath("keytool"); err != nil {
		t.Skip("needs keytool of a JDK:", err)
	}
	dir := t.TempDir()
	p := startPair(t, PairOptions{Source: Options{Exporters: true}, TLS: dir, MutualTLS: true, Seed: Seed{Subjects: 3}})
	own, err := keyFile{file: filepath.Join(dir, fileClientStore), kind: "PEM"}.pair()
	check(t, err)
	b, err := pkcs12.Modern.Encode(own.PrivateKey, own.Leaf, nil, "keys-1")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "k.p12"), b, 0o600))
	t.Setenv("KEYS", "keys-1")
	t.Setenv("KEY", "its own")
	t.Setenv("TRUST", "trust-1")
	keytool(t, dir, "-importcert", "-alias", "ca", "-file", fileCA, "-keystore", "t.jks", "-storetype", "JKS", "-storepass:env", "TRUST")
	keytool(t, dir, "-importkeystore", "-srckeystore", "k.p12", "-srcstoretype", "PKCS12", "-srcstorepass:env", "KEYS", "-srcalias", "1",
		"-destkeystore", "k.jks", "-deststoretype", "JKS", "-deststorepass:env", "KEYS", "-destkeypass:env", "KEY", "-destalias", "me")
	const trust, keys = `"ssl.truststore.location":"t.jks","ssl.truststore.password":"trust-1"`, `"ssl.keystore.location":"k.jks","ssl.keystore.password":"keys-1"`
	for i, c := range []struct{ config, trace string }{
		{trust + `,"ssl.truststore.type":"PKCS12",` + keys + `,"ssl.key.password":"its own"`, ""},
		{trust + `,"ssl.keystore.location":"k.p12","ssl.keystore.password":"keys-1"`, ""},
		{`"ssl.truststore.location":"t.jks","ssl.truststore.password":"trust-2"`, "keystore password was incorrect"},
		{trust + "," + keys, "UnrecoverableKeyException"},
		{trust + `,"ssl.keystore.location":"t.jks","ssl.keystore.password":"trust-1"`, "no private key"},
		{`"ssl.truststore.location":"k.jks","ssl.truststore.password":"keys-1"`, "unknown authority"},
		{trust + `,"ssl.keystore.location":"k.p12","ssl.keystore.password":"keys-1","ssl.key.password":"other"`, "UnrecoverableKeyException"},
		{trust + `,"ssl.keystore.location":"k.p12","ssl.keystore.password":"other"`, "keystore password was incorrect"},
	} {
		config := strings.ReplaceAll(c.config, `location":"`, `location":"`+dir+"/")
		script(t, p.Source, fmt.Sprintf(`POST /exporters {"name":"e%d","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":%q,%s}} -> 200`, i, p.TargetURL, config))
		until(t, "the outcome of "+c.config, func() bool {
			x := p.Source.Snapshot().Exporters[i]
			return c.trace == "" && x.State == stateRunning || c.trace != "" && strings.Contains(x.Trace, c.trace)
		})
		script(t, p.Source, fmt.Sprintf(`PUT /exporters/e%d/pause -> 200`, i))
	}
}

func keytool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "keytool", append(args, "-noprompt")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
}
