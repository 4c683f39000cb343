package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// ciRunbook is what the examples in examples/ci run: a migration with one approval.
const ciRunbook = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: migration}
spec:
  vars: {source: {env: SOURCE_URL, default: "http://localhost"}, target: {env: TARGET_URL, default: "http://localhost"}}
  registries: {source: {url: "${{ vars.source }}"}, target: {url: "${{ vars.target }}"}}
  steps:
    - {id: start, createExporter: {exporter: migration, contextType: NONE, subjects: [":*:"]}}
    - {id: first-copy, waitFor: {exporter: migration, compare: {}, until: 'caughtUp("100ms")', every: 50ms}, timeout: 1m}
    - {id: freeze, setMode: {registry: source, mode: READONLY, recursive: true}}
    - {id: last-copy, waitFor: {exporter: migration, compare: {}, until: 'caughtUp("100ms") && diff.identical', every: 50ms}, timeout: 1m}
    - {id: go, approve: {message: "Point the clients at the target."}, timeout: 1h}
    - {id: pause, pause: {exporter: migration}}
    - {id: open-target, restoreMode: {registry: target}}
    - {id: prove, compare: {exporter: migration}}
    - {id: delete, delete: {exporter: migration}}
`

func newCI(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	p.source, p.target = pair(t, small)
	keep(t, p.dir, "migration.yaml", []byte(ciRunbook))
	return p
}

func ciFile(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "examples", "ci", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// job is a process of a pipeline.
func (p *place) job(env []string, program string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(program, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), append([]string{"SOURCE_URL=" + p.source.URL, "TARGET_URL=" + p.target.URL, "RUNBOOK=migration.yaml"}, env...)...)
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// does runs a job and demands its exit code.
func (p *place) does(want int, env []string, program string, args ...string) string {
	p.t.Helper()
	cmd, out := p.job(env, program, args...)
	if got := exit(cmd.Run()); got != want {
		p.t.Fatalf("%s %s: exit %d, want %d\n%s", program, strings.Join(args, " "), got, want, out)
	}
	return out.String()
}

// bash runs a script as GitHub does.
func bash(script string) []string {
	return []string{"--noprofile", "--norc", "-eo", "pipefail", "-c", script}
}

// action returns the scripts of examples/ci/github/action.yml by the name of their step.
func action(t *testing.T) map[string]string {
	t.Helper()
	var a struct {
		Runs struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(ciFile(t, "github/action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{}
	for _, s := range a.Runs.Steps {
		scripts[s.Name] = s.Run
	}
	return scripts
}

func github(p *place, more ...string) []string {
	return append([]string{
		"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + p.dir, "GITHUB_REPOSITORY=org/repo", "GITHUB_ACTOR=jane", "NUMBER=7", "MAX_DURATION=50m",
		"GITHUB_OUTPUT=" + filepath.Join(p.dir, "output"), "PATH=" + p.dir + ":" + os.Getenv("PATH"),
	}, more...)
}

func (p *place) output() string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "output"))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// gh answers as GitHub's own program does for the calls of the action, and writes down what it was asked.
const gh = `#!/bin/sh
echo "$*" >> gh.log
case "$*" in *PATCH*|*POST*) ;; *) cat old 2> /dev/null || true ;; esac
`

func TestTheActionComments(t *testing.T) {
	p, script := newCI(t), action(t)["Plan"]
	if err := os.WriteFile(filepath.Join(p.dir, "gh"), []byte(gh), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	p.does(0, github(p), "bash", bash(script)...)
	keep(t, p.dir, "old", []byte("4711\n"))
	p.does(0, github(p), "bash", bash(script)...)
	log, err := os.ReadFile(filepath.Join(p.dir, "gh.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`startswith("<!-- srmigrate plan: migration -->")`,
		"api --method POST repos/org/repo/issues/7/comments -F body=@plan.md",
		"api --method PATCH repos/org/repo/issues/comments/4711 -F body=@plan.md",
	} {
		if !strings.Contains(string(log), want) {
			t.Errorf("gh was not called with %q:\n%s", want, log)
		}
	}
	keep(t, p.dir, "migration.yaml", []byte(strings.Replace(ciRunbook, "subjects: [", "subject: [", 1)))
	p.does(3, github(p), "bash", bash(script)...)
}

func TestTheActionRuns(t *testing.T) {
	p, script := newCI(t), action(t)["Run"]
	for _, c := range []struct{ mode, code string }{{"run", "6"}, {"approve", "0"}, {"rollback", "0"}} {
		p.does(0, github(p, "MODE="+c.mode, "STEP=go"), "bash", bash(script)...)
		if out := p.output(); !strings.HasSuffix(out, "exit-code="+c.code) {
			t.Errorf("%s: the output is %q, want %s last", c.mode, out, c.code)
		}
	}
	p.does(2, github(p, "MODE=rnu"), "bash", bash(script)...)
}

// A workflow that is cancelled sends SIGINT to the shell of the step, SIGTERM after 7.5 s and SIGKILL to all 2.5 s later.
// The next job goes on, whether the program heard of it or not.
func TestACancelledWorkflowGoesOnInTheNextJob(t *testing.T) {
	for name, script := range map[string]string{
		"as in the action":                        action(t)["Run"],
		"where the shell keeps signals to itself": `trap "" INT TERM; srmigrate "$MODE" "$RUNBOOK" < /dev/null & wait $! || wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newCI(t)
			held := p.source.hold("POST", "/exporters", 0, true)
			cmd, out := p.job(github(p, "MODE=run"), "bash", bash(script)...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan int, 1)
			go func() { ended <- exit(cmd.Wait()) }()
			select {
			case <-held.reached:
			case <-time.After(time.Minute):
				t.Fatalf("no exporter was asked for\n%s", out)
			}
			cancelled(t, cmd.Process.Pid, ended)
			p.source.release()
			for {
				script := action(t)["Run"]
				p.does(0, github(p, "MODE=run"), "bash", bash(script)...)
				if strings.HasSuffix(p.output(), "exit-code=6") {
					break
				}
			}
			p.does(0, github(p, "MODE=approve", "STEP=go"), "bash", bash(action(t)["Run"])...)
			if !strings.HasSuffix(p.output(), "exit-code=0") {
				t.Errorf("the output is %q", p.output())
			}
			once(t, p, "POST /exporters")
		})
	}
}

