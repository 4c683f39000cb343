package runbook

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/steps"
)

// The step types of these tests look like the real ones, and stay as they are when those change.
var fixtures = &typeSet{types: fixtureTypes, schema: fixtureSchema, make: makeFixture, codes: fixtureCodes}

var fixtureMakers = map[string]func() steps.Step{
	"setMode":        func() steps.Step { return &setMode{} },
	"restoreMode":    func() steps.Step { return &restoreMode{} },
	"createExporter": func() steps.Step { return &createExporter{} },
	"waitFor":        func() steps.Step { return &waitFor{} },
	"assert":         func() steps.Step { return &assertThat{} },
}

func fixtureCodes() []event.Code {
	return []event.Code{
		{Code: "SRM001", Says: "something is there", Firm: "take it away"}, {Code: "SRM012"}, {Code: "SRM013"},
	}
}

//go:embed testdata/steps/*.json
var fixtureFiles embed.FS

func fixtureTypes() []string { return slices.Sorted(maps.Keys(fixtureMakers)) }

func fixtureSchema(typ string) ([]byte, bool) {
	b, err := fixtureFiles.ReadFile("testdata/steps/" + typ + ".schema.json")
	return b, err == nil
}

func makeFixture(typ string, params json.RawMessage) (steps.Step, error) {
	make, ok := fixtureMakers[typ]
	if !ok {
		return nil, fmt.Errorf("unknown step type %q", typ)
	}
	s := make()
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.DisallowUnknownFields()
	return s, dec.Decode(s)
}

type inert struct{}

func (inert) Describe() string { return "" }

func (inert) Probe(context.Context, *steps.Env) (steps.Status, error) {
	return steps.Status{}, errors.New("not here")
}

func (inert) Do(context.Context, *steps.Env) (steps.Outputs, error) {
	return nil, errors.New("not here")
}

type setMode struct {
	inert
	Registry  string `json:"registry"`
	Mode      string `json:"mode"`
	Recursive bool   `json:"recursive,omitempty"`
	Force     bool   `json:"force,omitempty"`
}

func (s *setMode) Check(scope steps.Scope) []steps.Problem { return declared(scope, s.Registry) }

func (s *setMode) Undo(id string) []steps.Spec {
	raw, _ := json.Marshal(restoreMode{Registry: s.Registry, Step: id})
	return []steps.Spec{{Type: "restoreMode", Params: raw}}
}

type restoreMode struct {
	inert
	Registry string `json:"registry"`
	Step     string `json:"step,omitempty"`
}

func (s *restoreMode) Check(scope steps.Scope) []steps.Problem {
	problems := declared(scope, s.Registry)
	for _, d := range scope.Before {
		if _, ok := d.Step.(*setMode); ok && d.ID == s.Step {
			return problems
		}
	}
	if s.Step == "" {
		return problems
	}
	return append(problems, steps.Problem{Path: "/step", Message: fmt.Sprintf("no earlier setMode has the id %q", s.Step)})
}

func declared(scope steps.Scope, name string) []steps.Problem {
	if slices.Contains(scope.Registries, name) {
		return nil
	}
	return []steps.Problem{{Path: "/registry", Message: fmt.Sprintf("registry %q is not declared", name)}}
}

type createExporter struct {
	inert
	Exporter    string                     `json:"exporter"`
	ContextType string                     `json:"contextType"`
	Subjects    []string                   `json:"subjects"`
	Config      map[string]registry.Secret `json:"config,omitempty"`
}

func (c *createExporter) UnmarshalJSON(raw []byte) error {
	var plain struct {
		Exporter, ContextType string
		Subjects              []string
		Config                map[string]string
	}
	if err := json.Unmarshal(raw, &plain); err != nil {
		return err
	}
	c.Exporter, c.ContextType, c.Subjects = plain.Exporter, plain.ContextType, plain.Subjects
	for k, v := range plain.Config {
		if c.Config == nil {
			c.Config = map[string]registry.Secret{}
		}
		c.Config[k] = registry.NewSecret(v)
	}
	return nil
}

func (c *createExporter) Outputs() map[string]any { return map[string]any{"created": true} }

type waitFor struct {
	inert
	Exporter string          `json:"exporter,omitempty"`
	Compare  json.RawMessage `json:"compare,omitempty"`
	Until    string          `json:"until,omitempty"`
	Every    string          `json:"every,omitempty"`
	Polls    int             `json:"polls,omitempty"`
}

func (*waitFor) Patient() bool { return true }

func (*assertThat) Dispensable() bool { return true }

func (w *waitFor) Check(steps.Scope) []steps.Problem { return stat("/until", w.Until) }

// stat stands for the expressions' own problems: every "stat" that is no "status" is one.
func stat(path, text string) []steps.Problem {
	var problems []steps.Problem
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], "stat.") {
			problems = append(problems, steps.Problem{Path: path, Offset: i, Message: `unknown name "stat"; did you mean "status"?`})
		}
	}
	return problems
}

type assertThat struct {
	inert
	That    string `json:"that"`
	Message string `json:"message,omitempty"`
}

func (a *assertThat) Check(steps.Scope) []steps.Problem {
	if a.That == "panic" {
		panic("check of assert")
	}
	return stat("/that", a.That)
}
