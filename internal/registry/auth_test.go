package registry_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// What a server echoes of a token or a header is not shown, whole or without the scheme in front.
func TestTokenAndHeadersAreHidden(t *testing.T) {
	for name, set := range map[string]func(*registry.Config){
		"token":  func(c *registry.Config) { c.Token = registry.NewSecret(canary) },
		"header": func(c *registry.Config) { c.Headers = secrets("X-Api-Key", canary) },
		"scheme": func(c *registry.Config) { c.Headers = secrets("Authorization", "Bearer "+canary) },
	} {
		t.Run(name, func(t *testing.T) {
			var sent string
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent = r.Header.Get("Authorization") + r.Header.Get("X-Api-Key")
				w.WriteHeader(401)
				_, _ = w.Write([]byte("you are not " + canary + " " + url.QueryEscape(canary) + " " + base64.StdEncoding.EncodeToString([]byte(canary))))
			})
			var l log
			_, err := client(t, s.URL, func(c *registry.Config) { set(c); c.Logger = l.logger() }).ExporterNames(t.Context())
			if err == nil || !strings.Contains(sent, canary) {
				t.Fatalf("got %v, sent %q", err, sent)
			}
			mustHide(t, "error", err.Error())
			mustHide(t, "log", l.String())
		})
	}
}

// Whoever has to correct credentials reads where they come from.
func TestARefusalOfCredentialsSaysWhoseTheyAre(t *testing.T) {
	s := serve(t, answer(401, ""))
	for want, set := range map[string]func(*registry.Config){
		": it asks for credentials, and registry source has none: give it auth": func(*registry.Config) {},
		": the credentials of registry source have expired or are wrong: renew them, then go on": func(c *registry.Config) {
			c.Headers = secrets("Authorization", canary)
		},
		": the credentials of registry source, from env:USER and file:password, have expired or are wrong: renew them, then go on": func(c *registry.Config) {
			c.Username, c.Password, c.Credentials = "u", registry.NewSecret(canary), "env:USER and file:password"
		},
	} {
		_, _, err := client(t, s.URL, set).Identity(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNewRefusesHeaders(t *testing.T) {
	for name, set := range map[string]func(*registry.Config){
		"no name":          func(c *registry.Config) { c.Headers = secrets("", canary) },
		"a space":          func(c *registry.Config) { c.Headers = secrets("X Y", canary) },
		"host":             func(c *registry.Config) { c.Headers = secrets("host", canary) },
		"length":           func(c *registry.Config) { c.Headers = secrets("content-length", canary) },
		"hop by hop":       func(c *registry.Config) { c.Headers = secrets("Transfer-encoding", canary) },
		"the client's own": func(c *registry.Config) { c.Headers = secrets("accept", canary) },
		"two lines":        func(c *registry.Config) { c.Headers = secrets("X-Y", canary+"\nHost: x") },
		"nothing":          func(c *registry.Config) { c.Headers = secrets("X-Y", " ") },
		"besides a token": func(c *registry.Config) {
			c.Headers, c.Token = secrets("authorization", canary), registry.NewSecret("t")
		},
		"besides a user":       func(c *registry.Config) { c.Headers, c.Username = secrets("Authorization", canary), "u" },
		"besides one in a URL": func(c *registry.Config) { c.Headers, c.URL = secrets("Authorization", canary), "http://u:p@x" },
	} {
		c := registry.Config{Name: "source", URL: "http://x"}
		set(&c)
		_, err := registry.New(c)
		if err == nil {
			t.Errorf("%s: was taken", name)
			continue
		}
		mustHide(t, name, err.Error())
	}
}

func secrets(name, value string) map[string]registry.Secret {
	return map[string]registry.Secret{name: registry.NewSecret(value)}
}
