package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// recordedMapping is how the exporter names on the target what it copies.
type recordedMapping struct {
	ContextType  string   `json:"contextType"`
	Context      string   `json:"context,omitempty"` // of AUTO: as foretold from the source's identity, if at all
	Patterns     []string `json:"patterns"`
	RenameFormat string   `json:"renameFormat,omitempty"`
}

// createRecord is what a createExporter step found before its first request. It is complete: a place of the target
// that is missing had nothing of its own, and an exporter that is missing was not there.
type createRecord struct {
	Source    string                       `json:"source"`
	Target    string                       `json:"target"`
	Exporter  string                       `json:"exporter"`
	Mapping   recordedMapping              `json:"mapping"`
	Exporters []string                     `json:"exporters"`
	Modes     map[string]string            `json:"modes"`
	Configs   map[string]registry.Settings `json:"configs"`
	Filled    []string                     `json:"filled"`   // contexts of the target with a version, live or not
	Contexts  []string                     `json:"contexts"` // of the source

	OperatorImport bool `json:"operatorImport,omitempty"` // the exporter does not set IMPORT by itself

	Backup *keptBackup `json:"backup,omitempty"` // what the target had in conflict, when its loss was allowed

	IfExists string          `json:"ifExists,omitempty"`
	Was      *exporterChange `json:"was,omitempty"` // the exporter that was there, when it is taken over or updated

	later    []reach  // after an updateExporter of this run
	subjects []string // of the source, by now
	reported string   // by the server once the exporter was made, from the step's outputs
}

func createRecordOf(p Past) (createRecord, error) {
	var r createRecord
	if err := decodeRecord(p, &r); err != nil {
		return r, err
	}
	r.reported, _ = p.Outputs["context"].(string)
	if to := contextName(r.reported); r.Mapping.ContextType == "NONE" && to != "" && to != "." {
		// The runbook was wrong about the dialect: this server's AUTO made up a context, and set IMPORT there.
		r.Mapping.ContextType, r.Mapping.Context, r.OperatorImport = "AUTO", to, false
	}
	return r, nil
}

// isMade reports whether the exporter, if it is there, was made by this run.
func (r createRecord) isMade() bool { return !slices.Contains(r.Exporters, r.Exporter) }

// isOurs reports whether what the exporter sets on the target is this run's doing: it made the exporter, changed it, or
// made it go on.
func (r createRecord) isOurs() bool {
	return r.isMade() || r.Was != nil && (!r.Was.Before.ran() || len(r.Was.Wanted.unlike(r.Was.Before.Spec)) > 0)
}

// reaches are all that the exporter had in this run.
func (r createRecord) reaches() []reach { return append([]reach{r.reach()}, r.later...) }

// reach returns where the exporter writes, by what is known of an AUTO context by now.
func (r createRecord) reach() reach {
	m := compare.Mapping{
		ContextType: r.Mapping.ContextType, Context: r.Mapping.Context,
		Patterns: r.Mapping.Patterns, RenameFormat: r.Mapping.RenameFormat,
	}
	if r.Mapping.ContextType != "AUTO" {
		return reach{mapping: m}
	}
	m.Context = contextName(r.reported)
	return reach{mapping: m, unknown: r.reported == ""}
}

func (r createRecord) all() bool                  { return true }
func (r createRecord) knows(string) bool          { return true }
func (r createRecord) before(place string) string { return r.Modes[place] }

// made returns IMPORT where the exporter sets it by itself.
func (r createRecord) made(place string) []string {
	if r.OperatorImport {
		return nil
	}
	for _, reach := range r.reaches() {
		if reach.covers(place) {
			return []string{imports}
		}
	}
	return nil
}

// places lists where the exporter sets something before the first schema arrives there, so that the target does not
// list it yet.
func (r createRecord) places() []string {
	m := r.reach().mapping
	if m.Context == "" {
		m.Context = contextName(r.Mapping.Context)
	}
	places := append(union(r.Modes), firstPlaces(m, r.Contexts)...)
	for _, later := range r.later {
		places = append(places, firstPlaces(later.mapping, r.Contexts)...)
	}
	return append(places, r.images(true)...)
}

// images are where subjects of the source lead, by any name that the exporter gives or gave them: it sets something there
// before the first version arrives, which may never do. Modes it sets only where it does not copy the whole context.
func (r createRecord) images(modes bool) []string {
	var places []string
	for _, reach := range r.reaches() {
		if reach.unknown {
			continue
		}
		w := copies{mapping: reach.mapping}
		for _, s := range r.subjects {
			context, _ := splitPlace(s)
			if !modes || !w.whole(context) {
				places = append(places, reach.images(s)...)
			}
		}
	}
	return places
}

