package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/render"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// rendering is render.
type rendering struct {
	input
	job render.Job
	out string // a folder, "" for stdout
}

func (a *app) renderCmd() *cobra.Command {
	var in rendering
	engines := render.Engines()
	c := &cobra.Command{
		Use:   "render " + strings.Join(engines, "|") + " FILE",
		Short: "Write what an engine needs to run a runbook: a Workflow of Argo, a Job of Kubernetes, workflows of GitHub",
		Long: `Render turns a runbook into what an engine runs that is there already. For argo it is a Workflow
with a suspend node where the runbook asks somebody, for kubernetes a Job, for both with the
ConfigMap that holds the runbook; for github a workflow that is started by hand, with a job behind an
environment's reviewers where it asks. A runbook with a matrix has a pod or a job for each of its
cells; what is cut short is tried again and goes on from its state.

No registry is asked, and no credential is read: what is rendered names the variables that the
runbook reads.

Exit codes: 0, 1 a file could not be written, 2 usage, 3 FILE is not valid or not fit for the engine.`,
		Args: cobra.ExactArgs(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return engines, cobra.ShellCompDirectiveNoFileComp
			}
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(engines, args[0]) {
				return &exitError{engine.Usage, fmt.Errorf("there is no engine %q: %s", args[0], didYouMean(args[0], engines))}
			}
			in.file = args[1]
			return a.render(args[0], &in)
		},
	}
	f := c.Flags()
	f.StringVar(&in.job.Image, "image", "ghcr.io/srmigrate/srmigrate:v1", "the container `image`, for argo and kubernetes")
	f.StringVar(&in.job.Secret, "secret", "", "the `Secret` that has the variables of the environment, for argo and kubernetes (default <name>-env)")
	f.StringVar(&in.job.Reviewers, "environment", "production", "the `environment` whose reviewers answer what the runbook asks, for github")
	f.StringVar(&in.job.State, "state", "", "keep the state at this `URL` in place of a volume or a cache; with a matrix a folder")
	f.IntVar(&in.job.Parallel, "concurrency", 0, "run so many cells at a time (default as many as the engine likes)")
	f.StringVarP(&in.out, "out", "o", "", "write into this `folder` instead of to standard output; a matrix for github needs it")
	return c
}

// render writes the files.
func (a *app) render(name string, in *rendering) error {
	if in.job.Parallel < 0 {
		return &exitError{engine.Usage, fmt.Errorf("--concurrency %d is less than nothing", in.job.Parallel)}
	}
	if in.file == "-" {
		return &exitError{engine.Usage, errors.New("name the file of the runbook: what is rendered calls it by its name")}
	}
	if slices.ContainsFunc([]string{in.file, in.job.State, in.job.Image, in.job.Secret, in.job.Reviewers}, func(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }) {
		return &exitError{engine.Usage, errors.New("a name has a control character in it, which no manifest should have")}
	}
	if name == "github" && filepath.IsAbs(in.file) {
		return &exitError{engine.Usage, fmt.Errorf("%s: name the runbook as it is called from the root of the repository, where the workflow runs", in.file)}
	}
	if err := a.renderable(in); err != nil {
		return err
	}
	files, err := render.Render(name, in.job)
	if err != nil {
		return &exitError{engine.Refused, err}
	}
	switch {
	case in.out != "":
		return a.renderInto(in.out, files)
	case len(files) > 1:
		return &exitError{engine.Usage, fmt.Errorf("%s makes %d files of a runbook with a matrix: name a folder with --out, such as .github/workflows", name, len(files))}
	}
	return a.print(string(files[0].Text))
}

// renderInto writes into a folder that is there.
func (a *app) renderInto(dir string, files []render.File) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &exitError{engine.Failed, fmt.Errorf("there is no folder %q; make it first", dir)}
	}
	t := a.text()
	for _, f := range files {
		path := filepath.Join(dir, f.Path)
		if err := state.Replace(state.Shared{}, path, f.Write); err != nil {
			return &exitError{engine.Failed, err}
		}
		t.Row("wrote", "", path)
	}
	return nil
}

// renderable reads the runbook as it is in every cell, without its environment.
func (a *app) renderable(in *rendering) error {
	var read sync.Map // cells are read at the same time
	o := runbook.Options{Lax: true, Getenv: func(name string) (string, bool) { read.Store(name, nil); return "", false }}
	src, err := os.ReadFile(in.file)
	if err != nil {
		return &exitError{engine.Usage, err}
	}
	j := &in.job
	j.File, j.Runbook = filepath.ToSlash(in.file), filepath.Base(in.file)
	j.Texts = map[string]string{j.Runbook: string(src)}
	var last *runbook.Runbook
	fleet, problems := runbook.OpenFleet(in.file, src, o)
	switch {
	case fleet != nil:
		j.Cells = fleet.Names()
		problems = fleet.Check(fleet.Cells, func(_ runbook.Cell, rb *runbook.Runbook) { last = rb })
		if err := in.matrixFile(); err != nil {
			return &exitError{engine.Refused, err}
		}
	case len(problems) == 0:
		last, problems = runbook.Load(in.file, src, o)
	}
	if len(problems) > 0 {
		for _, p := range problems {
			a.complain("", p.Error())
		}
		return &exitError{engine.Refused, fmt.Errorf("%s in %s; nothing was rendered", count(len(problems), "problem"), in.file)}
	}
	for _, f := range last.Findings {
		if f.Code == "SRM050" {
			return &exitError{engine.Refused, fmt.Errorf("%s:%d:%d: %s: %s; what is rendered would show it: %s", last.File, f.Line, f.Col, f.Code, f.Text, f.Remedy)}
		}
	}
	if err := in.place(last.State); err != nil {
		return err
	}
	j.Name = last.Name
	read.Range(func(name, _ any) bool { j.Env = append(j.Env, name.(string)); return true })
	if j.Bucket {
		j.Env = append(j.Env, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
	}
	slices.Sort(j.Env)
	j.Env = slices.Compact(j.Env)
	j.Secret = cmp.Or(j.Secret, j.Name+"-env")
	for _, st := range last.Steps {
		if ask, ok := st.Step.(*steps.Approve); ok {
			j.Asks = append(j.Asks, render.Ask{Step: st.ID, Message: ask.Message})
		}
	}
	return nil
}

// matrixFile takes the file of the matrix along. In a pod it lies beside the runbook, so it has to here.
func (in *rendering) matrixFile() error {
	name, ok := outlineOf(in.file).Matrix["file"].(string)
	if !ok {
		return nil
	}
	if filepath.Base(name) != filepath.Clean(name) {
		return fmt.Errorf("the file of the matrix, %s, does not lie beside the runbook: put them into one folder", name)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(in.file), name))
	if err != nil {
		return err
	}
	in.job.Texts[name] = string(text)
	return nil
}

// place finds out whether the state needs a volume.
func (in *rendering) place(of runbook.State) error {
	text := cmp.Or(in.job.State, of.URL)
	if text == "" {
		return nil
	}
	p, err := objects.Parse(text)
	if err != nil {
		return &exitError{engine.Usage, fmt.Errorf("--state is no place for a state: %w", err)} // the runbook's has been looked at
	}
	if in.job.Fleet() && !p.Folder() {
		return &exitError{engine.Usage, fmt.Errorf("the state %s is one, and each cell of the matrix has one of its own: let it end in / to name a folder", text)}
	}
	in.job.Bucket = p.Path == ""
	return nil
}
