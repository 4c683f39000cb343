package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Kind says what has become of a state file.
type Kind string

// The kinds of damage.
const (
	Missing   Kind = "gone"             // and the copy of its last save is there
	Truncated Kind = "cut off"          // it ends too early
	Altered   Kind = "altered"          // somebody or something has changed it since it was saved
	Invalid   Kind = "damaged"          // its content makes no sense; format 1 has no checksum that would say why
	Foreign   Kind = "not a state file" // it never was one
)

// Damage is why nobody can go on with a state file.
type Damage struct {
	Kind    Kind
	Why     string
	Content error // of one that was altered: what is wrong with what it says now; nil when that makes sense
}

func (d *Damage) Error() string { return d.Why }

// damaged says what happened to the file, and how a person gets out of it.
func (s *Store) damaged(d *Damage) error {
	return &Error{s.path, "is " + string(d.Kind), fmt.Errorf("%w; `srmigrate state repair --state %s` tells what can be put back", d, quoted(s.named()))}
}

// quoted is the path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+@%:", r)
	}) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// sniff finds out which format a file has, if it is a state at all.
func sniff(raw []byte) (h head, d *Damage) {
	var all json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	err := dec.Decode(&all)
	switch {
	case errors.Is(err, io.EOF):
		return h, &Damage{Kind: Truncated, Why: "it is empty", Content: err}
	case bytes.TrimLeft(raw, blank)[0] != '{':
		return h, &Damage{Kind: Foreign, Why: "it does not begin like one", Content: errNone}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return h, &Damage{Kind: Truncated, Why: fmt.Sprintf("it ends in the middle, after %d bytes", len(raw)), Content: err}
	case err != nil:
		return h, &Damage{Kind: Altered, Why: "it is no JSON any more: " + err.Error(), Content: err}
	}
	if rest := raw[dec.InputOffset():]; len(rest) > 0 {
		err := fmt.Errorf("it goes on after its end with %q", rest[:min(len(rest), 20)])
		return h, &Damage{Kind: Altered, Why: err.Error(), Content: err}
	}
	return identify(all)
}

// errNone is for a file that never was a state.
const errNone = sentinel("it is none")

type sentinel string

func (s sentinel) Error() string { return string(s) }

// identify reads the head of a JSON object.
func identify(object []byte) (h head, d *Damage) {
	err := json.Unmarshal(object, &h)
	switch {
	case h.Version < 1:
		return h, &Damage{Kind: Foreign, Why: `it has no "version"`, Content: errNone}
	case h.Version > Version && h.Runbook == "":
		return h, &Damage{Kind: Foreign, Why: `it has no "runbook"`, Content: errNone}
	case err != nil:
		return h, &Damage{Kind: Altered, Why: err.Error(), Content: err}
	}
	return h, nil
}

// content is a file without what a file system adds to it that crashed, which is zeros.
func content(raw []byte) []byte { return bytes.TrimRight(raw, "\x00"+blank) }

// blank is what JSON takes for white space.
const blank = " \t\r\n"
