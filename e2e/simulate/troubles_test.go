package simulate

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// place is a point at which something can go wrong: what a process was about to do, and how often it did the same
// before. It is the same in a run with fewer troubles, which is what makes schedules shrink.
type place struct {
	Process int
	What    string
	Nth     int
}

func (p place) String() string {
	return fmt.Sprintf("process %d, %s, number %d", p.Process, p.What, p.Nth)
}

// class is what kinds of trouble fit a place.
type class int

const (
	reading   class = iota // GET to a registry
	writing                // any other request to one
	saving                 // an operation of the disk
	exporting              // a request of an exporter
	between                // two calls
	storing                // a request to a bucket
	classes
)

// kind is one sort of trouble.
type kind string

// The crashes. A kill leaves the disk as it is; a power failure takes what was not synced.
const (
	killBefore  kind = "kill-before"
	killAfter   kind = "kill-after"
	powerBefore kind = "power-before"
	powerAfter  kind = "power-after"
	powerHalf   kind = "power-half" // half of a write is done
)

// The faults.
const (
	delay        kind = "delay"     // longer than some timeouts
	tooMany      kind = "429"       // with Retry-After
	unavailable  kind = "503"       //
	leader       kind = "50003"     // the node that leads is changing
	internalErr  kind = "500"       // and nothing was done
	cut          kind = "cut"       // before it was handled
	lost         kind = "lost"      // handled, and the answer is lost
	half         kind = "half"      // handled, and half of the answer arrives
	html         kind = "html"      // a page of a proxy with status 502
	htmlFine     kind = "html-200"  // a page of a proxy with status 200, and nothing was done
	gatewayLate  kind = "504-after" // handled, and a proxy did not wait for it
	unauthorized kind = "401"       // the credential has expired, for this process
	signal       kind = "signal"    // SIGTERM
	diskFull     kind = "disk-full" // from now on, for this process
	refused      kind = "refused"   // a burst of 503 that outlasts the retries
)

// frozen is a process that stands still before a request to the bucket until another one has come and gone.
const frozen kind = "frozen"

// stranger is somebody else who does something before the request is handled, or between two calls.
const stranger kind = "stranger"

// restart is a registry that has forgotten all it held when the request comes, or when the next call begins.
const restart kind = "restart"

// kinds are what can happen at the places of a class, the likelier ones more often.
var kinds = map[class][]kind{
	reading: {killBefore, killAfter, delay, tooMany, unavailable, leader, internalErr, cut, lost, half, html, htmlFine, unauthorized, signal, refused},
	writing: {
		killBefore, killAfter, killBefore, killAfter, powerBefore, powerAfter, killAfter, lost, lost, gatewayLate,
		delay, tooMany, unavailable, leader, internalErr, cut, half, html, htmlFine, unauthorized, signal, refused,
	},
	saving:    {killBefore, killAfter, powerBefore, powerAfter, powerHalf, powerBefore, powerAfter, diskFull, signal},
	exporting: {unavailable, leader, cut, lost},
	storing:   {killBefore, killAfter, killAfter, lost, lost, lost, cut, unavailable, signal, diskFull, frozen, frozen},
}

func (k kind) crashes() bool {
	return slices.Contains([]kind{killBefore, killAfter, powerBefore, powerAfter, powerHalf}, k)
}

// passes says whether the same request is answered when it is sent again soon. What a run does to be sure of a write
// whose answer was lost is part of that.
func (k kind) passes() bool {
	return slices.Contains([]kind{tooMany, unavailable, leader, internalErr, cut, lost, half, html, gatewayLate}, k)
}

func (k kind) after() bool { return k == killAfter || k == powerAfter }

func (k kind) power() bool { return k == powerBefore || k == powerAfter || k == powerHalf }

// trouble is one thing that goes wrong.
type trouble struct {
	At   place
	Kind kind
	Seed uint64 // decides what it leaves open, such as how much of the disk survives
}

func (t trouble) String() string { return fmt.Sprintf("%s: %s", t.At, t.Kind) }

// points are where crashes come. An operation that has no middle is cut off before it.
var points = []string{
	"before-request", "after-request", "before-read", "after-read", "in-a-rollback",
	"before-create", "after-create", "before-write", "half-write", "after-write", "before-sync", "after-sync",
	"before-rename", "after-rename", "before-syncdir", "after-syncdir",
	"before-mkdir", "after-mkdir", "before-lock", "after-lock",
	"before-store", "after-store",
}

// point is where a crash came.
func (t trouble) point() string {
	what := strings.Fields(t.At.What)
	when := "before-"
	if t.Kind.after() {
		when = "after-"
	}
	switch {
	case what[0] == "disk" && what[1] == "write" && t.Kind == powerHalf:
		return "half-write"
	case what[0] == "bucket":
		return when + "store"
	case what[0] == "disk":
		return when + what[1]
	case what[1] == http.MethodGet:
		return when + "read"
	}
	return when + "request"
}

// chance is a random source that depends on its arguments only, so that what is drawn for one thing does not change
// with another.
func chance(seed uint64, about ...any) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, about...) // never fails
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// chance is that of a place, which there are many of.
func (p place) chance(seed uint64) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, p.What) // a hash never fails
	_, _ = h.Write([]byte{byte(p.Process), byte(p.Nth), byte(p.Nth >> 8)})
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// plan says what goes wrong at a place, nil for nothing.
type plan interface {
	at(p place, c class) *trouble
}

// drawn is the plan of a seed. Later processes are left alone, so that each schedule comes to an end.
type drawn struct {
	seed      uint64
	rates     [classes]float64
	strangers [classes]float64
	restarts  [classes]float64
	processes int // that have troubles
}

// draw makes the plan of a seed for a run that has about so many places of each class.
func draw(seed uint64, places [classes]int) *drawn {
	r := chance(seed, "plan")
	d := &drawn{seed: seed, processes: 1 + r.IntN(5)}
	for c := range storing {
		expected := []float64{0, 0.3, 0.7, 1.5, 3}[r.IntN(5)]
		d.rates[c] = expected / float64(max(places[c], 5))
	}
	d.rates[between], d.rates[storing] = 0, d.rates[saving] // in place of a disk
	if one(r, strangersShare) {
		rate := pick(r, 0.5, 1, 3) / float64(max(places[reading]+places[writing], 10))
		d.strangers = [classes]float64{reading: rate, writing: 2 * rate, between: 0.3}
	} else if one(r, restartsShare) {
		rate := 0.7 / float64(max(places[reading]+places[writing], 10))
		d.restarts = [classes]float64{reading: rate, writing: 3 * rate, between: 0.2}
	}
	return d
}

func (d *drawn) at(p place, c class) *trouble {
	if p.Process >= d.processes {
		return nil
	}
	r := p.chance(d.seed)
	switch {
	case r.Float64() < d.rates[c]:
		return &trouble{At: p, Kind: kinds[c][r.IntN(len(kinds[c]))], Seed: r.Uint64()}
	case r.Float64() < d.strangers[c]:
		return &trouble{At: p, Kind: stranger, Seed: r.Uint64()}
	case r.Float64() < d.restarts[c]:
		return &trouble{At: p, Kind: restart, Seed: r.Uint64()}
	}
	return nil
}

// listed is a plan that was written down.
type listed map[place]trouble

func list(all []trouble) listed {
	l := listed{}
	for _, t := range all {
		l[t.At] = t
	}
	return l
}

func (l listed) at(p place, _ class) *trouble {
	if t, ok := l[p]; ok {
		return &t
	}
	return nil
}
