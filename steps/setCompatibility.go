package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// SetCompatibility sets the compatibility level of one context or subject of a registry, or takes its own away.
// What else stands in its config stays.
type SetCompatibility struct {
	Registry string `json:"registry"`
	Level    string `json:"level,omitempty"`
	Inherit  bool   `json:"inherit,omitempty"`
	Context  string `json:"context,omitempty"`
	Subject  string `json:"subject,omitempty"`
}

func init() { register("setCompatibility", func() Step { return new(SetCompatibility) }) }

// compatibilityRecord is what the config of the place was.
type compatibilityRecord struct {
	Registry string            `json:"registry"`
	Place    string            `json:"place"`
	Level    string            `json:"level,omitempty"` // that the step sets; "" to inherit
	Before   registry.Settings `json:"before"`
}

// wanted is the config that the step makes of the one before.
func (r compatibilityRecord) wanted() registry.Settings {
	want := registry.Settings{}
	maps.Copy(want, r.Before)
	delete(want, "compatibility")
	delete(want, "compatibilityLevel")
	if r.Level != "" {
		maps.Copy(want, registry.NewSettings(r.Level))
	}
	return want
}

// Describe names level and place.
func (s *SetCompatibility) Describe() string {
	if s.Inherit {
		return fmt.Sprintf("take its own compatibility level from %s of %s, which inherits then", placeName(s.place()), s.Registry)
	}
	return fmt.Sprintf("set compatibility %s on %s of %s", s.Level, placeName(s.place()), s.Registry)
}

func (s *SetCompatibility) place() string {
	if isQualified(s.Subject) {
		return joinPlace(splitPlace(s.Subject))
	}
	return contextPlace(compare.NormalContext(s.Context)) + s.Subject
}

// Check reports what cannot be meant.
func (s *SetCompatibility) Check(scope Scope) []Problem {
	problems := scope.registry("/registry", s.Registry)
	add := func(path, format string, args ...any) {
		problems = append(problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	switch context, name := splitPlace(s.Subject); {
	case s.Level == "" && !s.Inherit:
		add("", `missing key "level": write the level to set, or inherit: true to take the own level away`)
	case s.Level != "" && s.Inherit:
		add("/inherit", "level and inherit exclude each other; keep level to set one, or inherit to take the own level away")
	case s.Inherit && s.place() == "":
		add("/inherit", "the default context has nothing above it to inherit from; name the level instead")
	case strings.ContainsAny(s.Context, "*") || strings.Contains(strings.Trim(s.Context, ":"), ":"):
		add("/context", "%q is not a context; write one as .a, a or :.a:", s.Context)
	case s.Subject != "" && isQualified(s.Subject) && s.Context != "":
		add("/subject", "%q says its context already; leave the field context out, or write the name alone", s.Subject)
	case s.Subject != "" && name == "":
		add("/subject", "%q is a context; write it in the field context", s.Subject)
	case strings.HasSuffix(name, "*"):
		add("/subject", "a compatibility level goes on one subject, not on a pattern; name a step for each, or their context")
	case contextPlace(context) == registryWide, s.place() == registryWide:
		add("", "the settings of the registry as a whole (:.__GLOBAL:) are not for this step; name the contexts")
	}
	return problems
}

// Undo puts back the config that this step changes.
func (s *SetCompatibility) Undo(id string) []Spec {
	return []Spec{spec("restoreCompatibility", &RestoreCompatibility{Registry: s.Registry, Step: id})}
}

func (s *SetCompatibility) changesConfigs() string { return s.Registry }

// Record keeps the own config of the place.
func (s *SetCompatibility) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	rec, err := s.look(ctx, env)
	if err != nil {
		return nil, err
	}
	return json.Marshal(rec)
}

// look is a record of how it is now.
func (s *SetCompatibility) look(ctx context.Context, env *Env) (compatibilityRecord, error) {
	rec := compatibilityRecord{Registry: s.Registry, Place: s.place(), Level: s.Level}
	c, err := env.Registry(s.Registry)
	if err != nil {
		return rec, err
	}
	rec.Before, _, err = c.Config(ctx, rec.Place)
	return rec, err
}

// seen is how it is now, and what the step is to make of what was there before it began.
func (s *SetCompatibility) seen(ctx context.Context, env *Env) (now registry.Settings, rec compatibilityRecord, err error) {
	here, err := s.look(ctx, env)
	if err != nil {
		return nil, rec, err
	}
	rec = here
	var armed compatibilityRecord
	if there, err := env.record(&armed); err != nil {
		return nil, rec, err
	} else if there {
		rec = armed
	}
	return here.Before, rec, nil
}

// Probe reports whether the place has the config.
func (s *SetCompatibility) Probe(ctx context.Context, env *Env) (Status, error) {
	now, rec, err := s.seen(ctx, env)
	if err != nil {
		return Status{}, err
	}
	st := Status{Left: Todo, Now: configText(now), Will: configText(rec.wanted())}
	if sameConfig(now, rec.wanted()) {
		st.Left, st.Outputs = Done, s.outputs(rec)
	}
	return st, nil
}

// Do sets the level, or takes it away, and reads it back.
func (s *SetCompatibility) Do(ctx context.Context, env *Env) (Outputs, error) {
	now, rec, err := s.seen(ctx, env)
	if err != nil {
		return nil, err
	}
	if sameConfig(now, rec.wanted()) {
		return s.outputs(rec), nil
	}
	if !sameConfig(now, rec.Before) && (s.Level != "" || len(fields(now)) > 0) {
		return nil, fmt.Errorf("the settings of %s of %s are %s, but %s when this step first looked: somebody else, or a running exporter, "+
			"sets them; stop that, put them back, and run again", placeName(rec.Place), s.Registry, configText(now), configText(rec.Before))
	}
	c, err := env.Registry(s.Registry)
	if err != nil {
		return nil, err
	}
	if err := s.explain(s.set(ctx, c, now, rec), rec.Place); err != nil {
		return nil, err
	}
	if err := s.settle(ctx, c, rec); err != nil {
		return nil, err
	}
	return s.outputs(rec), s.warnOfNothing(ctx, env, c)
}

// set sends what it takes. A level can only be taken away together with all else that stands in a config.
func (s *SetCompatibility) set(ctx context.Context, c *registry.Client, now registry.Settings, rec compatibilityRecord) error {
	if s.Level != "" {
		return c.SetConfig(ctx, rec.Place, registry.NewSettings(s.Level))
	}
	if len(fields(now)) > 0 {
		if err := c.ClearConfig(ctx, rec.Place); err != nil {
			return err
		}
	}
	if rest := rec.wanted(); len(fields(rest)) > 0 {
		return c.SetConfig(ctx, rec.Place, rest)
	}
	return nil
}

func (s *SetCompatibility) settle(ctx context.Context, c *registry.Client, rec compatibilityRecord) error {
	var now registry.Settings
	done, err := settles(ctx, func(ctx context.Context) (bool, error) {
		var err error
		now, _, err = c.Config(ctx, rec.Place)
		return sameConfig(now, rec.wanted()), err
	})
	if err == nil && !done {
		err = fmt.Errorf("%s was accepted, but after %s the settings of %s of %s are %s; somebody else sets them, or a node of the registry lags",
			configText(rec.wanted()), settleTime, placeName(rec.Place), s.Registry, configText(now))
	}
	return err
}

// explain says what a refusal means.
func (s *SetCompatibility) explain(err error, place string) error {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return err
	case e.Code == 42205:
		return fmt.Errorf("the mode on %s of %s blocks it; put this step before the one that sets READONLY there, or lift that: %w", placeName(place), s.Registry, err)
	case e.Code == 42203:
		return fmt.Errorf("%s does not know the compatibility level %s: %w", s.Registry, s.Level, err)
	}
	return err
}

