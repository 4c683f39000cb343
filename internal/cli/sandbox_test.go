package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// serve runs `srmigrate sandbox` with the flags until the test ends and
// returns the line it prints.
func serve(t *testing.T, env map[string]string, flags ...string) urls {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	a := &app{args: append([]string{"sandbox"}, flags...), stdout: in, stderr: &stderr, getenv: lookup(env)}
	done := make(chan int, 1)
	go func() {
		done <- a.run(ctx)
		in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("exit %d: %s", code, stderr.String())
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var u urls
	if err := json.Unmarshal(line, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// refused runs `srmigrate sandbox` with flags that it must refuse and returns
// what it says.
func refused(t *testing.T, env map[string]string, flags ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{args: append([]string{"sandbox"}, flags...), stdout: &stdout, stderr: &stderr, getenv: lookup(env)}
	if code := a.run(t.Context()); code != 2 {
		t.Errorf("exit %d, want 2: %s", code, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("stdout: %s", stdout.String())
	}
	return stderr.String()
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		v, ok := env[key]
		return v, ok
	}
}

// ask sends one request on a connection of its own.
func ask(t *testing.T, c *http.Client, verb, url string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), verb, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	answer, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func TestSandboxProfile(t *testing.T) {
	for profile, want := range map[string]int{"confluent": 200, "guide": 200, "community": 404, "lax": 200} {
		u := serve(t, nil, "--subjects", "3", "--profile", profile)
		if got, body := ask(t, http.DefaultClient, "GET", u.Source+"/exporters"); got != want {
			t.Errorf("%s: got %d %s, want %d", profile, got, body, want)
		}
	}
	if got := refused(t, nil, "--profile", "real"); !strings.Contains(got, `profile "real": want confluent, guide`) {
		t.Errorf("got %s", got)
	}
}

func TestSandboxAuth(t *testing.T) {
	withUser := func(u string) string { return strings.Replace(u, "http://", "http://u:p:q@", 1) }
	for name, c := range map[string]struct {
		env   map[string]string
		flags []string
	}{
		"flag":        {nil, []string{"--auth", "u:p:q"}},
		"environment": {map[string]string{"SRMIGRATE_SANDBOX_AUTH": "u:p:q"}, nil},
	} {
		u := serve(t, c.env, append(c.flags, "--subjects", "3")...)
		for _, url := range []string{u.Source, u.Target} {
			bare, _ := ask(t, http.DefaultClient, "GET", url+"/subjects")
			known, body := ask(t, http.DefaultClient, "GET", withUser(url)+"/subjects")
			if bare != 401 || known != 200 {
				t.Errorf("%s: got %d without and %d %s with credentials", name, bare, known, body)
			}
		}
	}
	for _, wrong := range []string{"hunter2", "hunter2:", ":hunter2"} {
		if got := refused(t, nil, "--auth", wrong); got != "srmigrate: --auth: want USER:PASS; usage: srmigrate sandbox [flags]\n" {
			t.Errorf("got %q", got)
		}
	}
	if got := refused(t, nil, "--mtls"); !strings.Contains(got, "only be demanded with TLS") {
		t.Errorf("got %q", got)
	}
}

func TestSandboxFault(t *testing.T) {
	u := serve(t, nil, "--subjects", "3", "--fault", "source:GET /subjects:status=503:1", "--fault", "target:GET /subjects:429=7")
	for i, want := range []int{503, 200} {
		if got, body := ask(t, http.DefaultClient, "GET", u.Source+"/subjects"); got != want {
			t.Errorf("request %d: got %d %s, want %d", i, got, body, want)
		}
	}
	if got, body := ask(t, http.DefaultClient, "GET", u.Target+"/subjects"); got != 429 {
		t.Errorf("got %d %s, want 429", got, body)
	}
	if got := refused(t, nil, "--fault", "source:GET /subjects"); !strings.Contains(got, `fault "source:GET /subjects": no action`) {
		t.Errorf("got %s", got)
	}
}

// The help says how to write a fault.
func TestSandboxHelp(t *testing.T) {
	var out bytes.Buffer
	a := &app{args: []string{"sandbox", "--help"}, stdout: &out, stderr: &out, getenv: lookup(nil)}
	if code := a.run(t.Context()); code != 0 || !strings.Contains(out.String(), "SIDE:METHOD PATH:ACTION[:COUNT]") {
		t.Errorf("exit %d: %s", code, out.String())
	}
}
