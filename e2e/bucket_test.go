package e2e

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
)

// bucketSecret is what a client of a bucket signs with. No output has it, and no object.
const bucketSecret = "c4nRedThroat"

// bucketAt starts a server of objects, and returns what a process needs to reach it.
func bucketAt(t testing.TB) (m *objectstest.Memory, env []string) {
	m = new(objectstest.Memory)
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return m, []string{
		"AWS_ENDPOINT_URL_S3=" + server.URL, "AWS_ACCESS_KEY_ID=bird", "AWS_SECRET_ACCESS_KEY=" + bucketSecret,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(t.TempDir(), "none"),
	}
}

// cmdBucket starts a server of objects for the program, or changes a bit in the middle of an object, or lets the server
// ignore the conditions of a write, or not: bucket [harm KEY | lax | strict]
func cmdBucket(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 2 && args[0] == "harm" {
		ts.Check(harm(at(ts).bucket, args[1]))
		return
	}
	if len(args) == 1 {
		at(ts).bucket.Ignore(func(string) bool { return args[0] == "lax" })
		return
	}
	m, env := bucketAt(at(ts).t)
	at(ts).bucket = m
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		ts.Setenv(name, value)
	}
}

// harm changes a bit of an object.
func harm(m *objectstest.Memory, key string) error {
	o, err := m.Get(context.Background(), key)
	if err != nil {
		return err
	}
	o.Body[len(o.Body)/2] ^= 1
	_, err = m.Put(context.Background(), key, o.Body, o.Tag)
	return err
}

const shared = "s3://states/payments/"

