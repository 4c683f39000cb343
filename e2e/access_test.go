package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// accessRunbook has a step of every type that asks or changes a registry.
const accessRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: access}
spec:
  registries:
    source: {url: SOURCE, ACCESS}
    target: {url: TARGET, ACCESS, asDestination: {config: {STORES}}}
  steps:
    - id: look
      assert: {that: 'subjects("source") > subjects("target")'}
    - id: check
      preflight: {canary: true}
    - id: start
      createExporter: {exporter: x, contextType: NONE, subjects: [":*:"], rollbackCopies: remove}
    - id: copied
      waitFor: {exporter: x, compare: {}, until: 'caughtUp("50ms") && diff.identical', every: 20ms}
      timeout: 1m
    - id: change
      updateExporter: {exporter: x, subjects: [":*:"], contextType: NONE}
    - id: halt
      pause: {exporter: x}
    - id: again
      reset: {exporter: x}
    - id: go-on
      resume: {exporter: x}
    - id: freeze
      setMode: {registry: source, mode: READONLY, recursive: true}
    - id: settled
      waitFor: {exporter: x, compare: {}, until: 'caughtUp("50ms") && diff.identical', every: 20ms}
      timeout: 1m
    - id: end
      delete: {exporter: x}
    - id: open
      restoreMode: {registry: target}
    - id: level
      setCompatibility: {registry: target, level: FULL}
    - id: levels
      restoreCompatibility: {registry: target}
    - id: one
      deleteSubjects: {registry: target, subjects: [com.acme.sales.Order], permanent: true, atMost: 1}
    - id: clean
      deleteCopies: {registry: target, step: start}
    - id: anew
      copy: {}
    - id: prove
      compare: {}
