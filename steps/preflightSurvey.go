package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// survey is what preflight sees of two registries.
type survey struct {
	*Preflight
	env            *Env
	source, target *registry.Client

	events   []event.Event // one for each thing, in the order of looking
	findings []event.Finding
	unknowns []string            // what no read tells
	gist     []string            // what a plan shows of what is there
	denied   map[string][]string // by registry: what its credentials may not read

	versions         [2]string     // of source and target, "" where one does not tell
	withoutExporters bool          // the source has none, or does not show them
	held             holding       // by the target, where copies go
	took             time.Duration // a canary; 0 where none has come through
}

// survey looks at all that is not about what later steps do.
func (p *Preflight) survey(ctx context.Context, env *Env) (*survey, error) {
	source, err := env.Registry(p.source())
	if err != nil {
		return nil, err
	}
	target, err := env.Registry(p.target())
	if err != nil {
		return nil, err
	}
	s := &survey{Preflight: p, env: env, source: source, target: target, denied: map[string][]string{}}
	for _, look := range []func(context.Context) error{
		func(ctx context.Context) error { return s.registry(ctx, source, 0) },
		func(ctx context.Context) error { return s.registry(ctx, target, 1) },
		s.two, s.exporters, s.age, s.modes, s.contexts, s.occupied, s.writes, s.alone,
	} {
		if err := look(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *survey) saw(format string, args ...any) {
	s.events = append(s.events, event.StepLooked{ID: s.env.StepID, Text: fmt.Sprintf(format, args...)})
}

func (s *survey) unknown(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.unknowns = append(s.unknowns, text)
	s.events = append(s.events, event.StepLooked{ID: s.env.StepID, Text: text, Unknown: true})
}

// found adds a finding, as the runbook's allow for the step at its root has it.
func (s *survey) found(f event.Finding, allow []Consent) {
	f = Weigh(allow, f)
	s.findings = append(s.findings, f)
	f.Step = s.env.StepID
	s.events = append(s.events, f)
}

// may sorts the errors of a look: what the credentials may not read is noted, and no reason not to look at the rest.
func (s *survey) may(c *registry.Client, what string, err error) (bool, error) {
	e, refused := errors.AsType[*registry.Error](err)
	if refused && e.Status == http.StatusForbidden {
		if !slices.Contains(s.denied[c.Name()], what) {
			s.denied[c.Name()] = append(s.denied[c.Name()], what)
		}
		return false, nil
	}
	return err == nil, err
}

// permitted tells of what could not be read of a registry.
func (s *survey) permitted(c *registry.Client) {
	denied := s.denied[c.Name()]
	if len(denied) == 0 {
		return
	}
	s.found(event.Finding{
		Code: "SRM060", Severity: "error", Count: len(denied),
		Text:   fmt.Sprintf("the credentials for %s may not read %s", c.Name(), some(denied, 8)),
		Remedy: fmt.Sprintf("give them a role on %s that reads and writes subjects of all contexts, modes, configs and exporters", c.Name()),
	}, s.env.Allow)
	delete(s.denied, c.Name())
}

// registry looks whether one answers, and whether it may be read.
func (s *survey) registry(ctx context.Context, c *registry.Client, at int) error {
	version, told, err := c.ServerVersion(ctx)
	if _, err = s.may(c, "its version", err); err != nil {
		return err
	}
	s.versions[at] = version
	subjects, err := allSubjects(ctx, c, false)
	listed, err := s.may(c, "its subjects", err)
	if err != nil {
		return err
	}
	if listed && len(subjects) > 0 {
		_, err := c.Version(ctx, subjects[0], -1, false)
		if registry.NotFound(err) {
			err = nil // deleted meanwhile
		}
		if _, err := s.may(c, "schemas", err); err != nil {
			return err
		}
	}
	_, _, err = c.Config(ctx, "")
	if registry.IsUnknown(err) {
		err = nil // it has none to lose
	}
	if _, err := s.may(c, "configs", err); err != nil {
		return err
	}
	text := c.Name() + " answers"
	if told {
		text += ", version " + version
	} else {
		text += " and does not tell its version"
	}
	if listed {
		text += ", " + count(len(subjects), "subject")
	}
	s.saw("%s", text)
	s.gist = append(s.gist, text)
	return nil
}

// two looks whether there are two registries.
func (s *survey) two(ctx context.Context) error {
	because, told, err := oneRegistryBecause(ctx, s.source, s.target)
	asked := s.target
	if e, ok := errors.AsType[*registry.Error](err); ok && strings.HasPrefix(e.URL, s.source.URL()) {
		asked = s.source
	}
	if ok, err := s.may(asked, "who it is", err); err != nil || !ok {
		return err
	}
	switch {
	case because != "" && len(s.coming()) == 0:
		s.found(s.asExporter().oneRegistry(because), s.env.Allow)
	case because != "":
		s.saw("%s and %s are one registry: they have %s", s.source.Name(), s.target.Name(), because)
	case told:
		s.saw("%s and %s are two registries", s.source.Name(), s.target.Name())
	default:
		s.unknown("whether %s and %s are one registry under two URLs: not both say who they are", s.source.Name(), s.target.Name())
	}
	return nil
}
