package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// rows reads a JSON array element by element. A body that ends early, is no
// array, or goes on behind it is an error: a listing is complete or it is none.
func rows[T any](body io.Reader, each func(*T) error) error {
	head := &headReader{r: body}
	d := json.NewDecoder(head)
	if err := head.open(d); err != nil {
		return err
	}
	for d.More() {
		var row *T
		if err := d.Decode(&row); err != nil {
			return cut(err)
		}
		if row == nil {
			return errors.New("its list has a null in it")
		}
		if err := each(row); err != nil {
			return err
		}
		refill(body)
	}
	return closeList(d)
}

func refill(body io.Reader) {
	if b, ok := body.(*bodyReader); ok {
		b.left = maxBody
	}
}

func closeList(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return cut(err)
	}
	switch _, err := d.Token(); {
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

func (h *headReader) open(d *json.Decoder) error {
	t, err := d.Token()
	switch {
	case err == nil && t == json.Delim('['):
		return nil
	case err == nil:
		return errors.New("its body is no list")
	case err == io.EOF:
		return errors.New("its body is empty")
	case len(bytes.TrimSpace(h.head)) > 0 && bytes.TrimSpace(h.head)[0] == '<':
		return notJSON(h.head, err)
	}
	return cut(err)
}

// list reads an array into *v, anew with each attempt.
func list[T any](v *[]T) func(io.Reader) error {
	return func(body io.Reader) error {
		got := []T{}
		err := rows(body, func(row *T) error { got = append(got, *row); return nil })
		if err == nil {
			*v = got
		}
		return err
	}
}
