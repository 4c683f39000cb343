package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	linediff "github.com/rogpeppe/go-internal/diff"
	"golang.org/x/sync/errgroup"

	"github.com/srmigrate/srmigrate/internal/normal"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Explain says more about the differences that a result shows: what differs
// between two schemas, line by line, for which both texts are read again; and
// whether settings of the target make it write schemas in its own way. It asks
// for nothing where no schema differs, and what it cannot read it says instead:
// the verdict stands.
func Explain(ctx context.Context, source, target *registry.Client, r *Result) {
	e := &explainer{source: source, target: target, asked: map[string]string{}}
	var about []*Difference
	for i, d := range r.Differences {
		if d.Kind == KindSchema || d.Kind == KindFormat {
			about = append(about, &r.Differences[i])
		}
	}
	var g errgroup.Group
	g.SetLimit(4)
	for _, d := range about {
		if d.Kind == KindSchema {
			g.Go(func() error { d.Diff = e.texts(ctx, d); return nil })
		}
	}
	_ = g.Wait() // none of them has an error
	for _, d := range about {
		if hint := e.normalizes(ctx, d.TargetSubject); hint != "" && !slices.Contains(r.Hints, hint) {
			r.Hints = append(r.Hints, hint)
		}
	}
}

// An explainer remembers what it asked the target.
type explainer struct {
	source, target *registry.Client
	asked          map[string]string
}

// texts shows how two schemas differ.
func (e *explainer) texts(ctx context.Context, d *Difference) []string {
	here, err := e.source.Version(ctx, d.Subject, d.Version, true)
	if err != nil {
		return []string{"the source's text cannot be read again: " + err.Error()}
	}
	there, err := e.target.Version(ctx, d.TargetSubject, d.Version, true)
	if err != nil {
		return []string{"the target's text cannot be read again: " + err.Error()}
	}
	if here.Schema == there.Schema && strings.EqualFold(here.SchemaType, there.SchemaType) {
		return []string{"the two are the same by now"}
	}
	if strings.EqualFold(here.SchemaType, "PROTOBUF") && normal.SameButForImports(here.Schema, there.Schema) {
		d.Detail = "though only in how it calls types of the schemas that it imports; these may well be the same"
	}
	return unified(readable(here), readable(there))
}

func readable(s *registry.Schema) string {
	text := normal.Readable(strings.ToUpper(s.SchemaType), s.Schema)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// The size of what is shown of one difference.
const (
	mostLines = 16
	longLine  = 160
	tooLong   = 1 << 18 // to be laid side by side
)

// unified is what changes from one text to the other.
func unified(source, target string) []string {
	if len(source)+len(target) > tooLong {
		return []string{fmt.Sprintf("the texts have %s and %s, too many to show here", count(len(source), "byte"), count(len(target), "byte"))}
	}
	all := strings.Split(strings.TrimSpace(string(linediff.Diff("source", []byte(source), "target", []byte(target)))), "\n")
	if len(all) > 1 {
		all = all[1:] // the first line is a command
	}
	lines := make([]string, 0, min(len(all), mostLines+1))
	for _, l := range all[:min(len(all), mostLines)] {
		if short := []rune(l); len(short) > longLine {
			l = string(short[:longLine]) + "…"
		}
		lines = append(lines, l)
	}
	if more := len(all) - mostLines; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %s more", count(more, "line")))
	}
	return lines
}

// normalizes says whether the setting is in force for a subject, and where it
// was made: at the subject, its context or, in the default one, for it.
func (e *explainer) normalizes(ctx context.Context, subject string) string {
	context, _ := SplitSubject(subject)
	for _, place := range []string{Place(context), subject} {
		if _, known := e.asked[place]; !known {
			e.asked[place] = e.setting(ctx, place)
		}
		if e.asked[place] != "" {
			return e.asked[place]
		}
	}
	return ""
}

func (e *explainer) setting(ctx context.Context, place string) string {
	config, _, err := e.target.Config(ctx, place)
	if err != nil {
		return "" // the comparison was not about it
	}
	var on bool
	if json.Unmarshal(config["normalize"], &on) != nil || !on {
		return ""
	}
	if place == "" {
		place = ":.:"
	}
	return fmt.Sprintf("the target has normalize: true for %s, so that it stores schemas in a spelling of its own", spoken(place))
}
