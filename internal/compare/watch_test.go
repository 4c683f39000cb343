package compare_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
)

// A waiter looks until both are identical, as a wait does: when nothing differs
// in a look, a full pass decides.
type waiter struct {
	*pairing
	watch          compare.Watch
	source, target *fake
	says           []string // failing differences of the last result
}

func (p *pairing) waiter() *waiter {
	w := &waiter{pairing: p, source: p.source.fake(1), target: p.target.fake(2)}
	shapes()[p.shape](w.source)
	shapes()[p.shape](w.target)
	return w
}

// serve makes the servers hold what the worlds do by now.
func (w *waiter) serve() {
	for f, world := range map[*fake]*world{w.source: w.pairing.source, w.target: w.pairing.target} {
		salt := pick(w.r, 1, 1, 1, 2)
		now := world.fake(salt)
		f.rows, f.configs, f.modes = now.rows, now.configs, now.modes
	}
}

func (w *waiter) ask(t *testing.T, source, target http.RoundTripper) *compare.Result {
	t.Helper()
	pass := func(one func(compare.Options) (*compare.Result, error)) *compare.Result {
		w.says = nil
		o := w.o
		o.Moving = true
		o.OnDifference = func(d compare.Difference) error {
			if d.Level == compare.Fail {
				w.says = append(w.says, said(d.Kind, d.Subject, d.TargetSubject, d.Version))
			}
			return nil
		}
		r, err := one(o)
		if err != nil {
			t.Fatalf("%s: %v", w.pairing, err)
		}
		return r
	}
	r := pass(func(o compare.Options) (*compare.Result, error) {
		return w.watch.Look(t.Context(), near(t, source), near(t, target), o)
	})
	if !r.Whole() && r.Verdict == compare.Identical {
		t.Fatalf("%s: a look says %s", w.pairing, r.Summary())
	}
	if r.Verdict != compare.Unconfirmed {
		return r
	}
	return pass(func(o compare.Options) (*compare.Result, error) {
		return w.watch.Full(t.Context(), near(t, source), near(t, target), o)
	})
}

// change makes the sides differ in one more way, or in fewer.
func (w *waiter) change() string {
	repaired := w.route.copied(w.pairing.source)
	switch n := w.r.IntN(10); {
	case n < 4 && len(repaired.versions) > 0:
		subject := pick(w.r, repaired.versions...).subject()
		of := func(v *version) bool { return v.subject() == subject }
		w.pairing.target.drop(of)
		for _, v := range repaired.versions {
			if of(v) {
				w.pairing.target.versions = append(w.pairing.target.versions, v.clone())
			}
		}
		w.pairing.target.sort()
		return "copied " + subject
	case n < 6:
		w.pairing.target = repaired
		return "copied everything"
	}
	name := pick(w.r, slices.Sorted(keys(plants()))...)
	side, v := w.anywhere()
	world := map[string]*world{"source": w.pairing.source, "target": w.pairing.target}[side]
	if v == nil || !plants()[name].do(w.r, world, v) {
		return "nothing"
	}
	world.sort()
	return fmt.Sprintf("%s on the %s at %s version %d", name, side, v.subject(), v.number)
}

// failing is what there is to find, and the verdict.
func (p *pairing) failing() ([]string, string) {
	found, verdict := p.expects()
	return slices.DeleteFunc(found, func(f string) bool {
		kind, _, _ := strings.Cut(f, " ")
		return kind == "extraSubject" || kind == "format"
	}), verdict
}

