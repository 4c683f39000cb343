package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/planted"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Do creates the exporter and returns once the source answers for it. Whether it copies is for a later step to see.
func (s *CreateExporter) Do(ctx context.Context, env *Env) (Outputs, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	if err := notOneRegistry(ctx, source, target, "an exporter"); err != nil {
		return nil, err
	}
	if err := s.secureAgain(ctx, env, source, target); err != nil {
		return nil, err
	}
	there, err := s.look(ctx, env, source)
	if err != nil {
		return nil, err
	}
	if there == nil || planted.Is(planted.LostIsRepeated) {
		if there, err = s.create(ctx, env, source); err != nil {
			return nil, err
		}
	}
	if err := s.keepsContexts(env, there); err != nil {
		return Outputs{"context": contextName(there.Context)}, err
	}
	if err := s.start(ctx, source); err != nil {
		return nil, err
	}
	return s.outputs(env, there), nil
}

// keepsContexts refuses an exporter that puts a context of its own in front although dialect guide was declared, where
// AUTO does not: every later comparison would look for the copies in the wrong place.
func (s *CreateExporter) keepsContexts(env *Env, e *registry.Exporter) error {
	context := contextName(e.Context)
	if !env.isGuide(s.source()) || !strings.EqualFold(s.ContextType, "AUTO") || context == "" || context == "." {
		return nil
	}
	return fmt.Errorf("exporter %q copies into context %s, and in dialect guide AUTO keeps contexts: %s has no dialect guide; "+
		"leave dialect out where the registry is declared", s.Exporter, context, s.source())
}

func (s *CreateExporter) clients(env *Env) (source, target *registry.Client, err error) {
	source, err = env.Registry(s.source())
	if err != nil {
		return nil, nil, err
	}
	target, err = env.Registry(s.target())
	return source, target, err
}

// notOneRegistry refuses what would write to where it reads from.
func notOneRegistry(ctx context.Context, source, target *registry.Client, what string) error {
	same := strings.EqualFold(strings.TrimRight(source.URL(), "/"), strings.TrimRight(target.URL(), "/"))
	if !same {
		one, known, err := source.Identity(ctx)
		if err != nil || !known {
			return err
		}
		other, _, err := target.Identity(ctx)
		if err != nil {
			return err
		}
		same = one == other
	}
	if same {
		return fmt.Errorf("%s (%s) and %s (%s) are the same registry; %s would copy it onto itself",
			source.Name(), source.URL(), target.Name(), target.URL(), what)
	}
	return nil
}

// look returns the exporter if this run made it already or may have it, and nil if there is none.
func (s *CreateExporter) look(ctx context.Context, env *Env, source *registry.Client) (*registry.Exporter, error) {
	var rec createRecord
	if _, err := env.record(&rec); err != nil {
		return nil, err
	}
	if rec.Exporter != "" && !rec.isMade() {
		return s.takeOver(ctx, env, source, rec)
	}
	there, err := exporterIfThere(ctx, source, s.Exporter)
	if err != nil || there == nil {
		return nil, explainNoExporters(err, s.source())
	}
	return there, s.agrees(env, there)
}

func exporterIfThere(ctx context.Context, c *registry.Client, name string) (*registry.Exporter, error) {
	e, err := c.Exporter(ctx, name)
	if registry.NotFound(err, 40450) {
		return nil, nil
	}
	return e, err
}

// create sends the one request. Whatever 409 comes back, a look tells what it means: servers differ in the code for
// an exporter that exists.
func (s *CreateExporter) create(ctx context.Context, env *Env, source *registry.Client) (*registry.Exporter, error) {
	err := source.CreateExporter(ctx, s.wanted(env))
	if err != nil && (!isConflict(err) || planted.Is(planted.LostIsRepeated)) {
		return nil, explainNoExporters(err, s.source())
	}
	there, lookErr := s.appears(ctx, source, err == nil)
	switch {
	case lookErr != nil:
		return nil, lookErr
	case there != nil:
		return there, s.agrees(env, there)
	case err != nil:
		return nil, fmt.Errorf("%s does not take exporter %q: %w", s.source(), s.Exporter, err)
	}
	return nil, fmt.Errorf("%s accepted exporter %q but does not list it after %s; look at its log, then run again",
		s.source(), s.Exporter, settleTime)
}

// appears looks for the exporter, for a while if it was just accepted.
func (s *CreateExporter) appears(ctx context.Context, source *registry.Client, accepted bool) (there *registry.Exporter, err error) {
	_, err = settles(ctx, func(ctx context.Context) (bool, error) {
		there, err = exporterIfThere(ctx, source, s.Exporter)
		return there != nil || !accepted, err
	})
	return there, err
}

func isConflict(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	return ok && e.Status == 409
}

// start waits for a status, which may be missing at first, and resumes once what the server left paused.
func (s *CreateExporter) start(ctx context.Context, source *registry.Client) error {
	var state string
	answered, err := settles(ctx, func(ctx context.Context) (bool, error) {
		var there bool
		var err error
		state, there, err = exporterState(ctx, source, s.Exporter)
		return there, err
	})
	switch {
	case err != nil:
		return err
	case !answered:
		return fmt.Errorf("%s has no status of exporter %q after %s; look at its log, then run again", s.source(), s.Exporter, settleTime)
	case state != paused:
		return nil
	}
	return resumeExporter(ctx, source, s.Exporter, time.Second)
}

func (s *CreateExporter) outputs(env *Env, e *registry.Exporter) Outputs {
	var rec createRecord
	recorded, err := env.record(&rec)
	created := err != nil || !recorded || rec.isMade()
	text := fmt.Sprintf("exporter %s copies %s to %s", s.Exporter, some(s.Subjects, 3), s.target())
	if e.Context != "" && (s.ContextType == "AUTO" || s.ContextType == "CUSTOM") {
		text += ", context " + e.Context
	}
	return Outputs{"created": created, "context": e.Context, "text": text}
}

// explainNoExporters says how a registry gets the extension it lacks.
func explainNoExporters(err error, name string) error {
	if !errors.Is(err, registry.ErrNoExporters) {
		return err
	}
	return fmt.Errorf("%w\nexporters are a feature of Confluent Platform Enterprise and Confluent Cloud; on the former set on %s resource.extension.class=io.confluent.schema.exporter.SchemaExporterResourceExtension, "+
		"kafkastore.update.handlers=io.confluent.schema.exporter.storage.SchemaExporterUpdateHandler and password.encoder.secret, "+
		"then restart it; the step type copy needs none", err, name)
}
