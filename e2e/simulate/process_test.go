package simulate

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/srmigrate/srmigrate/internal/engine"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/internal/state"
	"github.com/srmigrate/srmigrate/runbook"
	"github.com/srmigrate/srmigrate/steps"
)

// errDead is what everything answers to a process that is dead.
var errDead = errors.New("this process is dead")

// process is one life of the program. When it is dead, nothing that it still does has an effect.
type process struct {
	w        *world
	n        int
	ctx      context.Context
	cancel   context.CancelCauseFunc
	redactor *registry.Redactor

	mu      sync.Mutex
	end     *trouble // that killed it
	expired bool     // its credential
	full    bool     // its disk
	seen    map[string]int
	conns   []net.Conn
	down    map[string]time.Time // until when a side refuses
	away    int                  // requests to the bucket in a row that were cut off
	holds   bool                 // it has the lock
	taken   bool                 // it has taken the lock, or renewed it, since that was asked for last
	stopped bool                 // it has stood still once
	ended   chan engine.Result   // of a call in a world with a bucket
	still   chan struct{}        // it stands still until this is closed; nil while it does not
	stops   chan struct{}        // closed when it begins to
	apart   bool                 // so many that it may be taken for away
	renamed bool                 // a new state has its name, and its folder is not synced yet
}

func (w *world) newProcess() *process {
	w.mu.Lock() // exporters ask whether there has been one
	defer w.mu.Unlock()
	p := &process{w: w, n: w.processes, seen: map[string]int{}, down: map[string]time.Time{}, stops: make(chan struct{})}
	w.processes++
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end != nil
}

// keep remembers a connection, which ends with the process.
func (p *process) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, c)
}

// die ends the process as SIGKILL does, or a power failure.
func (p *process) die(t *trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dieLocked(t)
}

func (p *process) dieLocked(t *trouble) {
	if p.end != nil {
		return
	}
	p.end = t
	p.cancel(errDead)
	for _, c := range p.conns {
		_ = c.Close() // nobody is left to tell
	}
}

// next finds what goes wrong at the next place of this name.
func (p *process) next(what string, c class) *trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nextLocked(what, c)
}

func (p *process) nextLocked(what string, c class) *trouble {
	p.seen[what]++
	return p.w.trouble(place{p.n, what, p.seen[what]}, c)
}

// call runs f with an engine of this process, as a command would.
func (p *process) call(f func(context.Context, *engine.Engine) engine.Result) engine.Result {
	defer p.cancel(nil)
	x, err := p.engine()
	if err != nil {
		p.w.violated("setup: %v", err)
		return engine.Result{Exit: engine.Refused, Err: err}
	}
	defer func() {
		for _, c := range x.Clients {
			c.Close()
		}
		for _, c := range x.Readers {
			c.Close()
		}
	}()
	res := f(p.ctx, x)
	if res.Err != nil {
		p.say(p.redactor.Redact(res.Err.Error()))
	}
	return res
}

func (p *process) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end == nil {
		p.w.say("   " + text)
	}
}

// Write takes the lines of the report.
func (p *process) Write(b []byte) (int, error) {
	p.say(strings.TrimSuffix(string(b), "\n"))
	return len(b), nil
}

// engine makes what the command line makes.
func (p *process) engine() (*engine.Engine, error) {
	rb, err := p.runbook()
	if err != nil {
		return nil, err
	}
	p.redactor = redactorOf(rb)
	store := p.w.store(p)
	clients, err := p.clients(rb, store, false)
	if err != nil {
		return nil, err
	}
	readers, err := p.clients(rb, store, true)
	if err != nil {
		return nil, err
	}
	text := &report.Text{Out: p, Redact: p.redactor.Redact}
	return &engine.Engine{
		Runbook: rb, Store: store, Clients: clients, Readers: readers,
		Redact: p.redactor.Redact, Invoked: "srmigrate run simulated.yaml",
		Emit: func(e event.Event) { text.Sink(e) },
		Command: func(_ engine.Given, verb string, flags ...string) string {
			return strings.Join(append([]string{"srmigrate", verb, "simulated.yaml"}, flags...), " ")
		},
	}, nil
}

// runbook is the file as this process reads it.
func (p *process) runbook() (*runbook.Runbook, error) {
	if p.w.network {
		return load(p.w.scenario.runbook())
	}
	return p.w.scenario.copied()
}

func (p *process) clients(rb *runbook.Runbook, store *state.Store, readOnly bool) (map[string]*registry.Client, error) {
	clients := map[string]*registry.Client{}
	for _, r := range rb.Registries {
		c, err := registry.New(registry.Config{
			Name: r.Name, URL: r.URL, Username: r.Username, Password: r.Password, Timeout: r.Timeout,
			Redactor: p.redactor, ReadOnly: readOnly, Transport: p.w.transport(p), Permit: store.Fresh,
		})
		if err != nil {
			return nil, err
		}
		clients[r.Name] = c
	}
	return clients, nil
}

