package steps

import (
	"testing"
	"time"
)

// A step without a forecast would change things that no plan names.
func TestEveryStepForetellsWhatItDoes(t *testing.T) {
	for _, typ := range Types() {
		s, err := New(typ, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.(Forecaster); !ok {
			t.Errorf("%s has no Forecast", typ)
		}
	}
}

func TestAWaitTakesAtLeastWhatItsConditionAsksFor(t *testing.T) {
	for until, want := range map[string]time.Duration{
		"":                                       time.Minute,
		`caughtUp("90s") && diff.identical`:      90 * time.Second,
		`caughtUp("1s") && caughtUp("5m")`:       5 * time.Minute,
		`caughtUp("90s") || elapsed > "1h"`:      0,
		`!caughtUp("90s")`:                       0,
		`not caughtUp("90s")`:                    0,
		`diff.identical ? true : caughtUp("9s")`: 0,
		`diff.identical`:                         0,
	} {
		if got := (&WaitFor{Until: until}).atLeast(); got != want {
			t.Errorf("%s: got %s, want %s", until, got, want)
		}
	}
}

// aheadOf is what steps before it will have done: an exporter e that copies so many versions to the target.
func aheadOf(copied int) []Effect {
	return []Effect{
		{Registry: "source", Kind: OnExporter, Name: "e", Will: running, By: "start"},
		{Registry: "target", Kind: OnVersions, Name: ":*:", ByServer: true, By: "start", count: copied},
	}
}

// How long a copy takes is reckoned once, by the first step that waits for it, at a rate that is assumed or was seen.
func TestACopyIsExpectedToTakeItsTime(t *testing.T) {
	at := func(env *Env, s *WaitFor) Expectation { env.Ahead = aheadOf(1200); return s.copying(env) }
	known := &Known{}
	want := Expectation{time.Minute, "1,200 versions at 20 a second, which is assumed, not measured"}
	if got := at(&Env{Known: known}, &WaitFor{Exporter: "e"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for name, c := range map[string]struct {
		env  Env
		wait WaitFor
		want Expectation
	}{
		"waited for before":       {Env{Known: known}, WaitFor{Exporter: "e"}, Expectation{}},
		"another exporter":        {Env{Known: &Known{}}, WaitFor{Exporter: "f"}, Expectation{}},
		"by the target":           {Env{Known: &Known{}}, WaitFor{Compare: &Comparison{}}, want},
		"by another target":       {Env{Known: &Known{}}, WaitFor{Compare: &Comparison{Target: "b"}}, Expectation{}},
		"an earlier run that saw": {Env{Known: &Known{}, Earlier: &Earlier{"r1", Outputs{copiedPerMinute: 600}}}, WaitFor{Exporter: "e"}, Expectation{2 * time.Minute, "1,200 versions at 600 a minute, which this step saw in run r1"}},
		"one that saw nothing":    {Env{Known: &Known{}, Earlier: &Earlier{"r1", Outputs{}}}, WaitFor{Exporter: "e"}, want},
	} {
		if got := at(&c.env, &c.wait); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestManyChangesTakeTheirTime(t *testing.T) {
	var f Forecast
	for range 30 {
		f.Effects = append(f.Effects, Effect{Kind: OnMode}, Effect{Kind: OnMode, ByServer: true}, Effect{Kind: OnExporter})
	}
	if got := f.Estimate(); got.Time != 3*time.Second || got.Basis != "30 changes at 10 a second, which is assumed, not measured" {
		t.Errorf("got %+v", got)
	}
	f.Effects = f.Effects[:9]
	if got := f.Estimate(); got != (Expectation{}) {
		t.Errorf("of a few: got %+v", got)
	}
}
