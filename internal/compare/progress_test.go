package compare_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// A slow server takes its time for each request, and for each row as it is read.
type slow struct {
	*fake
	request, row time.Duration
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := direct{s.fake}.RoundTrip(r)
	<-time.After(s.request)
	a.Body = io.NopCloser(&trickle{a.Body, s.row})
	return a, err
}

// A trickle is a body of which a row comes after the other.
type trickle struct {
	io.Reader
	row time.Duration
}

func (b *trickle) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if rows := strings.Count(string(p[:n]), `{"subject":`); rows > 0 {
		<-time.After(time.Duration(rows) * b.row)
	}
	return n, err
}

// told is what a comparison says of itself, without numbers and each once in a
// row. What it says of the end and of how much there is has to be about true.
func told(t *testing.T, source, target http.RoundTripper, all int, o compare.Options) []string {
	t.Helper()
	var said []string
	begun, done := time.Now(), 0
	var ends []time.Duration
	o.Progress = func(p compare.Progress) {
		if p.Left > 0 {
			ends = append(ends, time.Since(begun)+p.Left)
		}
		if p.What == compare.Versions {
			done = p.Done
			if p.Of > 0 && (p.Of < all*9/10 || p.Of > all*11/10) {
				t.Errorf("%s, and there are %d", p, all)
			}
		}
		if text := regexp.MustCompile("[0-9][0-9,]*").ReplaceAllString(p.String(), "N"); len(said) == 0 || said[len(said)-1] != text {
			said = append(said, text)
		}
	}
	r, err := compare.Run(t.Context(), near(t, source), near(t, target), o)
	if err != nil || r.Verdict != compare.Identical || done != all {
		t.Fatalf("%d versions read, want %d: %s, %v", done, all, r.Summary(), err)
	}
	took := time.Since(begun)
	for _, c := range ends {
		if c > 2*took || c < took/2 {
			t.Errorf("said it would take %s, and it took %s", c, took)
		}
	}
	return said
}

func TestProgress(t *testing.T) {
	if slower > 1 {
		t.Skip("in a synctest bubble with so many goroutines and the race detector Go 1.26.8 now and then dies of " +
			"\"traceback did not unwind completely\"; the readers themselves are run with it by the other tests")
	}
	rows := many(1000)
	listing := func(cap int, request, row time.Duration) slow { return slow{&fake{rows: rows, cap: cap}, request, row} }
	oneByOne := slow{&fake{rows: rows, noSchemas: 404}, second / 10, 0}
	const (
		rate = "N versions read, N/s"
		of   = "N of about N versions read, N/s"
		left = of + ", about Ns left"
	)
	for name, c := range map[string]struct {
		source, target slow
		check          []string
		all            int
		says           []string
		leaves         bool // it says how long reading takes
	}{
		"a cap":            {listing(100, second/10, second/20), listing(100, second/10, second/20), nil, 6000, []string{rate, left}, true},
		"a side is slower": {listing(100, second/10, second/100), listing(100, second/10, second/10), nil, 6000, []string{rate, left}, true},
		"no cap":           {listing(0, second, second/100), listing(0, second, second/100), nil, 6000, []string{rate}, false},
		"two passes":       {listing(0, second, second/100), listing(0, second, second/100), []string{"deleted"}, 12_000, []string{rate, left}, true},
		"one by one":       {oneByOne, oneByOne, nil, 6000, []string{left}, true},
		"settings": {
			listing(100, second/10, second/20), listing(100, second/10, second/20),
			[]string{"modes", "compatibility"},
			6000,
			[]string{rate, of, "N of N settings compared", "N of N settings compared, N/s, about Ns left"},
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := compare.Options{Check: map[string]compare.Level{}}
				for _, check := range c.check {
					o.Check[check] = compare.Fail
				}
				got := told(t, c.source, c.target, c.all, o)
				for _, line := range c.says {
					if !slices.Contains(got, line) {
						t.Errorf("does not say %s", line)
					}
				}
				if slices.Contains(got, left) != c.leaves {
					t.Errorf("how long it takes is to be said: %v", c.leaves)
				}
				if t.Failed() {
					t.Log(strings.Join(got, "\n"))
				}
			})
		})
	}
}

const second = time.Second
