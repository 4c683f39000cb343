package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/watch"
)

// tell says what a look has found. What was said in an earlier look of this call is not said again as long as it stands.
func (s *series) tell(l *watch.Look) error {
	if s.in.output == "json" {
		return s.tellJSON(l)
	}
	t := s.text()
	if s.last == "" {
		s.head(t, l)
	}
	still := map[string]bool{}
	shown := map[watch.Kind]int{}
	for _, f := range l.Findings {
		still[f.Text] = true
		if s.told[f.Text] {
			continue
		}
		if shown[f.Kind]++; shown[f.Kind] <= s.in.show {
			t.Row(string(f.Kind), "", f.Text)
		}
	}
	for _, k := range []watch.Kind{watch.New, watch.Gone, watch.Differs, watch.Lost} {
		if more := shown[k] - s.in.show; more > 0 {
			t.Row("more", "", fmt.Sprintf("%d of kind %s; -o json has all, --show %d shows them", more, k, shown[k]))
		}
	}
	for _, u := range l.Unread {
		if still[u] = true; !s.told[u] {
			t.Row("unread", "", u)
		}
	}
	s.told = still
	if now := s.verdict(l); now != s.last {
		if s.in.every > 0 {
			t.Row("looked", "", l.At.Format(time.RFC3339))
		}
		t.Row("verdict", "", now)
		if next := s.next(l); next != "" {
			t.Row("next", "", next)
		}
		s.last = now
	}
	return nil
}

func (s *series) head(t *report.Text, l *watch.Look) {
	for _, name := range []string{s.Step.Source, s.Step.Target} {
		t.Row("registry", name, s.Env.Registries[name].URL())
	}
	for _, note := range s.notes {
		t.Row("note", "", note)
	}
	switch b := l.Baseline; {
	case b == nil:
	case l.Fresh:
		t.Row("baseline", "", fmt.Sprintf("taken now, %s: %s, %s of %s; later looks tell what came since",
			s.store.SidePath(baselineFile), count(len(b.Subjects), "subject"), count(b.Versions(), "version"), s.Step.Source))
	default:
		t.Row("baseline", "", fmt.Sprintf("of %s: %s, %s of %s", b.Taken.Format(time.RFC3339),
			count(len(b.Subjects), "subject"), count(b.Versions(), "version"), s.Step.Source))
	}
	if l.Compared != "" {
		t.Row("compared", "", l.Compared)
	}
	if s.in.renew && l.Now != nil && !l.Fresh {
		t.Row("renewed", "", "the baseline is of now")
	}
}

// verdict says a look in a line.
func (s *series) verdict(l *watch.Look) string {
	var parts []string
	for _, p := range []struct {
		kind watch.Kind
		what string
	}{
		{watch.New, "new version"}, {watch.Gone, "deleted version"}, {watch.Differs, "difference"}, {watch.Lost, "id"},
	} {
		if n := l.Count(p.kind); n > 0 {
			parts = append(parts, count(n, p.what))
		}
	}
	text := "quiet: nothing has come to " + s.Step.Source + " since " + baselineTime(l) + ", and " + s.Step.Target + " holds what it holds"
	if l.Fresh {
		text = "quiet: " + s.Step.Target + " holds what " + s.Step.Source + " holds"
	}
	if len(parts) > 0 {
		text = "found: " + strings.Join(parts, ", ")
	}
	if len(l.Unread) > 0 {
		text = "unknown: not everything could be read" + pick(len(parts) > 0, "; "+text, "")
	}
	return text
}

// next is what to do about a look, "" where that is nothing.
func (s *series) next(l *watch.Look) string {
	var parts []string
	if l.Count(watch.New)+l.Count(watch.Gone) > 0 {
		parts = append(parts, fmt.Sprintf("find the clients that still write to %s, and move them", s.Step.Source))
	}
	if l.Count(watch.Differs) > 0 {
		parts = append(parts, fmt.Sprintf("bring what differs to %s, with a copy step or by registering it there", s.Step.Target))
	}
	if l.Count(watch.Lost) > 0 {
		parts = append(parts, fmt.Sprintf("bring the schemas of these ids to %s, under the same ids", s.Step.Target))
	}
	if l.Count(watch.New)+l.Count(watch.Gone) > 0 {
		parts = append(parts, fmt.Sprintf("then make what %s holds now the baseline: the same call with --renew", s.Step.Source))
	}
	if len(l.Unread) > 0 {
		parts = append(parts, "see to it that what is unread can be read, and look again")
	}
	return strings.Join(parts, "; ")
}

func baselineTime(l *watch.Look) string {
	if l.Baseline == nil {
		return "the baseline"
	}
	return l.Baseline.Taken.Format(time.RFC3339)
}

// tellJSON prints an object in a line. Fields may be added; version changes when one of them means something else.
func (s *series) tellJSON(l *watch.Look) error {
	taken := l.At
	if l.Baseline != nil {
		taken = l.Baseline.Taken
	}
	raw, err := json.Marshal(struct {
		Version  int         `json:"version"`
		ExitCode engine.Exit `json:"exitCode"` // of this look alone
		Baseline time.Time   `json:"baseline"`
		Verdict  string      `json:"verdict"`
		Next     string      `json:"next,omitempty"`
		Notes    []string    `json:"notes,omitempty"`
		*watch.Look
	}{1, s.exit(l, len(l.Findings) > 0), taken, s.verdict(l), s.next(l), s.notes, l})
	if err != nil {
		return &exitError{engine.Failed, err}
	}
	return s.print(inert(s.redactor.Redact(string(raw))) + "\n")
}