`

// access is one way into both registries.
type access struct {
	registry, stores string // for the runbook
	pair             sandbox.PairOptions
	env              []string
}

// logins are the kinds of credentials, by name. TOKENS and CA are put in later.
func logins() map[string]access {
	return map[string]access{
		"nothing": {},
		"basic": {
			registry: "auth: {basic: {username: {env: A_USER}, password: {env: A_SECRET}}}",
			pair:     sandbox.PairOptions{User: "me", Password: canary}, env: []string{"A_USER=me", "A_SECRET=" + canary},
		},
		"bearer": {
			registry: "auth: {bearer: {token: {file: token}, logicalCluster: lsrc-1}}",
			pair:     sandbox.PairOptions{Bearer: canary, LogicalCluster: "lsrc-1"},
		},
		"oauth": {
			registry: "auth: {oauth: {tokenUrl: TOKENS, clientId: me, clientSecret: {env: A_SECRET}, scope: all, logicalCluster: lsrc-1, identityPool: pool-1, CA}}",
			pair: sandbox.PairOptions{
				Client: "me", ClientSecret: canary, TokenLife: time.Hour, Scope: "all", LogicalCluster: "lsrc-1", IdentityPool: "pool-1",
			},
			env: []string{"A_SECRET=" + canary},
		},
	}
}

// secured are the kinds of connections, by name. DIR is where the files are.
func secured() map[string]access {
	pem := "schema.registry.ssl.truststore.location: DIR/ca.pem, schema.registry.ssl.truststore.type: PEM"
	const stores = "schema.registry.ssl.truststore.location: DIR/trust.KIND, schema.registry.ssl.truststore.type: TYPE, schema.registry.ssl.truststore.password: {env: A_STORE}"
	const both = stores + ", schema.registry.ssl.keystore.location: DIR/client.KIND, schema.registry.ssl.keystore.type: TYPE, " +
		"schema.registry.ssl.keystore.password: {env: A_STORE}, schema.registry.ssl.key.password: {env: A_KEY}"
	jks, p12 := strings.NewReplacer("KIND", "jks", "TYPE", "JKS"), strings.NewReplacer("KIND", "p12", "TYPE", "PKCS12")
	store := []string{"A_STORE=" + canary}
	return map[string]access{
		"http":  {},
		"https": {registry: "tls: {ca: DIR/ca.pem}", stores: pem, pair: sandbox.PairOptions{TLS: "DIR"}},
		"https by PKCS12": {
			registry: "tls: {truststore: {path: DIR/trust.p12, password: {env: A_STORE}}}", stores: p12.Replace(stores), pair: sandbox.PairOptions{TLS: "DIR"}, env: store,
		},
		"mTLS": {
			registry: "tls: {ca: DIR/ca.pem, cert: DIR/client.pem, key: DIR/client-key.pem}",
			stores:   pem + ", schema.registry.ssl.keystore.location: DIR/client-keystore.pem, schema.registry.ssl.keystore.type: PEM",
			pair:     sandbox.PairOptions{TLS: "DIR", MutualTLS: true},
		},
		"mTLS by PKCS12": {
			registry: "tls: {truststore: {path: DIR/trust.p12, password: {env: A_STORE}}, keystore: {path: DIR/client.p12, password: {env: A_STORE}}}",
			stores:   p12.Replace(both), pair: sandbox.PairOptions{TLS: "DIR", MutualTLS: true}, env: append(store, "A_KEY="+canary),
		},
		"mTLS by JKS": { // of the exporter: this program reads none
			registry: "tls: {ca: DIR/ca.pem, cert: DIR/client.pem, key: DIR/client-key.pem}",
			stores:   jks.Replace(both), pair: sandbox.PairOptions{TLS: "DIR", MutualTLS: true}, env: append(store, "A_KEY="+canary+"key"),
		},
	}
}

// entry is a place with a runbook for registries that are reached in some way.
type entry struct {
	*place
	env  []string
	pair *sandbox.Pair
	text string // of the runbook
}

func enter(t *testing.T, login, secure access, faults ...string) *entry {
	t.Helper()
	return enterAs(t, accessFiles(t), "server", login, secure, faults...)
}

// enterAs has the servers show this certificate of dir.
func enterAs(t *testing.T, dir, server string, login, secure access, faults ...string) *entry {
	t.Helper()
	return enterWith(t, accessRunbook, dir, server, login, secure, faults...)
}

// enterWith is for a runbook of one's own.
func enterWith(t *testing.T, runbook, dir, server string, login, secure access, faults ...string) *entry {
	t.Helper()
	o := login.pair
	o.MutualTLS, o.Seed, o.Source.Exporters = secure.pair.MutualTLS, sandbox.Seed{Subjects: 5}, true
	if secure.pair.TLS != "" {
		o.TLS = serverFiles(t, dir, server)
	}
	for _, f := range faults {
		fault, err := sandbox.ParseFault(f)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, fault)
	}
	pair, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pair.Close() }) // the run is over
	e := &entry{&place{t: t, dir: t.TempDir()}, slices.Concat(os.Environ(), login.env, secure.env), pair, ""}
	ca, both := "", slices.DeleteFunc([]string{login.registry, secure.registry}, func(s string) bool { return s == "" })
	if secure.pair.TLS != "" {
		ca = "ca: DIR/ca.pem"
	}
	keep(t, e.dir, "token", []byte(canary))
	text := strings.NewReplacer(", ACCESS", strings.TrimSuffix(", "+strings.Join(both, ", "), ", "), "STORES", secure.stores).Replace(runbook)
	text = strings.NewReplacer("SOURCE", pair.SourceURL, "TARGET", pair.TargetURL, "TOKENS", pair.TokenURL, ", CA", strings.TrimSuffix(", "+ca, ", ")).Replace(text)
	e.text = strings.ReplaceAll(text, "DIR", dir)
	e.write(e.text)
	return e
}

// srmigrate runs a command on the runbook and returns its exit code and both of its outputs.
func (e *entry) srmigrate(args ...string) (code int, stdout, stderr string) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "srmigrate", args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = e.dir, e.env, &out, &errs
	code = exit(cmd.Run())
	hidden(e.t, "output", out.String()+errs.String())
	return code, out.String(), errs.String()
}

// Every way in works for every type of step, for the exporter as well as for the program, and shows no secret.
func TestEveryWayIn(t *testing.T) {
	for by, login := range logins() {
		for over, secure := range secured() {
			t.Run(by+" over "+over, func(t *testing.T) {
				t.Parallel()
				e := enter(t, login, secure)
				if code, out, errs := e.srmigrate("plan", "runbook.yaml"); code != 0 {
					t.Fatalf("plan: exit %d\n%s%s", code, out, errs)
				}
				code, out, errs := e.srmigrate("run", "-v", "runbook.yaml")
				if code != 0 || !strings.Contains(out, "proof     identical: 5 of 5") {
					t.Fatalf("exit %d\n%s%s", code, out, errs)
				}
				files(t, e.dir, func(what, text string) {
					if filepath.Base(what) != "token" {
						hidden(t, what, text)
					}
				})
			})
		}
	}
}

// A comparison takes each way in from a file of registries, without a runbook, and shows no secret.
func TestCompareKnowsEveryWayIn(t *testing.T) {
	for by, login := range logins() {
		for over, secure := range secured() {
			t.Run(by+" over "+over, func(t *testing.T) {
				t.Parallel()
				e := enter(t, login, secure)
				_, rest, _ := strings.Cut(e.text, "spec:\n")
				registries, _, _ := strings.Cut(rest, "  steps:\n")
				keep(t, e.dir, "registries.yaml", []byte(strings.ReplaceAll(registries, "\n  ", "\n")[2:]))
				code, out, errs := e.srmigrate("compare", "-v", "registries.yaml")
				if code != 10 || !strings.Contains(out, "verdict   different: 5 of 5 subjects differ") {
					t.Errorf("exit %d\n%s%s", code, out, errs)
				}
				for _, format := range []string{"text", "json"} {
					code, out, errs := e.srmigrate("watch", "-v", "registries.yaml", "-o", format)
					if code != 10 || !strings.Contains(out, "found: 5 differences") {
						t.Errorf("watch: exit %d\n%s%s", code, out, errs)
					}
				}
				files(t, e.dir, func(what, text string) {
					if filepath.Base(what) != "token" {
						hidden(t, what, text)
					}
				})
			})
		}
	}
}

// What does not let anybody in is told before the first write, with the registry, the setting and the remedy.
func TestEveryWayThatIsShut(t *testing.T) {
	dir := accessFiles(t)
	basic, bearer, oauth, plain := logins()["basic"], logins()["bearer"], logins()["oauth"], logins()["nothing"]
	https, mutual, p12 := secured()["https"], secured()["mTLS"], secured()["mTLS by PKCS12"]
	edit := func(a access, from, to string) access {
		if !strings.Contains(a.registry, from) {
			t.Fatalf("no %q in %q", from, a.registry)
		}
		a.registry = strings.Replace(a.registry, from, to, 1)
		return a
	}
	with := func(a access, env ...string) access { a.env = slices.Concat(a.env, env); return a }
	for name, c := range map[string]struct {
		server        string
		login, secure access
		want          []string
	}{
		"a wrong password":           {"", with(basic, "A_SECRET="+canary+"x"), https, []string{"401 Unauthorized", "credentials of registry source, from env:A_USER and env:A_SECRET, have expired or are wrong: renew them"}},
		"a wrong token":              {"", edit(bearer, "{file: token}", "{env: A_SECRET}"), https, []string{"credentials of registry source, from env:A_SECRET, have expired or are wrong"}},
		"no credentials":             {"", access{pair: basic.pair}, https, []string{"registry source has none: give it auth"}},
		"a wrong client secret":      {"", with(oauth, "A_SECRET="+canary+"x"), https, []string{"no token from", "401 Unauthorized, invalid_client", "correct auth.oauth of registry source, from env:A_SECRET"}},
		"a wrong scope":              {"", edit(oauth, "scope: all", "scope: other"), https, []string{"no token from", "400 Bad Request, invalid_scope", "correct auth.oauth of registry source"}},
		"another logical cluster":    {"", edit(oauth, "lsrc-1", "lsrc-2"), https, []string{"401 Unauthorized", "credentials of registry source, from env:A_SECRET, have expired or are wrong"}},
		"another identity pool":      {"", edit(oauth, "pool-1", "pool-2"), https, []string{"401 Unauthorized", "credentials of registry source, from env:A_SECRET, have expired or are wrong"}},
		"no identity provider":       {"", edit(oauth, "TOKENS", "https://127.0.0.1:1/token"), https, []string{"no token from https://127.0.0.1:1/token", "connection refused"}},
		"a strange idp":              {"", edit(oauth, ", CA", ""), https, []string{"the certificate of the token url of registry source is signed by a CA that this system does not trust", "auth.oauth.ca"}},
		"an unknown CA":              {"", plain, edit(https, "{ca: DIR/ca.pem}", "{insecureSkipVerify: false}"), []string{"registry source is signed by a CA that this system does not trust: name the PEM file of that CA in tls.ca"}},
		"another CA":                 {"", plain, edit(https, "ca.pem", "stranger-ca.pem"), []string{"registry source is signed by a CA that is not in tls.ca"}},
		"another name":               {"other-server", plain, https, []string{"the certificate of registry source is for elsewhere.example", "name it in tls.serverName"}},
		"a wrong server name":        {"", plain, edit(https, "ca.pem", "ca.pem, serverName: a.example"), []string{"the certificate of registry source is for 127.0.0.1", "tls.serverName"}},
		"an expired server":          {"old-server", plain, https, []string{"the certificate of registry source, or one that signed it, ended on 20", "renew it on the server"}},
		"no client certificate":      {"", plain, edit(mutual, ", cert: DIR/client.pem, key: DIR/client-key.pem", ""), []string{"registry source asks for a certificate of this client: name it in tls.cert and tls.key, or tls.keystore"}},
		"a strange client":           {"", plain, edit(mutual, "client.pem, key: DIR/client-key.pem", "stranger.pem, key: DIR/stranger-key.pem"), []string{"registry source does not accept the certificate of this client: check tls.cert and tls.key"}},
		"an expired client":          {"", plain, edit(mutual, "client.pem, key: DIR/client-key.pem", "expired.pem, key: DIR/expired-key.pem"), []string{"registry source does not accept the certificate of this client", "until when it is valid"}},
		"a store's wrong password":   {"", plain, with(p12, "A_STORE="+canary+"x"), []string{"runbook.yaml:6:", `trust.p12": its password is wrong`}},
		"a store of another kind":    {"", plain, edit(p12, "client.p12", "client.pem"), []string{"runbook.yaml:6:", `it is a PEM file; name it in tls.ca, or in tls.cert and tls.key`}},
		"the key of another":         {"", plain, edit(mutual, "client-key.pem", "stranger-key.pem"), []string{"runbook.yaml:6:", `stranger-key.pem": tls: private key does not match public key`}},
		"a variable that is not set": {"", edit(basic, "A_SECRET", "A_MISSING"), https, []string{"runbook.yaml:6:", "environment variable A_MISSING is not set"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := c.server
			if server == "" {
				server = "server"
			}
			e := enterAs(t, dir, server, c.login, c.secure)
			if name == "a wrong token" {
				e.env = append(e.env, "A_SECRET="+canary+"x")
			}
			for verb, codes := range map[string][]int{"plan": {3, 11}, "run": {3, 11}} {
				code, out, errs := e.srmigrate(verb, "runbook.yaml")
				if !slices.Contains(codes, code) {
					t.Errorf("%s: exit %d", verb, code)
				}
				for _, want := range c.want {
					if !strings.Contains(out+errs, want) {
						t.Errorf("%s: no %q in\n%s%s", verb, want, out, errs)
					}
				}
			}
			if got := e.pair.Source.Snapshot(); len(got.Exporters) > 0 || len(got.Modes) > 0 {
				t.Errorf("something was changed: %+v", got)
			}
		})
	}
}

