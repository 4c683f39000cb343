package engine

import (
	"slices"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

// PlanVersion is the format of a plan.
const PlanVersion = 1

// Plan is what `run` would do now. It is a value: made from reads only, shown, kept and compared, never executed.
type Plan struct {
	Version    int                        `json:"version"`
	Runbook    string                     `json:"runbook"`
	Instance   string                     `json:"instance,omitempty"` // of several runs of one runbook
	Run        string                     `json:"run,omitempty"`      // the last run, where there is one
	Outlook    Outlook                    `json:"outlook"`
	Says       string                     `json:"says"` // the outlook in a sentence
	Window     *PlannedWindow             `json:"window,omitempty"`
	Registries map[string]PlannedRegistry `json:"registries,omitempty"`
	Steps      []PlannedStep              `json:"steps"`
	Findings   []event.Finding            `json:"findings"`         // about registries; those about steps stand there
	Unseen     []string                   `json:"unseen"`           // what could not be looked at
	Locked     string                     `json:"locked,omitempty"` // who works on the state while the plan is made
	Offline    bool                       `json:"offline,omitempty"`

	lasting bool // something of what could not be looked at will not show by itself either
}

// PlannedRegistry is where a registry is, and who it said it was.
type PlannedRegistry struct {
	URL string `json:"url"`
	ID  string `json:"id,omitempty"` // "" where it was not asked, or did not answer
}

// PlannedWindow is the time in which the run may work. The times are as RFC 3339 has them, "" where nothing is bounded.
type PlannedWindow struct {
	NotBefore string `json:"notBefore,omitempty"`
	LastStart string `json:"lastStart,omitempty"`
	NotAfter  string `json:"notAfter,omitempty"`
	OnMiss    string `json:"onMiss,omitempty"`
	Says      string `json:"says,omitempty"` // how it stands now
	Over      bool   `json:"over,omitempty"` // no run begins in it any more
}

// Outlook is what `run` would do with the runbook and its state as they stand.
type Outlook string

// The outlooks. Only the first two do steps of the runbook.
const (
	Begins   Outlook = "begins"   // a new run
	GoesOn   Outlook = "goesOn"   // with a run that was cut short, stopped, or waits
	RollsOn  Outlook = "rollsOn"  // finishes a rollback
	Nothing  Outlook = "nothing"  // everything is done
	Declines Outlook = "declines" // the last run has to be dealt with first
)

// PlannedStep is a step as it would go.
type PlannedStep struct {
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Text        string          `json:"text"` // the step in a line
	Description string          `json:"description,omitempty"`
	Standing    string          `json:"standing"` // todo, or how it stands in the last run
	Done        string          `json:"done,omitempty"`
	When        string          `json:"when,omitempty"`
	Now         string          `json:"now,omitempty"`
	Effects     []steps.Effect  `json:"effects"`
	Later       string          `json:"later,omitempty"` // what cannot be known yet
	Lost        []string        `json:"lost"`            // what cannot be undone
	AtLeast     float64         `json:"atLeastSeconds,omitempty"`
	Expected    float64         `json:"expectedSeconds,omitempty"` // an estimate, AtLeast included
	Basis       string          `json:"expectedBasis,omitempty"`   // what the estimate rests on
	Undo        []PlannedUndo   `json:"undo"`
	IfItFails   []string        `json:"ifItFails"` // undo steps in their order, those of earlier steps with them
	OnFailure   string          `json:"onFailure"`
	NoReturn    bool            `json:"noReturn,omitempty"`
	Findings    []event.Finding `json:"findings"`
	Unseen      string          `json:"unseen,omitempty"` // why nothing could be said
}

// PlannedUndo is an undo step.
type PlannedUndo struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Todo says whether the step would still be done.
func (p PlannedStep) Todo() bool { return p.Done == "" }

// later adds what cannot be known yet.
func (p *PlannedStep) later(text string) {
	if p.Later != "" && text != "" {
		text = p.Later + "; " + text
	}
	p.Later = or(text, p.Later)
}

// Refused says whether a finding is an error that nobody has allowed, or the window is over.
func (p *Plan) Refused() bool {
	return p.Window != nil && p.Window.Over || slices.ContainsFunc(p.AllFindings(), stops)
}

// stops says whether a run does not begin because of the finding.
func stops(f event.Finding) bool { return f.Severity == "error" && f.Allowed == "" }

// AllFindings are those about registries, then those about steps, in order.
func (p *Plan) AllFindings() []event.Finding {
	all := slices.Clone(p.Findings)
	for _, st := range p.Steps {
		all = append(all, st.Findings...)
	}
	return all
}

// Exit is the exit code of a command that only shows the plan; changes says that one with something to do gets one of
// its own.
func (p *Plan) Exit(changes bool) Exit {
	switch {
	case p.Refused():
		return Refused
	case len(p.Unseen) > 0:
		return Unread
	case changes && p.Outlook != Nothing:
		return Differ
	}
	return OK
}

// AtLeast is how long the steps that are left take in any case.
func (p *Plan) AtLeast() time.Duration {
	return p.sum(func(st PlannedStep) float64 { return st.AtLeast })
}

// Expected is how long they are likely to take, as far as that is estimated; 0 where nothing is.
func (p *Plan) Expected() time.Duration {
	if !slices.ContainsFunc(p.Steps, func(st PlannedStep) bool { return st.Todo() && st.Basis != "" }) {
		return 0
	}
	return p.sum(func(st PlannedStep) float64 { return max(st.AtLeast, st.Expected) })
}

func (p *Plan) sum(of func(PlannedStep) float64) time.Duration {
	var all float64
	for _, st := range p.Steps {
		if st.Todo() {
			all += of(st)
		}
	}
	return time.Duration(all * float64(time.Second))
}
