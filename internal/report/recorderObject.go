package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// verbatim is a text that is kept as it is, but for secrets, which it has lost already.
type verbatim string

// object is a fact as the history has it: when, what, and its fields.
func object(f fact, at time.Time, redact func(string) string) []byte {
	var b bytes.Buffer
	member := func(key string, v any) {
		b.WriteByte(',')
		b.Write(must(encoded(key)))
		b.WriteByte(':')
		b.Write(must(encoded(v)))
	}
	clean := func(s string) string { return Printable(redact(s)) }
	member("at", at.Format("2006-01-02T15:04:05.000Z"))
	member("event", f.event)
	for _, a := range f.attrs {
		switch v := a.Value.Any().(type) {
		case string:
			member(a.Key, clean(v))
		case verbatim:
			member(a.Key, string(v))
		case []string:
			list := make([]string, len(v))
			for i := range v {
				list[i] = clean(v[i])
			}
			member(a.Key, list)
		default:
			member(a.Key, v)
		}
	}
	b.Bytes()[0] = '{'
	b.WriteByte('}')
	return b.Bytes()
}

// encoded is compact JSON without escapes that a browser would want.
func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func must(raw []byte, err error) []byte {
	if err != nil {
		return []byte("null") // strings, numbers, lists of strings and what was JSON before
	}
	return raw
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}
