package steps

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/srmigrate/srmigrate/internal/planted"
)

// Delete pauses an exporter, deletes it and waits until it is gone. With step it is the undo of a createExporter, and
// leaves an exporter alone that this run did not make.
type Delete exporterRef

func init() { register("delete", func() Step { return new(Delete) }) }

// Describe names the exporter.
func (d *Delete) Describe() string { return "delete " + exporterRef(*d).String() }

// Check reports an undeclared registry and a step that does not create the exporter.
func (d *Delete) Check(s Scope) []Problem {
	return exporterRef(*d).check(s, "creates", func(step Step) (exporterRef, bool) {
		c, ok := step.(*CreateExporter)
		if !ok {
			return exporterRef{}, false
		}
		return exporterRef{Registry: c.source(), Exporter: c.Exporter}, true
	})
}

// Record keeps the state before.
func (d *Delete) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	return exporterRef(*d).record(ctx, env)
}

// Holds returns the registries that the exporter, as this run made it, writes to.
func (d *Delete) Holds(env *Env) []string {
	records, err := createRecords(env)
	if err != nil {
		return nil // Do reports the same error, and nothing it holds is put back before it succeeds
	}
	var targets []string
	for _, r := range records {
		if r.Source == exporterRef(*d).registry() && r.Exporter == d.Exporter {
			targets = append(targets, r.Target)
		}
	}
	return targets
}

// made reports whether this run, or the step that is referred to, made the exporter.
func (d *Delete) made(env *Env) (bool, error) {
	for _, p := range env.Steps {
		if p.Type != "createExporter" || p.Record == nil || d.Step != "" && p.ID != d.Step {
			continue
		}
		r, err := createRecordOf(p)
		if err != nil {
			return false, err
		}
		if r.Source == exporterRef(*d).registry() && r.Exporter == d.Exporter && (r.isMade() || planted.Is(planted.ExporterAnyway)) {
			return true, nil
		}
	}
	return false, nil
}

// moot says why there is nothing to do, "" if there is.
func (d *Delete) moot(env *Env) (string, error) {
	if d.Step == "" {
		return "", nil
	}
	if made, err := d.made(env); err != nil || made {
		return "", err
	}
	return fmt.Sprintf("step %s did not make exporter %s", d.Step, d.Exporter), nil
}

// Probe reports whether the exporter is gone.
func (d *Delete) Probe(ctx context.Context, env *Env) (Status, error) {
	why, err := d.moot(env)
	if err != nil || why != "" {
		return Status{Left: Done, Now: why, Will: why, Outputs: Outputs{"text": why}}, err
	}
	c, err := exporterRef(*d).client(env)
	if err != nil {
		return Status{}, err
	}
	e, err := exporterIfThere(ctx, c, d.Exporter)
	if err != nil {
		return Status{}, explainNoExporters(err, exporterRef(*d).registry())
	}
	if e == nil {
		return Status{Left: Done, Now: stateNow("", false), Will: "no such exporter", Outputs: d.outputs(env)}, nil
	}
	return Status{Left: Todo, Now: "exporter " + d.Exporter, Will: "no such exporter"}, nil
}

// Do deletes the exporter. Gone at any point is done.
func (d *Delete) Do(ctx context.Context, env *Env) (Outputs, error) {
	why, err := d.moot(env)
	if err != nil || why != "" {
		return Outputs{"text": why}, err
	}
	c, err := exporterRef(*d).client(env)
	if err != nil {
		return nil, err
	}
	if err := deleteExporter(ctx, c, d.Exporter); err != nil {
		return nil, explainNoExporters(err, exporterRef(*d).registry())
	}
	return d.outputs(env), nil
}

// outputs tell an exporter that was not there to begin with from one that was deleted.
func (d *Delete) outputs(env *Env) Outputs {
	var rec stateRecord
	if recorded, err := env.record(&rec); err == nil && recorded && rec.State == "" {
		return Outputs{"text": "exporter " + d.Exporter + " was already gone"}
	}
	return Outputs{"text": "exporter " + d.Exporter + " is gone"}
}

// ByHand returns the commands that delete the exporter.
func (d *Delete) ByHand(_ context.Context, env *Env) []string {
	c, err := exporterRef(*d).client(env)
	if why, mootErr := d.moot(env); err != nil || mootErr == nil && why != "" {
		return nil
	}
	return []string{curlExporter(c, d.Exporter, "/pause"), curlExporter(c, d.Exporter, "")}
}
