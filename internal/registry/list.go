package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// rows reads a JSON array element by element: each is called where one begins
// and reads it. A body that ends early, is no array, or goes on behind it is an
// error: a listing is complete or it is none.
func rows(body io.Reader, each func(*jsontext.Decoder) error) error {
	return elements(body, func() { refill(body) }, each)
}

// elements is rows, with what has to be done before each but the first.
func elements(body io.Reader, refill func(), each func(*jsontext.Decoder) error) error {
	head := &headReader{r: body}
	// A key that is there twice, or text that is no UTF-8, is for those to judge who read it.
	d := jsontext.NewDecoder(head, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := head.open(d); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if d.PeekKind() == 'n' {
			return errors.New("its list has a null in it")
		}
		if err := each(d); err != nil {
			return err
		}
		refill()
	}
	return closeList(d)
}

func refill(body io.Reader) {
	if b, ok := body.(*bodyReader); ok {
		b.left = maxBody
	}
}

func closeList(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return cut(err)
	}
	switch _, err := d.ReadToken(); {
	case err == io.EOF:
		return nil
	case err == nil:
		return errors.New("its body goes on behind the list")
	default:
		return cut(err)
	}
}

func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("its body was cut: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("its list cannot be read: %w", err)
}

// A headReader remembers how a body begins, to tell what it is instead of a list.
type headReader struct {
	r    io.Reader
	head []byte
}

func (h *headReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if room := 64 - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(n, room)]...)
	}
	return n, err
}

func (h *headReader) open(d *jsontext.Decoder) error {
	t, err := d.ReadToken()
	switch {
	case err == nil && t.Kind() == '[':
		return nil
	case err == nil:
		return errors.New("its body is no list")
	case err == io.EOF:
		return &foreignError{errors.New("its body is empty")}
	case errors.Is(err, io.ErrUnexpectedEOF) || len(bytes.TrimSpace(h.head)) == 0:
		return cut(err)
	}
	if _, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return notJSON(h.head, &json.SyntaxError{Offset: 1})
	}
	return cut(err)
}

// list reads an array into *v, anew with each attempt.
func list[T any](v *[]T) func(io.Reader) error {
	return func(body io.Reader) error {
		got := []T{}
		err := rows(body, func(d *jsontext.Decoder) error {
			raw, err := d.ReadValue()
			if err != nil {
				return cut(err)
			}
			var item T
			if err := json.Unmarshal(raw, &item); err != nil {
				return cut(err)
			}
			got = append(got, item)
			return nil
		})
		if err == nil {
			*v = got
		}
		return err
	}
}

// names reads an array of strings, of which there may be many.
func names(v *[]string, pool *buffers, known func(string) string) func(io.Reader) error {
	return func(body io.Reader) error {
		got, text := []string{}, &packer{}
		err := eachName(body, pool, func(name string) {
			kept := known(name)
			if kept == "" {
				kept = text.pack(name)
			}
			got = append(got, kept)
		})
		if err == nil {
			*v = got
		}
		return err
	}
}

// eachName reads an array of strings one by one.
func eachName(body io.Reader, pool *buffers, do func(name string)) error {
	var name string
	s := &scanner{body: body, buf: pool.get()}
	defer func() { pool.put(s.buf) }()
	s.element = func(b []byte, i int) (int, verdict) {
		if b[i] != '"' {
			return 0, odd
		}
		end, v := closing(b, i+1)
		if v != whole {
			return 0, v
		}
		raw := b[i+1 : end]
		if bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
			return 0, odd
		}
		name = string(raw)
		return end + 1, whole
	}
	s.decode = func(d *jsontext.Decoder) error {
		if kind := d.PeekKind(); kind != '"' && kind != 0 {
			return cut(fmt.Errorf("a %s stands where a name should be", kind))
		}
		t, err := d.ReadToken()
		if err != nil {
			return cut(err)
		}
		name = t.String()
		return nil
	}
	return s.each(func() error { do(name); return nil })
}

// A packer puts short strings into ever larger pieces of memory, where each
// takes no more than its length.
type packer struct{ strings.Builder }

func (p *packer) pack(s string) string {
	if p.Cap()-p.Len() < len(s) {
		size := min(max(1<<10, 2*p.Cap()), 32<<10)
		p.Builder = strings.Builder{}
		p.Grow(max(size, len(s)))
	}
	from := p.Len()
	p.WriteString(s)
	return p.String()[from:]
}