// Registries of any content that change in any way between the looks of a wait:
// it says identical if, and only if, they are, and what it says to differ does.
func TestAWaitEndsWhenBothAreIdentical(t *testing.T) {
	looks, hidden, apart := 0, 0, 0
	verdicts := map[string]int{}
	for _, seed := range seeds(t, 240) {
		p := somePairing(seed)
		if p.o.Check["deleted"] != compare.Off && chance(p.r, 80) { // each look is a full pass there
			p.o.Check["deleted"] = compare.Off
		}
		w := p.waiter()
		var story []string
		for range 10 {
			for range p.r.IntN(4) {
				story = append(story, w.change())
			}
			w.serve()
			r := w.ask(t, direct{w.source}, direct{w.target})
			looks++
			verdicts[r.Verdict]++
			want, verdict := p.failing()
			if r.Scope.Subjects == 0 && verdict == compare.Identical && r.Scope.All > 0 {
				verdict = compare.Unknown // nothing was asked for
			}
			wrong := func(f string) bool { return !slices.Contains(want, f) }
			if r.Verdict != verdict || slices.ContainsFunc(w.says, wrong) || r.Whole() && len(w.says) != len(want) {
				t.Fatalf("%s\n%s\ngot  %s\n%s\nwant %s\n%s", p, strings.Join(story, "\n"), r.Summary(),
					strings.Join(w.says, "\n"), verdict, strings.Join(want, "\n"))
			}
			hidden += len(want) - len(w.says)
			if !r.Whole() {
				apart++
			}
			story = append(story, "-- "+r.Summary())
		}
	}
	if os.Getenv("SRMIGRATE_SEED") == "" && (hidden == 0 || apart < looks/10) {
		t.Errorf("of %d looks %d were not full passes, which left out %d differences", looks, apart, hidden)
	}
	t.Logf("%d looks, %d of them in part; %d differences only a full pass would show; %v", looks, apart, hidden, verdicts)
}

// Whatever goes wrong in a look, and wherever: nothing is called identical that
// is not, what differs does, and the look after it knows all again.
func TestNoFaultEndsAWait(t *testing.T) {
	verdicts := map[string]int{}
	for _, seed := range seeds(t, 400) {
		p := somePairing(seed)
		p.o.Outside, p.o.Check["deleted"] = compare.Report, compare.Off
		p.o.Check["compatibility"], p.o.Check["modes"] = compare.Off, compare.Off
		w := p.waiter()
		w.ask(t, direct{w.source}, direct{w.target})
		for range 1 + p.r.IntN(3) {
			w.change()
		}
		w.serve()
		name := pick(p.r, slices.Sorted(keys(flaws(p.r)))...)
		bad := &flaw{Handler: w.target, at: p.r.IntN(6), times: pick(p.r, 1, 1, 2, 1<<30), do: flaws(p.r)[name]}
		source, target := http.RoundTripper(direct{w.source}), http.RoundTripper(bad)
		if chance(p.r, 50) {
			bad.Handler, source, target = w.source, bad, direct{w.target}
		}
		r := w.ask(t, source, target)
		verdicts[r.Verdict]++
		want, verdict := p.failing()
		wrong := func(f string) bool { return !slices.Contains(want, f) }
		about := func(r *compare.Result) {
			t.Fatalf("%s\n%s from request %d on, %d of them, hurt %d\ngot  %s\n%s\nwant %s\n%s", p, name, bad.at, bad.times, bad.hurt,
				r.Summary(), strings.Join(w.says, "\n"), verdict, strings.Join(want, "\n"))
		}
		switch {
		case name == "empty" && r.Scope.All == 0: // as far as anybody can tell the source is
		case r.Verdict == compare.Identical && verdict != compare.Identical:
			about(r)
		case r.Verdict == compare.Different && !lies(name) && (verdict != compare.Different || slices.ContainsFunc(w.says, wrong)):
			about(r)
		}
		if r.Scope.All == 0 || r.Scope.Subjects > 0 {
			if r = w.ask(t, direct{w.source}, direct{w.target}); r.Verdict != verdict && r.Scope.Subjects > 0 || slices.ContainsFunc(w.says, wrong) {
				about(r)
			}
		}
	}
	t.Logf("%v", verdicts)
}

