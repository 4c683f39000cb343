package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// chart is the course of a copy: versions on the target and the exporter's offset over time.
type chart struct {
	Panels   []panel
	From, To time.Time
	Middle   time.Time
	Says     string // the chart in a sentence, for who does not see it
	CaughtUp time.Time
	At       float64 // of that moment, of a thousand
	Left     bool    // its label stands to the left
	Samples  []Sample
}

// panel is one curve of the chart in a field of 1000 by 100.
type panel struct {
	Title, Label string
	Most, Half   string
	Curves       []string // points
	Under        []string // the same, closed below
	Ceiling      []string
}

// newChart draws what the waits of a run have seen; nil where there is no course to be seen.
func newChart(e *Evidence) *chart {
	var all []Sample
	for _, w := range e.Waits {
		all = append(all, w.Samples...)
	}
	if len(all) < 2 || !all[len(all)-1].At.After(all[0].At) {
		return nil
	}
	c := &chart{From: all[0].At, To: all[len(all)-1].At, Samples: some(all, 40)}
	c.Middle = c.From.Add(c.To.Sub(c.From) / 2)
	for _, w := range e.Waits {
		if !w.CaughtUp.IsZero() {
			c.CaughtUp = w.CaughtUp
			c.At = c.x(w.CaughtUp)
			c.Left = c.At > 550
			break
		}
	}
	var copied, of, offset int64
	for _, s := range all {
		copied, of, offset = max(copied, int64(s.Copied)), max(of, int64(s.Of)), max(offset, s.Offset)
	}
	if of > 0 {
		p := c.panel("Versions of the source that are on the target", max(copied, of), e.Waits, func(s Sample) int64 { return int64(s.Copied) })
		for _, w := range e.Waits {
			p.Ceiling = append(p.Ceiling, c.points(w.Samples, max(copied, of), func(s Sample) int64 { return int64(s.Of) }))
		}
		c.Panels = append(c.Panels, p)
	}
	if offset > 0 {
		c.Panels = append(c.Panels, c.panel("Offset of the exporter", offset, e.Waits, func(s Sample) int64 { return s.Offset }))
	}
	if len(c.Panels) == 0 {
		return nil
	}
	c.Says = c.sentence(all, of, clockOf(e))
	return c
}

func (c *chart) sentence(all []Sample, of int64, clock func(time.Time) string) string {
	first, last := all[0], all[len(all)-1]
	var parts []string
	if of > 0 {
		parts = append(parts, fmt.Sprintf("Between %s and %s UTC the target came from %s to %s of %s versions.",
			clock(c.From), clock(c.To), commas(first.Copied), commas(last.Copied), commas(last.Of)))
	}
	if last.Offset > 0 {
		parts = append(parts, fmt.Sprintf("The exporter's offset came from %s to %s.", commas(first.Offset), commas(last.Offset)))
	}
	switch {
	case of > 0 && !c.CaughtUp.IsZero():
		parts = append(parts, fmt.Sprintf("Nothing was missing for the first time at %s UTC, after %s.", clock(c.CaughtUp), spoken(c.CaughtUp.Sub(c.From).Seconds())))
	case of > 0:
		parts = append(parts, "It never caught up.")
	}
	return strings.Join(parts, " ")
}

func (c *chart) x(t time.Time) float64 {
	return math.Round(10000*t.Sub(c.From).Seconds()/c.To.Sub(c.From).Seconds()) / 10
}

func (c *chart) panel(title string, most int64, waits []WaitFacts, of func(Sample) int64) panel {
	p := panel{Title: title, Label: title, Most: commas(most), Half: commas(most / 2)}
	for _, w := range waits {
		line := c.points(w.Samples, most, of)
		if line == "" {
			continue
		}
		p.Curves = append(p.Curves, line)
		p.Under = append(p.Under, fmt.Sprintf("%s,100 %s %s,100", number(c.x(w.Samples[0].At)), line, number(c.x(w.Samples[len(w.Samples)-1].At))))
	}
	return p
}

func (c *chart) points(samples []Sample, most int64, of func(Sample) int64) string {
	var list []string
	for _, s := range samples {
		if s.Of == 0 && of(s) == 0 && s.Offset != 0 {
			continue // versions were not counted
		}
		list = append(list, number(c.x(s.At))+","+number(100-100*float64(of(s))/float64(max(most, 1))))
	}
	return strings.Join(list, " ")
}

func number(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// some are samples from all over a list, the first and the last among them.
func some(all []Sample, most int) []Sample {
	if len(all) <= most {
		return all
	}
	var few []Sample
	for i := range most {
		few = append(few, all[i*(len(all)-1)/(most-1)])
	}
	return few
}
