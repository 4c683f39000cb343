package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/srmigrate/srmigrate/internal/report"
)

// ciFlag is for commands whose output a pipeline may show in forms of its own.
func (a *app) ciFlag(c *cobra.Command) {
	choiceVar(c, &a.ci, "ci", "", "fold steps and mark lines of the runbook as this system does; auto finds out which it is", "auto", "off", report.GitHub, report.GitLab)
}

// pipeline is the system whose log is written to out, nil where there is none that has forms of its own.
func (a *app) pipeline(out io.Writer) *report.Pipeline {
	kind := a.ci
	if kind == "" || kind == "auto" {
		kind = a.system()
	}
	if kind == "" || kind == "off" {
		return nil
	}
	return &report.Pipeline{Kind: kind, Out: out, Redact: a.redact, Place: a.place}
}

// system is the one whose job this is, as far as its log is special.
func (a *app) system() string {
	for name, kind := range map[string]string{"GITHUB_ACTIONS": report.GitHub, "GITLAB_CI": report.GitLab} {
		if is, _ := a.getenv(name); is == "true" {
			return kind
		}
	}
	return ""
}

// harmless is where text is written that may hold what a registry has answered.
func (a *app) harmless(out io.Writer) io.Writer {
	if a.system() == report.GitHub {
		return report.Guarded(out)
	}
	return out
}

// place finds a step or a registry in the runbook.
func (a *app) place(step, registry string) report.Place {
	if a.runbook == nil {
		return report.Place{}
	}
	at := report.Place{File: a.inRepository(a.runbook.File)}
	for _, st := range a.runbook.Steps {
		if st.ID == step {
			at.Line, at.Col = st.Line, st.Col
		}
	}
	for _, r := range a.runbook.Registries {
		if r.Name == registry && step == "" {
			at.Line = r.Line
		}
	}
	return at
}

// inRepository is the path of a file as annotations want it: from the root of the checkout.
func (a *app) inRepository(file string) string {
	root, _ := a.getenv("GITHUB_WORKSPACE")
	full, err := filepath.Abs(file)
	if root == "" || err != nil || file == "-" {
		return file
	}
	rel, err := filepath.Rel(root, full)
	if err != nil || strings.HasPrefix(rel, "..") {
		return file
	}
	return filepath.ToSlash(rel)
}

// summarized appends a text to the summary of the job, where there is such a thing. The job goes on without.
func (a *app) summarized(markdown func() (string, error)) {
	path, _ := a.getenv("GITHUB_STEP_SUMMARY")
	if p := a.pipeline(a.log); p == nil || p.Kind != report.GitHub || path == "" {
		return
	}
	text, err := markdown()
	if err == nil {
		err = appended(path, text+"\n")
	}
	if err != nil {
		a.complain("srmigrate: ", "the summary of the job cannot be written: "+err.Error())
	}
}

// mark shows a text beside a line of a file, where the system can do that.
func (a *app) mark(severity string, at report.Place, title, text string) {
	if p := a.pipeline(a.log); p != nil {
		p.Annotate(severity, at, title, strings.TrimSpace(text))
	}
}

func appended(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the runner names it
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
