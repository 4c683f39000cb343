package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A Source is a registry to be read. The client should be one that only reads,
// and asks anew each time.
type Source struct {
	Client   *registry.Client
	Dialect  string
	Requests *atomic.Int64 // that the client has sent so far; nil: nobody counts
}

// Options say what a snapshot is to be like.
type Options struct {
	Program, Runbook string
	Taken            time.Time
	Schemas          string // Keep or Hash
	// Scratch is a folder for files that are gone at the end; "" is the system's.
	Scratch string
}

// A Total is what was read of one registry.
type Total struct {
	Name                        string
	Subjects, Versions, Deleted int
	Exporters                   int
	Unread                      []Unread
	Moved                       bool
}

// Take reads the sources and writes them, one after the other. What cannot be
// read of settings and exporters is said in its place; if it is versions, Take
// ends with an error, and what was written is no snapshot.
func Take(ctx context.Context, w io.Writer, sources []Source, o Options) ([]Total, error) {
	t := &taking{Options: o, w: newWriter(w), hide: newHider()}
	first := line{Kind: kindSnapshot, Format: Format, Program: o.Program, Runbook: o.Runbook, Taken: o.Taken.UTC().Format(time.RFC3339), Schemas: o.Schemas}
	if err := t.w.write(first); err != nil {
		return nil, err
	}
	complete := true
	var totals []Total
	for _, s := range sources {
		total, err := t.registry(ctx, s)
		if err != nil {
			return nil, err
		}
		complete = complete && len(total.Unread) == 0
		totals = append(totals, *total)
	}
	return totals, t.w.end(complete)
}

// A taking is a snapshot that is being made.
type taking struct {
	Options
	w     *writer
	hide  *hider
	c     *registry.Client
	total *Total

	without bool // exporters
}

func (t *taking) registry(ctx context.Context, s Source) (*Total, error) {
	began, sent := time.Now(), sentBy(s)
	t.c, t.total = s.Client, &Total{Name: s.Client.Name()}
	head := line{Kind: kindRegistry, Name: t.c.Name(), URL: t.c.URL(), Dialect: s.Dialect}
	var unread []line
	note := func(what string, err error) {
		if err != nil {
			unread = append(unread, line{Kind: kindUnread, What: what, Why: err.Error()})
			t.total.Unread = append(t.total.Unread, Unread{what, err.Error()})
		}
	}
	var err error
	head.Server, _, err = t.c.ServerVersion(ctx)
	note("the server's version", err)
	head.Identity, _, err = t.c.Identity(ctx)
	note("who the registry is", err)
	if err := t.w.write(head); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, func(string, error)) error{t.versions, t.exporters} {
		if err := part(ctx, note); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	complete := len(unread) == 0
	end := line{
		Kind: kindTotal, Subjects: &t.total.Subjects, Versions: &t.total.Versions, Moved: t.total.Moved, Without: t.without, Complete: &complete,
		Requests: sentBy(s) - sent, Seconds: float64(time.Since(began).Milliseconds()) / 1000,
	}
	for _, l := range append(unread, end) {
		if err := t.w.write(l); err != nil {
			return nil, err
		}
	}
	return t.total, nil
}

func sentBy(s Source) int64 {
	if s.Requests == nil {
		return 0
	}
	return s.Requests.Load()
}

// versions writes contexts, settings and versions. Their texts lie in a file
// meanwhile that has no name any more, so that none is left by a process that dies.
func (t *taking) versions(ctx context.Context, note func(string, error)) (err error) {
	f, err := os.CreateTemp(t.Scratch, "srmigrate-snapshot-*.tmp")
	if err != nil {
		return err
	}
	removed := os.Remove(f.Name())
	defer func() {
		_ = f.Close() // nobody reads it again
		if removed != nil {
			err = errors.Join(err, os.Remove(f.Name())) // where an open file cannot be removed
		}
	}()
	shelf, err := compare.Shelve(ctx, t.c, f)
	if err != nil {
		return fmt.Errorf("the versions of registry %q could not be read: %w", t.c.Name(), err)
	}
	subjects := shelf.Subjects()
	t.total.Subjects, t.total.Moved = len(subjects), shelf.Moved
	if err := t.settings(ctx, subjects, note); err != nil {
		return err
	}
	return shelf.Each(t.version)
}

