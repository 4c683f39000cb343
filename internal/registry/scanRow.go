package registry

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// A rowScanner scans the rows of a listing.
type rowScanner struct {
	scanner
	expect func(subject string, version int) []byte // may be nil; see SchemaQuery

	row     Row
	slow    rowReader
	seen    int    // members of the row
	nth     int    // of them
	members []name // of the last row, which are mostly those of the next
	subject []byte // of the last row, as it came
	last    string // the same
	refs    []byte // of the last row that had any, as they came
	parsed  []Reference
	flags   [2]bool // what a mark points to
}

func newRowScanner(body io.Reader, buf []byte, expect func(string, int) []byte) *rowScanner {
	s := &rowScanner{scanner: scanner{body: body, buf: buf}, expect: expect}
	s.flags[1] = true
	s.element = s.object
	s.decode = func(d *jsontext.Decoder) error {
		row, err := s.slow.read(d)
		if err == nil {
			s.row = *row
		}
		return err
	}
	return s
}

// rows gives every row to a function, until its first error. A row is good only
// until the next.
func (s *rowScanner) rows(do func(*Row) error) error {
	return s.each(func() error { return do(&s.row) })
}

// object scans the row that begins at b[i].
func (s *rowScanner) object(b []byte, i int) (int, verdict) {
	if b[i] != '{' {
		return 0, odd
	}
	s.row, s.seen, s.nth = Row{Schema: Schema{SchemaType: "AVRO"}}, 0, 0
	i, v := sign(b, i+1)
	for v == whole && b[i] == '"' {
		if i, v = s.member(b, i); v != whole {
			return 0, v
		}
		if i, v = sign(b, i); v != whole || b[i] != ',' {
			break
		}
		if i, v = sign(b, i+1); v == whole && b[i] != '"' {
			v = odd
		}
	}
	switch {
	case v != whole:
		return 0, v
	case b[i] != '}' || s.row.Subject == "" || s.row.Version <= 0 || s.seen&hasID == 0 || s.row.Raw == nil:
		return 0, odd
	}
	if s.row.SchemaType == "" {
		s.row.SchemaType = "AVRO"
	}
	return i + 1, whole
}

// hasID is set in seen where there is an id that is not null. The other bits are
// of members, known ones, whatever they are.
const hasID = 1

// A name of a member, with its quotes and what stands between it and the value.
type name struct {
	field
	text string
}

// member scans a member from its name on.
func (s *rowScanner) member(b []byte, i int) (int, verdict) {
	f, i, v := s.named(b, i)
	if v != whole {
		return 0, v
	}
	if bit := 1 << f; f != 0 {
		if s.seen&bit != 0 {
			return 0, odd // which one counts is for the decoder to say
		}
		s.seen |= bit
	}
	end, v := s.value(b, i, f)
	if v != whole || f == 0 || b[i] == 'n' {
		return end, v
	}
	if !s.take(f, b[i:end]) {
		return 0, odd
	}
	return end, whole
}

// named returns which member begins at b[i], and where its value does.
func (s *rowScanner) named(b []byte, i int) (field, int, verdict) {
	n := s.nth
	s.nth++
	if n < len(s.members) && len(b)-i > len(s.members[n].text) && string(b[i:i+len(s.members[n].text)]) == s.members[n].text {
		return s.members[n].field, i + len(s.members[n].text), whole
	}
	end, v := closing(b, i+1)
	if v != whole {
		return 0, 0, v
	}
	f := fieldOf(b[i : end+1])
	at, v := sign(b, end+1)
	if v == whole && b[at] != ':' {
		v = odd
	}
	if v != whole {
		return 0, 0, v
	}
	if at, v = sign(b, at+1); v == whole && n < 32 {
		s.members = append(s.members[:min(n, len(s.members))], name{f, string(b[i:at])})
	}
	return f, at, v
}

// value returns where the value ends that begins at b[i].
func (s *rowScanner) value(b []byte, i int, f field) (int, verdict) {
	switch b[i] {
	case '"':
		if f == isSubject && s.last != "" && bytes.HasPrefix(b[i:], s.subject) {
			return i + len(s.subject), whole
		}
		if f == isText && s.expect != nil && s.row.Subject != "" && s.row.Version > 0 {
			if end, v := expected(b, i, s.expect(s.row.Subject, s.row.Version)); v != odd {
				return end, v
			}
		}
		end, v := closing(b, i+1)
		return end + 1, v
	case '{', '[':
		return nested(b, i)
	}
	return scalar(b, i)
}

