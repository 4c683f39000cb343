// Package watch looks after two registries once clients have moved from the one to the other: who still registers at the
// source, what the target has not or not as the source has it, and which ids that are in use mean nothing there. It only
// reads.
package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// Watch is what one looks at, again and again.
type Watch struct {
	Env  *steps.Env
	Step steps.Compare // how the two are compared
	IDs  []ID          // ids in use, none for no check of ids
	Show int           // how many findings of a kind carry more than their name
}

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	New     Kind = "new"     // a version of the source that came since the baseline
	Gone    Kind = "gone"    // a version of the source that was deleted since then
	Differs Kind = "differs" // the target does not hold what the source holds
	Lost    Kind = "id"      // an id in use that means nothing on the target, or something else
)

// A Finding is a thing that should not be after clients have moved.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject,omitempty"` // of the source, or of the target where that alone has it
	Version int    `json:"version,omitempty"`
	ID      int    `json:"id,omitempty"`
	Context string `json:"context,omitempty"` // of the source, for an id
	Text    string `json:"text"`
}

// A Look is what was found in one look.
type Look struct {
	At       time.Time `json:"at"`
	Baseline *Baseline `json:"-"` // what the source held when the watch began; of this look where there was none
	Fresh    bool      `json:"-"` // the baseline is of this look
	Now      *Baseline `json:"-"` // what the source holds
	Findings []Finding `json:"findings"`
	Compared string    `json:"compared,omitempty"` // the verdict of the compare, with its scope
	Unread   []string  `json:"unread,omitempty"`   // why this look is not whole
}

// Count says how many findings of a kind there are.
func (l *Look) Count(k Kind) (n int) {
	for _, f := range l.Findings {
		if f.Kind == k {
			n++
		}
	}
	return n
}

// Look looks once. What cannot be read is told in it; its error is one of the context, or of a baseline that is of another
// registry.
func (w *Watch) Look(ctx context.Context, base *Baseline) (*Look, error) {
	l := &Look{At: time.Now().UTC().Truncate(time.Second), Baseline: base, Findings: []Finding{}}
	for _, look := range []func(context.Context, *Look) error{w.registrations, w.drift, w.ids} {
		if err := look(ctx, l); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return l, nil
}

func (w *Watch) source() (*registry.Client, error) { return w.Env.Registry(w.Step.Source) }

func (w *Watch) target() (*registry.Client, error) { return w.Env.Registry(w.Step.Target) }

// registrations finds what the source holds now and did not hold before, and the other way round.
func (w *Watch) registrations(ctx context.Context, l *Look) error {
	source, err := w.source()
	if err != nil {
		return err
	}
	if l.Now, err = holds(ctx, source, l.At); err != nil {
		l.Unread = append(l.Unread, fmt.Sprintf("what %s holds: %v", source.Name(), err))
		return nil
	}
	if l.Baseline == nil {
		l.Baseline, l.Fresh = l.Now, true
		return nil
	}
	if err := l.Baseline.matches(l.Now); err != nil {
		return err
	}
	came, went := l.Baseline.changes(l.Now)
	for i, k := range came {
		f := Finding{Kind: New, Subject: k.Subject, Version: k.Version, Text: fmt.Sprintf("%s version %d was registered on %s", k.Subject, k.Version, source.Name())}
		if i < w.Show {
			if s, err := source.Version(ctx, k.Subject, k.Version, true); err == nil { // it may be gone again; its name says enough
				f.ID, f.Text = s.ID, f.Text+fmt.Sprintf(", with id %d", s.ID)
			}
		}
		l.Findings = append(l.Findings, f)
	}
	for _, k := range went {
		l.Findings = append(l.Findings, Finding{
			Kind: Gone, Subject: k.Subject, Version: k.Version, Text: fmt.Sprintf("%s version %d was deleted on %s", k.Subject, k.Version, source.Name()),
		})
	}
	return nil
}

// drift compares. A side that changed while it was read is no reason to doubt: what was there all the time was compared.
func (w *Watch) drift(ctx context.Context, l *Look) error {
	step := w.Step
	var found []Finding
	r, _, err := step.Run(ctx, w.Env, compare.Options{
		Show: max(w.Show, 1),
		OnDifference: func(d compare.Difference) error {
			if d.Level == compare.Fail {
				found = append(found, Finding{Kind: Differs, Subject: d.Subject, Version: d.Version, Text: d.String()})
			}
			return nil
		},
	})
	if r == nil {
		l.Unread = append(l.Unread, fmt.Sprintf("a compare: %v", err))
		return nil
	}
	if err != nil {
		return err
	}
	l.Compared, l.Findings = r.Summary(), append(l.Findings, found...)
	l.Unread = append(l.Unread, r.Unread...)
	return nil
}