// firstPlaces are the contexts that the exporter writes to and the subjects that a pattern names in full.
func firstPlaces(m compare.Mapping, sourceContexts []string) []string {
	var places []string
	for _, from := range sourceContexts {
		for _, name := range (reach{mapping: m}).patternNames(from) {
			to, covered := m.Map(joinPlace(from, name))
			if !covered || m.ContextType == "AUTO" && m.Context == "" {
				continue
			}
			context, _ := splitPlace(to)
			places = append(places, contextPlace(context))
			if slices.Contains(m.Patterns, joinPlace(from, name)) {
				places = append(places, to)
			}
		}
	}
	return sortPlaces(places)
}

// images are the places that subjects of the source lead to.
func images(m compare.Mapping, subjects []string) []string {
	var places []string
	for _, s := range subjects {
		if to, covered := m.Map(s); covered && (m.ContextType != "AUTO" || m.Context != "") {
			places = append(places, to)
		}
	}
	return places
}

// laterReaches are what updateExporter steps of this run made of the exporter.
func laterReaches(env *Env, r createRecord) []reach {
	var later []reach
	for _, u := range laterUpdates(env, r) {
		later = append(later, u.reach)
	}
	return later
}

// laterUpdate is what an updateExporter step made of an exporter.
type laterUpdate struct {
	id    string
	reach reach
}

func laterUpdates(env *Env, r createRecord) []laterUpdate {
	var later []laterUpdate
	for _, p := range env.Steps {
		if p.Type != "updateExporter" || p.Record == nil {
			continue
		}
		var rec updateRecord
		err := decodeRecord(p, &rec)
		if err != nil || rec.Change == nil || rec.Registry != r.Source || rec.Exporter != r.Exporter ||
			len(rec.Change.Wanted.unlike(rec.Change.Before.Spec)) == 0 {
			continue
		}
		m := rec.Change.Wanted.mapping().Meant(env.Dialects[r.Source])
		later = append(later, laterUpdate{p.ID, reach{mapping: m, unknown: m.ContextType == "AUTO" && m.Context == ""}})
	}
	return later
}

// byNow adds the contexts that the source has got since the record was made, its subjects, and what the exporter has
// become since. When the source cannot be asked, that is said and no reason to leave the target as it is.
func (r createRecord) byNow(ctx context.Context, env *Env) createRecord {
	r.later = laterReaches(env, r)
	source, err := env.Registry(r.Source)
	var contexts []string
	if err == nil {
		contexts, err = source.Contexts(ctx)
	}
	if err == nil {
		r.subjects, err = allSubjects(ctx, source, true)
	}
	if err != nil {
		warn(env, fmt.Sprintf("%s cannot be asked what it has by now, and what leads to nothing on %s yet is not looked at there: %v",
			r.Source, r.Target, err))
		return r
	}
	r.Contexts = append(slices.Clone(r.Contexts), contexts...)
	slices.Sort(r.Contexts)
	r.Contexts = slices.Compact(r.Contexts)
	return r
}

// contextName normalises "a", ".a" and ":.a:" to ".a"; "" stays.
func contextName(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, ":"), ":")
	if s == "" || strings.HasPrefix(s, ".") {
		return s
	}
	return "." + s
}

// createRecords are this run's records of exporters that are its own.
func createRecords(env *Env) ([]createRecord, error) {
	var all []createRecord
	for _, p := range env.Steps {
		if p.Type != "createExporter" || p.Record == nil {
			continue
		}
		r, err := createRecordOf(p)
		if err != nil {
			return nil, err
		}
		if r.isOurs() {
			all = append(all, r)
		}
	}
	return all, nil
}

// quiet refuses to put something back on a registry while an exporter of this run writes to it, which would set its
// own again. In a rollback the engine sees to the order.
func quiet(ctx context.Context, env *Env, name string) error {
	records, err := createRecords(env)
	if err != nil || env.Undoes != "" {
		return err
	}
	for _, r := range records {
		source, err := env.Registry(r.Source)
		if err != nil || r.Target != name {
			continue // a registry that is not declared any more cannot be asked
		}
		state, there, err := exporterState(ctx, source, r.Exporter)
		if err != nil {
			warn(env, fmt.Sprintf("whether exporter %s still runs cannot be told: %v", r.Exporter, err))
			continue
		}
		if there && state != paused {
			return fmt.Errorf("exporter %q on %s is %s and would change %s again; put a pause or delete of it before this step",
				r.Exporter, r.Source, state, name)
		}
	}
	return nil
}

// foretold is the context that a self-managed server makes up for AUTO, "" where it cannot be known.
func foretold(ctx context.Context, source *registry.Client) (string, error) {
	identity, known, err := source.Identity(ctx)
	if err != nil || !known {
		return "", err
	}
	return "." + strings.Replace(identity, "/", "-", 1), nil
}