// What differs is all that a look pays for, on servers of either kind.
func TestCostOfALook(t *testing.T) {
	for name, tc := range map[string]struct{ cap, whole, still, one, sure int }{
		"no cap": {0, 5, 2, 3, 7},
		"a cap":  {1000, 110, 2, 3, 112},
	} {
		t.Run(name, func(t *testing.T) {
			rows := many(6667 / slower)
			source, target := &fake{rows: rows, cap: tc.cap}, &fake{rows: slices.Clone(rows), cap: tc.cap}
			n := len(rows)
			away := []row{target.rows[n/70], target.rows[n/2], target.rows[n-1]}
			target.rows = slices.DeleteFunc(target.rows, func(r row) bool {
				return slices.ContainsFunc(away, func(o row) bool { return key(o) == key(r) })
			})
			ways := &asker{t: t, source: source, target: target}
			ways.costs("first look", ways.look, tc.whole, compare.Different)
			ways.costs("three subjects differ", ways.look, tc.still+3, compare.Different)
			target.rows = append(target.rows, away[:2]...)
			ways.costs("two of them arrive", ways.look, tc.still+3, compare.Different)
			ways.costs("one differs", ways.look, tc.one, compare.Different)
			target.rows = append(target.rows, away[2])
			ways.costs("all is there", ways.look, tc.one, compare.Unconfirmed)
			ways.costs("and again", ways.look, tc.still, compare.Unconfirmed)
			ways.costs("a full pass", ways.full, tc.whole, compare.Identical)
			ways.costs("a look behind it", ways.look, tc.still, compare.Unconfirmed)
		})
	}
}

// An asker counts what a look costs.
type asker struct {
	t              *testing.T
	watch          compare.Watch
	source, target *fake
}

func (a *asker) look() (*compare.Result, error) {
	return a.watch.Look(a.t.Context(), near(a.t, direct{a.source}), near(a.t, direct{a.target}), compare.Options{Moving: true})
}

func (a *asker) full() (*compare.Result, error) {
	return a.watch.Full(a.t.Context(), near(a.t, direct{a.source}), near(a.t, direct{a.target}), compare.Options{Moving: true})
}

func (a *asker) costs(what string, ask func() (*compare.Result, error), most int, verdict string) *compare.Result {
	a.t.Helper()
	before := [2]int{a.source.requests(), a.target.requests()}
	r, err := ask()
	if err != nil {
		a.t.Fatal(err)
	}
	for i, f := range []*fake{a.source, a.target} {
		if n := f.requests() - before[i]; n > most {
			a.t.Errorf("%s: %d requests, want up to %d: %s", what, n, most, f.seen[before[i]:])
		}
	}
	if r.Verdict != verdict {
		a.t.Errorf("%s: got %s, want %s", what, r.Summary(), verdict)
	}
	a.t.Logf("%s: %d and %d requests: %s", what, a.source.requests()-before[0], a.target.requests()-before[1], r.Summary())
	return r
}

// What changes where nothing differed before is hidden from a look; the full
// pass that has to confirm it finds it, and from then on it is looked at.
func TestWhatALookDoesNotSee(t *testing.T) {
	for name, hide := range map[string]func(rows []row){
		"a version altered in place":   func(rows []row) { rows[4].Schema.Schema = `"bytes"` },
		"a version with another id":    func(rows []row) { rows[4].ID = 99_999 },
		"a version soft-deleted":       func(rows []row) { rows[4].gone = true },
		"a version in another's place": func(rows []row) { rows[4].Version = 17 },
	} {
		t.Run(name, func(t *testing.T) {
			rows := many(60)
			a := &asker{t: t, source: &fake{rows: rows, cap: 100}, target: &fake{rows: slices.Clone(rows), cap: 100}}
			a.costs("first look", a.full, 40, compare.Identical)
			there := slices.Clone(a.target.rows)
			hide(a.target.rows)
			a.costs("a look", a.look, 2, compare.Unconfirmed)
			a.costs("the full pass", a.full, 40, compare.Different)
			a.costs("a look, after it", a.look, 3, compare.Different)
			a.target.rows = there
			a.costs("mended", a.look, 3, compare.Unconfirmed)
			a.costs("confirmed", a.full, 40, compare.Identical)
		})
	}
}