func redactorOf(rb *runbook.Runbook) *registry.Redactor {
	r := new(registry.Redactor)
	for _, reg := range rb.Registries {
		r.AddConfig(reg.Export)
		r.Add(reg.Password.Reveal(), reg.Username+":"+reg.Password.Reveal())
	}
	for _, st := range rb.Steps {
		if s, ok := st.Step.(steps.Secretive); ok {
			r.AddConfig(s.Secrets())
		}
	}
	return r
}

// gate is the disk as a process has it: it is where the process dies around an operation, and it has no effect
// afterwards.
type gate struct {
	p    *process
	disk state.Disk
}

// pass does one operation. half does half of it, where there is such a thing.
func (g gate) pass(what string, do func() error, halfway func()) error {
	g.p.mu.Lock()
	defer g.p.mu.Unlock()
	switch {
	case g.p.end != nil:
		return errDead
	case g.p.full && (what == "create" || what == "write" || what == "mkdir"):
		return syscall.ENOSPC
	}
	t := g.p.nextLocked("disk "+what, saving)
	switch {
	case t == nil:
		return do()
	case t.Kind == signal:
		g.p.cancel(engine.ErrInterrupted)
		return do()
	case t.Kind == diskFull:
		g.p.full = true
		return syscall.ENOSPC
	case t.Kind == powerHalf && halfway != nil:
		halfway()
	case t.Kind.after():
		if err := do(); err != nil {
			return err
		}
	}
	g.p.dieLocked(t)
	return errDead
}

func (g gate) Mkdir(dir string) (made bool, err error) {
	err = g.pass("mkdir", func() (err error) { made, err = g.disk.Mkdir(dir); return err }, nil)
	return made, err
}

func (g gate) Create(name string) (f state.File, err error) {
	err = g.pass("create", func() (err error) { f, err = g.disk.Create(name); return err }, nil)
	return gatedFile{g, f}, err
}

func (g gate) Rename(from, to string) error {
	err := g.pass("rename", func() error { return g.disk.Rename(from, to) }, nil)
	g.p.renamed = g.p.renamed || err == nil && to == g.p.w.path
	return err
}

func (g gate) Link(from, to string) error {
	return g.pass("link", func() error { return g.disk.Link(from, to) }, nil)
}

func (g gate) Remove(name string) error {
	return g.pass("remove", func() error { return g.disk.Remove(name) }, nil)
}

func (g gate) SyncDir(dir string) error {
	err := g.pass("syncdir", func() error { return g.disk.SyncDir(dir) }, nil)
	if err == nil && g.p.renamed && dir == filepath.Dir(g.p.w.path) {
		g.p.renamed, g.p.w.saved = false, g.serial()
	}
	return err
}

var serialOf = regexp.MustCompile(`"serial": (\d+)`)

// serial is that of the state that was just saved.
func (g gate) serial() int {
	raw, err := g.disk.ReadFile(g.p.w.path)
	if m := serialOf.FindSubmatch(raw); err == nil && m != nil {
		n, _ := strconv.Atoi(string(m[1])) // digits
		return n
	}
	return 0
}

func (g gate) ReadFile(name string) ([]byte, error) {
	if g.p.dead() {
		return nil, errDead
	}
	return g.disk.ReadFile(name)
}

func (g gate) Lock(name string) (l state.Lock, err error) {
	err = g.pass("lock", func() (err error) { l, err = g.disk.Lock(name); return err }, nil)
	if l != nil && err != nil {
		err = errors.Join(err, l.Unlock()) // it died with the lock, which the kernel takes from the dead
	}
	if l == nil || err != nil {
		return nil, err
	}
	return gatedLock{g, l}, nil
}

func (g gate) Locked(name string) (bool, error) { return g.disk.Locked(name) }

type gatedFile struct {
	g gate
	f state.File
}

func (f gatedFile) Write(b []byte) (n int, err error) {
	err = f.g.pass("write", func() (err error) { n, err = f.f.Write(b); return err }, func() {
		_, _ = f.f.Write(b[:len(b)/2]) // it dies in the middle of this
	})
	return n, err
}

func (f gatedFile) Sync() error { return f.g.pass("sync", f.f.Sync, nil) }

// Close does nothing that a crash could come before or after; of a dead process the kernel closes it.
func (f gatedFile) Close() error { return f.f.Close() }

type gatedLock struct {
	g gate
	l state.Lock
}

func (l gatedLock) Stands() bool { return !l.g.p.dead() && l.l.Stands() }

// Unlock of a dead process is the kernel's.
func (l gatedLock) Unlock() error { return l.l.Unlock() }
