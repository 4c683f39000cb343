package conformance

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

// several calls f at once, as so many processes.
func several(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errs
}

func answers(t *testing.T, p Place) {
	must(t, p.store().Prepare())
	q := &state.Question{ID: "q1", Digest: "d1", Message: "Go?"}
	answer := func(who string) state.Answer {
		return state.Answer{
			Run: "r1", Step: "go", Question: q.ID, Digest: q.Digest, Decision: state.Approved, By: who,
			At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		}
	}
	if a, err := p.store().Answer("r1", "go", q); a != nil || err != nil {
		t.Fatalf("before: got %v, %v", a, err)
	}
	errs := several(6, func(i int) error { return p.store().Reply(q, answer(fmt.Sprint("person ", i))) })
	got, err := p.store().Answer("r1", "go", q)
	if err != nil || got == nil {
		t.Fatalf("afterwards: got %v, %v", got, err)
	}
	for i, err := range errs {
		late, ok := errors.AsType[*state.AnsweredError](err)
		if who := fmt.Sprint("person ", i); (err == nil) != (got.By == who) || err != nil && (!ok || late.Answer.By != got.By) {
			t.Errorf("%s was told %v, and the answer is %v", who, err, got)
		}
	}
}

func history(t *testing.T, p Place) {
	must(t, p.store().Prepare())
	for call := range 3 {
		j, cut, err := p.store().OpenJournal()
		must(t, err)
		if cut != 0 {
			t.Errorf("call %d: %d bytes were cut off", call, cut)
		}
		for range 4 {
			must(t, j.Append([]byte(`{"text":"`+strings.Repeat("x", 60000)+`"}`)))
		}
		must(t, j.Close())
	}
	lines, err := p.store().ReadJournal()
	must(t, err)
	prev := ""
	for i, l := range lines {
		if l.N != i+1 || l.Prev != prev {
			t.Errorf("line %d says that it is line %d behind %q, want %q", i+1, l.N, l.Prev, prev)
		}
		prev = l.Sum()
	}
	if len(lines) != 12 {
		t.Errorf("got %d lines, want 12", len(lines))
	}
}

func cut(t *testing.T, p Place) {
	s := p.store()
	must(t, s.Prepare())
	j, _, err := s.OpenJournal()
	must(t, err, j.Append([]byte(`{"text":"one"}`)), j.Close())
	log, _, err := p.Open().OpenLog(s.JournalPath())
	must(t, err)
	must(t, log.Append([]byte(`{"n":2,"pr`)), log.Close())
	j, cut, err := s.OpenJournal()
	must(t, err)
	if cut != 10 {
		t.Errorf("%d bytes were cut off, want 10", cut)
	}
	must(t, j.Append([]byte(`{"text":"two"}`)), j.Close())
	if lines, err := p.store().ReadJournal(); err != nil || len(lines) != 2 || lines[1].Prev != lines[0].Sum() {
		t.Errorf("got %v, %v; want two lines", lines, err)
	}
}

func locks(t *testing.T, p Place) {
	first, second := p.store(), p.store()
	unlock := lock(t, first, "srmigrate run x")
	must(t, first.StillHeld())
	_, err := second.Lock("srmigrate run y")
	if l, ok := errors.AsType[*state.LockedError](err); !ok || l.Holder.Command != "srmigrate run x" || l.Holder.PID == 0 {
		t.Errorf("got %v, want a *LockedError that names the first", err)
	}
	if h, held, err := second.Held(); !held || err != nil || h.Command != "srmigrate run x" {
		t.Errorf("while it is held: got %v, %v, %v", h, held, err)
	}
	must(t, unlock())
	if h, held, err := second.Held(); held || err != nil {
		t.Errorf("afterwards: got %v, %v, %v", h, held, err)
	}
	unlock = lock(t, second, "srmigrate run y")
	if me := second.Holder(); me.Command != "srmigrate run y" {
		t.Errorf("who has it is %+v, want the second", me)
	}
	must(t, unlock())
}

func many(t *testing.T, p Place) {
	var unlocks [6]func() error
	errs := several(len(unlocks), func(i int) (err error) {
		unlocks[i], err = p.store().Lock(fmt.Sprint("process ", i))
		return err
	})
	got := 0
	for i, err := range errs {
		if err == nil {
			got++
			must(t, unlocks[i]())
		} else if _, ok := errors.AsType[*state.LockedError](err); !ok {
			t.Errorf("got %v, want a *LockedError", err)
		}
	}
	if got != 1 {
		t.Errorf("%d got the lock, want one", got)
	}
}

func broken(t *testing.T, p Place) {
	for how, lose := range map[string]func(*state.Store) error{
		"broken":          (*state.Store).Break,
		"removed by hand": func(*state.Store) error { return p.Open().Remove(p.Name + ".lock") },
	} {
		old, successor := p.store(), p.store()
		unlock := lock(t, old, "old")
		_, err := old.Load()
		must(t, err, old.Save(sample("old")), lose(p.store()))
		release := lock(t, successor, "new")
		for what, err := range map[string]error{"save": old.Save(sample("old")), "side file": put(old, "keys", "old"), "look": old.StillHeld()} {
			if err == nil || !strings.Contains(err.Error(), "belongs to somebody else now") {
				t.Errorf("%s: the old holder's %s: got %v, want a refusal", how, what, err)
			}
		}
		must(t, unlock(), successor.StillHeld()) // and the old one does not take the new one's lock away
		st, err := successor.Load()
		must(t, err)
		st.Run.ID = "new"
		must(t, successor.Save(st), put(successor, "keys", "new"), release())
		if st, err := p.store().Load(); err != nil || st.Run.ID != "new" {
			t.Errorf("%s: the state is %+v, %v; want the new one's", how, st, err)
		}
	}
}

func raced(t *testing.T, p Place) {
	if !p.Races {
		return // the kernel's lock goes with its process: there is nobody who could be faster
	}
	begin, late := p.store(), p.store()
	must(t, begin.Save(sample("r1")))
	for _, s := range []*state.Store{late, p.store()} { // one that took it for a new state, and one that read it
		if s != late {
			_, err := s.Load()
			must(t, err)
		}
		st, err := begin.Load()
		must(t, err)
		must(t, begin.Save(st))
		err = s.Save(sample("r2"))
		if _, ok := errors.AsType[*state.LostRace](err); !ok || !strings.Contains(err.Error(), "somebody else has written") {
			t.Errorf("got %v, want a race that was lost", err)
		}
		stands(t, p, "r1", st.Serial)
	}
}
