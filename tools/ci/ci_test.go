// Package ci checks what lies in examples/ci, as the systems read it that it is for: with the linter, the types or the
// program that they have themselves.
package ci

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const examples = "../../examples/ci"

// The action, as it is called from elsewhere, and where it lies in a repository of its own.
const (
	published = "srmigrate/srmigrate/examples/ci/github@v1"
	local     = ".github/actions/srmigrate"
)

// placeAction makes a repository whose workflows are in dir, with the action in it: its metadata and inputs are then checked
// as well.
func placeAction(t *testing.T, dir string) {
	t.Helper()
	root := filepath.Dir(filepath.Dir(dir))
	src, err := os.ReadFile(filepath.Join(examples, "github", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// It looks for the root of a repository, to find what is local.
	for _, d := range []string{filepath.Join(root, ".git"), filepath.Join(root, local), dir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, local, "action.yml"), src, 0o600); err != nil {
		t.Fatal(err)
	}
}

// actionlint looks at files of a repository.
func actionlint(t *testing.T, dir string, files []string) {
	t.Helper()
	// The linter and the tools of this module want different versions of one library, so it is built by itself.
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"}, files...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWorkflowsOfGitHub(t *testing.T) {
	// In a repository that uses them both lie in one folder, where a call between them is looked up.
	dir := filepath.Join(t.TempDir(), ".github", "workflows")
	placeAction(t, dir)
	files := []string{filepath.Join(dir, "migration.yml"), filepath.Join(dir, "srmigrate.yml")}
	for _, file := range files {
		src, err := os.ReadFile(filepath.Join(examples, "github", filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.ReplaceAll(src, []byte(published), []byte("./"+local)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	actionlint(t, dir, files)
}

// read decodes each document of a file strictly: a field that the type does not have is an error.
func read(t *testing.T, file string, into ...any) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(examples, file))
	if err != nil {
		t.Fatal(err)
	}
	docs := slices.DeleteFunc(bytes.Split(src, []byte("\n---\n")), func(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 })
	if len(docs) != len(into) {
		t.Fatalf("%s has %d documents, want %d", file, len(docs), len(into))
	}
	for i, doc := range docs {
		if err := yaml.UnmarshalStrict(doc, into[i]); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestJobsOfKubernetes(t *testing.T) {
	var claim core.PersistentVolumeClaim
	var job, hook batch.Job
	read(t, "kubernetes/job.yaml", &claim, &job)
	read(t, "argo-cd/presync.yaml", &hook)
	if hook.Annotations["argocd.argoproj.io/hook"] != "PreSync" {
		t.Errorf("the hook has the annotations %v", hook.Annotations)
	}
	for _, j := range []batch.Job{job, hook} {
		pod := j.Spec.Template.Spec
		if pod.RestartPolicy != core.RestartPolicyNever {
			t.Errorf("podFailurePolicy needs restartPolicy Never, not %q", pod.RestartPolicy)
		}
		mounted(t, pod)
		if claimed := pod.Volumes[1].PersistentVolumeClaim.ClaimName; claimed != claim.Name {
			t.Errorf("the state is on %q, want %q", claimed, claim.Name)
		}
	}
}

// mounted demands that each mount has its volume, and that failures are told by the container that there is.
func mounted(t *testing.T, pod core.PodSpec) {
	t.Helper()
	for _, c := range pod.Containers {
		for _, m := range c.VolumeMounts {
			if !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == m.Name }) {
				t.Errorf("container %s mounts %q, which is no volume", c.Name, m.Name)
			}
		}
	}
}

func TestWorkflowOfArgo(t *testing.T) {
	var w v1alpha1.Workflow
	read(t, "argo-workflows/workflow.yaml", &w)
	known := map[string]bool{}
	for _, tmpl := range w.Spec.Templates {
		known[tmpl.Name] = true
	}
	suspends := false
	for _, tmpl := range w.Spec.Templates {
		suspends = suspends || tmpl.Suspend != nil
		for _, group := range tmpl.Steps {
			for _, s := range group.Steps {
				if !known[s.Template] {
					t.Errorf("step %s is of template %q, which there is not", s.Name, s.Template)
				}
			}
		}
	}
	if !suspends || !known[w.Spec.Entrypoint] {
		t.Errorf("entrypoint %q, suspends: %v", w.Spec.Entrypoint, suspends)
	}
}

// What the overlay makes is in e2e/testdata/kustomize.yaml, where the program's own tests look at it.
func TestOverlayOfKustomize(t *testing.T) {
	k := krusty.MakeKustomizer(krusty.MakeDefaultOptions())
	built, err := k.Run(filesys.MakeFsOnDisk(), filepath.Join(examples, "kustomize/overlays/production"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "../../e2e/testdata/kustomize.yaml"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v; the overlay makes\n%s", err, got)
	}
}