// A difference that comes to light may be as old as the last full pass, unless
// the look before read its subject.
func TestFreshDifferences(t *testing.T) {
	a := &asker{t: t, source: &fake{rows: many(9)}, target: &fake{rows: many(9)}}
	of := func(r *compare.Result, kind string) bool {
		t.Helper()
		i := slices.IndexFunc(r.Differences, func(d compare.Difference) bool { return d.Kind == kind })
		if i < 0 {
			t.Fatalf("no %s in %s", kind, lines(r.Differences))
		}
		return a.watch.Fresh(r.Differences[i])
	}
	without := func(n int) { a.target.rows = slices.Delete(slices.Clone(a.target.rows), n, n+1) }
	a.costs("first look", a.full, 40, compare.Identical)
	without(1)
	if r := a.costs("behind a full pass", a.full, 40, compare.Different); !of(r, compare.KindMissingVersion) {
		t.Error("all was read before, so that it is new")
	}
	a.target.rows = many(9)
	a.costs("mended", a.look, 40, compare.Unconfirmed)
	a.target.rows[1].ID = 77
	if r := a.costs("what was read before", a.full, 40, compare.Different); !of(r, compare.KindID) {
		t.Error("the look before read it, so that it is new")
	}
	a.costs("a look", a.look, 40, compare.Different)
	a.target.rows = many(9)
	without(20)
	a.costs("a look that does not see it", a.look, 40, compare.Unconfirmed)
	if r := a.costs("what no look read", a.full, 40, compare.Different); of(r, compare.KindMissingVersion) {
		t.Error("it was there for all we know before the look")
	}
	a.target.rows = a.target.rows[3:]
	if r := a.costs("a subject goes", a.look, 40, compare.Different); !of(r, compare.KindMissingSubject) {
		t.Error("each look asks for the names")
	}
}

// While a first copy goes on, subjects and versions arrive, and some go again.
// Each look says what a full pass would, and costs less.
func TestLooksAtAFirstCopy(t *testing.T) {
	for _, seed := range seeds(t, 8) {
		r := rand.New(rand.NewPCG(seed, 3))
		a := &asker{t: t, source: &fake{rows: many(160), cap: 40}, target: &fake{cap: 40}}
		away := slices.Clone(a.source.rows)
		r.Shuffle(len(away), func(i, j int) { away[i], away[j] = away[j], away[i] })
		a.costs("first look", a.look, 80, compare.Different)
		before, looks := a.requests(), 0
		for ; len(away) > 60; looks++ {
			n := r.IntN(60)
			a.target.rows, away = append(a.target.rows, away[:n]...), away[n:]
			if looks%4 == 3 {
				subject := a.source.rows[r.IntN(len(a.source.rows))].Subject
				of := func(v row) bool { return v.Subject == subject }
				a.source.rows = slices.DeleteFunc(slices.Clone(a.source.rows), of)
				a.target.rows, away = slices.DeleteFunc(slices.Clone(a.target.rows), of), slices.DeleteFunc(away, of)
			}
			got, err := a.look()
			if err != nil {
				t.Fatal(err)
			}
			want, err := compare.Run(t.Context(), near(t, direct{a.source.copy()}), near(t, direct{a.target.copy()}), compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Whole() || got.Missing != want.Missing || got.Total() != want.Total() || got.Scope.Versions != want.Scope.Versions {
				t.Fatalf("SRMIGRATE_SEED=%d, look %d: got %s, want %s", seed, looks, got.Summary(), want.Summary())
			}
		}
		each := (a.requests() - before) / looks
		a.target.rows = append(a.target.rows, away...)
		a.costs("all has arrived", a.look, 80, compare.Unconfirmed)
		before = a.requests()
		a.costs("and is confirmed", a.full, 80, compare.Identical)
		if whole := a.requests() - before; each > whole*3/4 {
			t.Errorf("SRMIGRATE_SEED=%d: a look cost %d requests on average, a full pass %d", seed, each, whole)
		}
	}
}

func (a *asker) requests() int { return a.source.requests() + a.target.requests() }

func (f *fake) copy() *fake { return &fake{rows: slices.Clone(f.rows), cap: f.cap} }
