package report

import (
	"bytes"
	"io"
	"sync"
)

// Desk is what the cells of a fleet share: the places that lines go to, and the live line below them.
type Desk struct {
	Live *Live // nil: no terminal

	mu     sync.Mutex
	bottom string // the live line
}

// Show sets the live line.
func (d *Desk) Show(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bottom = s
	if d.Live != nil {
		d.Live.Show(s)
	}
}

// Clear takes the live line away for good.
func (d *Desk) Clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bottom = ""
	d.Live.Clear()
}

// Writer writes to out whole lines only, each behind the prefix. It is safe beside other writers of the desk.
func (d *Desk) Writer(out io.Writer, prefix string) io.Writer {
	return &prefixed{desk: d, out: out, prefix: []byte(prefix)}
}

type prefixed struct {
	desk   *Desk
	out    io.Writer
	prefix []byte
	rest   []byte // the beginning of a line
}

func (p *prefixed) Write(b []byte) (int, error) {
	d := p.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	p.rest = append(p.rest, b...)
	end := bytes.LastIndexByte(p.rest, '\n') + 1
	if end == 0 {
		return len(b), nil
	}
	var lines []byte
	for line := range bytes.Lines(p.rest[:end]) {
		lines = append(append(lines, p.prefix...), line...)
	}
	p.rest = append(p.rest[:0], p.rest[end:]...)
	d.Live.Clear()
	_, err := p.out.Write(lines)
	if d.Live != nil && d.bottom != "" {
		d.Live.Show(d.bottom)
	}
	return len(b), err
}
