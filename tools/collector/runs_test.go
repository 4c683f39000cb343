package collector

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const moving = `apiVersion: srmigrate.dev/v1
kind: Runbook
metadata: {name: move}
spec:
  vars: {source: {env: SOURCE_URL}, target: {env: TARGET_URL}}
  registries:
    source:
      url: ${{ vars.source }}
      auth: {basic: {username: bird, password: {env: REGISTRY_PASSWORD}}}
    target:
      url: ${{ vars.target }}
      auth: {basic: {username: bird, password: {env: REGISTRY_PASSWORD}}}
  steps:
    - id: start
      createExporter: {exporter: mirror, contextType: NONE, subjects: [":*:"]}
    - id: copied
      waitFor: {exporter: mirror, compare: {}, until: 'caughtUp("200ms") && diff.identical', every: 50ms}
      timeout: 1m
    - id: go
      approve: {message: "Go?"}
    - id: end
      delete: {exporter: mirror}
    - id: right
      assert: {that: "1 > 2"}
`

// A run is told of as it happened: in spans below each other, with the ids of the run, as many as there were requests, and
// in the same figures that the file has. No secret is in them.
func TestARunAsACollectorSeesIt(t *testing.T) {
	r := receive(t)
	b := newBench(t, moving,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint, "OTEL_EXPORTER_OTLP_HEADERS=api-key=c4nRedThroat%2C", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test")
	said := b.call(6, nil, "run", "move.yaml", "--metrics", "first.prom")
	calls := []call{r.took(t)}
	said += b.call(0, nil, "approve", "move.yaml", "go", "--by", "jane")
	said += b.call(4, []string{"TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "run", "move.yaml", "--metrics", "second.prom")
	calls = append(calls, r.took(t))
	if strings.Contains(said, "OpenTelemetry") {
		t.Errorf("something went wrong:\n%s", said)
	}
	hidden(t, "output", said)
	for _, c := range calls {
		if _, ok := c.spans["srmigrate run"]; !ok {
			t.Fatalf("no span of the run: %s\n%s", c.text, said)
		}
	}
	for i, want := range []struct {
		file, trace, parent string
		links               int
		error               bool
		steps               []string
	}{
		{"first.prom", "", "", 0, false, []string{"start", "copied", "go"}},
		{"second.prom", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, true, []string{"go", "end", "right"}},
	} {
		c := calls[i]
		hidden(t, "what was sent", c.text)
		run := c.spans["srmigrate run"]
		id := str(run.Attributes(), "srmigrate.run.id")
		if id == "" || !strings.Contains(said, "run "+id+",") {
			t.Errorf("the run is %q, in\n%s", id, said)
		}
		if run.ParentSpanID().String() != want.parent || want.trace != "" && run.TraceID().String() != want.trace || run.Links().Len() != want.links {
			t.Errorf("%s: trace %s, parent %q, %d links", want.file, run.TraceID(), run.ParentSpanID(), run.Links().Len())
		}
		if got := run.Status().Code() == ptrace.StatusCodeError; got != want.error {
			t.Errorf("%s: an error is %t, want %t", want.file, got, want.error)
		}
		c.nested(t, run, id, want.steps)
		c.counted(t, b.dir, want.file)
	}
	first, again := calls[0].spans["srmigrate run"], calls[1].spans["srmigrate run"]
	if link := again.Links().At(0); link.SpanID() != first.SpanID() || link.TraceID() != first.TraceID() {
		t.Errorf("it is linked to %s, want %s", link.SpanID(), first.SpanID())
	}
	undone := slices.ContainsFunc(calls[1].all, func(s ptrace.Span) bool { return str(s.Attributes(), "srmigrate.step.undoes") == "start" })
	if !undone {
		t.Error("no span of the rollback")
	}
}

// call is what a call of the program has sent.
type call struct {
	all   []ptrace.Span
	spans map[string]ptrace.Span // by name, those that have one of their own
	last  map[string]float64
	text  string
}

// took takes what has come so far.
func (r *receiver) took(t *testing.T) call {
	t.Helper()
	c := call{spans: map[string]ptrace.Span{}, last: map[string]float64{}}
	for _, td := range r.traces.AllTraces() {
		raw, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		if err != nil {
			t.Fatal(err)
		}
		c.text += string(raw)
		for _, rs := range td.ResourceSpans().All() {
			if str(rs.Resource().Attributes(), "service.name") != "srmigrate" || str(rs.Resource().Attributes(), "deployment.environment.name") != "test" {
				t.Errorf("the resource is %v", rs.Resource().Attributes().AsRaw())
			}
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					c.all = append(c.all, s)
					c.spans[s.Name()] = s
				}
			}
		}
	}
	for _, md := range r.metrics.AllMetrics() {
		raw, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
		if err != nil {
			t.Fatal(err)
		}
		c.text += string(raw)
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				c.last = map[string]float64{} // only the last look counts
				for _, m := range sm.Metrics().All() {
					c.figures(m)
				}
			}
		}
	}
	r.traces.Reset()
	r.metrics.Reset()
	return c
}