// cancelled ends a job as GitHub's runner does.
func cancelled(t *testing.T, pid int, ended <-chan int) {
	t.Helper()
	for _, s := range []struct {
		pid    int
		signal syscall.Signal
		then   time.Duration
	}{{pid, syscall.SIGINT, 7500 * time.Millisecond}, {pid, syscall.SIGTERM, 2500 * time.Millisecond}, {-pid, syscall.SIGKILL, time.Minute}} {
		if err := syscall.Kill(s.pid, s.signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
			return
		case <-time.After(s.then):
		}
	}
	t.Fatal("the job did not end")
}

// The jobs of the include are run by a program that runs GitLab's pipelines on any machine, and checks them by its schema.
func TestThePipelineOfGitLab(t *testing.T) {
	tools := installNode(t, "ciTools", "package.json", "package-lock.json")
	if _, err := exec.LookPath("rsync"); err != nil {
		t.Skipf("needs rsync, with which gitlab-ci-local copies the project: %v", err)
	}
	p := newCI(t)
	keep(t, p.dir, ".gitlab-ci.yml", []byte(ciFile(t, "gitlab/.gitlab-ci.yml")))
	keep(t, p.dir, "srmigrate.gitlab-ci.yml", []byte(ciFile(t, "gitlab/srmigrate.gitlab-ci.yml")))
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-qm", "x"}, {"remote", "add", "origin", "git@example.com:g/p.git"}} {
		p.does(0, nil, "git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)...)
	}
	job := func(want int, names ...string) string {
		t.Helper()
		args := append([]string{filepath.Join(tools, "node_modules", "gitlab-ci-local", "src", "index.js"), "--force-shell-executor", "--shell-isolation=false"}, names...)
		return p.does(want, []string{"STEP=go", "GITLAB_USER_LOGIN=jane"}, "node", args...)
	}
	if out := job(0, "validate"); !strings.Contains(out, "json schema validated") {
		t.Errorf("the schema was not looked at:\n%s", out)
	}
	job(0, "plan")
	if out := job(0, "migrate"); !strings.Contains(out, "waits for an answer") {
		t.Errorf("the migration did not wait:\n%s", out)
	}
	if out := job(0, "approve"); !strings.Contains(out, "result    succeeded") {
		t.Errorf("the migration did not succeed:\n%s", out)
	}
	job(0, "rollback")
}

// Each command of a Jenkinsfile and of a manifest does what it is there for, in the order in which they stand.
func TestCommandsInOtherPipelines(t *testing.T) {
	vars := strings.NewReplacer(`"$RUNBOOK"`, "migration.yaml", `"$STEP"`, "go", `"$BY"`, "jane", "/runbook/", "", "/state/", "",
		"{{workflow.parameters.step}}", "go", "{{workflow.parameters.by}}", "jane", " --wait", "", " STEP ", " go ", " WHO ", " jane ")
	for _, c := range []struct {
		file  string
		codes []int // of the commands in order
	}{
		{"jenkins/Jenkinsfile", []int{0, 6, 0}},
		{"argo-workflows/workflow.yaml", []int{0, 6, 0}},
		{"kubernetes/job.yaml", []int{6, 0}},
		{"argo-cd/presync.yaml", []int{6}},
		{"rendered for argo", []int{6, 0, 0}},
		{"rendered for kubernetes", []int{6, 0}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			p := newCI(t)
			src, rendered := strings.CutPrefix(c.file, "rendered for ")
			if rendered {
				src = p.does(0, nil, "srmigrate", "render", src, "migration.yaml")
			} else {
				src = ciFile(t, c.file)
			}
			commands := commandsIn(t, src)
			if len(commands) != len(c.codes) {
				t.Fatalf("it has the commands %q, want %d", commands, len(c.codes))
			}
			for i, args := range commands {
				p.does(c.codes[i], nil, "srmigrate", strings.Fields(vars.Replace(args+" "))...)
			}
		})
	}
}

