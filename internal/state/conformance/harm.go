package conformance

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/srmigrate/srmigrate/internal/state"
)

// harm changes a piece behind the back of the program, and returns what is there now.
func harm(t *testing.T, p Place, name string, how func([]byte) []byte) []byte {
	t.Helper()
	raw, was, err := p.raw().Read(name)
	must(t, err)
	bad := how(bytes.Clone(raw))
	_, err = p.raw().Replace(name, was, func(w io.Writer) error { _, err := w.Write(bad); return err })
	must(t, err)
	return bad
}

// harms are what becomes of bytes that nobody looks after.
func harms() map[string]func([]byte) []byte {
	return map[string]func([]byte) []byte{
		"emptied":         func([]byte) []byte { return nil },
		"cut off early":   func(b []byte) []byte { return b[:min(len(b), 25)] },
		"cut off late":    func(b []byte) []byte { return b[:len(b)-9] },
		"a bit at front":  func(b []byte) []byte { b[2] ^= 8; return b },
		"a bit in middle": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"a bit at end":    func(b []byte) []byte { b[len(b)-3] ^= 4; return b },
		"turned round":    func(b []byte) []byte { slices.Reverse(b); return b },
	}
}

// harmed demands that each damage is seen, also where the lock was left by a process that died, and that the copy is put
// back; what was there is kept to the byte, but for what a touch has added.
func harmed(t *testing.T, p Place) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	serial := 1
	first := p.store()
	unlock := lock(t, first, "first")
	must(t, first.Save(sample("r1")), unlock())
	for what, how := range harms() {
		for _, left := range []bool{false, true} {
			if left {
				lock(t, p.store(), "dead")
				must(t, p.store().Break())
			}
			bad := harm(t, p, p.Name, how)
			_, err := p.store().Load()
			if _, ok := errors.AsType[*state.Damage](err); !ok {
				t.Fatalf("%s: got %v, want that it is damaged", what, err)
			}
			s := p.store()
			unlock := lock(t, s, "repair")
			d, err := s.Diagnose()
			must(t, err)
			if d.Copy == nil || d.CopyErr != nil {
				t.Fatalf("%s: the copy is %v, %v", what, d.Copy, d.CopyErr)
			}
			at, serial = at.Add(time.Second), max(serial, d.Serial)+1
			must(t, s.Repair(d, d.Copy, at), s.Unkept(), unlock())
			stands(t, p, "r1", serial)
			aside, _, err := p.raw().Read(s.AsidePath(at))
			if err != nil || !left && !bytes.Equal(aside, bad) || left && !bytes.Contains(squeezed(aside), squeezed(bad)) {
				t.Errorf("%s, left %v: what it replaced is %q, %v; want %q", what, left, aside, err, bad)
			}
		}
	}
}

// squeezed is a piece without what a touch adds.
func squeezed(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte(" "), nil) }

// recopied demands that a copy that is damaged is found to be, and is a good one behind the next save.
func recopied(t *testing.T, p Place) {
	s := p.store()
	unlock := lock(t, s, "first")
	must(t, s.Save(sample("r1")), unlock())
	for what, how := range harms() {
		harm(t, p, s.CopyPath(), how)
		next := p.store()
		unlock := lock(t, next, "next")
		st, err := next.Load()
		must(t, err)
		if d, err := next.Diagnose(); err != nil || d.Err != nil || d.Copy != nil || d.CopyErr == nil {
			t.Errorf("%s: got %+v, %v; want a good state, and a copy that is not", what, d, err)
		}
		must(t, next.Save(st), next.Unkept(), unlock())
		if d, err := p.store().Diagnose(); err != nil || d.Copy == nil || d.Copy.Serial != st.Serial {
			t.Errorf("%s: behind the next save: got %+v, %v", what, d, err)
		}
	}
}
