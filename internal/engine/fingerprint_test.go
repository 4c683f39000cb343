package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/steps"
)

func planned() *Plan {
	return &Plan{
		Registries: map[string]PlannedRegistry{"source": {ID: "c1"}},
		Findings:   []event.Finding{{Code: "SRM051", Severity: "warning", Registry: "source", Text: "in the clear"}},
		Steps: []PlannedStep{{
			ID: "a",
			Effects: []steps.Effect{
				{Registry: "source", Kind: steps.OnMode, Now: "READWRITE", Will: "READONLY"},
				{Registry: "target", Kind: steps.OnVersions, Name: ":*:", Will: "85 versions", ByServer: true},
			},
			Findings: []event.Finding{{Code: "SRM021", Severity: "warning", Text: "85 of them", Count: 85}},
		}},
	}
}

// What moves while a plan is reviewed, and whether it makes the plan stale.
func TestAPlanIsStaleOnlyWhenWhatItRestsOnMoves(t *testing.T) {
	rb := book()
	for name, c := range map[string]struct {
		change func(*Plan)
		moved  string // "" for not stale
	}{
		"nothing":       {func(*Plan) {}, ""},
		"more versions": {func(p *Plan) { p.Steps[0].Effects[1].Will = "90 versions" }, ""},
		"more subjects": {func(p *Plan) {
			p.Steps[0].Effects = append(p.Steps[0].Effects, steps.Effect{Registry: "target", Kind: steps.OnMode, Name: "orders-2", Will: "IMPORT", ByServer: true})
			p.Steps = append(p.Steps, PlannedStep{ID: "b", Effects: []steps.Effect{{Registry: "target", Kind: steps.OnMode, Name: "orders-2", Now: "IMPORT"}}})
		}, ""},
		"a context": {func(p *Plan) {
			p.Steps[0].Effects = append(p.Steps[0].Effects, steps.Effect{Registry: "target", Kind: steps.OnMode, Name: ":.new:", Will: "IMPORT", ByServer: true})
		}, "step a: mode of target :.new:: nothing -> IMPORT, which the plan does not have"},
		"more in findings": {func(p *Plan) { p.Steps[0].Findings[0].Count = 90; p.Steps[0].Findings[0].Text = "90 of them" }, ""},
		"longer":           {func(p *Plan) { p.Steps[0].Expected, p.Steps[0].Basis = 9, "seen" }, ""},
		"a mode":           {func(p *Plan) { p.Steps[0].Effects[0].Now = "IMPORT" }, "step a: mode of source: READWRITE -> READONLY in the plan, now IMPORT -> READONLY"},
		"a new finding":    {func(p *Plan) { p.Steps[0].Findings[0].Code = "SRM022" }, "step a: finding SRM022, which the plan does not have: 85 of them"},
		"a gone one":       {func(p *Plan) { p.Steps[0].Findings = nil }, "step a: finding SRM021 in the plan, and not any more"},
		"as errors":        {func(p *Plan) { p.Steps[0].Findings[0].Severity, p.Findings[0].Severity = "error", "error" }, ""},
		"a registry":       {func(p *Plan) { p.Findings[0].Registry = "target" }, "registry target: finding SRM051, which the plan does not have: in the clear"},
		"a safe registry":  {func(p *Plan) { p.Findings = nil }, "registry source: finding SRM051 in the plan, and not any more"},
		"earlier copies": {func(p *Plan) {
			p.Steps[0].Effects[1].Now = "3 of them there already"
		}, "step a: copies on target :*:: none is there in the plan, now some are there"},
		"another registry": {func(p *Plan) { p.Registries["source"] = PlannedRegistry{ID: "c2"} }, "registry source: c1 in the plan, now c2"},
		"a blind spot":     {func(p *Plan) { p.Steps[0].Unseen = "503" }, "step a: could be looked at: no, which the plan does not have"},
	} {
		now := planned()
		c.change(now)
		moved := strings.Join(now.Moved(planned().Fingerprint(rb), rb), "; ")
		if moved != c.moved && !strings.Contains(moved, c.moved) || (moved == "") != (c.moved == "") {
			t.Errorf("%s: got %q, want %q", name, moved, c.moved)
		}
	}
	other := book()
	other.Name = "other"
	if moved := planned().Moved(planned().Fingerprint(rb), other); !slices.Equal(moved, []string{"the runbook, its registries or its vars"}) {
		t.Errorf("another runbook: got %q", moved)
	}
}

// Who reviews a plan while a run is at work is told.
func TestAPlanTellsWhoIsAtWork(t *testing.T) {
	w := newWorld()
	b := newBench(t, w, w.step("a"))
	unlock, err := b.store.Lock("srmigrate run x")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.engine().Plan(t.Context(), PlanOptions{Offline: true})
	if err != nil || !strings.Contains(p.Locked, "srmigrate run x") {
		t.Errorf("got %v, %v", p, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if p, err = b.engine().Plan(t.Context(), PlanOptions{Offline: true}); err != nil || p.Locked != "" {
		t.Errorf("got %v, %v", p, err)
	}
}
