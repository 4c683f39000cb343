package steps

import "github.com/srmigrate/srmigrate/internal/event"

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
