package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

// The shape that CI systems read, as the Ant task has made it and Jenkins' own schema has it.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string       `xml:"name,attr"`
	Tests      int          `xml:"tests,attr"`
	Failures   int          `xml:"failures,attr"`
	Errors     int          `xml:"errors,attr"`
	Skipped    int          `xml:"skipped,attr"`
	Time       string       `xml:"time,attr"`
	Timestamp  string       `xml:"timestamp,attr,omitempty"`
	ID         string       `xml:"id,attr"`
	Properties *[]junitProp `xml:"properties>property,omitempty"`
	Cases      []junitCase  `xml:"testcase"`
	Out        *junitText   `xml:"system-out,omitempty"`
}

type junitProp struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string     `xml:"name,attr"`
	Class   string     `xml:"classname,attr"`
	Time    string     `xml:"time,attr"`
	Skipped *junitSkip `xml:"skipped,omitempty"`
	Failure *junitFail `xml:"failure,omitempty"`
	Out     *junitText `xml:"system-out,omitempty"`
}

type junitSkip struct {
	Message string `xml:"message,attr"`
}

type junitFail struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitText struct {
	Text string `xml:",chardata"`
}

// JUnit writes evidence for CI systems: a suite for the run, a case for each step, and the rollback as a suite of its own.
// A step that was not reached, or that waits for a person, is skipped, not failed.
func JUnit(e *Evidence) ([]byte, error) {
	all := junitSuites{Name: "srmigrate " + e.Run.Runbook, Time: secs(e.Run.Seconds)}
	all.add(e.forward())
	if e.Rollback != nil && len(e.Rollback.Steps) > 0 {
		all.add(e.backward())
	}
	raw, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	return []byte(xml.Header + string(raw) + "\n"), nil
}

func (all *junitSuites) add(s junitSuite) {
	s.ID, s.Tests = strconv.Itoa(len(all.Suites)), len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all.Tests += s.Tests
	all.Failures += s.Failures
	all.Suites = append(all.Suites, s)
}

// forward is the run. One that failed before its first step has a case that says so, for a suite without any is taken for
// a good one.
func (e *Evidence) forward() junitSuite {
	s := junitSuite{Name: e.Run.Runbook, Time: secs(total(e.Steps)), Timestamp: junitTime(e.Run.Started), Properties: e.properties()}
	for _, st := range e.Steps {
		s.Cases = append(s.Cases, e.testCase(st, e.Run.Runbook))
	}
	if e.refused() {
		s.Cases = append([]junitCase{{
			Name: "before the first step", Class: e.Run.Runbook, Time: secs(0),
			Failure: &junitFail{Message: e.Verdict.Headline, Type: e.Run.Status, Text: e.Verdict.Says},
		}}, s.Cases...)
	}
	text := e.Verdict.Headline + "\n" + e.Verdict.Says + "\n" + e.Verdict.Safe + "\n"
	for _, c := range e.Verdict.Commands {
		text += "$ " + c + "\n"
	}
	s.Out = &junitText{text}
	return s
}

// refused says whether the run ended badly before a step did.
func (e *Evidence) refused() bool {
	for _, st := range e.Steps {
		if st.Status == string(state.StepFailed) {
			return false
		}
	}
	return e.Verdict.Level == warning && e.Run.Status != string(state.Succeeded) || e.Verdict.Level == bad
}

// backward is the rollback.
func (e *Evidence) backward() junitSuite {
	s := junitSuite{
		Name: e.Run.Runbook + " rollback", Time: secs(total(e.Rollback.Steps)), Timestamp: junitTime(e.Rollback.Began),
		Out: &junitText{"because " + e.Rollback.Because + "\n"},
	}
	for _, st := range e.Rollback.Steps {
		s.Cases = append(s.Cases, e.testCase(st, e.Run.Runbook+".rollback"))
	}
	return s
}

func (e *Evidence) properties() *[]junitProp {
	list := []junitProp{
		{"run", e.Run.ID}, {"status", e.Run.Status}, {"state", e.Run.State}, {"proof", e.Run.Proof}, {"moved", e.Run.Moved}, {"head", e.Head},
	}
	for _, r := range e.Registries {
		list = append(list, junitProp{"registry " + r.Name, r.URL})
	}
	var kept []junitProp
	for _, p := range list {
		if p.Value != "" {
			kept = append(kept, p)
		}
	}
	return &kept
}

func (e *Evidence) testCase(st StepFacts, class string) junitCase {
	c := junitCase{Name: fmt.Sprintf("%s (%s)", st.ID, st.Type), Class: class, Time: secs(st.Seconds), Out: e.lines(st)}
	switch state.StepStatus(st.Status) {
	case state.StepFailed, state.StepBlocked:
		c.Failure = &junitFail{Message: firstLine(or(st.Error, st.Status)), Type: st.Status, Text: st.Error}
	case state.StepSkipped:
		c.Skipped = &junitSkip{or(st.Says, "nothing to do")}
	case state.StepWaiting:
		c.Skipped = &junitSkip{"waits for an answer"}
	case state.StepPending:
		c.Skipped = &junitSkip{"not reached"}
	case state.StepRunning:
		c.Skipped = &junitSkip{"not ended"}
	}
	return c
}

// lines are what is to be told of a step.
func (e *Evidence) lines(st StepFacts) *junitText {
	var b strings.Builder
	for _, text := range []string{st.Text, st.When, st.Says, st.Accepted} {
		if text != "" {
			b.WriteString(text + "\n")
		}
	}
	for _, r := range st.Retries {
		fmt.Fprintf(&b, "%s attempt %d: %s\n", clock(r.At), r.Attempt, r.Error)
	}
	for _, c := range e.Compares {
		if c.Step != st.ID {
			continue
		}
		for _, d := range c.Differences {
			b.WriteString("differs: " + d.Text + "\n")
		}
	}
	for _, n := range e.Notices {
		if n.Step == st.ID {
			fmt.Fprintf(&b, "%s %s: %s\n", clock(n.At), n.Severity, n.Text)
		}
	}
	for _, c := range st.Commands {
		b.WriteString("$ " + c + "\n")
	}
	if b.Len() == 0 {
		return nil
	}
	return &junitText{b.String()}
}

func total(list []StepFacts) (seconds float64) {
	for _, s := range list {
		seconds += s.Seconds
	}
	return seconds
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func secs(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }

// junitTime is a time as the schema wants it, without a zone; it is UTC.
func junitTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}
