package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// maxLine is what one line may take at most.
const maxLine = 64 << 20

// Read reads a snapshot, of which name is the file. It is whole or it is refused:
// a file that was cut, changed, or made by a program that is newer.
func Read(name string, in io.Reader) (*Snapshot, error) {
	r := &reading{in: bufio.NewReaderSize(in, 1<<16), sum: sha256.New(), snap: &Snapshot{}}
	if err := r.all(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, max(r.n, 1), err)
	}
	return r.snap, nil
}

// A reading is a file that is being read, line by line.
type reading struct {
	in    *bufio.Reader
	sum   hash.Hash
	n     int // the line
	snap  *Snapshot
	reg   *Registry // that the lines are of, nil for none
	ended bool
}

func (r *reading) all() error {
	for {
		raw, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.ended {
			return errors.New("the file goes on behind its end: something was added to it")
		}
		if err := r.line(raw); err != nil {
			return err
		}
		_, _ = r.sum.Write(raw) // a hash takes everything
	}
	switch {
	case r.n == 0:
		return errors.New("the file is empty; srmigrate snapshot makes one")
	case !r.ended:
		return errors.New("the file ends too early: it was cut, or the program that wrote it was stopped; take the snapshot again")
	}
	return nil
}

// next is a line with its end.
func (r *reading) next() ([]byte, error) {
	var whole []byte
	for {
		part, err := r.in.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case len(whole) > maxLine:
			r.n++
			return nil, fmt.Errorf("the line is longer than %d MiB: this is no snapshot", maxLine>>20)
		case err == nil:
			r.n++
			return whole, nil
		case errors.Is(err, io.EOF) && len(whole) > 0:
			r.n++
			return nil, errors.New("the line has no end: the file was cut; take the snapshot again")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

func (r *reading) line(raw []byte) error {
	var l line
	if r.n == 1 {
		return r.first(raw)
	}
	if err := strictly(raw, &l); err != nil {
		return fmt.Errorf("this is not what a snapshot has in a line: %w", err)
	}
	switch {
	case l.Kind == kindRegistry:
		return r.registry(l)
	case l.Kind == kindEnd:
		return r.end(l)
	case r.reg == nil:
		return fmt.Errorf("a line of kind %q stands outside of a registry", l.Kind)
	}
	return r.of(r.reg, l)
}

// first reads what the file says of itself, leniently: a newer one may say more.
func (r *reading) first(raw []byte) error {
	var l line
	err := json.Unmarshal(raw, &l)
	switch {
	case err != nil || l.Kind != kindSnapshot || l.Format < 1:
		return errors.New("this is no snapshot; srmigrate snapshot makes one")
	case l.Format > Format:
		return fmt.Errorf("the snapshot has format %d and was made by a newer program (%s); this one reads up to format %d: "+
			"use the newer one, or take the snapshot with this one", l.Format, l.Program, Format)
	case l.Schemas != Keep && l.Schemas != Hash:
		return fmt.Errorf("schemas %q is neither %s nor %s", l.Schemas, Keep, Hash)
	}
	r.snap.Program, r.snap.Runbook, r.snap.Taken, r.snap.Schemas = l.Program, l.Runbook, l.Taken, l.Schemas
	return nil
}

func (r *reading) registry(l line) error {
	switch {
	case r.reg != nil:
		return fmt.Errorf("registry %q begins before registry %q is at its end", l.Name, r.reg.Name)
	case l.Name == "" || r.snap.Registry(l.Name) != nil:
		return fmt.Errorf("registry %q has no name, or one that is there already", l.Name)
	}
	r.snap.Registries = append(r.snap.Registries, Registry{
		Name: l.Name, URL: l.URL, Dialect: l.Dialect, Server: l.Server, Identity: l.Identity,
		Modes: map[string]string{}, Configs: map[string]json.RawMessage{},
	})
	r.reg = &r.snap.Registries[len(r.snap.Registries)-1]
	return nil
}

// of takes what is said of a registry.
func (r *reading) of(reg *Registry, l line) error {
	switch {
	case l.Kind == kindContext && l.Name != "":
		reg.Contexts = append(reg.Contexts, l.Name)
	case l.Kind == kindMode && l.Place != nil && l.Mode != "":
		reg.Modes[*l.Place] = l.Mode
	case l.Kind == kindConfig && l.Place != nil && len(l.Config) > 0:
		reg.Configs[*l.Place] = l.Config
	case l.Kind == kindVersion && l.Version != nil:
		return reg.add(*l.Version)
	case l.Kind == kindExporter && l.Exporter != nil && l.Name != "":
		reg.Exporters = append(reg.Exporters, NamedExporter{l.Name, *l.Exporter})
	case l.Kind == kindUnread && l.What != "":
		reg.Unread = append(reg.Unread, Unread{l.What, l.Why})
	case l.Kind == kindTotal && l.Versions != nil && l.Complete != nil:
		return r.total(reg, l)
	default:
		return fmt.Errorf("a line of kind %q is none, or lacks something", l.Kind)
	}
	return nil
}

// add takes a version; they come by subject and number.
func (reg *Registry) add(v Version) error {
	if v.Subject == "" || v.Number < 1 || v.ID < 0 || v.Schema == "" || !slices.Contains([]string{"AVRO", "JSON", "PROTOBUF"}, v.SchemaType) {
		return fmt.Errorf("a version lacks its subject, number, id, schema or schemaType, or has one that is none: %q version %d", v.Subject, v.Number)
	}
	if n := len(reg.Versions); n > 0 {
		last := reg.Versions[n-1]
		if last.Subject > v.Subject || last.Subject == v.Subject && last.Number >= v.Number {
			return fmt.Errorf("%q version %d stands behind %q version %d: the lines were moved or doubled", v.Subject, v.Number, last.Subject, last.Number)
		}
	}
	reg.Versions = append(reg.Versions, v)
	return nil
}

func (r *reading) total(reg *Registry, l line) error {
	if *l.Versions != len(reg.Versions) {
		return fmt.Errorf("registry %q has %d versions here, and had %d when it was read: lines are missing", reg.Name, len(reg.Versions), *l.Versions)
	}
	if *l.Complete != (len(reg.Unread) == 0) {
		return fmt.Errorf("registry %q: what is said to be unread is not what complete says", reg.Name)
	}
	reg.WithoutExporters, reg.Moved, reg.Requests, reg.Seconds = l.Without, l.Moved, l.Requests, l.Seconds
	r.reg = nil
	return nil
}

func (r *reading) end(l line) error {
	switch sum := hex.EncodeToString(r.sum.Sum(nil)); {
	case r.reg != nil:
		return fmt.Errorf("registry %q is not at its end", r.reg.Name)
	case l.Lines != r.n-1 || l.Complete == nil:
		return fmt.Errorf("the file has %d lines above this one, and had %d when it was written", r.n-1, l.Lines)
	case l.SHA256 != sum:
		return errors.New("the lines above are not those that were written: the file was changed or damaged; take the snapshot again")
	}
	read := !slices.ContainsFunc(r.snap.Registries, func(reg Registry) bool { return len(reg.Unread) > 0 })
	if *l.Complete != read {
		return errors.New("complete is not what the registries above say: the line was changed; take the snapshot again")
	}
	r.snap.Complete, r.ended = read, true
	return nil
}

// strictly takes one object without members that it does not know.
func strictly(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the object")
	}
	return nil
}
