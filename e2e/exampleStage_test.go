package e2e

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// stage is a folder with an example in it and the three registries that it may use.
type stage struct {
	*place
	x      example
	cell   string // of a matrix, the one that is meant alone
	middle *side
	pair   *sandbox.Pair // nil where nobody has to log in
	env    []string
}

func newStage(t testing.TB, x example) *stage {
	t.Helper()
	s := &stage{place: &place{t: t, dir: t.TempDir()}, x: x}
	o := sandbox.PairOptions{Seed: sandbox.Seed{Subjects: cmp.Or(x.seed, 25)}}
	o.Source.Profile, o.Target.Profile, o.Source.ClusterID = x.profile, x.profile, clusterOfSource
	s.load()
	s.registries(o)
	s.middle = start(t, seeded(t, sandbox.Options{Profile: x.profile, Exporters: true}, sandbox.Seed{Subjects: -1}))
	s.env = append(os.Environ(), "SOURCE_URL="+s.source.URL, "TARGET_URL="+s.target.URL, "MIDDLE_URL="+s.middle.URL, "SECOND_URL="+s.middle.URL,
		"SR_API_KEY="+stageUser, "SR_API_SECRET="+stagePassword,
		"SLACK_URL=http://127.0.0.1:1/", "SOURCE_USER="+stageUser, "TARGET_USER="+stageUser, "SOURCE_PASSWORD="+stagePassword, "TARGET_PASSWORD="+stagePassword,
		"TRUSTSTORE_PASSWORD=trust", "KEYSTORE_PASSWORD=keys", "KEY_PASSWORD=key")
	if x.before != nil {
		x.before(s)
	}
	return s
}

func (s *stage) load() {
	s.t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "examples", s.x.file))
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(string(src))
}

func (s *stage) append(steps string) {
	s.t.Helper()
	s.write(s.runbook() + steps)
}

func (s *stage) runbook() string {
	s.t.Helper()
	src, err := os.ReadFile(filepath.Join(s.dir, "runbook.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(src)
}

const stageUser, stagePassword = "someone", "something"

// registries are such as the runbook wants: with a login, over mutual TLS, or plain.
func (s *stage) registries(o sandbox.PairOptions) {
	s.t.Helper()
	text := s.runbook()
	switch {
	case strings.Contains(text, " basic: "):
		o.User, o.Password = stageUser, stagePassword
	case strings.Contains(text, " tls: "):
		o.TLS, o.MutualTLS = s.dir, true
	default:
		s.source, s.target = pair(s.t, o)
		return
	}
	o.Source.Exporters = true
	p, err := sandbox.Start(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = p.Close() }) // the run is over
	s.pair = p
	s.source, s.target = &side{judged: p.Source, URL: p.SourceURL}, &side{judged: p.Target, URL: p.TargetURL}
	if o.MutualTLS {
		s.stores()
	}
}

// stores are where the runbook tells the exporter to look, of the kind that it names, and hold what the sandbox has made.
func (s *stage) stores() {
	s.t.Helper()
	ca, client := load(s.t, s.dir, "ca"), load(s.t, s.dir, "client")
	saveJKS(s.t, s.dir, "truststore", "trust", func(to keystore.KeyStore) error { return to.SetTrustedCertificateEntry("ca", ca.trusted()) })
	saveJKS(s.t, s.dir, "keystore", "keys", func(to keystore.KeyStore) error {
		return to.SetPrivateKeyEntry("me", client.entry(s.t), []byte("key"))
	})
	s.x.vars = append(s.x.vars, "certificates="+s.dir, "stores="+s.dir)
}

// srmigrate runs a command on the runbook and returns its exit code and what it said.
func (s *stage) srmigrate(verb string, more ...string) (int, string) {
	text := s.runbook()
	args := append([]string{verb, "runbook.yaml"}, more...)
	if s.cell != "" {
		args = append(args, "--only", s.cell)
	}
	dialect := "confluent"
	if s.x.profile == sandbox.ProfileGuide {
		dialect = "guide"
	}
	vars := append([]string{"steady=100ms", "every=25ms", "dialect=" + dialect}, s.x.vars...)
	for _, v := range vars {
		if name, _, _ := strings.Cut(v, "="); strings.Contains(text, "\n    "+name+":") {
			args = append(args, "--var", v)
		}
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "srmigrate", args...)
	out := new(bytes.Buffer)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, s.env, out, out
	return exit(cmd.Run()), out.String()
}

var waiting = regexp.MustCompile(`(?m)^waiting   ([^ :]+): `)

// through runs to the end, answers every question on the way, one of them with no, and demands the exit code.
func (s *stage) through(want int, rejects string) string {
	s.t.Helper()
	all := ""
	for range 10 {
		code, out := s.srmigrate("run")
		all += out
		if code != 6 {
			if code != want {
				s.t.Fatalf("srmigrate run: exit %d, want %d\n%s", code, want, all)
			}
			return all
		}
		question := waiting.FindStringSubmatch(out)
		if question == nil {
			s.t.Fatalf("waits, and does not say for what:\n%s", all)
		}
		verb := "approve"
		if question[1] == rejects {
			verb = "reject"
		}
		if code, said := s.srmigrate(verb, question[1], "--by", "test"); code != 0 {
			s.t.Fatalf("srmigrate %s: exit %d\n%s", verb, code, said)
		}
	}
	s.t.Fatalf("no end of questions:\n%s", all)
	return ""
}
