package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporters looks whether the source has them. One that a licence or an edition keeps from having them is told from one
// that keeps these credentials from seeing them.
func (s *survey) exporters(ctx context.Context) error {
	names, err := s.source.ExporterNames(ctx)
	if errors.Is(err, registry.ErrNoExporters) {
		return s.noExporters(err)
	}
	may, err := s.may(s.source, "exporters", err)
	if err != nil {
		return err
	}
	if !may {
		s.withoutExporters = true
		if !s.wantsExporters() {
			s.denied[s.source.Name()] = slices.DeleteFunc(s.denied[s.source.Name()], func(what string) bool { return what == "exporters" })
			s.saw("%s does not show these credentials whether it has exporters, and nothing here needs one", s.source.Name())
		}
		return nil
	}
	if len(names) == 0 {
		s.saw("%s has the exporter API, and no exporter is there yet", s.source.Name())
	} else {
		s.saw("%s has the exporter API, with %s by now", s.source.Name(), count(len(names), "exporter"))
	}
	if s.Exporter == "" || s.isMadeLater() {
		return nil
	}
	there, err := exporterIfThere(ctx, s.source, s.Exporter)
	switch {
	case err != nil:
		return err
	case there == nil:
		s.saw("the name %s is free on %s", s.Exporter, s.source.Name())
		return nil
	}
	s.found(s.asExporter().taken(s.env, s.source), s.env.Allow)
	return nil
}

// noExporters matters to those alone who are going to make one.
func (s *survey) noExporters(err error) error {
	s.withoutExporters = true
	if !s.wantsExporters() {
		s.saw("%s has no exporters, and nothing here needs one", s.source.Name())
		return nil
	}
	text, remedy, _ := strings.Cut(explainNoExporters(err, s.source.Name()).Error(), "\n")
	s.found(event.Finding{Code: "SRM061", Severity: "error", Text: text, Remedy: remedy}, s.env.Allow)
	return nil
}

// wantsExporters reports whether the step or a later one needs one.
func (s *survey) wantsExporters() bool {
	return s.Exporter != "" || s.Canary || s.makesExporter() != nil
}

// age looks whether the target is too old for what the source may hold.
func (s *survey) age(context.Context) error {
	var lost []string
	for _, since := range []struct{ version, what string }{
		{"7.2.0", "a schema that one subject has under two ids is refused (7.2.0)"},
		{"7.4.0", "metadata and rules of schemas are dropped (7.4.0)"},
	} {
		if older(s.versions[1], since.version) && !older(s.versions[0], since.version) && s.versions[0] != "" {
			lost = append(lost, since.what)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	s.found(event.Finding{
		Code: "SRM064", Severity: "warning", Count: len(lost),
		Text: fmt.Sprintf("%s is of version %s, and %s of %s: %s", s.target.Name(), s.versions[1], s.source.Name(), s.versions[0], strings.Join(lost, "; ")),
		Remedy: fmt.Sprintf("bring %s to a version that has it, or allow this where no schema of %s needs it: a compare tells",
			s.target.Name(), s.source.Name()),
	}, s.env.Allow)
	return nil
}

// older reports whether a server's version comes before another; false where it is not known.
func older(version, other string) bool {
	a, known := numbersOf(version)
	b, _ := numbersOf(other)
	for i := range a {
		if a[i] != b[i] {
			return known && a[i] < b[i]
		}
	}
	return false
}

func numbersOf(version string) (n [3]int, known bool) {
	version, _, _ = strings.Cut(version, "-") // 7.4.0-ccs
	for i, part := range strings.SplitN(version, ".", len(n)) {
		v, err := strconv.Atoi(part)
		if err != nil {
			return n, false
		}
		n[i], known = v, true
	}
	return n, known
}

// modes looks whether the target has any, without which nothing is let in under its id.
func (s *survey) modes(ctx context.Context) error {
	mode, _, err := s.target.Mode(ctx, "")
	if registry.IsUnknown(err) {
		s.found(event.Finding{
			Code: "SRM063", Severity: "error",
			Text:   fmt.Sprintf("%s has no modes, so nothing can come there under its id and version: %v", s.target.Name(), err),
			Remedy: fmt.Sprintf("choose a registry with import mode for %s, such as Confluent's from 5.4 on", s.target.Name()),
		}, s.env.Allow)
		return nil
	}
	if may, err := s.may(s.target, "modes", err); err != nil || !may {
		return err
	}
	s.saw("%s has modes, %s in %s", s.target.Name(), mode, modePlace("", s.env.isGuide(s.Preflight.target())))
	return nil
}

// writes says what nobody knows before something was written.
func (s *survey) writes(context.Context) error {
	s.permitted(s.source)
	s.permitted(s.target)
	if s.wantsExporters() && !s.withoutExporters && !s.Canary {
		s.unknown("whether %s lets these credentials make an exporter, and whether its server reaches %s: that shows with the first write",
			s.source.Name(), s.target.Name())
	}
	if s.Canary && !s.withoutExporters {
		return nil // it tells
	}
	s.unknown("whether %s lets these credentials write and change modes (mode.mutability): that shows with the first write", s.target.Name())
	return nil
}
