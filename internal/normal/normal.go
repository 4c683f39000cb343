// Package normal gives the texts of schemas a normal form: two texts of one
// schema that differ only in how they are written have the same.
//
// A form keeps whatever a registry, a client or a reader could mean by the
// text: names, order where order means something, documentation, defaults,
// aliases, logical types, options and properties of any name. It drops white
// space, comments, and the choice between two spellings of one thing, among
// them those that a server with the setting normalize chooses by itself.
package normal

import (
	"errors"
	"fmt"
)

// Form returns the normal form of a text, which is again a text of that type
// and its own normal form. The error says why there is none; such texts can
// only be compared byte by byte. Form takes time and room in proportion to the
// text, whatever is in it.
func Form(schemaType, text string) ([]byte, error) {
	switch schemaType {
	case "AVRO":
		return avroForm(text)
	case "JSON":
		return jsonSchemaForm(text)
	case "PROTOBUF":
		return protoForm(text)
	}
	return nil, fmt.Errorf("type %q is unknown", schemaType)
}

// errSwells is the end of texts that would blow up when every name in them is
// written out.
var errSwells = errors.New("is too intricate")

// A budget is how many bytes a form may be longer than its text.
type budget int

func newBudget(text string) budget { return budget(4*len(text) + 1<<16) }

// take reports whether n more bytes are within it.
func (b *budget) take(n int) bool {
	*b -= budget(n)
	return *b >= 0
}