// bucketed is a place whose state lies in a bucket.
func bucketed(t *testing.T) (*place, *objectstest.Memory) {
	p := newPlace(t, "quickstart.yaml", "", small)
	m, env := bucketAt(t)
	p.env = env
	text, err := os.ReadFile(filepath.Join(p.dir, "runbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// So long a lease is not renewed in a test: whether it is over is for the test alone to say.
	p.write(strings.Replace(string(text), "spec:\n", "spec:\n  state: {url: "+shared+", lease: 1h}\n", 1))
	return p, m
}

// begun is a process that is at work.
type begun struct {
	*exec.Cmd
	out   *bytes.Buffer
	ended chan error
}

func (p *place) begin(flags ...string) *begun {
	p.t.Helper()
	cmd, out := p.command("run", flags...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	b := &begun{cmd, out, make(chan error, 1)}
	go func() { b.ended <- cmd.Wait() }()
	return b
}

// reaches waits until a request is held.
func (p *place) reaches(f *fault) {
	p.t.Helper()
	select {
	case <-f.reached:
	case <-time.After(2 * time.Minute):
		p.t.Fatal("the request that is held did not come")
	}
}

// untold demands that nothing that was said or kept has the secret.
func untold(t *testing.T, m *objectstest.Memory, said string) {
	t.Helper()
	for _, key := range m.Keys() {
		said += string(m.Raw(key))
	}
	if strings.Contains(said, bucketSecret) {
		t.Error("the secret of the bucket was told")
	}
}

// A runner is thrown away with all that is on its disk, and another one goes on in another folder.
func TestARunGoesOnWhereNothingButTheBucketIsLeft(t *testing.T) {
	quiet := newPlace(t, "quickstart.yaml", "", small)
	quiet.call(0, "run")
	for _, r := range []request{{method: "POST", path: "/exporters"}, {method: "DELETE", path: "/exporters/quickstart"}} {
		p, m := bucketed(t)
		p.killed(p.source.hold(r.method, r.path, 0, true), "run", "--state", shared)
		old := p.dir
		p.dir = t.TempDir()
		if err := exec.Command("cp", filepath.Join(old, "runbook.yaml"), p.dir).Run(); err != nil {
			t.Fatal(err)
		}
		said := p.call(8, "run", "--state", shared)
		if !strings.Contains(said, "; its lease of 1h0m0s ends in ") || !strings.Contains(said, "if it is dead, repeat this in ") {
			t.Errorf("it does not say how long the lock stands:\n%s", said)
		}
		m.Forward(2 * time.Hour)
		said += p.call(0, "run", "--state", shared)
		same(t, "source", quiet.source.Snapshot(), p.source.Snapshot(), said)
		same(t, "target", quiet.target.Snapshot(), p.target.Snapshot(), said)
		once(t, p, "POST /exporters")
		said += p.call(0, "report", "--state", shared)
		untold(t, m, said)
	}
}

// Of two that begin at once one works, and the other is told.
func TestOfTwoRunnersOneWorks(t *testing.T) {
	p, m := bucketed(t)
	p.source.hold("POST", "/exporters", 0, true)
	one, two := p.begin("--state", shared), p.begin("--state", shared)
	winner, loser := one, two
	select {
	case err := <-one.ended:
		winner, loser = two, one
		one.ended <- err
	case err := <-two.ended:
		two.ended <- err
	case <-time.After(2 * time.Minute):
		t.Fatal("both work")
	}
	if code := exit(<-loser.ended); code != 8 {
		t.Errorf("exit %d, want 8\n%s", code, loser.out)
	}
	p.source.release()
	if code := exit(<-winner.ended); code != 0 {
		t.Errorf("exit %d, want 0\n%s", code, winner.out)
	}
	once(t, p, "POST /exporters")
	untold(t, m, winner.out.String()+loser.out.String())
}

// A process that only stood still, for longer than its lease, finds that another has taken over, and ends without having
// sent or saved anything more.
func TestARunnerThatWasThoughtDeadEnds(t *testing.T) {
	p, m := bucketed(t)
	held := p.source.hold("POST", "/exporters", 0, true)
	old := p.begin("--state", shared)
	p.reaches(held)
	m.Forward(2 * time.Hour)
	said := p.call(0, "run", "--state", shared)
	source, target, state := p.source.Snapshot(), p.target.Snapshot(), m.Raw("payments/quickstart.state.json")
	p.source.forget()
	p.target.forget()
	p.source.release()
	if code := exit(<-old.ended); code != 12 || !strings.Contains(old.out.String(), "belongs to somebody else now") {
		t.Errorf("exit %d, want 12, and why\n%s", code, old.out)
	}
	same(t, "source", source, p.source.Snapshot(), said)
	same(t, "target", target, p.target.Snapshot(), said)
	for _, r := range append(p.source.handled(), p.target.handled()...) {
		if !strings.HasPrefix(r, "GET ") && r != "POST /exporters" { // which was held
			t.Errorf("it sent %s\n%s", r, old.out)
		}
	}
	if !bytes.Equal(state, m.Raw("payments/quickstart.state.json")) {
		t.Error("it wrote the state")
	}
	p.call(0, "report", "--state", shared)
}

// Where the bucket does not answer any more, a run ends before it sends anything else.
func TestARunEndsWhenItsBucketIsGone(t *testing.T) {
	p, m := bucketed(t)
	held := p.source.hold("POST", "/exporters", 0, true)
	run := p.begin("--state", shared)
	p.reaches(held)
	m.Befall(func(string, string) objectstest.Fault { return objectstest.Before })
	p.source.release()
	if code := exit(<-run.ended); code != 12 || !strings.Contains(run.out.String(), "whether it was written is not known") {
		t.Errorf("exit %d, want 12, and why\n%s", code, run.out)
	}
	if !strings.Contains(run.out.String(), "keeps its lock, which could not be given back and ends by itself at ") {
		t.Errorf("it does not say that its lock stands:\n%s", run.out)
	}
	m.Befall(nil)
	m.Forward(2 * time.Hour)
	p.call(0, "run", "--state", shared)
	once(t, p, "POST /exporters")
}

// A bucket that takes requests and answers none does not keep a run that is told to end: it says until when its lock stands,
// and until then another is told so, and then goes on.
func TestARunEndsWhileItsBucketHangs(t *testing.T) {
	p, m := bucketed(t)
	held := p.source.hold("POST", "/exporters", 0, true)
	run := p.begin("--state", shared)
	p.reaches(held)
	hang := make(chan struct{})
	m.Befall(func(string, string) objectstest.Fault {
		<-hang
		return objectstest.Before // nobody waits for it any more
	})
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	code := exit(<-run.ended)
	p.source.release()
	close(hang)
	m.Befall(nil)
	want := regexp.MustCompile(`this call has not ended within 4s of a signal; the state in the bucket is whole, and the same command goes on; ` +
		`lock s3://states/payments/quickstart.state.json.lock was not given back: its lease ends by itself at \S+Z at the latest, in \S+s; the next call waits for that`)
	if code != 7 || !want.MatchString(run.out.String()) {
		t.Errorf("exit %d, want 7, and when the lock ends\n%s", code, run.out)
	}
	if said := p.call(8, "run", "--state", shared); !strings.Contains(said, "; its lease of 1h0m0s ends in ") {
		t.Errorf("it does not say how long the lock stands:\n%s", said)
	}
	m.Forward(2 * time.Hour)
	p.call(0, "run", "--state", shared)
	once(t, p, "POST /exporters")
}
