package registry

import (
	"bytes"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A scanner reads a list as servers usually write it, at a fraction of what a
// decoder costs. It takes nothing that is not valid and whole. Where it meets
// anything else it hands on from there to the decoder, which knows all of JSON
// and says what is wrong: it has no errors of its own.
type scanner struct {
	body    io.Reader
	element func(b []byte, i int) (int, verdict) // scans the one at b[i], and returns its end
	decode  func(d *jsontext.Decoder) error      // reads one

	buf   []byte // what came and is not done with
	at    int    // how much of it is
	err   error  // why nothing more will come
	count int    // of elements that came
}

// scanned is how much of a long list is read at a time. Most are short.
const scanned = 64 << 10

// buffers are used again: there is one for each page.
type buffers struct{ sync.Pool }

func (p *buffers) get() []byte {
	if b, ok := p.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, scanned/16)
}

func (p *buffers) put(b []byte) {
	if cap(b) <= 4*scanned {
		p.Put(&b)
	}
}

// each calls a function after every element, until its first error.
func (s *scanner) each(do func() error) error {
	for {
		n, v := s.next(s.buf[s.at:])
		switch {
		case v == more && s.err == nil:
			s.fill()
		case v != whole:
			return s.slowly(do)
		case n == 0:
			return nil
		default:
			s.count++
			s.at += n
			refill(s.body)
			if err := do(); err != nil {
				return err
			}
		}
	}
}

// fill reads on. A long row is looked at again only when there is twice as much
// of it.
func (s *scanner) fill() {
	rest := len(s.buf) - s.at
	long := len(s.buf) == cap(s.buf) && cap(s.buf) < scanned
	if s.at > 0 {
		s.buf, s.at = s.buf[:copy(s.buf, s.buf[s.at:])], 0
	}
	want := 1
	if rest >= scanned {
		want = rest
	}
	if long || cap(s.buf)-len(s.buf) < want || cap(s.buf) < 2*rest {
		s.buf = append(make([]byte, 0, max(2*cap(s.buf), 2*rest, scanned/16)), s.buf...)
	}
	for want > 0 && s.err == nil {
		var n int
		n, s.err = s.body.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		want -= n
	}
}

// slowly reads the rest as a decoder does.
func (s *scanner) slowly(do func() error) error {
	parts := []io.Reader{bytes.NewReader(s.buf[s.at:]), s.body}
	if s.err != nil {
		parts[1] = broken{s.err}
	}
	read := s.count > 0
	if read { // then it goes on behind an element
		parts = append([]io.Reader{bytes.NewReader([]byte("[0"))}, parts...)
	}
	return elements(io.MultiReader(parts...), func() { refill(s.body) }, func(d *jsontext.Decoder) error {
		if read {
			read = false
			if err := d.SkipValue(); err != nil {
				return cut(err)
			}
			return nil
		}
		if err := s.decode(d); err != nil {
			return err
		}
		s.count++
		return do()
	})
}

// broken is where a body ended.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// next scans what follows up to the end of an element. It returns 0 and whole at the
// end of the list.
func (s *scanner) next(b []byte) (int, verdict) {
	i, v := sign(b, 0)
	if v != whole {
		return 0, v
	}
	switch {
	case s.count > 0 && b[i] == ']':
		return 0, s.ends(b[i+1:])
	case s.count == 0 && b[i] == '[':
		if i, v = sign(b, i+1); v == whole && b[i] == ']' {
			return 0, s.ends(b[i+1:])
		}
	case s.count > 0 && b[i] == ',':
		i, v = sign(b, i+1)
	default:
		return 0, odd
	}
	if v != whole {
		return 0, v
	}
	return s.element(b, i)
}

// sign returns where the next byte is that is no space.
func sign(b []byte, i int) (int, verdict) {
	for ; i < len(b); i++ {
		switch b[i] {
		case ' ', '\n', '\r', '\t':
		default:
			return i, whole
		}
	}
	return i, more
}

// ends tells whether nothing follows the list.
func (s *scanner) ends(b []byte) verdict {
	switch _, v := sign(b, 0); {
	case v == whole:
		return odd
	case s.err == io.EOF: //nolint:errorlint // as readers have it
		return whole
	}
	return more
}
