package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
)

// A writer writes lines, and at the end how many there were and their sum.
type writer struct {
	out   *bufio.Writer
	sum   hash.Hash
	lines int
}

func newWriter(w io.Writer) *writer {
	sum := sha256.New()
	return &writer{out: bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16), sum: sum}
}

func (w *writer) write(l line) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // people read it
	if err := enc.Encode(l); err != nil {
		return err
	}
	w.lines++
	_, err := w.out.Write(b.Bytes())
	return err
}

func (w *writer) end(complete bool) error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if err := w.write(line{Kind: kindEnd, Lines: w.lines, SHA256: hex.EncodeToString(w.sum.Sum(nil)), Complete: &complete}); err != nil {
		return err
	}
	return w.out.Flush()
}

func decoded(raw []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return v, dec.Decode(&v)
}
