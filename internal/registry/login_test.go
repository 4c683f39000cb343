package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// token is the part of each that is secret, without what a header cannot carry.
const token = "5ecr3t-t0ken"

// idp gives out tokens t1, t2 and so on, and counts.
type idp struct {
	*server
	tokensMu sync.Mutex
	given    int
	answer   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	life     int                                               // seconds, 0 for ever
	sent     []string                                          // forms and users
}

func issue(t *testing.T) *idp {
	t.Helper()
	i := &idp{life: 3600}
	i.server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		i.tokensMu.Lock()
		defer i.tokensMu.Unlock()
		user, password, _ := r.BasicAuth()
		i.sent = append(i.sent, user+":"+password+" "+r.FormValue("grant_type")+" "+r.FormValue("scope"))
		if i.answer != nil && i.answer(w, r) {
			return
		}
		i.given++
		w.Header().Set("Content-Type", "application/json")
		token, _ := json.Marshal(fmt.Sprintf("t%d-%s", i.given, token)) // a text always marshals
		fmt.Fprintf(w, `{"access_token":%s,"token_type":"Bearer","expires_in":%d}`, token, i.life)
	})
	return i
}

func (i *idp) tokens() int {
	i.tokensMu.Lock()
	defer i.tokensMu.Unlock()
	return i.given
}

