package compare_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// A direct network hands requests to a server without any wire between.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

func near(t *testing.T, network http.RoundTripper) *registry.Client {
	t.Helper()
	c, err := registry.New(registry.Config{Name: "r", URL: "http://registry", Transport: network})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shapes are the ways of servers.
func shapes() map[string]func(*fake) {
	return map[string]func(*fake){
		"sends everything":      func(*fake) {},
		"sends everything, 8.0": func(f *fake) { f.marks = true },
		"capped":                func(f *fake) { f.cap = 7 },
		"capped, 8.0":           func(f *fake) { f.cap, f.marks = 7, true },
		"capped lower":          func(f *fake) { f.cap = 2 },
		"no GET /schemas":       func(f *fake) { f.noSchemas = 404 },
		"lists nothing for :*:": func(f *fake) { f.literalStar, f.cap = true, 0 },
		"takes no limit":        func(f *fake) { f.cap, f.ignoreLimit = 7, true },
		"knows no contexts, if there are none": func(f *fake) {
			f.noContexts = !slices.ContainsFunc(f.rows, func(s row) bool { return strings.HasPrefix(s.Subject, ":") })
		},
	}
}

// seeds are those to try: as many as asked for, or the one that is to be tried
// again.
func seeds(t *testing.T, n int) []uint64 {
	t.Helper()
	if s := os.Getenv("SRMIGRATE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	var all []uint64
	for range n / slower {
		all = append(all, rand.Uint64())
	}
	return all
}

// A pairing is one case: two worlds, the second what has arrived of the first.
type pairing struct {
	seed           uint64
	r              *rand.Rand
	source, target *world
	route          *route
	o              compare.Options
	shape          string
}

func somePairing(seed uint64) *pairing {
	r := rand.New(rand.NewPCG(seed, 7))
	p := &pairing{seed: seed, r: r, source: someWorld(r)}
	p.route = someRoute(r, append(p.source.contexts(), "."))
	p.target = p.route.copied(p.source)
	p.o = compare.Options{Mapping: p.route.mapping(), Show: 1 << 20, Check: map[string]compare.Level{}, Outside: pick(r, compare.Report, compare.Report, compare.Fail)}
	for _, name := range []string{"deleted", "compatibility", "modes"} {
		p.o.Check[name] = pick(r, compare.Off, compare.Fail)
	}
	names := slices.Sorted(keys(shapes()))
	p.shape = pick(r, names...)
	return p
}

func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// where tells how to see a case again.
func (p *pairing) String() string {
	return fmt.Sprintf("SRMIGRATE_SEED=%d (%s, mapping %+v, check %v)", p.seed, p.shape, p.o.Mapping, p.o.Check)
}

// compared returns what is found, sorted.
func (p *pairing) compared(t *testing.T) (*compare.Result, []string) {
	t.Helper()
	source, target := p.source.fake(1), p.target.fake(2)
	shapes()[p.shape](source)
	shapes()[p.shape](target)
	return p.run(t, direct{source}, direct{target})
}

func (p *pairing) run(t *testing.T, source, target http.RoundTripper) (*compare.Result, []string) {
	t.Helper()
	var found []string
	o := p.o
	o.OnDifference = func(d compare.Difference) error {
		found = append(found, said(d.Kind, d.Subject, d.TargetSubject, d.Version))
		return nil
	}
	res, err := compare.Run(t.Context(), near(t, source), near(t, target), o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return res, found
}

// expects returns what there is to find, and the verdict for that.
func (p *pairing) expects() (found []string, verdict string) {
	found = (&oracle{route: p.route, source: p.source, target: p.target, o: p.o}).ask()
	verdict = compare.Identical
	for _, f := range found {
		if kind, _, _ := strings.Cut(f, " "); kind != "extraSubject" && kind != "format" {
			verdict = compare.Different
		}
	}
	return found, verdict
}

// check compares, and compares what is found with what there is.
func (p *pairing) check(t *testing.T, planted string) {
	t.Helper()
	want, verdict := p.expects()
	res, got := p.compared(t)
	if res.Scope.Subjects == 0 && verdict == compare.Identical && res.Scope.All > 0 {
		verdict = compare.Unknown // nothing was asked for
	}
	if !slices.Equal(got, want) || res.Verdict != verdict {
		t.Errorf("%s\nplanted %s\ngot  %s\n%s\nwant %s\n%s", p, planted, res.Summary(), strings.Join(got, "\n"), verdict, strings.Join(want, "\n"))
	}
}

// Whatever single thing is made different, on whichever side, is found and
// named, and nothing where nothing differs: in registries of any content, under
// any mapping, on any server.
func TestWhateverDiffersIsFound(t *testing.T) {
	tried := map[string]int{}
	for _, seed := range seeds(t, 700) {
		p := somePairing(seed)
		if p.o.Outside == compare.Report {
			if found, _ := p.expects(); len(found) > 0 {
				t.Fatalf("%s: a copy differs by itself: %s", p, found)
			}
		}
		p.check(t, "nothing")
		for range 4 {
			if name := p.plantOne(t); name != "" {
				tried[name]++
			}
		}
		if t.Failed() {
			return
		}
	}
	if os.Getenv("SRMIGRATE_SEED") == "" && slower == 1 {
		for name := range plants() {
			if tried[name] == 0 {
				t.Errorf("never planted: %s", name)
			}
		}
	}
	t.Logf("%d differences of %d sorts", sum(tried), len(tried))
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// plantOne compares with one difference, and takes it away again.
func (p *pairing) plantOne(t *testing.T) string {
	t.Helper()
	name := pick(p.r, slices.Sorted(keys(plants()))...)
	before, _ := p.expects()
	source, target := p.source, p.target
	defer func() { p.source, p.target = source, target }()
	p.source, p.target = source.copy(), target.copy()
	side, v := p.anywhere()
	if v == nil || !plants()[name].do(p.r, map[string]*world{"source": p.source, "target": p.target}[side], v) {
		return ""
	}
	p.source.sort()
	p.target.sort()
	after, _ := p.expects()
	if slices.Equal(before, after) {
		return "" // the check is off, or a renamed subject is outside now
	}
	if !slices.ContainsFunc(after, func(f string) bool { return !slices.Contains(before, f) }) {
		// A context that goes takes its subjects outside the patterns with it, and its copy is no destination any more.
		p.check(t, fmt.Sprintf("%s on the %s, which only takes findings away", name, side))
		return ""
	}
	if !slices.ContainsFunc(after, func(f string) bool {
		kind, _, _ := strings.Cut(f, " ")
		return strings.Contains(plants()[name].kinds+" outside", kind)
	}) {
		t.Errorf("%s: %s on the %s gives %s", p, name, side, after)
	}
	p.check(t, fmt.Sprintf("%s on the %s at %s version %d", name, side, v.subject(), v.number))
	return name
}

// anywhere picks a side, and a version there that is compared.
func (p *pairing) anywhere() (side string, v *version) {
	side, w := "target", p.target
	if chance(p.r, 50) {
		side, w = "source", p.source
	}
	versions := slices.DeleteFunc(w.live(false), func(v *version) bool {
		return v.context == ".elsewhere" || side == "source" && !p.route.covered(v.context, v.name)
	})
	if len(versions) == 0 {
		return side, nil
	}
	return side, pick(p.r, versions...)
}

func (w *world) copy() *world {
	c := &world{configs: map[string]string{}, modes: map[string]string{}}
	for _, v := range w.versions {
		c.versions = append(c.versions, v.clone())
	}
	for k, v := range w.configs {
		c.configs[k] = v
	}
	for k, v := range w.modes {
		c.modes[k] = v
	}
	return c
}
