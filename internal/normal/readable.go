package normal

import (
	"bytes"
	"encoding/json"
)

// Readable is the normal form of a text over several lines, for people; a text
// without one is as it is.
func Readable(schemaType, text string) string {
	form, err := Form(schemaType, text)
	if err != nil {
		return text
	}
	if schemaType == "PROTOBUF" {
		return string(form)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, form, "", "  "); err != nil {
		return text // a form is JSON
	}
	return b.String() + "\n"
}