// takes serves a registry that lets tokens in that begin with one of these.
func takes(t *testing.T, seen *[]string, mu *sync.Mutex, good func(token string) bool) *server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		*seen = append(*seen, r.Method+" "+token[:min(2, len(token))]+" "+r.Header.Get("Target-Sr-Cluster")+" "+r.Header.Get("Confluent-Identity-Pool-Id"))
		mu.Unlock()
		if !good(token) {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"error_code":401,"message":"no %s"}`, token)
			return
		}
		fmt.Fprint(w, `["e"]`)
	})
}

func withOAuth(url string) func(*registry.Config) {
	return func(c *registry.Config) {
		c.OAuth = registry.OAuth{TokenURL: url, ClientID: "me", ClientSecret: registry.NewSecret(canary + "2"), Scope: "a b"}
		c.LogicalCluster, c.IdentityPool = "lsrc-1", "pool-1"
		c.Credentials = "env:ID and file:secret"
	}
}

func TestOAuth(t *testing.T) {
	i := issue(t)
	var seen []string
	var mu sync.Mutex
	s := takes(t, &seen, &mu, func(string) bool { return true })
	for _, readOnly := range []bool{false, true} {
		seen = nil
		c := client(t, s.URL, func(c *registry.Config) { withOAuth(i.URL)(c); c.ReadOnly = readOnly })
		for range 3 {
			if _, err := c.ExporterNames(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Subjects(t.Context(), "", true); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("GET t%d lsrc-1 pool-1", i.tokens())
		if slices.ContainsFunc(seen, func(s string) bool { return s != want }) {
			t.Errorf("got %q, want %s", seen, want)
		}
	}
	if want := "me:" + url.QueryEscape(canary+"2") + " client_credentials a b"; i.tokens() != 2 || !slices.Equal(i.sent, []string{want, want}) {
		t.Errorf("got %d tokens for %q", i.tokens(), i.sent)
	}
}

// A token that is refused is replaced and the request sent again, once, also one that must not be sent twice.
func TestATokenThatIsRefused(t *testing.T) {
	i := issue(t)
	for name, tc := range map[string]struct {
		good string
		want []string
		ok   bool
	}{
		"once":     {"t2", []string{"POST t1", "POST t2"}, true},
		"for good": {"t9", []string{"POST t3", "POST t4"}, false},
	} {
		i.tokensMu.Lock()
		i.given = map[bool]int{true: 0, false: 2}[tc.ok]
		i.tokensMu.Unlock()
		var seen []string
		var mu sync.Mutex
		s := takes(t, &seen, &mu, func(token string) bool { return strings.HasPrefix(token, tc.good) })
		err := client(t, s.URL, withOAuth(i.URL)).CreateExporter(t.Context(), registry.Exporter{Name: "e"})
		if (err == nil) != tc.ok || registry.IsLost(err) || len(seen) != 2 || !strings.HasPrefix(seen[0], tc.want[0]) || !strings.HasPrefix(seen[1], tc.want[1]) {
			t.Errorf("%s: got %v for %q", name, err, seen)
		}
		if err != nil {
			mustHide(t, name, err.Error())
			if strings.Contains(err.Error(), token) {
				t.Errorf("%s: shows the token: %v", name, err)
			}
			const want = "the credentials of registry source, from env:ID and file:secret, have expired or are wrong (and were read again just now): renew them, then go on"
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// Many requests that are refused at the same time ask for one new token.
func TestOneRenewalForAll(t *testing.T) {
	i := issue(t)
	var seen []string
	var mu sync.Mutex
	var arrived sync.WaitGroup
	arrived.Add(8)
	s := takes(t, &seen, &mu, func(token string) bool {
		if strings.HasPrefix(token, "t1") {
			arrived.Done()
			arrived.Wait()
			return false
		}
		return true
	})
	c := client(t, s.URL, withOAuth(i.URL))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.ExporterNames(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if i.tokens() != 2 || len(seen) != 16 {
		t.Errorf("got %d tokens, %d requests", i.tokens(), len(seen))
	}
}

func TestATokenThatEnds(t *testing.T) {
	i := issue(t)
	i.life = 1 // less than the leeway for the way to the server
	var seen []string
	var mu sync.Mutex
	c := client(t, takes(t, &seen, &mu, func(string) bool { return true }).URL, withOAuth(i.URL))
	for range 2 {
		if _, err := c.ExporterNames(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if i.tokens() != 2 {
		t.Errorf("got %q", seen)
	}
}

func TestNoToken(t *testing.T) {
	secret := url.PathEscape(canary + "2")
	asked := false
	s := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
	for name, tc := range map[string]struct {
		status    int
		body      string
		want      string
		temporary bool
	}{
		"wrong":     {401, `{"error":"invalid_client","error_description":"` + secret + ` is wrong"}`, "401 Unauthorized, invalid_client, [redacted] is wrong; correct auth.oauth of registry source, from env:ID and file:secret", false},
		"scope":     {400, `{"error":"invalid_scope"}`, "400 Bad Request, invalid_scope; correct auth.oauth", false},
		"away":      {503, `<html>`, "503 Service Unavailable", true},
		"too many":  {429, ``, "429 Too Many Requests", true},
		"elsewhere": {302, ``, "302 Found", false},
		"not one":   {200, `<html>`, "no token from", false},
	} {
		i := issue(t)
		i.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Location", s.URL)
			w.WriteHeader(tc.status)
			fmt.Fprint(w, tc.body)
			return true
		}
		_, err := client(t, s.URL, withOAuth(i.URL)).ExporterNames(t.Context())
		if err == nil || !strings.Contains(err.Error(), tc.want) || registry.IsTemporary(err) != tc.temporary || registry.IsLost(err) || asked {
			t.Errorf("%s: got %v, temporary %t, asked %t", name, err, registry.IsTemporary(err), asked)
		}
		mustHide(t, name, fmt.Sprint(err))
	}
	i := issue(t)
	i.Close()
	if _, err := client(t, s.URL, withOAuth(i.URL)).ExporterNames(t.Context()); !registry.IsTemporary(err) || !strings.Contains(err.Error(), "no token from "+i.URL) {
		t.Errorf("no endpoint: got %v", err)
	}
	if _, err := client(t, s.URL, withOAuth("https"+strings.TrimPrefix(issue(t).URL, "http"))).ExporterNames(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "the token url of registry source answers in plain HTTP") {
		t.Errorf("plain: got %v", err)
	}
	slow := serve(t, hang)
	_, err := client(t, s.URL, func(c *registry.Config) { withOAuth(slow.URL)(c); c.Timeout = 50 * time.Millisecond }).ExporterNames(t.Context())
	if !registry.IsTemporary(err) || !strings.Contains(err.Error(), "no token from "+slow.URL+": no answer within 50ms") {
		t.Errorf("an endpoint that hangs: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, s.URL, withOAuth(i.URL)).ExporterNames(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// What stands in files is read again when it is refused.
func TestCredentialsAreReadAgain(t *testing.T) {
	type reading struct {
		password string
		err      error
	}
	for name, tc := range map[string]struct {
		again reading
		want  string
		sent  int
	}{
		"others":   {reading{password: "new-" + canary}, "", 2},
		"the same": {reading{password: "old-" + canary}, "have expired or are wrong: renew them", 1},
		"wrong":    {reading{password: "bad-" + canary}, "(and were read again just now)", 2},
		"gone":     {reading{err: errors.New("file x: gone")}, "they could not be read again: file x: gone", 1},
	} {
		sent := 0
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent++
			_, p, _ := r.BasicAuth()
			if p != "new-"+canary {
				w.WriteHeader(401)
				fmt.Fprint(w, p)
			}
		})
		var l log
		c := client(t, s.URL, func(c *registry.Config) {
			c.Username, c.Password, c.Logger = "u", registry.NewSecret("old-"+canary), l.logger()
			c.Renew = func(c registry.Config) (registry.Config, error) {
				c.Password = registry.NewSecret(tc.again.password)
				return c, tc.again.err
			}
		})
		err := c.SetMode(t.Context(), "", "READONLY", false)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) || sent != tc.sent {
			t.Errorf("%s: got %v, %d requests", name, err, sent)
		}
		mustHide(t, name, fmt.Sprint(err)+l.String())
	}
}