// warnOfNothing tells when nothing is in the named place: the name may be misspelt.
func (s *SetCompatibility) warnOfNothing(ctx context.Context, env *Env, c *registry.Client) error {
	if s.place() == "" {
		return nil
	}
	there, err := subjectsBelow(ctx, c, s.place(), true)
	if err == nil && len(there) == 0 {
		warn(env, fmt.Sprintf("there is nothing yet on %s of %s; check the name", placeName(s.place()), s.Registry))
	}
	return err
}

// Outputs are the level before, "" for none of its own, besides the text.
func (s *SetCompatibility) Outputs() map[string]any { return map[string]any{"before": ""} }

func (s *SetCompatibility) outputs(rec compatibilityRecord) Outputs {
	before := rec.Before.Level()
	text := fmt.Sprintf("compatibility %s -> %s on %s of %s", orNotSet(before), orNotSet(s.Level), placeName(rec.Place), s.Registry)
	return Outputs{"text": text, "before": before}
}

// Forecast names the place whose config changes.
func (s *SetCompatibility) Forecast(ctx context.Context, env *Env) (f Forecast, err error) {
	now, rec, err := s.seen(ctx, env)
	if err != nil {
		return f, err
	}
	was, will := settingsText(now), settingsText(rec.wanted())
	if ahead, there := env.ahead(s.Registry, OnSettings, rec.Place); there {
		was = ahead.Will
	}
	if was == will {
		f.Now = "it is so already"
		return f, nil
	}
	f.Effects = []Effect{{Registry: s.Registry, Kind: OnSettings, Name: rec.Place, Now: was, Will: will}}
	return f, nil
}

// ByHand is the request of the step.
func (s *SetCompatibility) ByHand(_ context.Context, env *Env) []string {
	c, err := env.Registry(s.Registry)
	if err != nil {
		return nil
	}
	if s.Inherit {
		return []string{curl(c, "DELETE", "/config", s.place(), "", "")}
	}
	return []string{curl(c, "PUT", "/config", s.place(), "", string(configJSON(registry.NewSettings(s.Level))))}
}
