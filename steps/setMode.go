package steps

import (
	"context"
	"encoding/json"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// SetMode sets the mode of one context or subject of a registry, or takes it away; when recursive, also those below
// it that would defeat that.
type SetMode struct {
	Registry  string `json:"registry"`
	Mode      string `json:"mode,omitempty"`
	Inherit   bool   `json:"inherit,omitempty"`
	Context   string `json:"context,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Recursive bool   `json:"recursive,omitempty"`
	Force     bool   `json:"force,omitempty"`

	whole  bool // the registry's /mode stands behind every context
	unsent bool // this process has recorded the step, and has not looked since
}

func init() { register("setMode", func() Step { return new(SetMode) }) }

// Freezes returns the registry that READONLY closes.
func (s *SetMode) Freezes() string {
	if s.Mode == readOnly {
		return s.Registry
	}
	return ""
}

// Undo puts back the modes that this step changes.
func (s *SetMode) Undo(id string) []Spec {
	return []Spec{spec("restoreMode", &RestoreMode{Registry: s.Registry, Step: id})}
}

func (s *SetMode) changesModes() string { return s.Registry }

// client returns the registry's, and learns what /mode means there.
func (s *SetMode) client(env *Env) (*registry.Client, error) {
	s.whole = env.isGuide(s.Registry)
	return env.Registry(s.Registry)
}

// Record keeps the own modes of all that the step covers.
func (s *SetMode) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	c, err := s.client(env)
	if err != nil {
		return nil, err
	}
	seen, err := s.look(ctx, env, c)
	if err != nil {
		return nil, err
	}
	for _, p := range seen.places {
		switch _, set := seen.own[p]; {
		case !s.reach().covers(p):
			delete(seen.own, p)
		case !set && (isContext(p) || p == s.reach().Place):
			seen.own[p] = ""
		}
	}
	s.unsent = true
	return json.Marshal(modeRecord{Registry: s.Registry, modeReach: s.reach(), Mode: s.Mode, Places: seen.own})
}

// Probe reports whether every place shows the mode, and is under it.
func (s *SetMode) Probe(ctx context.Context, env *Env) (Status, error) {
	c, err := s.client(env)
	if err != nil {
		return Status{}, err
	}
	seen, err := s.look(ctx, env, c)
	if err != nil {
		return Status{}, err
	}
	st := Status{Left: Todo, Now: s.now(seen), Will: s.will(ctx, c, seen)}
	if len(s.todo(seen)) > 0 {
		return st, nil
	}
	wrong, err := s.wrong(ctx, c, &seen)
	if err != nil || len(wrong) > 0 {
		return st, err
	}
	st.Left, st.Outputs = Done, s.outputs(env, seen)
	return st, nil
}
