package cli

import (
	"context"
	"fmt"
	"maps"
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
	unseen map[int]blindSpot // by the cell that could not be looked at
}

// crowd is a place that several cells copy to.
type crowd struct{ target, context string }

// arrival is what one step of one cell brings.
type arrival struct {
	target, url, step string
	contexts          []string
	unknown           bool // where it comes to stand
	list              []compare.Arrival
	allow             []steps.Consent
}

// meetings are the findings about the cells together, weighed as the runbook wants. The contexts of the sources tell where
// cells would meet; only those that would are read.
func (a *app) meetings(ctx context.Context, in *input, fleet *runbook.Fleet, cells []runbook.Cell, restart bool) (found []event.Finding, unseen []blindSpot) {
	m := &meeting{app: a, in: in, fleet: fleet, cells: cells, restart: restart, places: map[string]string{}, unseen: map[int]blindSpot{}}
	if len(cells) < 2 {
		return nil, nil
	}
	crowded := m.crowds(m.look(ctx, nil))
	together := map[string]*compare.Together{}
	bring, urls := map[crowd][]arrival{}, map[string]string{}
	for i, list := range m.look(ctx, crowded) {
		for _, r := range list {
			if together[r.target] == nil {
				together[r.target], urls[r.target] = &compare.Together{}, r.url
			}
			together[r.target].Add(cells[i].Name, r.list)
			for _, c := range r.contexts {
				bring[crowd{r.target, c}] = append(bring[crowd{r.target, c}], r)
			}
		}
	}
	for _, target := range sortedKeys(together) {
		for _, met := range together[target].Meetings() {
			found = append(found, weighedMeeting(meetingFinding(met, urls[target]), bring[crowd{target, met.Context}]))
		}
	}
	return found, m.blindSpots()
}

// crowds are the places that more than one cell copies to, with those cells.
func (m *meeting) crowds(all [][]arrival) map[crowd]map[int]bool {
	by, at := map[crowd]map[int]bool{}, map[string]map[int]bool{}
	for i, list := range all {
		for _, r := range list {
			note(at, r.target, i)
			for _, c := range r.contexts {
				note(by, crowd{r.target, c}, i)
			}
		}
	}
	for i, list := range all {
		for _, r := range list {
			if _, ok := steps.Consents(r.allow, event.Finding{Code: event.CellsMeet}); r.unknown && !ok && len(at[r.target]) > 1 {
				m.miss(i, blindSpot{text: fmt.Sprintf("step %s copies into a context that the server of its source makes up, and nobody knows yet which", r.step), kind: later})
			}
		}
	}
	maps.DeleteFunc(by, func(_ crowd, cells map[int]bool) bool { return len(cells) < 2 })
	return by
}

func note[K comparable](in map[K]map[int]bool, key K, i int) {
	if in[key] == nil {
		in[key] = map[int]bool{}
	}
	in[key][i] = true
}

// look asks each cell where it would copy to, or reads what those in a crowd would bring there.
func (m *meeting) look(ctx context.Context, crowded map[crowd]map[int]bool) [][]arrival {
	all := make([][]arrival, len(m.cells))
	among := map[int]bool{}
	for _, cells := range crowded {
		maps.Copy(among, cells)
	}
	desk := new(report.Desk)
	forEach(ctx, m.cells, m.in.concurrency, func() bool { return false }, func(i int, c runbook.Cell) {
		if crowded != nil && !among[i] {
			return
		}
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
		if err != nil {
			m.miss(i, blindSpot{text: b.redact(err.Error()), kind: kindOf(err, crowded != nil)})
		}
	})
	return all
}

func (m *meeting) ofCell(ctx context.Context, b *app, in *input, rb *runbook.Runbook, crowded map[crowd]map[int]bool) ([]arrival, error) {
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
		one := arrival{target: m.placeOf(ctx, r.Target), url: r.Target.URL(), step: r.Step.ID, unknown: r.Unknown, allow: r.Step.Allow}
		for _, c := range r.Contexts {
			if crowded == nil || crowded[crowd{one.target, c}] != nil {
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
func meetingFinding(met compare.Meeting, url string) event.Finding {
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
	return event.Finding{
		Code: event.CellsMeet, Severity: "error", Count: met.Count,
		Text: fmt.Sprintf("cells %s would write other content to the same place in context %s of %s, %s: %s",
			text, met.Context, url, count(met.Count, "time"), strings.Join(met.Examples, "; ")),
		Remedy: fmt.Sprintf("give each source a context of its own: contextType: CUSTOM, context: \"${{ matrix.cell }}\" puts %s; or leave out of subjects what the others have",
			strings.Join(apart, ", ")),
	}
}

// weighedMeeting is the finding as the steps want that copy to the place: one that does not allow it is enough.
func weighedMeeting(f event.Finding, bring []arrival) event.Finding {
	first := f
	for i, r := range bring {
		f.Step = r.step
		of := steps.Weigh(r.allow, f)
		if of.Allowed == "" {
			return of
		}
		if i == 0 {
			first = of
		}
	}
	return first
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
