package compare_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A mover registers and deletes versions between the requests of a read, out of
// a few that there may be.
type mover struct {
	*fake
	rand          *rand.Rand
	rate          float64 // of a move before a request
	universe      []row
	always, ever  map[compare.Key]bool // there all the time, there at some time
	full, changed bool                 // it held everything at some time, it moved
}

func newMover(seed uint64) *mover {
	m := &mover{rand: rand.New(rand.NewPCG(seed, 1)), always: map[compare.Key]bool{}, ever: map[compare.Key]bool{}}
	for i := range 15 + m.rand.IntN(20) {
		subject := fmt.Sprintf("s%02d", i)
		if i%5 == 4 {
			subject = ":.eu:" + subject
		}
		for v := range 1 + m.rand.IntN(4) {
			m.universe = append(m.universe, schema(subject, v+1, 10*i+v, nil))
		}
	}
	m.fake = &fake{cap: 2 + m.rand.IntN(6)}
	m.rate = []float64{0.05, 0.3, 1}[m.rand.IntN(3)]
	share := []float64{0, 0.7, 1}[m.rand.IntN(3)]
	for _, r := range m.universe {
		if m.rand.Float64() < share {
			m.rows = append(m.rows, r)
			m.always[key(r)], m.ever[key(r)] = true, true
		}
	}
	m.full = share == 1
	m.before = func(http.ResponseWriter, *http.Request) bool {
		if m.rand.Float64() < m.rate {
			m.move()
		}
		return false
	}
	return m
}

// RoundTrip makes it its own network.
func (m *mover) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

func (m *mover) client(t *testing.T) *registry.Client {
	t.Helper()
	c, err := registry.New(registry.Config{Name: "source", URL: "http://source.test", Transport: m})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(r row) compare.Key { return compare.Key{Subject: r.Subject, Version: r.Version} }

func (m *mover) move() {
	m.changed = true
	for range 1 + m.rand.IntN(3) {
		r := m.universe[m.rand.IntN(len(m.universe))]
		i := slices.IndexFunc(m.rows, func(o row) bool { return key(o) == key(r) })
		if i >= 0 {
			m.rows = slices.Delete(m.rows, i, i+1)
			delete(m.always, key(r))
			continue
		}
		m.rows = append(m.rows, r)
		m.ever[key(r)] = true
		m.full = m.full || len(m.rows) == len(m.universe)
	}
}

// Whatever moves between the requests of a read, every version that was there
// all the time is found, and none that never was.
func TestNothingIsLost(t *testing.T) {
	kinds := map[string]func(*fake){
		"pages":       func(*fake) {},
		"no schemas":  func(f *fake) { f.noSchemas = 404 },
		"no offset":   func(f *fake) { f.ignorePages, f.cap = true, 0 },
		"no wildcard": func(f *fake) { f.literalStar = true },
		"routes":      func(f *fake) { f.routes, f.literalStar, f.cap = true, true, 0 },
		"no prefix":   func(f *fake) { f.noPrefix = true },
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			read, unread := 0, 0
			for seed := range uint64(80) {
				m := newMover(seed)
				kind(m.fake)
				o := compare.Options{Moving: seed%3 > 0, Extra: map[string]compare.Level{"subjects": compare.Fail}}
				got := map[compare.Key]bool{}
				o.OnPair = func(p compare.Pair) error {
					got[compare.Key{Subject: p.Subject, Version: p.Version}] = true
					return nil
				}
				there := &mover{fake: &fake{rows: m.universe}}
				r, err := compare.Run(t.Context(), m.client(t), there.client(t), o)
				if err != nil {
					t.Fatal(err)
				}
				if !r.Complete() {
					unread++
					continue
				}
				read++
				for k := range m.always {
					if !got[k] {
						t.Errorf("seed %d: %v is missing: %s", seed, k, r.Summary())
					}
				}
				for k := range got {
					if !m.ever[k] {
						t.Errorf("seed %d: %v never was", seed, k)
					}
				}
				if r.Verdict == compare.Identical && !m.full {
					t.Errorf("seed %d: got %s, but it never was", seed, r.Summary())
				}
				if len(r.Moved) > 0 && !m.changed {
					t.Errorf("seed %d: got %s, but nothing moved", seed, r.Summary())
				}
			}
			if unread > read/4 {
				t.Errorf("%d of %d could not be read", unread, read+unread)
			}
		})
	}
}

// An empty first page may have come too early. That is no reason to read one
// subject after the other.
func TestEmptyAtFirst(t *testing.T) {
	f := &fake{}
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/subjects" {
			f.rows = sample()
		}
		return false
	}
	r := run(t, f, &fake{rows: sample()}, compare.Options{Moving: true})
	if want := "unknown: source changed meanwhile; but for that 4 of 4 subjects, 5 versions, contexts ., .eu"; r.Summary() != want {
		t.Errorf("got %s, want %s", r.Summary(), want)
	}
	if n := f.requests(); n > 11 {
		t.Errorf("%d requests: %s", n, strings.Join(f.seen, "\n"))
	}
}

// A listing that grows at its end with every request is not followed for ever.
func TestGrowingAtTheEnd(t *testing.T) {
	f := &fake{cap: 100, rows: sample()}
	for i := range 150 {
		f.rows = append(f.rows, schema("s"+strconv.Itoa(1000+i), 1, 100+i, nil))
	}
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/schemas" {
			f.rows = append(f.rows, schema("zzz", len(f.rows), 100+len(f.rows), nil))
		}
		return false
	}
	n, err := compare.Counts(t.Context(), client(t, f), nil)
	if err != nil || n.Subjects != 155 || f.requests() > 50 {
		t.Errorf("got %+v, %v after %d requests", n, err, f.requests())
	}
}

// What a writer does costs a few requests a read, and no second read.
func TestCostOfMoving(t *testing.T) {
	const pages = 40
	cost := func(m *mover) int {
		for i := range 10 * pages {
			m.rows = append(m.rows, schema("s"+strconv.Itoa(1000+i), 1, i, nil))
		}
		if _, err := compare.Counts(t.Context(), m.client(t), nil); err != nil {
			t.Error(err)
		}
		return m.requests()
	}
	still := cost(&mover{fake: &fake{cap: 10}})
	for name, move := range map[string]func(*fake){
		"inserts": func(f *fake) { f.rows = append(f.rows, schema("aaa"+strconv.Itoa(9000-len(f.rows)), 1, 9000, nil)) },
		"deletes": func(f *fake) { f.rows = f.rows[1:] },
	} {
		m := &mover{fake: &fake{cap: 10}}
		m.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/schemas" && len(m.seen)%8 == 0 {
				move(m.fake)
			}
			return false
		}
		if n := cost(m); n > still*2 {
			t.Errorf("%s: %d requests, %d when nothing moves", name, n, still)
		}
	}
}
