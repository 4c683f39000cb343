package registry_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// parsed is what certificate made.
func parsed(t *testing.T, cert, key string) (*x509.Certificate, any) {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf, pair.PrivateKey
}

// Certificate and key come out of every kind of PKCS12 file as they went in, and a server takes them.
func TestKeystore(t *testing.T) {
	cert, key := certificate(t, "client")
	leaf, private := parsed(t, cert, key)
	url, ca := secure(t, cert)
	for name, e := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern, "of old Java": pkcs12.LegacyDES, "older still": pkcs12.LegacyRC2} {
		store, err := e.Encode(private, leaf, nil, canary)
		if err != nil {
			t.Fatal(err)
		}
		c, k, err := registry.Keystore(store, registry.NewSecret(canary))
		if err != nil || c != cert || k.Reveal() != key {
			t.Errorf("%s: got %s, %v", name, c, err)
		}
		with := registry.TLS{CA: ca, Cert: c, Key: k, ServerName: "registry.internal"}
		if _, err := client(t, url, func(cfg *registry.Config) { cfg.TLS = with }).ExporterNames(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, _, err = registry.Keystore(store, registry.NewSecret("wrong"))
		if err == nil || err.Error() != "its password is wrong" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTruststore(t *testing.T) {
	cert, key := certificate(t, "ca")
	leaf, private := parsed(t, cert, key)
	store, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{leaf}, canary)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := registry.Truststore(store, registry.NewSecret(canary)); err != nil || got != cert {
		t.Errorf("got %s, %v", got, err)
	}
	keys, err := pkcs12.Modern.Encode(private, leaf, nil, canary)
	if err != nil {
		t.Fatal(err)
	}
	for want, data := range map[string][]byte{
		"keytool -importcert":           keys,
		"its password is wrong":         must(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{leaf}, "other")),
		"deststoretype PKCS12":          {0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2},
		"it is a PEM file":              []byte(cert),
		"no PKCS12 file of certificate": []byte("nothing of the kind"),
	} {
		_, err := registry.Truststore(data, registry.NewSecret(canary))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
			continue
		}
		mustHide(t, want, err.Error())
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Java's own tool makes the files that people have.
func TestStoresOfKeytool(t *testing.T) {
	if _, err := exec.LookPath("keytool"); err != nil {
		t.Skip("needs keytool of a JDK:", err)
	}
	cert, _ := certificate(t, "ca")
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("ca.pem"), []byte(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STOREPASS", canary)
	keytool := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "keytool", append(args, "-storepass:env", "STOREPASS", "-noprompt")...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	keytool("-importcert", "-alias", "ca", "-file", file("ca.pem"), "-keystore", file("trust.p12"), "-storetype", "PKCS12")
	keytool("-genkeypair", "-alias", "me", "-keyalg", "EC", "-dname", "CN=me", "-keystore", file("me.p12"), "-storetype", "PKCS12")
	keytool("-importcert", "-alias", "ca", "-file", file("ca.pem"), "-keystore", file("trust.jks"), "-storetype", "JKS")
	read := func(name string) []byte { return must(os.ReadFile(file(name))) }
	if got, err := registry.Truststore(read("trust.p12"), registry.NewSecret(canary)); err != nil || got != cert {
		t.Errorf("got %s, %v", got, err)
	}
	c, k, err := registry.Keystore(read("me.p12"), registry.NewSecret(canary))
	if err != nil {
		t.Fatal(err)
	}
	if leaf, _ := parsed(t, c, k.Reveal()); leaf.Subject.CommonName != "me" {
		t.Errorf("got %s", leaf.Subject)
	}
	if _, err := registry.Truststore(read("trust.jks"), registry.NewSecret(canary)); err == nil || !strings.HasPrefix(err.Error(), "it is a JKS file") {
		t.Errorf("got %v", err)
	}
}

func TestDecryptKey(t *testing.T) {
	cert, key := certificate(t, "client")
	_, private := parsed(t, cert, key)
	der, err := pkcs8.MarshalPrivateKey(private, []byte(canary), nil)
	if err != nil {
		t.Fatal(err)
	}
	locked := string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))
	if got, err := registry.DecryptKey(locked, registry.NewSecret(canary)); err != nil || got.Reveal() != key {
		t.Errorf("got %v", err)
	}
	block, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", []byte("x"), []byte("y"), x509.PEMCipherAES128) //lint:ignore SA1019 what is refused
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"leave keyPassword out": key,
		"no PEM private key":    "x",
		"openssl pkcs8 -topk8":  string(pem.EncodeToMemory(block)),
		"keyPassword is wrong":  locked,
	} {
		if _, err := registry.DecryptKey(text, registry.NewSecret("wrong")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
