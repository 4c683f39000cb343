package steps

import (
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Every row is a wait of a minute and more, looked at every ten seconds, of an exporter that runs from the start.
func TestCaughtUpWithCompare(t *testing.T) {
	missing := func(subject string, version int) compare.Difference {
		d := compare.Difference{Kind: compare.KindMissingVersion, Subject: subject, TargetSubject: subject, Version: version}
		if version == 0 {
			d.Kind = compare.KindMissingSubject
		}
		return d
	}
	cases := map[string]struct {
		see  func(look int) (verdict string, all []compare.Difference)
		want time.Duration // when caughtUp("30s") came to hold; -1 for never
	}{
		"identical from the start": {
			see:  func(int) (string, []compare.Difference) { return compare.Identical, nil },
			want: 30 * time.Second,
		},
		"the source is being written to, and each version arrives in time": {
			see: func(look int) (string, []compare.Difference) {
				return compare.Different, []compare.Difference{missing("a", 1+look/2)}
			},
			want: 30 * time.Second,
		},
		"one version does not arrive": {
			see: func(int) (string, []compare.Difference) {
				return compare.Different, []compare.Difference{missing("a", 1)}
			},
			want: -1,
		},
		"a subject arrives bit by bit": {
			see: func(look int) (string, []compare.Difference) {
				if look == 0 {
					return compare.Different, []compare.Difference{missing("a", 0)}
				}
				if look < 7 {
					return compare.Different, []compare.Difference{missing("a", 7)}
				}
				return compare.Identical, nil
			},
			want: 70 * time.Second,
		},
		"unknown is not caught up, and lets nothing grow young": {
			see: func(look int) (string, []compare.Difference) {
				if look < 5 && look%2 == 1 || look == 8 {
					return compare.Unknown, nil
				}
				if look < 10 {
					return compare.Different, []compare.Difference{missing("a", 1)}
				}
				return compare.Identical, nil
			},
			want: 100 * time.Second,
		},
		"what comes to light after an unknown look may be older": {
			see: func(look int) (string, []compare.Difference) {
				switch {
				case look < 4:
					return compare.Unknown, nil
				case look < 7:
					return compare.Different, []compare.Difference{missing("a", 1)}
				}
				return compare.Different, []compare.Difference{missing("a", 1+look)}
			},
			want: 70 * time.Second,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			h := history{began: began, exporter: true, compares: true}
			got := time.Duration(-1)
			for look := 0; look <= 12 && got < 0; look++ {
				h.now = began.Add(time.Duration(look) * 10 * time.Second)
				h.sawStatus(registry.Status{Name: "e", State: "RUNNING", Offset: int64(look)})
				verdict, all := c.see(look)
				h.saw(finding{complete: verdict != compare.Unknown, whole: true, all: all, fresh: func(compare.Difference) bool { return true }})
				if h.caughtUp(30 * time.Second) {
					got = h.now.Sub(began)
				}
			}
			if got != c.want {
				t.Errorf("caught up after %s, want %s", got, c.want)
			}
		})
	}
}

func TestHistoryWithoutExporter(t *testing.T) {
	began := time.Now()
	h := history{began: began, compares: true}
	for _, after := range []time.Duration{0, 29 * time.Second, 30 * time.Second} {
		h.now = began.Add(after)
		h.saw(finding{complete: true, whole: true})
		if got, want := h.caughtUp(30*time.Second), after == 30*time.Second; got != want {
			t.Errorf("after %s: got %v, want %v", after, got, want)
		}
	}
}
