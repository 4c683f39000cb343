package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

//go:embed report.html.tmpl
var pageTemplate string

//go:embed report.css
var pageStyle string

// page is what the template shows beside the evidence itself.
type page struct {
	*Evidence
	Style      template.CSS
	Rows       []stepRow
	Undo       []stepRow
	From, To   time.Time
	Chart      *chart
	Facts      []factBox
	SomeModes  []ModeFacts
	SomeRoutes []RouteFacts
	Trouble    []Notice
	Lines      int
}

// factBox is a number that stands out.
type factBox struct{ Name, Value, Small string }

// stepRow is a step of the timeline.
type stepRow struct {
	StepFacts
	Icon  string
	Tone  string
	Bars  []bar
	Marks []float64 // of retries
	First bool
}

// bar is a span of a step, in percent of the run.
type bar struct {
	X, W  float64
	Ended string
	Says  string
}

// HTML writes a page that needs nothing but itself: no script, no font and no picture from elsewhere. All that servers
// and people wrote is escaped; a policy in the page forbids scripts besides.
func HTML(e *Evidence) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"stamp": stampOf, "clock": clockOf(e), "dur": spoken, "num": commas, "place": placeName, "word": statusWord, "level": levelWord,
		"diffclass": diffClass, "more": func(all, shown int) int { return max(0, all-shown) },
		"tenth": func(f float64) float64 { return f / 10 },
		"x":     func(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) },
	}).Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, newPage(e))
	return b.Bytes(), err
}

func newPage(e *Evidence) *page {
	p := &page{Evidence: e, Style: template.CSS(pageStyle), Lines: len(e.Journal)} // our own file
	p.From, p.To = bounds(e)
	p.Rows = p.rows(e.Steps)
	if e.Rollback != nil {
		p.Undo = p.rows(e.Rollback.Steps)
	}
	p.Chart = newChart(e)
	p.Facts = boxes(e)
	p.SomeModes = e.Modes[:min(len(e.Modes), 40)]
	p.SomeRoutes = busiest(e.Requests.ByRoute)
	for _, n := range e.Notices {
		if len(p.Trouble) < 60 {
			p.Trouble = append(p.Trouble, n)
		}
	}
	return p
}

// bounds are when the first step began, and when the last ended.
func bounds(e *Evidence) (from, to time.Time) {
	all := e.Steps
	if e.Rollback != nil {
		all = slices.Concat(e.Steps, e.Rollback.Steps)
	}
	for _, s := range all {
		for _, span := range s.Spans {
			if from.IsZero() || span.From.Before(from) {
				from = span.From
			}
			if span.To.After(to) {
				to = span.To
			}
		}
	}
	if from.IsZero() {
		return e.Run.Started, e.Run.Ended
	}
	return from, to
}

// percent is where in the run a time is.
func (p *page) percent(t time.Time) float64 {
	all := p.To.Sub(p.From).Seconds()
	if all <= 0 {
		return 0
	}
	return math.Min(100, math.Max(0, 100*t.Sub(p.From).Seconds()/all))
}

// thinnest is how wide a bar is at least, to be seen.
const thinnest = 0.8

func (p *page) rows(list []StepFacts) []stepRow {
	var rows []stepRow
	for _, s := range list {
		r := stepRow{StepFacts: s, Icon: icon(s.Status), Tone: tone(s.Status)}
		for _, span := range s.Spans {
			x := p.percent(span.From)
			w := math.Max(thinnest, p.percent(span.To)-x)
			r.Bars = append(r.Bars, bar{math.Min(x, 100-w), w, span.Ended, spanText(span, clockOf(p.Evidence))})
		}
		for _, t := range s.Retries {
			r.Marks = append(r.Marks, p.percent(t.At))
		}
		rows = append(rows, r)
	}
	return rows
}

func spanText(s Span, clock func(time.Time) string) string {
	how := map[string]string{"waiting": "waited for a person", "done": "worked", "killed": "worked, and was killed", "interrupted": "worked, and was stopped"}
	return fmt.Sprintf("%s from %s to %s UTC", or(how[s.Ended], s.Ended), clock(s.From), clock(s.To))
}

// boxes are the numbers under the verdict.
func boxes(e *Evidence) []factBox {
	done, all := 0, len(e.Steps)
	for _, s := range e.Steps {
		if s.Status == string(state.StepSucceeded) || s.Status == string(state.StepSkipped) {
			done++
		}
	}
	list := []factBox{{"Duration", spoken(e.Run.Seconds), ""}, {"Steps done", strconv.Itoa(done), fmt.Sprintf("of %d", all)}}
	if n := len(e.Compares); n > 0 {
		c := e.Compares[n-1]
		list = append(list, factBox{"Versions compared", commas(c.Versions), "in " + commas(c.Subjects) + " subjects"})
	}
	list = append(list, factBox{"Requests that write", commas(e.Requests.Writes), fmt.Sprintf("%s in error", commas(e.Requests.Refused))})
	retried := 0
	for _, s := range e.Steps {
		retried += s.Tried
	}
	return append(list, factBox{"Retries", commas(retried), ""})
}

// busiest are the routes with most requests: writes, then reads.
func busiest(all []RouteFacts) []RouteFacts {
	list := slices.Clone(all)
	reads := func(r RouteFacts) int {
		if strings.HasPrefix(r.Route, "GET ") || strings.HasPrefix(r.Route, "HEAD ") {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b RouteFacts) int {
		return cmp.Or(cmp.Compare(reads(a), reads(b)), cmp.Compare(b.Count, a.Count))
	})
	return list[:min(len(list), 40)]
}
