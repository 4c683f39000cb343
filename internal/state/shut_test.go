package state

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/srmigrate/srmigrate/internal/objects"
	"github.com/srmigrate/srmigrate/internal/objects/objectstest"
)

// sealedStore is the store of somebody who has this key.
func sealedStore(t *testing.T, m *objectstest.Memory, key byte) *Store {
	t.Helper()
	b, err := objects.Sealed(m, bytes.Repeat([]byte{key}, 32), func(key string) bool { return strings.HasSuffix(key, ".lock") })
	if err != nil {
		t.Fatal(err)
	}
	return NewStoreAt(inMemory, "v1.0.0", InBucket(b, "s3://states/", DefaultLease))
}

// savedSealed is a bucket with an encrypted state, whose lock was left behind where that is asked for.
func savedSealed(t *testing.T, left bool) *objectstest.Memory {
	t.Helper()
	m := new(objectstest.Memory)
	s := sealedStore(t, m, 1)
	unlock, err := s.Lock("srmigrate run x")
	if err == nil {
		err = errors.Join(s.Save(full()), s.Unkept())
	}
	if err == nil && left {
		err = s.Break()
	}
	if err = errors.Join(err, unlock()); err != nil {
		t.Fatal(err)
	}
	return m
}

// Another key is not taken for damage, and does none: whoever has the right one finds all as it was, also where the other
// one has taken over a lock.
func TestAnotherKeyDoesNoDamage(t *testing.T) {
	for _, left := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := savedSealed(t, left)
			other := sealedStore(t, m, 2)
			unlock, err := other.Lock("srmigrate run x")
			if err != nil {
				t.Fatal(err)
			}
			_, err = other.Load()
			_, damage := errors.AsType[*Damage](err)
			if damage || err == nil || !strings.Contains(err.Error(), "another key than the one given, or was altered; nothing that the key opens lies beside it") {
				t.Errorf("left %v: got %v, want both that it may be", left, err)
			}
			if _, err := other.Diagnose(); err == nil {
				t.Errorf("left %v: there is something to repair", left)
			}
			s := sealedStore(t, m, 1)
			st, err := s.Load()
			if err := errors.Join(err, unlock()); err != nil || st.Run.ID != full().Run.ID {
				t.Errorf("left %v: with the right key: %+v, %v", left, st, err)
			}
		})
	}
}

// A process that was thought dead cannot save over a state that is about to be repaired.
func TestADamagedStateIsTouchedAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := savedSealed(t, false)
		old := sealedStore(t, m, 1)
		unlock, err := old.Lock("srmigrate run x")
		if err == nil {
			_, err = old.Load()
		}
		raw := bytes.Clone(m.Raw("x.state.json"))
		raw[len(raw)-1] ^= 1
		old.at = InBucket(m, "s3://states/", DefaultLease) // as if the bucket had lost a bit
		if err == nil {
			old.seen, err = old.replaceBy(inMemory, Latest, raw)
		}
		old.held = nil // it has looked before
		next := sealedStore(t, m, 1)
		release, lerr := func() (func() error, error) {
			m.Forward(2 * DefaultLease)
			return next.Lock("srmigrate state repair")
		}()
		if err := errors.Join(err, lerr); err != nil {
			t.Fatal(err)
		}
		if _, lost := errors.AsType[*LostRace](old.Save(full())); !lost {
			t.Error("it saved")
		}
		if err := errors.Join(unlock(), release()); err != nil {
			t.Error(err)
		}
	})
}

// What lies beside a state tells whether the key is right.
func TestTheKeyIsRightThatOpensWhatLiesBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			what, wants string
			damage      bool
			change      func(m *objectstest.Memory, s *Store) error
		}{
			{"the copy", "it opens s3://states/x.copy.json", true, func(*objectstest.Memory, *Store) error { return nil }},
			{"the history", "it opens s3://states/x.events.jsonl", true, func(_ *objectstest.Memory, s *Store) error {
				j, _, err := s.OpenJournal()
				if err == nil {
					err = errors.Join(j.Append([]byte(`{"a":1}`)), j.Close(), s.at.Remove(s.CopyPath()))
				}
				return err
			}},
			{"nothing", "look first whether the last run had another key", false, func(_ *objectstest.Memory, s *Store) error {
				return s.at.Remove(s.CopyPath())
			}},
		} {
			m := savedSealed(t, false)
			err := c.change(m, sealedStore(t, m, 1))
			clear := NewStoreAt(inMemory, "v1.0.0", InBucket(m, "s3://states/", DefaultLease))
			raw := bytes.Clone(m.Raw("x.state.json"))
			raw[len(raw)-1] ^= 1
			if err == nil {
				_, err = clear.replaceBy(inMemory, Latest, raw)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = sealedStore(t, m, 1).Load()
			if _, damage := errors.AsType[*Damage](err); damage != c.damage || err == nil || !strings.Contains(err.Error(), c.wants) {
				t.Errorf("%s: got %v", c.what, err)
			}
		}
	})
}