// A credential that ends in mid-run is told in every type of step that asks a registry.
func TestACredentialThatEndsInEveryStep(t *testing.T) {
	e := enter(t, logins()["basic"], secured()["http"])
	steps := strings.Fields("look check start copied change halt again go-on freeze settled end open levels prove")
	own := map[string]string{
		"source": "look check start copied change halt again go-on freeze settled end prove", "target": "look check start copied settled open levels prove",
	}
	midst := e.requests()
	for at, n := range midst {
		if !slices.Contains(strings.Fields(own[at.side]), at.step) {
			continue // a look in passing
		}
		t.Run(at.step+" by "+at.side, func(t *testing.T) {
			t.Parallel()
			// How often is polled differs from run to run, and with it the number of the request.
			for range 60 {
				step := endAt(t, at.side, n)
				switch {
				case step == at.step:
					return
				case step == "" || slices.Index(steps, step) > slices.Index(steps, at.step):
					n--
				default:
					n++
				}
			}
			t.Error("it always ended in another step")
		})
	}
}

// endAt has the credential end with the n-th request to a registry, and returns the step that failed.
func endAt(t *testing.T, side string, n int) (step string) {
	t.Helper()
	e := enter(t, logins()["basic"], secured()["http"], fmt.Sprintf("%s:* /:unauthorized:%d+", side, n-1))
	code, out, errs := e.srmigrate("run", "runbook.yaml")
	if code == 0 {
		return "" // past the last request
	}
	_, failure, _ := strings.Cut(out, "\nfailed    ")
	failure, _, _ = strings.Cut(failure, "\n")
	want := "the credentials of registry " + side + ", from env:A_USER and env:A_SECRET, have expired or are wrong: renew them, then go on"
	if code != 4 && code != 5 || !strings.Contains(failure, want) {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	step, _, _ = strings.Cut(failure, ":")
	return step
}

// whence is a step and a registry that it asks.
type whence struct{ step, side string }

// requests runs the runbook and counts requests: for each step and registry, the number of one in its midst.
func (e *entry) requests() map[whence]int {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "srmigrate", "run", "-v", "runbook.yaml")
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = e.dir, e.env, &out, &out // in the order in which they came
	if err := cmd.Run(); err != nil {
		e.t.Fatalf("%v\n%s", err, out.String())
	}
	step, sent, of := "", map[string]int{}, map[whence][]int{}
	for line := range strings.Lines(out.String()) {
		if rest, ok := strings.CutPrefix(line, "start     "); ok {
			step, _, _ = strings.Cut(rest, ":")
		}
		for _, side := range []string{"source", "target"} {
			if !strings.Contains(line, "msg=request registry="+side+" ") {
				continue
			}
			sent[side]++
			if step != "" {
				of[whence{step, side}] = append(of[whence{step, side}], sent[side])
			}
		}
	}
	midst := map[whence]int{}
	for at, list := range of {
		midst[at] = list[len(list)/2]
	}
	return midst
}
