package state

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
)

const inMemory = "s3://states/x.state.json"

func bucketStore(m *objectstest.Memory) *Store {
	return NewStoreAt(inMemory, "v1.0.0", InBucket(m, "s3://states/", DefaultLease))
}

func lockedStore(t *testing.T, m *objectstest.Memory) (s *Store, unlock func() error) {
	t.Helper()
	s = bucketStore(m)
	unlock, err := s.Lock("srmigrate run x")
	if err == nil {
		_, err = s.Load()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, unlock
}

// Whoever lives keeps its lock for as long as it likes, and nothing of it goes on when it gives it back.
func TestALeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		s, unlock := lockedStore(t, m)
		for range 600 {
			time.Sleep(7 * time.Second)
			if err := s.Fresh(); err != nil {
				t.Fatal(err)
			}
			if _, err := bucketStore(m).Lock("srmigrate run y"); err == nil {
				t.Fatal("another got the lock")
			}
		}
		if err := errors.Join(s.Save(full()), unlock()); err != nil {
			t.Fatal(err)
		}
		_, unlock = lockedStore(t, m)
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}

// cutOff lets no request about the lock through.
func cutOff(method, key string) objectstest.Fault {
	if method == "PUT" && strings.HasSuffix(key, ".lock") {
		return objectstest.Before
	}
	return objectstest.None
}

// A lease that cannot be renewed is lost to its holder before anybody else can have it, and others are told how long that
// takes.
func TestALeaseEndsFirstForItsHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		s, unlock := lockedStore(t, m)
		if err := s.Save(full()); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		m.Befall(cutOff)
		lapsed := time.Duration(0)
		for lapsed == 0 {
			time.Sleep(time.Second)
			if s.Fresh() != nil {
				lapsed = time.Since(begun)
			}
		}
		if err := s.StillHeld(); err == nil || !strings.Contains(err.Error(), "its lease could not be renewed in time") {
			t.Errorf("got %v, want that it is lost", err)
		}
		if err := s.Save(full()); err == nil {
			t.Error("it saved")
		}
		m.Befall(nil)
		_, err := bucketStore(m).Lock("srmigrate run y")
		locked, ok := errors.AsType[*LockedError](err)
		if !ok || lapsed >= DefaultLease || locked.Holder.Left <= 0 || locked.Holder.Left > DefaultLease-lapsed+2*slack {
			t.Fatalf("after %s: got %v", lapsed, err)
		}
		if want := "repeat this in " + locked.Holder.Left.String(); !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want that it says %q", err, want)
		}
		if h, held, err := bucketStore(m).Held(); !held || err != nil || h.Lease != DefaultLease {
			t.Errorf("held: got %+v, %v, %v", h, held, err)
		}
		time.Sleep(locked.Holder.Left)
		if _, held, err := bucketStore(m).Held(); held || err != nil {
			t.Errorf("held: got %v, %v", held, err)
		}
		_, release := lockedStore(t, m) // as was said
		if err := errors.Join(unlock(), release()); err != nil {
			t.Error(err)
		}
	})
}

// A bucket that is away for some seconds holds a run up and no more; one that stays away is not waited for again and again, and
// whoever only looks does not wait at all.
func TestARunWaitsForABucketThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		s, unlock := lockedStore(t, m)
		away := func(string, string) objectstest.Fault { return objectstest.Before }
		took := func(what func() error, failed bool, least, most time.Duration) {
			t.Helper()
			begun := time.Now()
			err := what()
			if d := time.Since(begun); (err != nil) != failed || d < least || d > most {
				t.Errorf("%v after %s, want one: %v, after %s to %s", err, d, failed, least, most)
			}
		}
		m.Befall(away)
		time.AfterFunc(8*time.Second, func() { m.Befall(nil) })
		took(func() error { return s.Save(full()) }, false, 8*time.Second, 11*time.Second)
		m.Befall(away)
		took(func() error { return s.Save(full()) }, true, persistence, persistence+5*time.Second)
		took(func() error { return s.Save(full()) }, true, 0, 2*persistence/10+glance)
		took(func() error { _, err := bucketStore(m).Load(); return err }, true, 0, 2*glance)
		m.Befall(nil)
		s.Fresh()
		took(func() error { return s.Save(full()) }, false, 0, time.Second)
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}

// A process that stands still at the worst instant, behind its last look at the lock, finds the state changed.
func TestAProcessThatWasThoughtDeadCannotSave(t *testing.T) {
	for _, there := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			m := new(objectstest.Memory)
			old, unlock := lockedStore(t, m)
			if there {
				if err := old.Save(full()); err != nil {
					t.Fatal(err)
				}
			}
			m.Befall(cutOff)
			time.Sleep(DefaultLease + 2*slack)
			m.Befall(nil)
			next, release := lockedStore(t, m)
			old.held = nil // it has looked before
			if !there {
				if err := next.Save(full()); err != nil {
					t.Fatal(err)
				}
			}
			late := full()
			late.Run.ID = "late"
			err := old.Save(late)
			if _, lost := errors.AsType[*LostRace](err); !lost {
				t.Errorf("a state there %v: got %v, want a race that was lost", there, err)
			}
			if err := errors.Join(next.Save(full()), release(), unlock()); err != nil {
				t.Error(err)
			}
		})
	}
}

// turn is all that a process does with a state.
func turn(s *Store) error {
	unlock, err := s.Lock("srmigrate run x")
	if err != nil {
		return err
	}
	st, err := s.Load()
	if st == nil {
		st = full()
	}
	j, _, jerr := s.OpenJournal()
	if err = errors.Join(err, jerr); err != nil {
		return errors.Join(err, unlock())
	}
	for range 2 {
		err = errors.Join(err, j.Append([]byte(`{"a":1}`)), s.Save(st), s.Unkept(),
			s.Write("keys", func(w io.Writer) error { _, err := io.WriteString(w, "k"); return err }))
	}
	return errors.Join(err, j.Close(), unlock())
}

