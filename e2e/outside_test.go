package e2e

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// Where the registries are that scripts use instead of the sandbox's. See docs/real-registries.md.
const (
	envSource   = "SRMIGRATE_E2E_SOURCE"
	envTarget   = "SRMIGRATE_E2E_TARGET"
	envInternal = "SRMIGRATE_E2E_TARGET_INTERNAL" // the target as the source's server reaches it
	envWipe     = "SRMIGRATE_E2E_WIPE"
	envFresh    = "SRMIGRATE_E2E_FRESH" // a shell command that makes both new before each use
)

// outside is two registries that run elsewhere. Scripts use them one after the other, each after a wipe.
type outside struct {
	source, target *url.URL
	internal       string
	// fresh makes both new. Without it a wipe has to do, and their topics keep the history, where an exporter begins:
	// it copies what has been deleted since, and then deletes it.
	fresh func(t testing.TB)

	mu    sync.Mutex
	named map[string]bool // what modes and configs were written to, there or not: no listing has the latter
}

// elsewhere is nil unless the environment names registries.
func elsewhere(getenv func(string) string) (*outside, error) {
	source, target := getenv(envSource), getenv(envTarget)
	if source == "" && target == "" {
		return nil, nil
	}
	if getenv(envWipe) != "yes" {
		return nil, fmt.Errorf("everything on %q and %q would be deleted; set %s=yes if that is what you want", source, target, envWipe)
	}
	o := &outside{internal: cmp.Or(getenv(envInternal), target), named: map[string]bool{}}
	var err error
	if o.source, err = local(source); err != nil {
		return nil, fmt.Errorf("%s: %w", envSource, err)
	}
	if o.target, err = local(target); err != nil {
		return nil, fmt.Errorf("%s: %w", envTarget, err)
	}
	if command := getenv(envFresh); command != "" {
		o.fresh = func(t testing.TB) { shell(t, command) }
	}
	return o, nil
}

func shell(t testing.TB, command string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %s: %v\n%s", envFresh, command, err, out)
	}
}

// local demands a URL of this machine: what is wiped must not be somebody's.
func local(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil || !addr.IsLoopback() || u.Scheme != "http" || u.User != nil {
		return nil, fmt.Errorf("%q: want a test registry on this machine, without credentials, such as http://127.0.0.1:8081", u.Redacted())
	}
	return u, nil
}

// pair makes the two registries what a script asks for, and puts faults in front of them.
func (o *outside) pair(t testing.TB, want sandbox.PairOptions) (source, target *side) {
	t.Helper()
	if o.fresh != nil {
		o.fresh(t)
	}
	from, to := o.remote(t, o.source), o.remote(t, o.target)
	from.wipe() // the exporters on it first, or they would fill what is wiped next
	to.wipe()
	from.fill(content(t, want.Seed))
	to.fill(content(t, onTarget(want)))
	target = start(t, to)
	from.seen = strings.NewReplacer(target.URL, o.internal)
	from.told = strings.NewReplacer(o.internal, target.URL)
	return start(t, from), target
}

// content is what a registry of the sandbox would hold.
func content(t testing.TB, s sandbox.Seed) sandbox.Snapshot {
	t.Helper()
	return seeded(t, sandbox.Options{}, s).Snapshot()
}

// onlySandbox lists what a script's `registries` asks for that only the sandbox can be.
func onlySandbox(flags *flag.FlagSet) (list []string) {
	flags.Visit(func(f *flag.Flag) {
		switch {
		case f.Name == "subjects", f.Name == "target-subjects", f.Name == "profile" && f.Value.String() == "confluent":
		case f.Name == "pace": // it only makes the sandbox's exporter as slow as a real one
		default:
			list = append(list, "-"+f.Name+" "+f.Value.String())
		}
	})
	return list
}

// oneByOne runs scripts that share two registries.
type oneByOne struct{ *testing.T }

func (t oneByOne) Parallel()     {}
func (t oneByOne) Verbose() bool { return testing.Verbose() }

func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}

// name remembers what a mode or a config was written to.
func (o *outside) name(method, path string) {
	if method != "PUT" {
		return
	}
	for _, prefix := range []string{"/mode/", "/config/"} {
		if place, ok := strings.CutPrefix(path, prefix); ok {
			o.mu.Lock()
			o.named[place] = true
			o.mu.Unlock()
		}
	}
}
