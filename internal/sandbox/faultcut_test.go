package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// A connection that is cut before, after and in the middle of it.
func TestFaultCuts(t *testing.T) {
	for _, c := range []struct {
		action string
		want   error
		left   int
	}{
		{"cut", io.EOF, 0},
		{"reset", syscall.ECONNRESET, 0},
		{"lose", io.EOF, 1},
		{"half", io.ErrUnexpectedEOF, 1},
	} {
		t.Run(c.action, func(t *testing.T) {
			for _, dir := range []string{"", t.TempDir()} {
				p := startPair(t, PairOptions{Seed: Seed{Subjects: -1}, TLS: dir, Faults: faultsOf(t, "target:POST /subjects:"+c.action+":1")})
				client := trusting(t, dir)
				if err := post(client, p.TargetURL+"/subjects/a/versions"); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if got := len(p.Target.Snapshot().Versions); got != c.left {
					t.Errorf("got %d versions, want %d", got, c.left)
				}
				if err := post(client, p.TargetURL+"/subjects/b/versions"); err != nil {
					t.Errorf("the next one: %v", err)
				}
				if got := p.Faults.Hits(); got[c.action] != 1 || len(got) != 1 {
					t.Errorf("got %v, want one of %s", got, c.action)
				}
				client.CloseIdleConnections()
			}
		})
	}
}

func trusting(t *testing.T, dir string) *http.Client {
	t.Helper()
	if dir == "" {
		return &http.Client{Transport: &http.Transport{}}
	}
	c, err := storeClient(map[string]string{"ssl.truststore.location": dir + "/" + fileCA, "ssl.truststore.type": "PEM"}, nil)
	check(t, err)
	return c
}

func post(c *http.Client, url string) error {
	answer, err := c.Post(url, mediaV1, strings.NewReader(`{"schema":"\"string\""}`))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.ReadAll(answer.Body)
	return err
}

// A registry that restarts empty holds nothing, copies nothing, and is usable.
func TestFaultRestart(t *testing.T) {
	p := startPair(t, PairOptions{
		Source: Options{Exporters: true}, Seed: Seed{Subjects: 5},
		Faults: faultsOf(t, "source:PUT /mode:restart", "target:POST /subjects/more:restart"),
	})
	empty := encode(t, newRegistry(t, Options{}).Snapshot())
	create := `POST /exporters {"name":"e","contextType":"NONE","subjects":[":*:"],"config":{"schema.registry.url":"` + p.TargetURL + `"}} -> 200`
	script(t, p.Source, create)
	until(t, "the copy", func() bool { return len(p.Target.Snapshot().Versions) == len(p.Source.Snapshot().Versions) })
	if err := post(http.DefaultClient, p.TargetURL+"/subjects/more/versions"); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
	if got := encode(t, p.Target.Snapshot()); got != empty {
		t.Errorf("the target has %s", got)
	}
	q, err := http.NewRequest(http.MethodPut, p.SourceURL+"/mode", strings.NewReader(`{"mode":"READONLY"}`))
	check(t, err)
	if answer, err := http.DefaultTransport.RoundTrip(q); !errors.Is(err, io.EOF) {
		t.Errorf("got %v %v, want EOF", answer, err)
	}
	if got := encode(t, p.Source.Snapshot()); got != empty {
		t.Errorf("the source has %s", got)
	}
	script(t, p.Source, create)
	check(t, post(http.DefaultClient, p.SourceURL+"/subjects/new/versions"))
	until(t, "the copy of the new one", func() bool { return subjectsOf(p.Target) == "new" })
	if got := p.Faults.Hits(); got["restart"] != 2 {
		t.Errorf("got %v, want two restarts", got)
	}
}

// Every kind has a name, is documented and reads without a value or with one.
func TestFaultKinds(t *testing.T) {
	values := map[string]string{"delay": "=1s", "status": "=503", "type": "=text/plain"}
	for _, kind := range FaultKinds() {
		f, err := ParseFault("source:GET /:" + kind + values[kind])
		if err != nil || f.Kind() != kind {
			t.Errorf("%s: got %q, %v", kind, f.Kind(), err)
		}
		if !strings.Contains(FaultGrammar, "\n  "+kind) {
			t.Errorf("%s is not in the grammar", kind)
		}
	}
}
