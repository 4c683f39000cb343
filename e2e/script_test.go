package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

var update = flag.Bool("update", false, "write golden files from what the program does now")

// scene is what a script has around it: two registries, and pictures that were taken of them.
type scene struct {
	t              testing.TB
	outside        *outside // nil: the registries are the sandbox's
	source, target *side
	pictures       map[string]sandbox.Snapshot
	bucket         *objectstest.Memory // nil before a script has asked for one
}

type sceneKey struct{}

func TestScripts(t *testing.T) {
	o, err := elsewhere(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if o != nil {
		testscript.RunT(oneByOne{t}, scripts(t, o))
		return
	}
	testscript.Run(t, scripts(t, nil))
}

// scripts is how the scripts run. Golden parts are never written from registries that are not the sandbox's.
func scripts(t *testing.T, o *outside) testscript.Params {
	deadline, _ := t.Deadline()
	return testscript.Params{
		Dir: "testdata", UpdateScripts: *update && o == nil, RequireUniqueNames: true, RequireExplicitExec: true,
		Deadline: deadline,
		Setup: func(env *testscript.Env) error {
			examples, err := filepath.Abs("../examples")
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLES", examples)
			env.Setenv("GORACE", briefExit)
			env.Values[sceneKey{}] = &scene{t: env.T().(testing.TB), outside: o, pictures: map[string]sandbox.Snapshot{}}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"registries": cmdRegistries,
			"bucket":     cmdBucket,
			"fail":       cmdFail,
			"picture":    cmdPicture,
			"same":       cmdSame,
			"restored":   cmdRestored,
			"mirrored":   cmdMirrored,
			"handled":    cmdHandled,
			"reach":      cmdReach,
			"scrub":      cmdScrub,
			"exit":       cmdExit,
		},
	}
}

func at(ts *testscript.TestScript) *scene { return ts.Value(sceneKey{}).(*scene) }

func (s *scene) side(ts *testscript.TestScript, name string) *side {
	switch name {
	case "source":
		return s.source
	case "target":
		return s.target
	}
	ts.Fatalf("no registry %q", name)
	return nil
}

// cmdRegistries starts the two registries: registries [-profile P] [-server V] [-target-server V] [-subjects N] [-target-subjects N]
// [-pace D] [-starting D] [-pause-lag D] [-no-force] [-reassign-ids] [-fault SPEC]...
func cmdRegistries(ts *testscript.TestScript, _ bool, args []string) {
	var o sandbox.PairOptions
	f := flag.NewFlagSet("registries", flag.ContinueOnError)
	server, profile := f.String("server", "", ""), f.String("profile", "", "")
	f.IntVar(&o.Seed.Subjects, "subjects", 40, "")
	older := f.String("target-server", "", "")
	f.IntVar(&o.TargetSubjects, "target-subjects", 0, "")
	f.DurationVar(&o.Source.Pace, "pace", 0, "")
	f.DurationVar(&o.Source.Starting, "starting", 0, "")
	f.DurationVar(&o.Source.PauseLag, "pause-lag", 0, "")
	f.BoolVar(&o.Source.ReassignIDs, "reassign-ids", false, "")
	f.BoolVar(&o.Target.Exporters, "target-exporters", false, "")
	f.BoolVar(&o.Source.NoForce, "no-force", false, "")
	f.Func("fault", "", func(spec string) error {
		fault, err := sandbox.ParseFault(spec)
		o.Faults = append(o.Faults, fault)
		return err
	})
	ts.Check(f.Parse(args))
	o.Source.Server, o.Target.Server = *server, or(*older, *server)
	o.Source.Profile, o.Target.Profile = *profile, *profile
	s := at(ts)
	s.source, s.target = s.pair(o, onlySandbox(f))
	ts.Setenv("SOURCE_URL", s.source.URL)
	ts.Setenv("TARGET_URL", s.target.URL)
}

// pair is of the sandbox, or elsewhere: then the rest of a script that asks for what only the sandbox can be is skipped.
func (s *scene) pair(o sandbox.PairOptions, only []string) (source, target *side) {
	if s.outside == nil {
		return pair(s.t, o)
	}
	if len(only) > 0 {
		s.t.Skipf("the rest needs registries %s, which only the sandbox can be", strings.Join(only, " "))
	}
	return s.outside.pair(s.t, o)
}

// cmdFail plants faults: fail source|target METHOD PATH STATUS... ("cut": handled, and the answer lost)
func cmdFail(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: fail source|target METHOD PATH STATUS...")
	}
	ts.Check(at(ts).side(ts, args[0]).planted(args[1:]))
}

// cmdPicture keeps what both registries hold now: picture NAME
func cmdPicture(ts *testscript.TestScript, _ bool, args []string) {
	s := at(ts)
	s.pictures["source "+args[0]] = s.source.Snapshot()
	s.pictures["target "+args[0]] = s.target.Snapshot()
}

// cmdSame demands that a registry is as in a picture, but for versions added since: same source|target NAME
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	s := at(ts)
	diff := rolledBack(s.pictures[args[0]+" "+args[1]], s.side(ts, args[0]).Snapshot())
	if (diff == "") == neg {
		ts.Fatalf("%s since %s: %s", args[0], args[1], or(diff, "no difference"))
	}
}

// cmdRestored demands that a registry is as in a picture, versions included: restored source|target NAME
func cmdRestored(ts *testscript.TestScript, neg bool, args []string) {
	s := at(ts)
	before, after := s.pictures[args[0]+" "+args[1]], s.side(ts, args[0]).Snapshot()
	diff := rolledBack(before, after) + cmp.Diff(versions(before), versions(after))
	if (diff == "") == neg {
		ts.Fatalf("%s since %s: %s", args[0], args[1], or(diff, "no difference"))
	}
}

// cmdMirrored demands that the target holds exactly the live versions of the source.
func cmdMirrored(ts *testscript.TestScript, neg bool, _ []string) {
	s := at(ts)
	if diff := mirrored(s.source.Snapshot(), s.target.Snapshot()); (diff == "") == neg {
		ts.Fatalf("source and target: %s", or(diff, "no difference"))
	}
}

// cmdHandled demands how often a request was handled: handled source|target N|some METHOD PATH
func cmdHandled(ts *testscript.TestScript, _ bool, args []string) {
	request := strings.Join(args[2:], " ")
	if n := at(ts).side(ts, args[0]).count(request); fmt.Sprint(n) != args[1] && (args[1] != "some" || n == 0) {
		ts.Fatalf("%s handled %s %d times, want %s", args[0], request, n, args[1])
	}
}

// cmdReach waits until a file is there, for what runs in the background: reach FILE
func cmdReach(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("%s: not within 30 s", args[0])
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ids are what is made up anew each time: of runs, and of clusters.
var ids = regexp.MustCompile(`\b[0-9]{8}-[0-9]{6}-[a-z0-9]{6}\b|[^" ]+/schema-registry\b`)

// cmdScrub writes the last output into a file, without addresses and ids: scrub FILE
func cmdScrub(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: scrub FILE")
	}
	s := at(ts)
	text := strings.NewReplacer(s.source.URL, "http://source", s.target.URL, "http://target").Replace(ts.ReadFile("stdout"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ids.ReplaceAllString(text, "ID")), 0o600))
}

// cmdExit runs a program and demands its exit code: exit CODE PROGRAM [ARG...]
func cmdExit(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM [ARG...]")
	}
	if got := exit(ts.Exec(args[1], args[2:]...)); fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit %d, want %s", got, args[0])
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
