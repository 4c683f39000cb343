package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
)

// statusOfRegistry says what a registry answers now; what cannot be read is said in its place.
func statusOfRegistry(ctx context.Context, t *report.Text, c *registry.Client) {
	mode, _, err := c.Mode(ctx, "")
	if err != nil {
		t.Row("registry", c.Name(), c.URL()+", cannot be read: "+err.Error())
		return
	}
	t.Row("registry", c.Name(), c.URL()+", mode "+mode+modesOfContexts(ctx, c))
	names, err := c.ExporterNames(ctx)
	if err != nil && !errors.Is(err, registry.ErrNoExporters) {
		t.Row("exporter", "on "+c.Name(), "cannot be listed: "+err.Error())
	}
	for _, name := range names {
		t.Row("exporter", name+" on "+c.Name(), statusOfExporter(ctx, c, name))
	}
}

// modesOfContexts names the contexts that have a mode of their own: the registry's says nothing about them.
func modesOfContexts(ctx context.Context, c *registry.Client) string {
	contexts, err := c.Contexts(ctx)
	if err != nil {
		return ", contexts cannot be listed: " + err.Error()
	}
	text := ""
	for _, name := range contexts {
		if name == "." {
			continue
		}
		mode, set, err := c.Mode(ctx, ":"+name+":")
		switch {
		case err != nil:
			text += ", context " + name + " cannot be read: " + err.Error()
		case set:
			text += ", context " + name + " " + mode
		}
	}
	return text
}

func statusOfExporter(ctx context.Context, c *registry.Client, name string) string {
	s, err := c.ExporterStatus(ctx, name)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	line := fmt.Sprintf("%s, offset %d%s", s.State, s.Offset, targetOf(ctx, c, name))
	if s.TS > 0 {
		line += ", at " + time.UnixMilli(s.TS).UTC().Format(time.RFC3339)
	}
	if s.Trace != "" {
		line += ", trace: " + s.Trace
	}
	return line
}

// targetOf says where the exporter writes to.
func targetOf(ctx context.Context, c *registry.Client, name string) string {
	switch to, err := c.ExporterTarget(ctx, name); {
	case err != nil:
		return ", config cannot be read: " + err.Error()
	case to != "":
		return ", to " + to
	}
	return ""
}