// A cell goes the same way: what is put into the place of its name is what the engine puts there.
func TestCommandsOfACell(t *testing.T) {
	fleet := strings.Replace(ciRunbook, "spec:\n", "spec:\n  matrix: {lists: {suffix: [one, two]}}\n", 1)
	fleet = strings.ReplaceAll(fleet, "exporter: migration,", "exporter: \"m-${{ matrix.suffix }}\",")
	fleet = strings.NewReplacer("pause: {exporter: migration}", "pause: {exporter: \"m-${{ matrix.suffix }}\"}", "compare: {exporter: migration}", "compare: {exporter: \"m-${{ matrix.suffix }}\"}",
		"delete: {exporter: migration}", "delete: {exporter: \"m-${{ matrix.suffix }}\"}").Replace(fleet)
	for engine, codes := range map[string][]int{"argo": {0, 6, 0, 0}, "kubernetes": {6, 0}} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := newCI(t)
			keep(t, p.dir, "migration.yaml", []byte(fleet))
			keep(t, p.dir, "0", []byte("two\n"))
			keep(t, p.dir, "fleet.yaml", []byte(fleet))
			p.does(0, nil, "mkdir", "-p", ".github/workflows")
			p.does(0, nil, "srmigrate", "render", "github", "fleet.yaml", "--out", ".github/workflows")
			p.does(0, nil, "srmigrate", "render", engine, "fleet.yaml", "--concurrency", "20")
			commands := commandsIn(t, p.does(0, nil, "srmigrate", "render", engine, "migration.yaml"))
			if len(commands) != len(codes) {
				t.Fatalf("it has the commands %q, want %d", commands, len(codes))
			}
			vars := strings.NewReplacer("/runbook/", "", "{{workflow.parameters.by}}", "jane", "{{inputs.parameters.cell}}", "two", "/cells/$(JOB_COMPLETION_INDEX)", "0",
				" --wait", "", " WHO", " jane", " CELL", " two")
			for i, args := range commands {
				p.does(codes[i], nil, "srmigrate", strings.Fields(vars.Replace(args))...)
			}
			if _, err := os.Stat(filepath.Join(p.dir, ".srmigrate", "migration.two.state.json")); err != nil {
				t.Error(err)
			}
		})
	}
}

var (
	inScript   = regexp.MustCompile(`'srmigrate ([^']+)'|-- /srmigrate (.+)`)
	inManifest = regexp.MustCompile(`args: \[(.+)\]|args:\n((?: +- .+\n)+)`)
)

// commandsIn are what a file calls the program with; what stands in a comment comes last.
func commandsIn(t *testing.T, src string) (list []string) {
	t.Helper()
	for _, m := range inManifest.FindAllStringSubmatch(src, -1) {
		var args []string
		doc := "[" + m[1] + "]"
		if m[2] != "" {
			doc = m[2]
		}
		if err := yaml.Unmarshal([]byte(doc), &args); err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Join(args, " "))
	}
	for _, m := range inScript.FindAllStringSubmatch(src, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}

// What kustomize makes of the base and the overlay, which a test of the tools holds to this file, is a runbook.
func TestTheOverlayIsARunbook(t *testing.T) {
	for _, file := range []string{"testdata/kustomize.yaml", "../examples/ci/kustomize/base/migration.yaml"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(*program, "validate", "-")
		cmd.Stdin = bytes.NewReader(src)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "valid     -: 8 steps") {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// Whatever lies in examples/ci is looked at by one of these tests or by those of the tools.
func TestNothingInTheExamplesForPipelinesIsUnchecked(t *testing.T) {
	checked := []string{
		"README.md", "argo-cd/presync.yaml", "argo-workflows/workflow.yaml", "github/action.yml", "github/migration.yml", "github/srmigrate.yml",
		"gitlab/.gitlab-ci.yml", "gitlab/srmigrate.gitlab-ci.yml", "jenkins/Jenkinsfile", "kubernetes/job.yaml", "kustomize/base/kustomization.yaml",
		"kustomize/base/migration.yaml", "kustomize/overlays/production/kustomization.yaml", "kustomize/overlays/production/production.yaml",
	}
	root, all := filepath.Join("..", "examples", "ci"), []string{}
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, rerr := filepath.Rel(root, path)
			all, err = append(all, filepath.ToSlash(rel)), rerr
		}
		return err
	})
	if err != nil || !slices.Equal(all, checked) {
		t.Errorf("%v: there are %q", err, all)
	}
}
