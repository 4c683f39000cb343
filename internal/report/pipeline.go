package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
)

// The systems whose logs can do more than show lines.
const (
	GitHub = "github"
	GitLab = "gitlab"
)

// Place is where in a repository something stands. Line 0 is for what is about the whole file.
type Place struct {
	File      string
	Line, Col int
}

// A Pipeline writes into the log of a job what the system that runs it makes more of: steps are folded, and what went
// wrong is shown where it stands in the runbook.
type Pipeline struct {
	Kind   string // GitHub or GitLab
	Out    io.Writer
	Redact func(string) string
	Place  func(step, registry string) Place

	open string // the step whose lines are being folded
}

// Sink folds the lines that next writes of a step, and tells the system of what is wrong.
func (p *Pipeline) Sink(next event.Sink) event.Sink {
	return func(e event.Event) {
		switch e := e.(type) {
		case event.StepStarted:
			p.begin(e.ID, e.Text)
		case event.StepDone, event.StepSkipped, event.StepFailed, event.StepWaiting, event.RollbackStarted, event.RunEnded:
			p.end()
		}
		next(e)
		p.tell(e)
	}
}

func (p *Pipeline) begin(id, text string) {
	p.end()
	p.open = id
	title := p.inLine(id + ": " + text)
	if p.Kind == GitLab {
		p.write(fmt.Sprintf("\x1b[0Ksection_start:%d:%s[collapsed=true]\r\x1b[0K%s\n", time.Now().Unix(), id, title))
	} else {
		p.write("::group::" + title + "\n")
	}
}

func (p *Pipeline) end() {
	switch {
	case p.open == "":
	case p.Kind == GitLab:
		p.write(fmt.Sprintf("\x1b[0Ksection_end:%d:%s\r\x1b[0K\n", time.Now().Unix(), p.open))
	default:
		p.write("::endgroup::\n")
	}
	p.open = ""
}

// tell shows an event where it belongs in the runbook.
func (p *Pipeline) tell(e event.Event) {
	switch e := e.(type) {
	case event.StepFailed:
		p.Annotate("error", p.Place(or(e.Undoes, e.ID), ""), "step "+e.ID, e.Text)
	case event.Finding:
		if e.Allowed == "" {
			p.Annotate(e.Severity, p.Place(e.Step, e.Registry), e.Code, e.Text+pick(e.Remedy != "", "\n"+e.Remedy, ""))
		}
	case event.StepWaiting:
		p.Annotate("notice", p.Place(e.ID, ""), "step "+e.ID+" waits", strings.Join(append([]string{e.Text}, e.Commands...), "\n"))
	case event.RunEnded:
		if e.Result == "rollbackIncomplete" {
			p.Annotate("error", p.Place("", ""), "rollback incomplete", "somebody must act: "+e.Reason+"\n"+e.Next)
		}
	}
}

// Annotate shows a text beside a line of a file. Systems that cannot do it show nothing.
func (p *Pipeline) Annotate(severity string, at Place, title, text string) {
	if p.Kind != GitHub {
		return
	}
	if severity != "error" && severity != "notice" {
		severity = "warning"
	}
	var about []string
	for _, f := range []struct{ name, value string }{
		{"file", at.File}, {"line", digits(at.Line)}, {"col", digits(at.Col)}, {"title", p.clean(title)},
	} {
		if f.value != "" {
			about = append(about, f.name+"="+strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(f.value))
		}
	}
	text = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(p.clean(text))
	p.write("::" + severity + " " + strings.Join(about, ",") + "::" + text + "\n")
}

func digits(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func (p *Pipeline) clean(s string) string {
	return commands.ReplaceAllString(Printable(p.Redact(s)), "$1$3 $2$4")
}

func (p *Pipeline) inLine(s string) string { return strings.ReplaceAll(p.clean(s), "\n", " ") }

func (p *Pipeline) write(s string) {
	_, _ = io.WriteString(p.Out, s) // a log that cannot be written must not stop a migration
}

// Guarded breaks what GitHub takes for a command of a job, "::" where a line begins and "##[" anywhere: a registry may
// answer anything.
func Guarded(out io.Writer) io.Writer { return guarded{out} }

type guarded struct{ io.Writer }

var commands = regexp.MustCompile(`(?m)^(\s*:)(:)|(##)(\[)`)

func (g guarded) Write(b []byte) (int, error) {
	if _, err := g.Writer.Write(commands.ReplaceAll(b, []byte("$1$3 $2$4"))); err != nil {
		return 0, err
	}
	return len(b), nil
}
