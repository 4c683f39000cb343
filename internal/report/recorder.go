package report

import (
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/state"
)

// Recorder keeps the history of a run, a JSON object for each thing that happened: events in the words of --log-format
// json, requests, the runbook, the plan, and how the state stood at the end. What repeats itself is thinned out, so that
// a wait of a day stays small. A history that cannot be kept is no reason to stop a run: that is told once, by Failed.
type Recorder struct {
	// Open is called once, before the first object, and says what the history of this call begins with.
	Open func() (Call, Source, error)
	// Append keeps an object. It is called from one goroutine at a time.
	Append func(object []byte) error
	// Redact is what every text passes before it is kept.
	Redact func(string) string

	mu     sync.Mutex
	begun  bool
	sealed bool
	err    error
	step   string // at work now, "" between steps
	sample sampling
	often  map[string]*often // what repeats itself in this step
	reads  reads
	firsts int               // modes that were kept although nothing has changed them
	modes  map[string]string // by registry and place, as they were seen last
}

// Call is how the program was called, for the history.
type Call struct {
	Verb, Tool string
	Run        string // that the state has when the call begins, "" for none
	Command    string
	Cut        int // bytes that an earlier call has left unfinished at the end of the history
}

// Source is a runbook as it was read.
type Source struct {
	File   string
	Text   []byte
	Secret bool // one stands in it, spelled who knows how: then neither the text nor its digest is kept
}

// begin opens the history of a call.
func (r *Recorder) begin() {
	r.begun = true
	c, src, err := r.Open()
	if err != nil {
		r.err = err
		return
	}
	r.write(info("call").text("verb", c.Verb).text("tool", c.Tool).text("run", c.Run).text("command", c.Command).count("cut", c.Cut))
	r.write(r.source(src))
}

func (r *Recorder) source(src Source) fact {
	f := info("runbook").text("file", src.File)
	if src.Secret {
		return f.flag("redacted", true)
	}
	text := r.Redact(string(src.Text))
	f = f.text("sha256", digest([]byte(text)))
	if text != string(src.Text) {
		f = f.flag("redacted", true)
	}
	f.attrs = append(f.attrs, slog.Any("source", verbatim(text)))
	return f
}

// Sink keeps an event.
func (r *Recorder) Sink(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case event.StepProgress:
		r.progress(e)
		return
	case event.StepStarted:
		r.turn(e.ID)
	case event.Compared:
		r.lastSample() // it was before
	case event.StepRetry, event.Noticed, event.StepWarning, event.RegistryRetry:
		r.seldom(e)
		return
	}
	id, ends := closes(e)
	if ends {
		r.settle()
	}
	r.write(facts(e))
	if ends && id == r.step {
		r.turn("")
	}
}

// closes says whether the event is the last of a step, or of the call.
func closes(e event.Event) (step string, yes bool) {
	switch e := e.(type) {
	case event.StepDone:
		return e.ID, true
	case event.StepFailed:
		return e.ID, true
	case event.StepSkipped:
		return e.ID, true
	case event.StepWaiting:
		return e.ID, true
	case event.RunEnded, event.Stopped:
		return "", true
	}
	return "", false
}

// turn is the beginning of another step.
func (r *Recorder) turn(step string) {
	r.settle()
	r.step, r.often, r.sample = step, nil, sampling{}
}

// settle writes what was held back.
func (r *Recorder) settle() {
	r.lastSample()
	r.leftOut()
	r.countReads()
}

// Plan keeps what a run that begins was going to do.
func (r *Recorder) Plan(p *engine.Plan) {
	r.raw("plan", "plan", must(encoded(p)))
}

// Seal ends the history with how the run stands in the state, nil where it left none. Nothing is kept behind it.
func (r *Recorder) Seal(run *state.Run) error {
	if run != nil {
		r.raw("state", "saved", must(encoded(run)))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sealed = true
	return r.err
}

// Standing is an object that says how a run stands in its state, for a report that is made between calls.
func Standing(st *state.State, path, next string, held bool, redact func(string) string) []byte {
	f := info(standing).text("runbook", st.Runbook).text("state", path).text("next", next)
	if held {
		f = f.flag("held", true)
	}
	f.attrs = append(f.attrs, slog.Any("saved", json.RawMessage(redact(string(must(encoded(st.Run)))))))
	return object(f, st.Run.Updated, redact)
}

// raw keeps what is JSON already.
func (r *Recorder) raw(event, name string, raw []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	f := info(event)
	f.attrs = append(f.attrs, slog.Any(name, json.RawMessage(r.Redact(string(raw)))))
	r.write(f)
}

// Failed is why the history is not kept any more, nil while it is.
func (r *Recorder) Failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// write keeps an object. Behind one that could not be written nothing is: it would not fit to it.
func (r *Recorder) write(f fact) {
	if !r.begun {
		r.begin()
	}
	if r.err == nil && !r.sealed {
		r.err = r.Append(object(f, time.Now().UTC(), r.Redact))
	}
}

// Fail ends the history because of what went wrong outside.
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}
