package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// meeting finds what would meet when several cells copy into one target.
type meeting struct {
	*app
	in      *input
	fleet   *runbook.Fleet
	cells   []runbook.Cell
	restart bool

	mu     sync.Mutex
	places map[string]string // of targets, by URL
	unseen []string          // what could not be looked at
}

// crowd is a place that several cells copy to.
type crowd struct{ target, context string }

// arrival is what one step of one cell brings.
type arrival struct {
	target, url, step string
	contexts          []string
	list              []compare.Arrival
	allow             []steps.Consent
}

// meetings are the findings about the cells together, weighed as the runbook wants. The contexts of the sources tell where
// cells would meet; only those that would are read.
func (a *app) meetings(ctx context.Context, in *input, fleet *runbook.Fleet, cells []runbook.Cell, restart bool) (found []event.Finding, unseen []string) {
	m := &meeting{app: a, in: in, fleet: fleet, cells: cells, restart: restart, places: map[string]string{}}
	if len(cells) < 2 {
		return nil, nil
	}
	by := map[crowd]map[int]bool{}
	for i, list := range m.look(ctx, nil) {
		for _, r := range list {
			for _, c := range r.contexts {
				k := crowd{r.target, c}
				if by[k] == nil {
					by[k] = map[int]bool{}
				}
				by[k][i] = true
			}
		}
	}
	crowded := map[crowd]bool{}
	for k, cells := range by {
		crowded[k] = len(cells) > 1
	}
	together := map[string]*compare.Together{}
	bring := map[string]arrival{}
	for i, list := range m.look(ctx, crowded) {
		for _, r := range list {
			if together[r.target] == nil {
				together[r.target], bring[r.target] = &compare.Together{}, r
			}
			together[r.target].Add(cells[i].Name, r.list)
		}
	}
	for _, target := range sortedKeys(together) {
		for _, met := range together[target].Meetings() {
			found = append(found, meetingFinding(met, bring[target]))
		}
	}
	slices.Sort(m.unseen)
	return found, m.unseen
}

// look asks each cell where it would copy to, and reads what it would bring to crowded places.
func (m *meeting) look(ctx context.Context, crowded map[crowd]bool) [][]arrival {
	all := make([][]arrival, len(m.cells))
	if crowded != nil && !slices.Contains(valuesOf(crowded), true) {
		return all
	}
	desk := new(report.Desk)
	forEach(ctx, m.cells, m.in.concurrency, func() bool { return false }, func(i int, c runbook.Cell) {
		own := *m.in
		own.cell = &c
		b := m.forCell(c.Name, 0, desk)
		err := guarded(func() (err error) {
			rb, _ := m.fleet.Load(c)
			if rb == nil {
				return nil // it was whole a moment ago; its own run says what is wrong
			}
			b.use(rb)
			if err := b.locate(&own, rb); err != nil {
				return err
			}
			all[i], err = m.ofCell(ctx, b, &own, rb, crowded)
			return err
		})
		if err != nil && crowded == nil {
			m.mu.Lock()
			m.unseen = append(m.unseen, fmt.Sprintf("cell %s: %s", c.Name, b.redact(err.Error())))
			m.mu.Unlock()
		}
	})
	return all
}

func (m *meeting) ofCell(ctx context.Context, b *app, in *input, rb *runbook.Runbook, crowded map[crowd]bool) ([]arrival, error) {
	x, err := b.newEngine(in, rb, func(event.Event) {})
	if err != nil {
		return nil, err
	}
	defer closeClients(x)
	reaches, err := x.Reaches(ctx, m.restart)
	if err != nil {
		return nil, err
	}
	var list []arrival
	for _, r := range reaches {
		one := arrival{target: m.placeOf(ctx, r.Target), url: r.Target.URL(), step: r.Step.ID, allow: r.Step.Allow}
		for _, c := range r.Contexts {
			if crowded == nil || crowded[crowd{one.target, c}] {
				one.contexts = append(one.contexts, c)
			}
		}
		if crowded != nil && len(one.contexts) > 0 {
			if one.list, err = compare.Outline(ctx, r.Source, r.Mapping, one.contexts); err != nil {
				return nil, err
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// placeOf asks each target once who it is.
func (m *meeting) placeOf(ctx context.Context, c *registry.Client) string {
	m.mu.Lock()
	place, known := m.places[c.URL()]
	m.mu.Unlock()
	if known {
		return place
	}
	place = engine.Place(ctx, c)
	m.mu.Lock()
	m.places[c.URL()] = place
	m.mu.Unlock()
	return place
}

// meetingFinding names the cells, and a context for each that would keep them apart.
func meetingFinding(met compare.Meeting, r arrival) event.Finding {
	names := met.Sources
	shown := names[:min(len(names), 5)]
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	var apart []string
	for _, name := range shown {
		apart = append(apart, fmt.Sprintf("%s in .%s", name, name))
	}
	return steps.Weigh(r.allow, event.Finding{
		Code: event.CellsMeet, Severity: "error", Step: r.step, Count: met.Count,
		Text: fmt.Sprintf("cells %s would write other content to the same place in context %s of %s, %s: %s",
			text, met.Context, r.url, count(met.Count, "time"), strings.Join(met.Examples, "; ")),
		Remedy: fmt.Sprintf("give each source a context of its own: contextType: CUSTOM, context: \"${{ matrix.cell }}\" puts %s; or leave out of subjects what the others have",
			strings.Join(apart, ", ")),
	})
}

func valuesOf(m map[crowd]bool) []bool {
	list := make([]bool, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
