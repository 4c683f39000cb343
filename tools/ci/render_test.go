package ci

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// many is a runbook with more cells than a job of GitHub bears, which asks twice in each.
func many(t *testing.T) string {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("name,url\n")
	for i := range 300 {
		fmt.Fprintf(&rows, "team-%d,https://team-%d.example:8081\n", i, i)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"fleet.csv": rows.String(), "fleet.yaml": `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: fleet}
spec:
  matrix: {file: fleet.csv}
  vars: {target: {env: TARGET_URL}}
  registries:
    source: {url: "${{ matrix.url }}", auth: {basic: {username: {env: SOURCE_USER}, password: {env: SOURCE_PASSWORD}}}}
    target: {url: "${{ vars.target }}"}
  steps:
    - {id: start, createExporter: {exporter: mv, contextType: CUSTOM, context: "${{ matrix.name }}", subjects: [":*:"]}}
    - {id: go, approve: {message: "Freeze?"}, timeout: 1h}
    - {id: freeze, setMode: {registry: source, mode: READONLY}}
    - {id: move, approve: {message: "Have the clients moved?"}, timeout: 1h}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "fleet.yaml")
}

// built is the program as it is here.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "srmigrate") // TestMain removes it
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "srmigrate")
	cmd := exec.Command("go", "build", "-o", program, "./cmd/srmigrate")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program)) // the system's own clean-up does it otherwise
	}
	os.Exit(code)
}

// srmigrate calls the program in a folder.
func srmigrate(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, &errs)
	}
	return out
}

// decode reads the documents strictly.
func decode(t *testing.T, src []byte, into ...any) {
	t.Helper()
	docs := slices.DeleteFunc(bytes.Split(src, []byte("\n---\n")), func(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 })
	if len(docs) != len(into) {
		t.Fatalf("there are %d documents, want %d\n%s", len(docs), len(into), src)
	}
	for i, doc := range docs {
		if err := yaml.UnmarshalStrict(doc, into[i]); err != nil {
			t.Errorf("%v\n%s", err, doc)
		}
	}
}

const cutover = "examples/cutover.yaml"

func TestRenderedForKubernetes(t *testing.T) {
	for _, c := range []struct {
		dir, file string
		cells     int32
		state     string
	}{{"../..", cutover, 0, ""}, {"../..", cutover, 0, "s3://bucket/cutover.state.json"}, {".", many(t), 300, ""}, {".", many(t), 300, "s3://bucket/fleet/"}} {
		args := []string{"render", "kubernetes", c.file, "--concurrency", "20"}
		if c.state != "" {
			args = append(args, "--state", c.state)
		}
		var config, cells core.ConfigMap
		var claim core.PersistentVolumeClaim
		var job batch.Job
		into := []any{&config, &claim, &job, &cells}
		if c.cells == 0 {
			into = into[:3]
		}
		if c.state != "" {
			into = slices.Delete(into, 1, 2)
		}
		decode(t, srmigrate(t, c.dir, args...), into...)
		pod := job.Spec.Template.Spec
		mounted(t, pod)
		if pod.RestartPolicy != core.RestartPolicyNever || config.Data[filepath.Base(c.file)] == "" {
			t.Errorf("restartPolicy %q, the ConfigMap has %d files", pod.RestartPolicy, len(config.Data))
		}
		if claimed := pod.Volumes[len(pod.Volumes)-1].PersistentVolumeClaim; (claimed == nil) != (c.state != "") || claimed != nil && claimed.ClaimName != claim.Name {
			t.Errorf("state %q: the claim is %v", c.state, claimed)
		}
		if c.cells == 0 {
			continue
		}
		if *job.Spec.CompletionMode != batch.IndexedCompletion || *job.Spec.Completions != c.cells || *job.Spec.Parallelism != 20 || *job.Spec.BackoffLimitPerIndex != 10 {
			t.Errorf("the job is %+v", job.Spec)
		}
		if len(cells.Data) != int(c.cells) || cells.Data["0"] != "team-0" || cells.Data["299"] != "team-299" {
			t.Errorf("there are %d cells", len(cells.Data))
		}
	}
}

func TestRenderedForArgo(t *testing.T) {
	for _, c := range []struct {
		dir, file string
		cells     int
	}{{"../..", cutover, 0}, {".", many(t), 300}, {"../..", "examples/quickstart.yaml", 0}} {
		var config core.ConfigMap
		var claim core.PersistentVolumeClaim
		var w v1alpha1.Workflow
		decode(t, srmigrate(t, c.dir, "render", "argo", c.file), &config, &claim, &w)
		connected(t, &w)
		if c.cells > 0 && len(w.Spec.Templates[0].Steps[1].Steps[0].WithItems) != c.cells {
			t.Errorf("it is not run for %d cells", c.cells)
		}
		for _, tmpl := range w.Spec.Templates { // what is tried again as a whole would begin again what has failed
			if tmpl.RetryStrategy != nil && tmpl.Container == nil {
				t.Errorf("template %s is tried again", tmpl.Name)
			}
		}
	}
}

// connected demands that each step is of a template that there is, and hands on what that needs.
func connected(t *testing.T, w *v1alpha1.Workflow) {
	t.Helper()
	known := map[string]v1alpha1.Template{}
	for _, tmpl := range w.Spec.Templates {
		if _, twice := known[tmpl.Name]; twice {
			t.Errorf("template %s stands there twice", tmpl.Name)
		}
		known[tmpl.Name] = tmpl
	}
	used := map[string]bool{w.Spec.Entrypoint: true}
	for _, tmpl := range w.Spec.Templates {
		for _, group := range tmpl.Steps {
			for _, s := range group.Steps {
				used[s.Template] = true
				to, there := known[s.Template]
				if !there || len(to.Inputs.Parameters) > 0 && to.Name != "approval" && len(s.Arguments.Parameters) != len(to.Inputs.Parameters) {
					t.Errorf("step %s of %s is of template %q (there: %v) with %v", s.Name, tmpl.Name, s.Template, there, s.Arguments.Parameters)
				}
			}
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("nobody calls template %s", name)
		}
	}
}

func TestRenderedForGitHub(t *testing.T) {
	for _, c := range []struct {
		dir, file, name string
		files           int
	}{{"../..", "examples/confluent-cloud.yaml", "confluent-cloud", 1}, {filepath.Dir(many(t)), "fleet.yaml", "fleet", 2}} {
		dir := filepath.Join(t.TempDir(), ".github", "workflows")
		if c.files > 1 {
			c.dir = filepath.Dir(many(t))
		}
		placeAction(t, dir)
		srmigrate(t, c.dir, "render", "github", c.file, "--out", dir, "--concurrency", "5", "--state", "s3://bucket/x/")
		files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
		if err != nil || len(files) != c.files {
			t.Fatalf("there are %q, %v", files, err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, bytes.ReplaceAll(src, []byte(published), []byte("./"+local)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		actionlint(t, dir, files)
	}
}
