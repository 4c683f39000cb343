package compare

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/srmigrate/srmigrate/internal/normal"
)

// A digest stands for a text; the zero digest for none.
type digest [16]byte

func sum(b []byte) (d digest) {
	s := sha256.Sum256(b)
	copy(d[:], s[:])
	return d
}

// A sentinel is an error that is a constant.
type sentinel string

func (s sentinel) Error() string { return string(s) }

// A written is a schema as it was written.
type written struct {
	text  digest // to the byte
	form  digest // of its normal form, or of the text where it has none
	plain bool   // it has none
}

func writtenOf(schemaType, text string) written {
	w := written{text: sum([]byte(text))}
	form, err := normal.Form(schemaType, text)
	if err != nil {
		form, w.plain = []byte(text), true
	}
	w.form = sum(form)
	return w
}

// is reports whether both are one schema, however it is written. A text without
// a normal form is only itself.
func (w written) is(o written) bool {
	if w.plain || o.plain {
		return w.text == o.text
	}
	return w.form == o.form
}

// digested is the digest of settings in their normal form; of empty ones it is
// that of none.
func digested(of func(json.RawMessage) []byte, raw json.RawMessage) digest {
	b := of(raw)
	if len(b) == 0 {
		return digest{}
	}
	return sum(b)
}
