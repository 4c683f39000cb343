package registry_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

const canary = `s3cr+t/p w"&<7>%`

// encodings are the ways in which a canary may turn up.
func encodings(s string) []string {
	j, _ := json.Marshal(s) // a string always marshals
	b := []byte(s)
	return []string{
		s, string(j[1 : len(j)-1]), fmt.Sprintf("%q", s), url.QueryEscape(s), url.PathEscape(s),
		base64.StdEncoding.EncodeToString(b), base64.URLEncoding.EncodeToString(b),
		base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
		base64.StdEncoding.EncodeToString([]byte("user:" + s)),
		strings.ToLower(url.QueryEscape(s)), url.UserPassword("user", s).String(),
	}
}

func mustHide(t *testing.T, where, text string) {
	t.Helper()
	for _, e := range encodings(canary) {
		if strings.Contains(text, e) {
			t.Errorf("%s shows the secret as %s: %s", where, e, text)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := registry.NewSecret(canary)
	type outer struct {
		Open   registry.Secret
		closed registry.Secret
	}
	o := outer{s, s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "%08.3f"} {
		for _, v := range []any{s, &s, o, &o, []registry.Secret{s}, map[string]registry.Secret{"k": s}} {
			mustHide(t, verb, fmt.Sprintf(verb, v))
		}
	}
	b, err := json.Marshal(registry.Exporter{Name: "e", Config: map[string]registry.Secret{"k": s}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"e","config":{"k":"[redacted]"}}`; string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	var l log
	l.logger().Info("x", "secret", s, "in", o, slog.Any("p", &s))
	mustHide(t, "slog", l.String())
}

func TestSecretIsAValue(t *testing.T) {
	a, again, b := registry.NewSecret("a"), registry.NewSecret("a"), registry.NewSecret("b")
	if a != again || a == b {
		t.Error("secrets do not compare by their text")
	}
	var zero registry.Secret
	if !zero.IsZero() || zero.Reveal() != "" || !registry.NewSecret("").IsZero() {
		t.Error("the zero secret is not empty")
	}
	if got := registry.NewSecret(canary).Reveal(); got != canary {
		t.Errorf("got %q, want %q", got, canary)
	}
}

func TestRedactor(t *testing.T) {
	r := &registry.Redactor{}
	r.Add(canary, "user:"+canary, "ab", "", canary+"-longer")
	for _, e := range encodings(canary) {
		mustHide(t, "redactor", r.Redact("before "+e+" after "+e))
	}
	if got, want := r.Redact("cabbage "+canary+"-longer."), "cabbage [redacted]."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var none *registry.Redactor
	none.Add("secret")
	if got := none.Redact("secret"); got != "secret" {
		t.Errorf("nil redactor: got %q", got)
	}
}

func TestRedactorConcurrently(t *testing.T) {
	r := &registry.Redactor{}
	done := make(chan bool)
	for i := range 8 {
		go func() {
			defer func() { done <- true }()
			s := fmt.Sprintf("secret-%d", i)
			r.Add(s)
			if got := r.Redact("a " + s); got != "a [redacted]" {
				t.Errorf("got %q", got)
			}
		}()
	}
	for range 8 {
		<-done
	}
}