// Whichever request is cut off, before it arrives or behind it, twice in a row or for good: what was done is done once,
// and what is said about it is true.
func TestLostAnswersOfABucketAreLookedUp(t *testing.T) {
	for _, fault := range []objectstest.Fault{objectstest.Before, objectstest.After} {
		for _, times := range []int{1, 2, 100} {
			for n := 0; ; n++ {
				reached := false
				synctest.Test(t, func(t *testing.T) {
					m := new(objectstest.Memory)
					if err := turn(bucketStore(m)); err != nil {
						t.Fatal(err)
					}
					i := 0
					m.Befall(func(string, string) objectstest.Fault {
						i++
						if i > n && i <= n+times {
							reached = true
							return fault
						}
						return objectstest.None
					})
					err := turn(bucketStore(m))
					m.Befall(nil)
					if err != nil && times < tries {
						t.Errorf("fault %d, %d times from request %d: %v", fault, times, n, err)
					}
					time.Sleep(DefaultLease + 2*slack)
					s := bucketStore(m)
					st, lerr := s.Load()
					if lerr != nil || st.Serial < 9 || st.Serial > 11 || err == nil && st.Serial != 11 {
						t.Errorf("fault %d, %d times from request %d (%v): the state is %+v, %v", fault, times, n, err, st, lerr)
					}
					if err := turn(s); err != nil {
						t.Errorf("fault %d, %d times from request %d: the next one: %v", fault, times, n, err)
					}
					lines, err := s.ReadJournal()
					for i, l := range lines {
						if l.N != i+1 || err != nil {
							t.Errorf("line %d is line %d, %v", i+1, l.N, err)
						}
					}
				})
				if !reached || t.Failed() {
					break
				}
			}
		}
	}
}

// A save that arrives when nobody waits for it any more is not taken for another's.
func TestASaveThatArrivesLateIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		s, unlock := lockedStore(t, m)
		st := full()
		if err := s.Save(st); err != nil {
			t.Fatal(err)
		}
		answers := false
		m.Befall(func(method, key string) objectstest.Fault {
			switch {
			case strings.HasSuffix(key, ".lock"):
				return objectstest.None
			case answers || method == "PUT":
				answers = true // the write is the first, and happens
				return objectstest.After
			}
			return objectstest.None
		})
		if err := s.Save(st); err == nil || !strings.Contains(err.Error(), "whether it was written is not known") {
			t.Fatalf("got %v, want that it is not known", err)
		}
		m.Befall(nil)
		if err := errors.Join(s.Save(st), s.Unkept(), unlock()); err != nil {
			t.Fatal(err)
		}
		if got, err := bucketStore(m).Load(); err != nil || got.Serial != st.Serial {
			t.Errorf("got %+v, %v; want serial %d", got, err, st.Serial)
		}
	})
}

// before does something ahead of each request.
type before struct {
	*objectstest.Memory
	put func(key string)
}

func (b before) Put(ctx context.Context, key string, body []byte, tag string) (string, error) {
	b.put(key)
	return b.Memory.Put(ctx, key, body, tag)
}

// One that takes over a dead process's lock, stands still before it has touched the state, and is overtaken itself, leaves
// the state to its successor.
func TestWhoeverIsOvertakenTouchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		dead, bury := lockedStore(t, m)
		if err := dead.Save(full()); err != nil {
			t.Fatal(err)
		}
		m.Forward(2 * DefaultLease)
		var next *Store
		var release func() error
		var saved []byte
		late := NewStoreAt(inMemory, "v1.0.0", InBucket(before{m, func(key string) {
			if key != "x.state.json" || next != nil {
				return
			}
			m.Forward(2 * DefaultLease)
			next, release = lockedStore(t, m)
			if err := saveAgain(next); err != nil {
				t.Error(err)
			}
			saved = m.Raw(key)
		}}, "s3://states/", DefaultLease))
		_, err := late.Lock("srmigrate run y")
		if _, ok := errors.AsType[*LockedError](err); !ok {
			t.Errorf("got %v, want that it is locked", err)
		}
		if now := m.Raw("x.state.json"); saved == nil || !bytes.Equal(now, saved) {
			t.Error("it wrote the state of its successor")
		}
		if err := errors.Join(saveAgain(next), release(), bury()); err != nil {
			t.Error(err)
		}
	})
}

// saveAgain saves what is there, under the next serial.
func saveAgain(s *Store) error {
	st, err := s.Load()
	if err != nil {
		return err
	}
	return s.Save(st)
}

// Whoever has to end at once can say until when its lock stands: from the last write of it that was done on, or, while
// nobody knows of one, from now on; and not at all once it was given back.
func TestALockSaysUntilWhenItStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(objectstest.Memory)
		s, unlock := lockedStore(t, m)
		left := func() time.Duration {
			t.Helper()
			end, stands := s.held.(Leased).Until()
			if !stands {
				t.Error("it does not stand")
			}
			return time.Until(end)
		}
		time.Sleep(7 * time.Second)
		if got, want := left(), DefaultLease+slack-7*time.Second; got != want {
			t.Errorf("it stands for %s, want %s", got, want)
		}
		m.Befall(cutOff)
		time.Sleep(18 * time.Second)
		if got, want := left(), DefaultLease+slack; got != want {
			t.Errorf("while it may be renewed at this instant it stands for %s, want %s", got, want)
		}
		m.Befall(nil)
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		if end, stands := s.held.(Leased).Until(); stands {
			t.Errorf("given back, it stands until %s", end)
		}
	})
}
