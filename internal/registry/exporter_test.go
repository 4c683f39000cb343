package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestExporterRoundTrip(t *testing.T) {
	e := registry.Exporter{
		Name: "to/cloud", Subjects: []string{":*:"}, ContextType: "NONE",
		Config: map[string]registry.Secret{"schema.registry.url": registry.NewSecret("http://t")},
	}
	const full = `"subjects":[":*:"],"contextType":"NONE","config":{"schema.registry.url":"http://t"}`
	s := serve(t, routes(map[string]route{
		`POST /exporters {"name":"to/cloud",` + full + `}`: {200, `{"name":"to/cloud"}`},
		`PUT /exporters/to%2Fcloud {` + full + `}`:         {200, `{"name":"to/cloud"}`},
		`GET /exporters`:                   {200, `["a","to/cloud"]`},
		`GET /exporters/to%2Fcloud`:        {200, `{"name":"to/cloud","context":".G","config":{"a":"[hidden]","b":7,"c":true}}`},
		`GET /exporters/to%2Fcloud/status`: {200, `{"name":"to/cloud","state":"running","offset":3,"ts":1776783281278,"deksOffset":-1,"new":1}`},
		`PUT /exporters/to%2Fcloud/pause`:  {200, `{"name":"to/cloud"}`},
		`PUT /exporters/to%2Fcloud/resume`: {200, ``},
		`PUT /exporters/to%2Fcloud/reset`:  {204, ``},
		`DELETE /exporters/to%2Fcloud`:     {204, ``},
		`GET /exporters/sick/status`:       {200, `{"state":"RUNNING","trace":"boom"}`},
	}))
	c, ctx := client(t, s.URL, nil), t.Context()
	err := errors.Join(c.CreateExporter(ctx, e), c.UpdateExporter(ctx, e), c.PauseExporter(ctx, e.Name),
		c.ResumeExporter(ctx, e.Name), c.ResetExporter(ctx, e.Name), c.DeleteExporter(ctx, e.Name))
	if err != nil {
		t.Error(err)
	}
	if names, err := c.ExporterNames(ctx); err != nil || !slices.Equal(names, []string{"a", "to/cloud"}) {
		t.Errorf("got %q, %v", names, err)
	}
	got, err := c.Exporter(ctx, e.Name)
	if err != nil || got.Context != ".G" || got.Config["a"].Reveal() != "[hidden]" || got.Config["b"].Reveal() != "7" || got.Config["c"].Reveal() != "true" {
		t.Errorf("got %+v, %v", got, err)
	}
	st, err := c.ExporterStatus(ctx, e.Name)
	if want := (registry.Status{Name: e.Name, State: "RUNNING", Offset: 3, TS: 1776783281278, DeksOffset: -1}); st != want || err != nil || st.Failed() {
		t.Errorf("got %+v, %v", st, err)
	}
	if st, err := c.ExporterStatus(ctx, "sick"); err != nil || !st.Failed() {
		t.Errorf("got %+v, %v", st, err)
	}
}

func TestNoExporterAndNoExporters(t *testing.T) {
	for body, missing := range map[string]bool{
		`{"error_code":404,"message":"HTTP 404 Not Found"}`: true,
		``:       true,
		`<html>`: true,
		`{"error_code":40450,"message":"Exporter 'x' not found"}`: false,
	} {
		s := serve(t, answer(404, body))
		c := client(t, s.URL, nil)
		_, err := c.ExporterStatus(t.Context(), "x")
		if errors.Is(err, registry.ErrNoExporters) != missing || registry.NotFound(err, 40450) == missing {
			t.Errorf("%s: got %v", body, err)
		}
		if missing && !strings.Contains(err.Error(), "the exporter extension is not loaded on "+s.URL) {
			t.Errorf("%s: got %v", body, err)
		}
		if err := c.CreateExporter(t.Context(), registry.Exporter{Name: "x"}); errors.Is(err, registry.ErrNoExporters) != missing {
			t.Errorf("%s: create: got %v", body, err)
		}
	}
}

// Some servers create with PUT, as an old guide has it.
func TestCreateWithTheOtherVerb(t *testing.T) {
	for _, status := range []int{404, 405} {
		s := serve(t, routes(map[string]route{
			`POST /exporters {"name":"e"}`: {status, ``},
			`PUT /exporters {"name":"e"}`:  {201, `{}`},
		}))
		if err := client(t, s.URL, nil).CreateExporter(t.Context(), registry.Exporter{Name: "e"}); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	s := serve(t, routes(map[string]route{`POST /exporters {"name":"e"}`: {405, ``}}))
	if err := client(t, s.URL, nil).CreateExporter(t.Context(), registry.Exporter{Name: "e"}); !isError(err, "405") {
		t.Errorf("got %v, want the first refusal", err)
	}
	for _, body := range []string{`{"error_code":40450,"message":"m"}`, `{"error_code":40401,"message":"m"}`} {
		s = serve(t, routes(map[string]route{`POST /exporters {"name":"e"}`: {404, body}}))
		if err := client(t, s.URL, nil).CreateExporter(t.Context(), registry.Exporter{Name: "e"}); err == nil || len(s.requests()) != 1 {
			t.Errorf("%s: got %v after %q", body, err, s.requests())
		}
	}
	s = serve(t, routes(map[string]route{`POST /exporters {"name":"e"}`: {409, `{"error_code":40960}`}}))
	err := client(t, s.URL, nil).CreateExporter(t.Context(), registry.Exporter{Name: "e"})
	if e, ok := errors.AsType[*registry.Error](err); !ok || e.Code != 40960 || len(s.requests()) != 1 {
		t.Errorf("got %v", err)
	}
}

func TestPauseIsRetried(t *testing.T) {
	s := serve(t, inTurn(cutAfter(""), answer(200, `{"name":"e"}`)))
	if err := client(t, s.URL, nil).PauseExporter(t.Context(), "e"); err != nil || len(s.requests()) != 2 {
		t.Errorf("got %v after %q", err, s.requests())
	}
}
