package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Row is a version as a listing has it. Its text is left as it came, so that
// who only wants to know whether two are the same need not unpack it. But for
// the subject, what is in it is good only until the next row.
type Row struct {
	Schema        // without its text and its GUID
	Raw    []byte // the text, a JSON string
}

// Text unpacks the text. It is false where the server sent what no text is: a
// broken character, for which another stands in what is returned.
func (r *Row) Text() (text string, ok bool) {
	b, err := jsontext.AppendUnquote(nil, r.Raw)
	return string(b), err == nil
}

// errRow is the error for a row that is no version: what is missing must not be
// taken for a zero.
const errRow = sentinel("a row lacks its subject, version, id or schema")

// A rowReader reads rows one after the other.
type rowReader struct {
	row           Row
	subject       []byte // of the last row, as it came
	hasID, hasRaw bool
}

// oneRow reads a body that is one version.
func oneRow(body io.Reader) (*Row, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("its body was cut: %w", err)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(b, &whole); err != nil {
		return nil, notJSON(b, err)
	}
	d := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	row, err := new(rowReader).read(d)
	if err != nil {
		return nil, fmt.Errorf("its body is not what was asked for: %w", errors.Unwrap(err))
	}
	return row, nil
}

// read reads the next row; what it returns is overwritten with the one after.
func (r *rowReader) read(d *jsontext.Decoder) (*Row, error) {
	if kind := d.PeekKind(); kind != '{' && kind != 0 {
		return nil, cut(fmt.Errorf("a %s stands where a version should be", kind))
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, cut(err)
	}
	last := r.row.Subject
	r.row = Row{Raw: r.row.Raw[:0]}
	r.hasID, r.hasRaw = false, false
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return nil, cut(err)
		}
		if field := fieldOf(name); field == 0 {
			err = d.SkipValue()
		} else {
			err = r.field(field, d, last)
		}
		if err != nil {
			return nil, cut(err)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, cut(err)
	}
	if r.row.Subject == "" || r.row.Version <= 0 || !r.hasID || !r.hasRaw {
		return nil, cut(errRow)
	}
	if r.row.SchemaType == "" {
		r.row.SchemaType = "AVRO"
	}
	return &r.row, nil
}

func (r *rowReader) field(f field, d *jsontext.Decoder, last string) error {
	raw, err := d.ReadValue()
	if err != nil || raw.Kind() == 'n' {
		return err
	}
	switch f {
	case isSubject:
		r.row.Subject, err = r.name(raw, last)
	case isVersion:
		r.row.Version, err = number(raw)
	case isID:
		r.hasID = true
		r.row.ID, err = number(raw)
	case isText:
		r.hasRaw = true
		r.row.Raw, err = append(r.row.Raw, raw...), isString(raw)
	case isType:
		r.row.SchemaType, err = schemaType(raw)
	case isGUID:
		err = isString(raw)
	case isReferences:
		r.row.References = nil // into an earlier list they would be merged
		err = json.Unmarshal(raw, &r.row.References)
	case isMetadata:
		r.row.Metadata = bytes.Clone(raw)
	case isRuleSet:
		r.row.RuleSet = bytes.Clone(raw)
	case isDeleted:
		r.row.Deleted, err = flag(raw)
	}
	return err
}

type field int

const (
	isSubject field = 1 + iota
	isVersion
	isID
	isText
	isType
	isGUID
	isReferences
	isMetadata
	isRuleSet
	isDeleted
)

// fieldOf knows a member by its name, 0 for any other.
func fieldOf(quoted []byte) field {
	switch string(quoted) {
	case `"subject"`:
		return isSubject
	case `"version"`:
		return isVersion
	case `"id"`:
		return isID
	case `"schema"`:
		return isText
	case `"schemaType"`:
		return isType
	case `"guid"`:
		return isGUID
	case `"references"`:
		return isReferences
	case `"metadata"`:
		return isMetadata
	case `"ruleSet"`:
		return isRuleSet
	case `"deleted"`:
		return isDeleted
	}
	return 0
}

// name returns the subject, which is mostly the last row's again.
func (r *rowReader) name(raw jsontext.Value, last string) (string, error) {
	if last != "" && bytes.Equal(raw, r.subject) {
		return last, nil
	}
	r.subject = append(r.subject[:0], raw...)
	return unquoted(raw)
}

func unquoted(raw jsontext.Value) (string, error) {
	if err := isString(raw); err != nil {
		return "", err
	}
	if in := raw[1 : len(raw)-1]; bytes.IndexByte(in, '\\') < 0 {
		return strings.ToValidUTF8(string(in), "\uFFFD"), nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func flag(raw jsontext.Value) (*bool, error) {
	set := raw.Kind() == 't'
	if !set && raw.Kind() != 'f' {
		return nil, fmt.Errorf("%q is neither true nor false", oneLine(string(raw), 40))
	}
	return &set, nil
}

func number(raw jsontext.Value) (int, error) {
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number", oneLine(string(raw), 40))
	}
	return n, nil
}

func isString(raw jsontext.Value) error {
	if raw.Kind() != '"' {
		return fmt.Errorf("%q is no string", oneLine(string(raw), 40))
	}
	return nil
}

// schemaType has the usual ones without a new string for each row.
func schemaType(raw jsontext.Value) (string, error) {
	switch string(raw) {
	case `"AVRO"`:
		return "AVRO", nil
	case `"PROTOBUF"`:
		return "PROTOBUF", nil
	case `"JSON"`:
		return "JSON", nil
	}
	return unquoted(raw)
}
