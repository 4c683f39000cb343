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
