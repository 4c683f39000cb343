package steps

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A versionKey names one version; the side file holds one a line.
type versionKey struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

func keysFile(id string) string { return id + ".keys.jsonl" }

// plain is the part of the record that follows from the runbook and the source.
func (s *CreateExporter) plain(ctx context.Context, env *Env, source *registry.Client) (createRecord, error) {
	m := s.mapping(env)
	rec := createRecord{
		Source: s.source(), Target: s.target(), Exporter: s.Exporter, OperatorImport: !s.setsImport(env),
		Mapping: recordedMapping{ContextType: m.ContextType, Context: m.Context, Patterns: m.Patterns, RenameFormat: m.RenameFormat},
	}
	var err error
	if rec.Contexts, err = source.Contexts(ctx); err != nil {
		return rec, err
	}
	if m.ContextType == "AUTO" {
		rec.Mapping.Context, err = foretold(ctx, source)
	}
	return rec, err
}

// Record keeps what the target has set, which exporters there are, and, beside the state, each version that is on the
// target where the exporter is going to write.
func (s *CreateExporter) Record(ctx context.Context, env *Env) (json.RawMessage, error) {
	source, target, err := s.clients(env)
	if err != nil {
		return nil, err
	}
	rec, err := s.plain(ctx, env, source)
	if err != nil {
		return nil, err
	}
	if rec.Exporters, err = source.ExporterNames(ctx); err != nil {
		return nil, explainNoExporters(err, s.source())
	}
	if err := s.recordTakeOver(ctx, source, &rec); err != nil {
		return nil, err
	}
	places, err := s.targetPlaces(ctx, env, source, target, rec)
	if err != nil {
		return nil, err
	}
	if rec.Modes, err = ownModes(ctx, target, places); err != nil {
		return nil, err
	}
	if rec.Configs, err = ownConfigs(ctx, target, places); err != nil {
		return nil, err
	}
	if rec.Filled, err = saveKeys(ctx, env, target, s.reach(env)); err != nil {
		return nil, err
	}
	if rec.Backup, err = s.secure(ctx, env, source, target); err != nil {
		return nil, err
	}
	s.secured = true
	return json.Marshal(rec)
}

// saveKeys writes the side file of this step and returns the contexts that have a version.
func saveKeys(ctx context.Context, env *Env, target *registry.Client, r reach) ([]string, error) {
	filled := map[string]bool{}
	err := env.Files.Write(keysFile(env.StepID), func(w io.Writer) error {
		out := bufio.NewWriter(w)
		lines := json.NewEncoder(out)
		err := compare.Keys(ctx, target, true, func(k compare.Key, _ bool) error {
			context, _ := splitPlace(k.Subject)
			filled[context] = true
			if !r.unknown && !r.covers(contextPlace(context)) {
				return nil
			}
			return lines.Encode(versionKey(k))
		})
		return errors.Join(err, out.Flush())
	})
	return slices.Sorted(maps.Keys(filled)), err
}

// loadKeys reads the side file; false when there is none.
func loadKeys(env *Env, id string) (known map[versionKey]bool, there bool, err error) {
	f, err := env.Files.Open(keysFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }() // it was only read from
	known = map[versionKey]bool{}
	lines := json.NewDecoder(f)
	for {
		var k versionKey
		switch err := lines.Decode(&k); {
		case err == io.EOF:
			return known, true, nil
		case err != nil:
			return nil, true, fmt.Errorf("%s cannot be read: %w", env.Files.Path(keysFile(id)), err)
		}
		known[k] = true
	}
}

// Left counts and names the versions on the target that were not there before: copies stay.
func (s *CreateExporter) Left(ctx context.Context, env *Env) ([]Leftover, error) {
	rec, there, err := pastCopies(env)
	if err != nil || !there || !rec.isOurs() {
		return nil, err
	}
	left, err := leftOf(ctx, env, rec, fmt.Sprintf("the next run copies over them, which is fine while they are the same as on %s; "+
		"delete those that are not before it", s.source()))
	left = append(left, rec.Backup.overwritten(s.target())...)
	if err != nil || rec.isMade() || rec.Was == nil {
		return left, err
	}
	return s.leftOfUpdate(ctx, env, rec, left)
}

// pastCopies is the record of this step; false where it did not get so far.
func pastCopies(env *Env) (rec createRecord, there bool, err error) {
	p, there := env.Past(env.StepID)
	if !there || p.Record == nil {
		return rec, false, nil
	}
	rec, err = createRecordOf(p)
	return rec, true, err
}

// leftOf are the versions that came to the target since the record of this step was made; then says what they mean.
func leftOf(ctx context.Context, env *Env, rec createRecord, then string) ([]Leftover, error) {
	known, there, err := loadKeys(env, env.StepID)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("%s is gone", env.Files.Path(keysFile(env.StepID)))
	}
	target, err := env.Registry(rec.Target)
	if err != nil {
		return nil, err
	}
	return copiesLeft(ctx, target, rec.reach(), known, then)
}

// softly tells how many of the copies a compare of live versions does not count.
func softly(deleted int) string {
	if deleted == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s of them soft-deleted, as on the source)", thousands(deleted))
}

// copiesLeft counts and names what is in a reach and was not known; then is what that means to those who come after.
func copiesLeft(ctx context.Context, target *registry.Client, r reach, known map[versionKey]bool, then string) ([]Leftover, error) {
	fresh, n, deleted := map[string]int{}, 0, 0
	err := compare.Keys(ctx, target, true, func(k compare.Key, soft bool) error {
		if !known[versionKey(k)] && r.covers(k.Subject) {
			fresh[k.Subject]++
			n++
			deleted += boolToInt(soft)
		}
		return nil
	})
	if err != nil || n == 0 {
		return nil, err
	}
	var names []string
	for _, subject := range slices.Sorted(maps.Keys(fresh)) {
		names = append(names, fmt.Sprintf("%s (%d)", subject, fresh[subject]))
	}
	return []Leftover{{
		What: fmt.Sprintf("%s of %s copied to %s%s: %s",
			count(n, "version"), count(len(fresh), "subject"), target.Name(), softly(deleted), some(names, 5)),
		Then: then,
	}}, nil
}
