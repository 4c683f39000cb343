package e2e

import (
	"cmp"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/examples"
	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// example is a runbook of examples/ on servers of one profile.
type example struct {
	file, profile string
	vars          []string     // beside dialect and short waits
	seed          int          // subjects of the source, if it matters
	before        func(*stage) // what had happened when the runbook began

	refused string   // what speaks against it; it is not run then
	copies  naming   // what the target holds in the end, told from what the source held
	modes   modes    // of the target in the end
	middle  modes    // of the registry in between, which holds the same, or of the second source
	second  naming   // what the target holds in the end of a second source
	cells   []string // of a matrix: that of the source, and that of the second source
	frozen  modes    // of the source in the end, if it is not as before
	left    []string // exporters of the source in the end
	rejects string   // the question whose rejection begins the rollback; a last step that fails, if there is none
	rest    settled  // what the rollback leaves other than it was
}

type modes = map[string]string

// settled is what a rollback may change.
type settled struct {
	modes     modes // of the target
	exporters bool  // an exporter that had been there is gone
}

// Each example does what it says, on the servers it is for, down to the last version.
func TestExamples(t *testing.T) {
	for _, x := range exampleRuns {
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, x)
			was := s.source.Snapshot()
			if x.refused != "" {
				s.refuses(x.refused)
				return
			}
			out := s.through(0, "")
			s.holds(was, out)
		})
	}
}

// Each example can be taken back from its last step but those behind a point of no return.
func TestExamplesAreRolledBack(t *testing.T) {
	for _, x := range exampleRuns {
		if x.refused != "" {
			continue
		}
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, x)
			if x.rejects == "" {
				s.append(planted)
			}
			source, middle, target := s.source.Snapshot(), s.middle.Snapshot(), s.target.Snapshot()
			if x.rest.modes != nil {
				target.Modes = x.rest.modes
			}
			if x.rest.exporters {
				source.Exporters = []sandbox.ExporterSnapshot{}
			}
			out := s.through(4, x.rejects)
			for _, r := range []struct {
				name          string
				before, after sandbox.Snapshot
			}{{"source", source, s.source.Snapshot()}, {"middle", middle, s.middle.Snapshot()}, {"target", target, s.target.Snapshot()}} {
				if d := rolledBack(r.before, r.after); d != "" {
					t.Errorf("%s: %s\n%s", r.name, d, out)
				}
			}
		})
	}
}

// An example that nobody runs would soon be wrong.
func TestEachExampleIsRun(t *testing.T) {
	scripts := scriptsText(t)
	err := fs.WalkDir(examples.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		on := map[string]bool{}
		for _, x := range exampleRuns {
			on[cmp.Or(x.profile, sandbox.ProfileConfluent)] = on[cmp.Or(x.profile, sandbox.ProfileConfluent)] || x.file == path
		}
		switch {
		case strings.HasPrefix(path, "steps/"):
			if !strings.Contains(scripts, "$EXAMPLES/"+path) {
				t.Errorf("examples/%s is in no script", path)
			}
		case !on[sandbox.ProfileConfluent]:
			t.Errorf("examples/%s is not in exampleRuns for profile confluent", path)
		case strings.HasPrefix(path, "guide/") && !on[sandbox.ProfileGuide]:
			t.Errorf("examples/%s is not in exampleRuns for profile guide", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Reviewers validate without the environment of the run, and with the dialect that stands in the file.
func TestExamplesAreValidWithoutTheirEnvironment(t *testing.T) {
	files, err := filepath.Glob("../examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, more...)
	cmd := exec.Command("srmigrate", append([]string{"validate"}, files...)...)
	out, err := cmd.CombinedOutput()
	if n := strings.Count(string(out), "valid     "); err != nil || n != len(files) {
		t.Errorf("%v, %d of %d are valid:\n%s", err, n, len(files), out)
	}
}

func scriptsText(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

func (x example) String() string {
	name := strings.TrimSuffix(x.file, ".yaml") + " " + cmp.Or(x.profile, sandbox.ProfileConfluent)
	return strings.Join(append([]string{name}, x.vars...), " ")
}
