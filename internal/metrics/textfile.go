package metrics

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/srmigrate/srmigrate/internal/event"
)

const (
	// renewed is how often the file is written while nothing happens: its age tells whether the program is still there.
	renewed = 5 * time.Second
	// apart is how long the file stays as it is after it was written, whatever happens.
	apart = 250 * time.Millisecond
	// last is how long the end of a call waits for the file.
	last = time.Second
)

// Textfile keeps the figures of a meter in a file that Prometheus's node_exporter reads, replaced as a whole. Writing it
// holds nothing up, however slow the disk is.
type Textfile struct {
	Path  string
	Meter *Meter

	once  sync.Once
	wake  chan struct{}
	flush chan chan struct{}
	done  chan struct{}
	mu    sync.Mutex
	err   error // that was not said yet
	told  bool
}

// Tell lets the file follow an event that the meter has taken. Nothing is written before the first one: only then is it
// sure that no other call is at work on the run. What ends the call is in the file when Tell returns.
func (t *Textfile) Tell(e event.Event, changed bool) {
	t.once.Do(t.open)
	switch e.(type) {
	case event.RunEnded, event.Stopped:
		t.finish()
	default:
		if changed {
			t.stir()
		}
	}
}

func (t *Textfile) open() {
	t.wake, t.flush, t.done = make(chan struct{}, 1), make(chan chan struct{}), make(chan struct{})
	go t.keep()
}

// stir lets the file be written soon.
func (t *Textfile) stir() {
	select {
	case t.wake <- struct{}{}:
	default: // it will be
	}
}

// keep writes the file until the call ends. Behind that only another end is written: another call may be at work by then.
func (t *Textfile) keep() {
	tick := time.NewTicker(renewed)
	defer tick.Stop()
	wake, rest := t.wake, (<-chan time.Time)(nil)
	for {
		select {
		case <-t.done:
			return
		case written := <-t.flush:
			tick.Stop()
			wake, rest = nil, nil
			t.write()
			close(written)
		case <-wake:
			t.write()
			wake, rest = nil, time.After(apart)
		case <-tick.C:
			t.write()
		case <-rest:
			wake, rest = t.wake, nil
		}
	}
}

func (t *Textfile) write() {
	r := prometheus.NewRegistry()
	err := r.Register(exposition{t.Meter})
	if err == nil {
		err = prometheus.WriteToTextfile(t.Path, r)
	}
	t.trouble(err)
}

func (t *Textfile) trouble(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && !t.told {
		t.told, t.err = true, err
	}
}

// errLate is of a disk that does not take the file.
var errLate = errors.New("the disk takes its time")

// finish has the file written, if that does not take long.
func (t *Textfile) finish() {
	late, written := time.After(last), make(chan struct{})
	select {
	case t.flush <- written:
	case <-late:
		t.trouble(errLate)
		return
	}
	select {
	case <-written:
	case <-late:
		t.trouble(errLate)
	}
}

// Trouble is why the file cannot be written, once; nil otherwise.
func (t *Textfile) Trouble() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.err
	t.err = nil
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the name in it is one of a moment
	}
	return err
}

// Close ends the writing.
func (t *Textfile) Close() {
	t.once.Do(t.open)
	close(t.done)
}

// exposition are the figures in the form of Prometheus's library. It is asked anew each time.
type exposition struct{ *Meter }

// Describe tells of nothing: which samples there are depends on the run.
func (exposition) Describe(chan<- *prometheus.Desc) {}

// Collect hands out all figures.
func (x exposition) Collect(ch chan<- prometheus.Metric) {
	for _, f := range x.Families() {
		kind := prometheus.GaugeValue
		if f.Counter {
			kind = prometheus.CounterValue
		}
		desc := prometheus.NewDesc(f.Prometheus(), f.Help, append([]string{"runbook"}, f.Labels...), nil)
		for _, s := range f.Samples {
			m, err := prometheus.NewConstMetric(desc, kind, s.Value, append([]string{x.Redact(x.Runbook)}, s.Labels...)...)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			ch <- m
		}
	}
}
