package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

const canary = "tell-nobody/+1"

// guardedPair demands a password or a token, and serves HTTPS.
func guardedPair(t *testing.T) (pair *sandbox.Pair, certs string) {
	t.Helper()
	certs = t.TempDir()
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{
		Seed: sandbox.Seed{Subjects: 5}, User: "me", Password: canary, Bearer: "token-" + canary, TLS: certs, MutualTLS: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pair.Close() }) // nothing hangs on it
	return pair, certs
}

func compareCall(t *testing.T, pair *sandbox.Pair, env map[string]string, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	a := &app{args: append([]string{"compare", "--source", pair.SourceURL, "--target", pair.TargetURL, "-v"}, args...), stdin: strings.NewReader(""), stdout: &b, stderr: &b, getenv: lookup(nil)}
	a.getenv = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	return a.run(context.Background()), b.String()
}

func TestCompareLogsIn(t *testing.T) {
	pair, certs := guardedPair(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("token-"+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pem := func(name string) string { return filepath.Join(certs, name) }
	env := map[string]string{"ME": "me", "PASS": canary, "STALE": "stale-" + canary}
	var secure []string
	for _, side := range []string{"--source", "--target"} {
		secure = append(secure, side+"-ca", pem("ca.pem"), side+"-cert", pem("client.pem"), side+"-key", pem("client-key.pem"))
	}
	source := []string{"--source-username", "env:ME", "--source-password", "env:PASS"}
	for name, c := range map[string]struct {
		args []string
		code engine.Exit
		want string
	}{
		"password and token":  {append(append(source, "--target-token", "file:"+file), secure...), engine.Differ, "verdict   different: "},
		"a stale token":       {append(append(source, "--target-token", "env:STALE"), secure...), engine.Unread, "verdict   unknown: target: "},
		"no credentials":      {append(source, secure...), engine.Unread, "401 Unauthorized"},
		"no trust":            {source, engine.Unread, "certificate"},
		"a key of something":  {[]string{"--source-cert", pem("client.pem"), "--source-key", pem("ca.pem")}, engine.Usage, `registry "source": its tls cannot be used`},
		"a missing file":      {[]string{"--source-ca", pem("none.pem")}, engine.Usage, "--source-ca: open "},
		"a missing key":       {[]string{"--source-cert", pem("client.pem")}, engine.Usage, "--source-cert and --source-key go together"},
		"a token beside both": {append(source, "--source-token", "env:PASS"), engine.Usage, "a registry takes one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := compareCall(t, pair, env, c.args...)
			if code != int(c.code) || !strings.Contains(out, c.want) {
				t.Errorf("got exit %d, want %d and %q:\n%s", code, c.code, c.want, out)
			}
			if strings.Contains(out, canary) || strings.Contains(out, "tell-nobody") {
				t.Errorf("a secret is shown:\n%s", out)
			}
		})
	}
}

func TestCompareIsInterrupted(t *testing.T) {
	pair, err := sandbox.Start(t.Context(), sandbox.PairOptions{Seed: sandbox.Seed{Subjects: 5}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pair.Close() }) // nothing hangs on it
	dir := t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(engine.ErrInterrupted)
	var b bytes.Buffer
	a := &app{getenv: lookup(nil), stdout: &b, stderr: &b, args: []string{
		"compare", "--source", pair.SourceURL, "--target", pair.TargetURL, "--report", filepath.Join(dir, "all.jsonl"),
	}}
	if code := a.run(ctx); code != int(engine.Interrupted) || !strings.Contains(b.String(), "there is no verdict") {
		t.Errorf("got exit %d: %s", code, b.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// A pipeline that reads the object must not take what lies at the path for what this compare found.
func TestAFileThatCouldNotBeWrittenIsNotNamed(t *testing.T) {
	for _, c := range []struct {
		failed error
		code   engine.Exit
		want   string
	}{{nil, engine.OK, `"idMap": "ids.csv"`}, {errors.New("no space left"), engine.Failed, `"exitCode": 1`}} {
		var b bytes.Buffer
		a := &app{getenv: lookup(nil), stdout: &b, stderr: &b, redactor: new(registry.Redactor)}
		in := &comparison{input: input{output: "json"}}
		in.step.Report, in.step.IDMap = "all.jsonl", "ids.csv"
		err := a.verdict(in, &compare.Result{Verdict: compare.Identical}, 0, "", c.failed)
		if e, ok := errors.AsType[*exitError](err); c.code != engine.OK && (!ok || e.code != c.code) || c.code == engine.OK && err != nil {
			t.Errorf("got %v, want exit %d", err, c.code)
		}
		named := strings.Contains(b.String(), "ids.csv") || strings.Contains(b.String(), "all.jsonl")
		if !strings.Contains(b.String(), c.want) || named != (c.failed == nil) {
			t.Errorf("with %v: want %s in\n%s", c.failed, c.want, b.String())
		}
	}
}

// A log is told now and then how far a long compare has come; a short one says nothing.
func TestCompareTellsALogHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, log bytes.Buffer
		a := &app{getenv: lookup(nil), stdout: &out, stderr: &log, redactor: new(registry.Redactor)}
		read := a.reading(nil)
		for i := range 25 {
			read(compare.Progress{What: compare.Versions, Done: 1000 * i, Of: 40_000 * (i / 15), Rate: 1000, Left: time.Duration(40-i) * time.Second * time.Duration(i/15)})
			time.Sleep(time.Second)
		}
		want := "reading   10,000 versions read, 1,000/s\n" +
			"reading   20,000 of about 40,000 versions read, 1,000/s, about 20s left\n"
		if log.String() != want || out.Len() > 0 {
			t.Errorf("got %q and %q, want %q", log.String(), out.String(), want)
		}
	})
}

// A terminal shows it all the time, in a line that fits, also of a large registry.
func TestCompareShowsATerminalHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown bytes.Buffer
		a := &app{redactor: new(registry.Redactor)}
		read := a.reading(&report.Live{Out: &shown, Width: func() int { return 80 }})
		for i := range 4 {
			read(compare.Progress{What: compare.Versions, Done: 1_999_900 + i, Of: 2_000_000, Rate: 123_456, Left: 9*time.Minute + 50*time.Second})
			time.Sleep(100 * time.Millisecond)
		}
		want := "\r\x1b[K1,999,902 of about 2,000,000 versions read, 123,456/s, about 9m50s left"
		if shown.String() != want {
			t.Errorf("got %q, want %q", shown.String(), want)
		}
	})
}
