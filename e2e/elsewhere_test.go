package e2e

import (
	"cmp"
	"flag"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// together are scripts that use all that drives registries which are known by their answers only: faults, counts,
// pictures, and every way in which the source's server is told of the target.
var together = []string{"assert", "compare", "createExporter", "deleteCopies", "lostState", "restoreMode", "updateExporter"}

// What runs the scripts on real registries runs them here on sandbox processes, of which the test knows no more.
func TestScriptsOnOtherProcesses(t *testing.T) {
	t.Parallel()
	o := &outside{named: map[string]bool{}}
	o.fresh = func(t testing.TB) {
		source := sandboxProcess(t, "--subjects", "-1")
		target := sandboxProcess(t, "--subjects", "-1", "--profile", "community", "--target-subjects", "3") // no exporters
		env := map[string]string{envSource: source["source"], envTarget: target["target"], envWipe: "yes"}
		found, err := elsewhere(func(name string) string { return env[name] })
		if err != nil {
			t.Fatal(err)
		}
		o.source, o.target, o.internal = found.source, found.target, found.internal
	}
	p := scripts(t, o)
	p.Dir = ""
	for _, name := range together {
		p.Files = append(p.Files, filepath.Join("testdata", name+".txtar"))
	}
	testscript.RunT(oneByOne{t}, p)
}

// The command that makes the registries new is one of the shell.
func TestFreshCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made")
	env := map[string]string{
		envSource: "http://127.0.0.1:1", envTarget: "http://127.0.0.1:2", envWipe: "yes", envFresh: "touch '" + file + "'",
	}
	o, err := elsewhere(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	o.fresh(t)
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// What would be deleted must be on this machine, and somebody must have said so.
func TestOnlyTestRegistriesAreWiped(t *testing.T) {
	for _, c := range []struct{ source, target, wipe, want string }{
		{"http://127.0.0.1:1", "http://127.0.0.1:2", "", "would be deleted"},
		{"http://127.0.0.1:1", "", "yes", envTarget},
		{"http://localhost:1", "http://127.0.0.1:2", "yes", envSource},
		{"http://127.0.0.1:1", "https://registry.example.com", "yes", envTarget},
		{"http://127.0.0.1:1", "http://me:hunter2@127.0.0.1:2", "yes", "without credentials"},
	} {
		env := map[string]string{envSource: c.source, envTarget: c.target, envWipe: c.wipe}
		_, err := elsewhere(func(name string) string { return env[name] })
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: got %v, want %q", c, err, c.want)
		}
	}
}

// What is seen from outside is what is there: on servers that say which versions are deleted and on others.
func TestSnapshotFromOutside(t *testing.T) {
	for _, server := range []string{"7.4.0", "8.1.1"} {
		t.Run(server, func(t *testing.T) {
			reg := seeded(t, sandbox.Options{Server: server, Exporters: true}, sandbox.Seed{Subjects: 10})
			m := watched(t, reg)
			m.ask("POST", "/exporters", map[string]any{
				"name": "x", "subjects": []string{"none"}, "config": map[string]string{"schema.registry.url": "http://127.0.0.1:1"},
			}, nil)
			if seen := m.Snapshot().Exporters; len(seen) != 1 || gocmp.Diff(seen[0].ConfigKeys, []string{"schema.registry.url"}) != "" {
				t.Errorf("exporters seen from outside: %+v", seen)
			}
			m.wipe()
			if left := reg.Snapshot(); len(left.Versions)+len(left.Configs)+len(left.Exporters) > 0 {
				t.Fatalf("not wiped: %+v", left)
			}
			want := content(t, sandbox.Seed{Subjects: 40})
			m.fill(want)
			there := reg.Snapshot()
			if diff := gocmp.Diff(known(t, want), known(t, there)); diff != "" {
				t.Errorf("wanted, and there: %s", diff)
			}
			m.setModes([]string{"orders-value", "only-a-mode"}, "READONLY")
			m.outside.name("PUT", "/mode/only-a-mode")
			there = reg.Snapshot()
			if diff := gocmp.Diff(known(t, there), known(t, m.Snapshot())); diff != "" {
				t.Errorf("there, and seen from outside: %s", diff)
			}
			m.wipe()
			if left := known(t, reg.Snapshot()); len(left.Modes)+len(left.Versions) > 0 {
				t.Errorf("not wiped: %+v", left)
			}
		})
	}
}

// known is a snapshot in the spelling of the wire, without the settings of the default context: whether those are set
// no answer tells.
func known(t *testing.T, s sandbox.Snapshot) sandbox.Snapshot {
	t.Helper()
	s.Modes, s.Configs = maps.Clone(s.Modes), maps.Clone(s.Configs)
	delete(s.Modes, "")
	delete(s.Configs, "")
	for _, c := range s.Configs {
		if level, ok := c["compatibility"]; ok {
			delete(c, "compatibility")
			c["compatibilityLevel"] = level
		}
	}
	m := &remote{t: t}
	for i, v := range s.Versions {
		s.Versions[i].Metadata, s.Versions[i].RuleSet = m.canonical(v.Metadata), m.canonical(v.RuleSet)
	}
	slices.SortFunc(s.Versions, func(a, b sandbox.Version) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Version, b.Version))
	})
	return s
}

// watched serves a registry and knows it by its answers.
func watched(t *testing.T, reg *sandbox.Registry) *remote {
	t.Helper()
	srv := httptest.NewServer(reg)
	t.Cleanup(srv.Close)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return (&outside{named: map[string]bool{}}).remote(t, base)
}

func TestWhatOnlyTheSandboxCanBe(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, nil},
		{[]string{"-subjects", "3", "-target-subjects", "2", "-pace", "5ms", "-profile", "confluent"}, nil},
		{[]string{"-profile", "guide"}, []string{"-profile guide"}},
		{[]string{"-server", "7.4.0", "-no-force"}, []string{"-no-force true", "-server 7.4.0"}},
	} {
		f := flag.NewFlagSet("registries", flag.ContinueOnError)
		for _, name := range []string{"subjects", "target-subjects", "pace", "profile", "server"} {
			f.String(name, "", "")
		}
		f.Bool("no-force", false, "")
		if err := f.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(c.want, onlySandbox(f)); diff != "" {
			t.Errorf("%q: %s", c.args, diff)
		}
	}
}
