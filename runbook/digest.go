package runbook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digested is what a step's effect rests on. Secrets marshal as [redacted].
type digested struct {
	Type     string            `json:"type"`
	Params   any               `json:"params"`
	When     string            `json:"when,omitempty"`
	Late     any               `json:"late,omitempty"`
	Rollback []json.RawMessage `json:"rollback,omitempty"`
}

// seal gives a step its digest, unless there will be no runbook.
func (a *assembler) seal(s *Step) {
	if len(a.found) == 0 {
		s.seal()
	}
}

// seal gives a step its digest: the SHA-256 of what it does and how it is undone, whatever the order of keys in file
// and structs. The steps of its rollback have been sealed.
func (s *Step) seal() {
	d := digested{Type: s.Type, Params: canonical(s.Step), When: s.When}
	if s.Late != nil {
		d.Late = s.Late
	}
	for _, u := range s.Rollback {
		d.Rollback = append(d.Rollback, u.sealed)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err) // parameters came from JSON
	}
	sum := sha256.Sum256(raw)
	s.sealed, s.Digest = raw, hex.EncodeToString(sum[:])
}

// canonical is a value with its keys sorted and its numbers as written.
func canonical(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // parameters came from JSON
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var plain any
	_ = dec.Decode(&plain) // it has just been encoded
	return plain
}