// settings writes the contexts, and what is set in them and at the subjects.
func (t *taking) settings(ctx context.Context, subjects []string, note func(string, error)) error {
	contexts, err := t.c.Contexts(ctx)
	note("the contexts", err)
	places := []string{"", ":.__GLOBAL:"}
	for _, s := range subjects { // some servers list no contexts, and yet have them
		if c, _ := compare.SplitSubject(s); !slices.Contains(contexts, c) {
			contexts = append(contexts, c)
		}
	}
	for _, c := range contexts {
		if err := t.w.write(line{Kind: kindContext, Name: c}); err != nil {
			return err
		}
		if c != "." {
			places = append(places, compare.Place(c))
		}
	}
	own, err := compare.Own(ctx, t.c, append(places, subjects...))
	if err != nil {
		return err
	}
	for _, s := range own {
		note(fmt.Sprintf("the mode of %q", s.Place), s.ModeErr)
		note(fmt.Sprintf("the config of %q", s.Place), s.ConfigErr)
		if err := t.setting(s); err != nil {
			return err
		}
	}
	return nil
}

func (t *taking) setting(s compare.Setting) error {
	if s.Mode != "" {
		if err := t.w.write(line{Kind: kindMode, Place: &s.Place, Mode: s.Mode}); err != nil {
			return err
		}
	}
	if s.Config == nil {
		return nil
	}
	raw, err := json.Marshal(s.Config)
	if err == nil {
		raw, err = t.hide.settings(raw)
	}
	if err != nil {
		return err
	}
	return t.w.write(line{Kind: kindConfig, Place: &s.Place, Config: raw})
}

func (t *taking) version(s *registry.Schema) error {
	v := &Version{Subject: s.Subject, Number: s.Version, ID: s.ID, SchemaType: s.SchemaType, Deleted: *s.Deleted}
	for _, r := range s.References {
		v.References = append(v.References, Reference(r))
	}
	text, err := jsontext.AppendUnquote(nil, s.Schema)
	if v.Schema = string(text); t.Schemas == Hash {
		v.Schema = t.hide.standIn(s.SchemaType, v.Schema)
	} else if err != nil {
		return fmt.Errorf("registry %q: the text of %q version %d has characters that are none: %w", t.c.Name(), s.Subject, s.Version, err)
	}
	if v.Metadata, err = t.hide.settings(s.Metadata); err == nil {
		v.RuleSet, err = t.hide.settings(s.RuleSet)
	}
	if err != nil {
		return err
	}
	t.total.Versions++
	if v.Deleted {
		t.total.Deleted++
	}
	return t.w.write(line{Kind: kindVersion, Version: v})
}

// exporters writes them as far as they can be read.
func (t *taking) exporters(ctx context.Context, note func(string, error)) error {
	names, err := t.c.ExporterNames(ctx)
	if t.without = errors.Is(err, registry.ErrNoExporters); !t.without {
		note("the exporters", err)
	}
	slices.Sort(names)
	for _, name := range names {
		x, err := t.c.Exporter(ctx, name)
		if note(fmt.Sprintf("exporter %q", name), err); err != nil {
			continue
		}
		status, err := t.c.ExporterStatus(ctx, name)
		note(fmt.Sprintf("the status of exporter %q", name), err)
		to, err := t.c.ExporterTarget(ctx, name)
		note(fmt.Sprintf("where exporter %q writes to", name), err)
		out := &Exporter{
			Covers: x.Subjects, ContextType: x.ContextType, Context: x.Context, SubjectRenameFormat: x.SubjectRenameFormat,
			KekRenameFormat: x.KekRenameFormat, ConfigKeys: slices.Sorted(maps.Keys(x.Config)), To: to, State: status.State, Failed: status.Failed(),
		}
		t.total.Exporters++
		if err := t.w.write(line{Kind: kindExporter, Name: name, Exporter: out}); err != nil {
			return err
		}
	}
	return nil
}