// figures takes a metric under the name that the conventions of Prometheus make of it.
func (c call) figures(m pmetric.Metric) {
	name, points := strings.ReplaceAll(m.Name(), ".", "_"), m.Gauge().DataPoints
	if m.Unit() == "s" {
		name += "_seconds"
	}
	if m.Type() == pmetric.MetricTypeSum {
		name, points = name+"_total", m.Sum().DataPoints
	}
	for _, p := range points().All() {
		var labels []string
		for k, v := range p.Attributes().All() {
			labels = append(labels, k+"="+strconv.Quote(v.Str()))
		}
		slices.Sort(labels)
		c.last[name+"{"+strings.Join(labels, ",")+"}"] = p.DoubleValue()
	}
}

// nested demands that steps are below the run, and requests below either, of one run and one trace.
func (c call) nested(t *testing.T, run ptrace.Span, id string, steps []string) {
	t.Helper()
	over := map[pcommon.SpanID]string{run.SpanID(): "run"}
	var seen []string
	for _, s := range c.all {
		if step := str(s.Attributes(), "srmigrate.step.id"); step == s.Name() {
			over[s.SpanID()] = step
			if s.ParentSpanID() != run.SpanID() {
				t.Errorf("step %s is not below the run", step)
			}
			seen = append(seen, step)
		}
	}
	for _, want := range steps {
		if !slices.Contains(seen, want) {
			t.Errorf("no span of step %s in %q", want, seen)
		}
	}
	for _, s := range c.all {
		if s.TraceID() != run.TraceID() || str(s.Attributes(), "srmigrate.run.id") != id {
			t.Errorf("%s is of trace %s and run %q", s.Name(), s.TraceID(), str(s.Attributes(), "srmigrate.run.id"))
		}
		if method := str(s.Attributes(), "http.request.method"); method != "" {
			at, ok := over[s.ParentSpanID()]
			if !ok || str(s.Attributes(), "srmigrate.step.id") != strings.TrimPrefix(at, "run") || s.Kind() != ptrace.SpanKindClient || str(s.Attributes(), "server.address") != "127.0.0.1" {
				t.Errorf("%s is below %q: %v", s.Name(), at, s.Attributes().AsRaw())
			}
		}
	}
}

// counted demands that there are as many spans of requests as the figures say, and that the file has the same figures.
func (c call) counted(t *testing.T, dir, file string) {
	t.Helper()
	requests := 0.0
	for _, s := range c.all {
		if str(s.Attributes(), "http.request.method") != "" {
			requests++
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	counted, figures := 0.0, 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		figures++
		if got, ok := c.last[name+"}"]; !ok || got != v {
			t.Errorf("%s} is %v (there: %t), want %v", name, got, ok, v)
		}
		if strings.HasPrefix(name, "srmigrate_registry_requests_total{") {
			counted += v
		}
	}
	if figures < 50 || figures != len(c.last) || counted != requests || requests < 10 {
		t.Errorf("%d figures, %d in the file, %v requests, %v spans of requests", len(c.last), figures, counted, requests)
	}
}

func str(m pcommon.Map, key string) string {
	v, ok := m.Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}