// expected looks whether just that text comes.
func expected(b []byte, i int, text []byte) (int, verdict) {
	switch {
	case len(text) == 0:
		return 0, odd
	case bytes.HasPrefix(b[i:], text):
		return i + len(text), whole
	case bytes.HasPrefix(text, b[i:]):
		return 0, more
	}
	return 0, odd
}

func valid(b []byte) bool {
	return jsontext.Value(b).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// nested looks for the end by brackets alone; whether they match shows then.
func nested(b []byte, from int) (int, verdict) {
	const deep = 100
	depth := 0
	for i := from; i < len(b); i++ {
		switch b[i] {
		case '"':
			var v verdict
			if i, v = closing(b, i+1); v != whole {
				return 0, v
			}
		case '{', '[':
			if depth++; depth > deep {
				return 0, odd
			}
		case '}', ']':
			if depth--; depth > 0 {
				continue
			}
			if raw := b[from : i+1]; len(raw) > 2 && !valid(raw) || raw[0]+2 != raw[len(raw)-1] {
				return 0, odd
			}
			return i + 1, whole
		}
	}
	return 0, more
}

// scalar looks for the end of a number or a word.
func scalar(b []byte, from int) (int, verdict) {
	for i := from; i < len(b); i++ {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			if raw := b[from:i]; !isPlain(raw) && !valid(raw) {
				return 0, odd
			}
			return i, whole
		}
	}
	return 0, more
}

func isPlain(raw []byte) bool {
	switch string(raw) {
	case "true", "false", "null":
		return true
	}
	_, ok := plainNumber(raw)
	return ok
}

// plainNumber reads a positive number as ids and versions are written.
func plainNumber(raw []byte) (n int, ok bool) {
	if len(raw) == 0 || len(raw) > 15 || raw[0] == '0' {
		return 0, len(raw) == 1 && raw[0] == '0'
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// take keeps the value of a member as rowReader does; it is false where that has
// an error.
func (s *rowScanner) take(f field, raw jsontext.Value) bool {
	var err error
	switch f {
	case isSubject:
		s.row.Subject, err = s.subjectOf(raw)
	case isVersion:
		s.row.Version, err = wholeNumber(raw)
	case isID:
		s.seen |= hasID
		s.row.ID, err = wholeNumber(raw)
	case isText:
		s.row.Raw, err = raw, isString(raw)
	case isType:
		s.row.SchemaType, err = schemaType(raw)
	case isGUID:
		err = isString(raw)
	case isReferences:
		s.row.References, err = s.references(raw)
	case isMetadata:
		s.row.Metadata = json.RawMessage(raw)
	case isRuleSet:
		s.row.RuleSet = json.RawMessage(raw)
	case isDeleted:
		s.row.Deleted, err = s.flag(raw)
	}
	return err == nil
}

func (s *rowScanner) flag(raw jsontext.Value) (*bool, error) {
	switch raw.Kind() {
	case 'f':
		return &s.flags[0], nil
	case 't':
		return &s.flags[1], nil
	}
	return flag(raw)
}

func wholeNumber(raw jsontext.Value) (int, error) {
	if n, ok := plainNumber(raw); ok {
		return n, nil
	}
	return number(raw)
}

// references are mostly those of the last row again.
func (s *rowScanner) references(raw jsontext.Value) (refs []Reference, err error) {
	if len(raw) == 2 {
		return nil, json.Unmarshal(raw, &refs)
	}
	if bytes.Equal(raw, s.refs) {
		return s.parsed, nil
	}
	if err := json.Unmarshal(raw, &refs); err != nil {
		return nil, err
	}
	s.refs, s.parsed = append(s.refs[:0], raw...), refs
	return refs, nil
}

// subjectOf is mostly the last row's again.
func (s *rowScanner) subjectOf(raw jsontext.Value) (string, error) {
	if s.last != "" && bytes.Equal(raw, s.subject) {
		return s.last, nil
	}
	name, err := unquoted(raw)
	if err == nil {
		s.subject, s.last = append(s.subject[:0], raw...), name
	}
	return name, err
}
