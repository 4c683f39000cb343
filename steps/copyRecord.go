package steps

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// copyRecord is what a copy step found before its first request: what an exporter's would hold, without an exporter, and
// the places that the step sets IMPORT on.
type copyRecord struct {
	createRecord
	Opens map[string]string `json:"opens"` // own modes as they were, "" for none
}

// Record keeps the own modes of all that the step opens, the configs that it may change, and, beside the state, each
// version that is on the target where the step is going to write. It refuses what is in the way.
func (s *Copy) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	if err := notOneRegistry(ctx, source, target, "a copy"); err != nil {
		return nil, err
	}
	t, err := compare.NewTransfer(ctx, source, target, s.mapping(env), compare.TransferOptions{Deleted: s.deleted(), Texts: true})
	if err != nil {
		return nil, err
	}
	m := s.mapping(env)
	rec := copyRecord{createRecord: createRecord{
		Source: s.source(), Target: s.target(), Contexts: t.Contexts, Filled: filledContexts(t),
		Mapping: recordedMapping{ContextType: m.ContextType, Context: m.Context, Patterns: m.Patterns, RenameFormat: m.RenameFormat},
	}}
	if err := s.recordSettings(ctx, env, target, t, &rec); err != nil {
		return nil, err
	}
	if rec.Backup, err = s.secure(ctx, env, target, t, nil); err != nil {
		return nil, err
	}
	if err := saveTransferKeys(env, t, reach{mapping: m}); err != nil {
		return nil, err
	}
	s.seen = t
	return json.Marshal(rec)
}

// recordSettings keeps own modes of what is opened. Where configs are copied, or copies are taken away in a rollback and
// modes and configs with the last version of a subject, it keeps those of every place.
func (s *Copy) recordSettings(ctx context.Context, env *Env, target *registry.Client, t *compare.Transfer, rec *copyRecord) error {
	opens, err := s.openings(ctx, env, target, t)
	if err != nil {
		return err
	}
	modes, err := ownModes(ctx, target, opens)
	if err != nil {
		return err
	}
	rec.Opens = map[string]string{}
	for _, p := range opens {
		if modes[p] != imports {
			rec.Opens[p] = modes[p]
		}
	}
	if s.changesConfigs() == "" {
		return nil
	}
	places, err := s.configPlaces(ctx, env, t.Wanted)
	if err != nil {
		return err
	}
	if places, err = allPlaces(ctx, target, places...); err != nil {
		return err
	}
	if rec.Modes, err = ownModes(ctx, target, places); err != nil {
		return err
	}
	rec.Configs, err = ownConfigs(ctx, target, places)
	return err
}

// placesOfCopies are the subjects that versions come to, and their contexts.
func placesOfCopies(list []*compare.Wanted) []string {
	places := map[string]bool{}
	for _, w := range list {
		context, _ := splitPlace(w.Subject)
		places[w.Subject], places[contextPlace(context)] = true, true
	}
	return sortPlaces(slices.Collect(maps.Keys(places)))
}

// filledContexts are those of the target that have a version.
func filledContexts(t *compare.Transfer) []string {
	contexts := map[string]bool{}
	for _, subject := range t.Subjects() {
		context, _ := splitPlace(subject)
		contexts[context] = true
	}
	return slices.Sorted(maps.Keys(contexts))
}

// saveTransferKeys writes the side file of this step: what is on the target where it writes.
func saveTransferKeys(env *Env, t *compare.Transfer, r reach) error {
	return env.Files.Write(keysFile(env.StepID), func(w io.Writer) error {
		out := bufio.NewWriter(w)
		lines := json.NewEncoder(out)
		for _, k := range t.Keys() {
			context, _ := splitPlace(k.Subject)
			if !r.covers(contextPlace(context)) {
				continue
			}
			if err := lines.Encode(versionKey(k)); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// openedFile names the places that a copy step opens beside those in its record: what it did not foresee.
func openedFile(id string) string { return id + ".opened.json" }

// openedLater is what stands in it.
type openedLater struct {
	RunID string            `json:"runId"`
	Opens map[string]string `json:"opens"`
}

func loadOpened(env *Env, id string) (openedLater, error) {
	var o openedLater
	if err := readSide(env, openedFile(id), &o); err != nil || o.RunID != env.RunID || o.Opens == nil {
		return openedLater{RunID: env.RunID, Opens: map[string]string{}}, err
	}
	return o, nil
}

func (o openedLater) save(env *Env, id string) error {
	return env.Files.Write(openedFile(id), func(w io.Writer) error { return json.NewEncoder(w).Encode(o) })
}

// copyModes is what a copy step did to the modes of its target.
type copyModes struct{ opens map[string]string }

// copyModesOf is of a step whose record is there; nil of one that copies elsewhere.
func copyModesOf(env *Env, p Past, name string) (modeChange, error) {
	var r copyRecord
	if err := decodeRecord(p, &r); err != nil || r.Target != name {
		return nil, err
	}
	later, err := loadOpened(env, p.ID)
	if err != nil {
		return nil, err
	}
	opens := maps.Clone(later.Opens)
	maps.Copy(opens, r.Opens)
	return copyModes{opens}, nil
}

func (c copyModes) all() bool                  { return false }
func (c copyModes) places() []string           { return union(c.opens) }
func (c copyModes) knows(place string) bool    { _, known := c.opens[place]; return known }
func (c copyModes) before(place string) string { return c.opens[place] }

func (c copyModes) made(place string) []string {
	if !c.knows(place) {
		return nil
	}
	return []string{imports}
}

func (s *Copy) clients(env *Env) (source, target *registry.Client, err error) {
	source, err = env.Registry(s.source())
	if err != nil {
		return nil, nil, err
	}
	target, err = env.Registry(s.target())
	return source, target, err
}

func (s *Copy) mapping(env *Env) compare.Mapping { return s.means(env.Dialects[s.source()]) }

// record is this step's own; an error when there is none.
func (s *Copy) record(env *Env) (copyRecord, error) {
	var rec copyRecord
	there, err := env.record(&rec)
	if err == nil && !there {
		err = errors.New("nothing was recorded before the first request")
	}
	return rec, err
}
