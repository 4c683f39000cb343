package steps

import (
	"fmt"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
)

// Consent is what a runbook allows a step although a finding speaks against it.
type Consent struct {
	Code    string
	AtMost  int // things that the finding is about; below zero for any number
	Because string
}

// Consents looks for the consent to a finding. Where there is one that does not go so far, the answer is false and what
// it says.
func Consents(list []Consent, f event.Finding) (c Consent, ok bool) {
	for _, c := range list {
		if c.Code == f.Code {
			return c, c.AtMost < 0 || max(f.Count, 1) <= c.AtMost
		}
	}
	return Consent{}, false
}

// Consents says whether the runbook lets this step go on over a finding. A step asks before its effect: what it found
// may have grown since the run began.
func (e *Env) Consents(f event.Finding) bool {
	_, ok := Consents(e.Allow, f)
	return ok
}

// Weigh is the finding with what a runbook says to it: that it is allowed and why, or how far that goes.
func Weigh(list []Consent, f event.Finding) event.Finding {
	c, ok := Consents(list, f)
	switch {
	case ok:
		f.Allowed = c.Because
	case c.Code != "":
		f.Remedy = strings.TrimSuffix(fmt.Sprintf("the step allows at most %d of these, and there are %d; %s", c.AtMost, max(f.Count, 1), f.Remedy), "; ")
	}
	return f
}

// UnusedAllow is the finding about a consent that no finding asks for.
func UnusedAllow(c Consent) event.Finding {
	return event.Finding{
		Code: event.Unused, Severity: "warning", Text: fmt.Sprintf("it allows %s, and nothing of that kind is found", c.Code),
		Remedy: "take it out: it would hide a danger that comes later",
	}
}
