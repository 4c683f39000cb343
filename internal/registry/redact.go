package registry

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// minSecret is the length below which a value is no secret: replacing "ab"
// everywhere would hide nothing and garble everything.
const minSecret = 3

// A Redactor replaces known secrets in texts. It is safe for concurrent use,
// and a nil Redactor knows no secrets.
type Redactor struct {
	mu       sync.RWMutex
	values   map[string]bool
	forms    []string
	replacer *strings.Replacer // of all forms; nil until somebody asks
}

// Add makes the values known, each as it is and as it looks in base64, in a
// URL, in JSON and quoted by Go. Values shorter than three bytes are ignored.
// Where user and password travel together, add "user:password" as well.
func (r *Redactor) Add(values ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range values {
		if len(v) < minSecret || r.values[v] {
			continue
		}
		if r.values == nil {
			r.values = map[string]bool{}
		}
		r.values[v] = true
		r.forms, r.replacer = append(r.forms, forms(v)...), nil
	}
}

// Redact returns s with every known secret replaced by "[redacted]".
func (r *Redactor) Redact(s string) string {
	if r == nil {
		return s
	}
	return r.ready().Replace(s)
}

// ready makes the replacer once the secrets are known: each registry of a runbook adds its own.
func (r *Redactor) ready() *strings.Replacer {
	r.mu.RLock()
	ready := r.replacer
	r.mu.RUnlock()
	if ready != nil {
		return ready
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replacer == nil {
		r.replacer = newReplacer(r.forms)
	}
	return r.replacer
}

// newReplacer puts longer forms first: one secret may begin with another.
func newReplacer(forms []string) *strings.Replacer {
	forms = slices.Compact(slices.Sorted(slices.Values(forms)))
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, redacted)
	}
	return strings.NewReplacer(pairs...)
}

func forms(v string) []string {
	b := []byte(v)
	quoted := strconv.Quote(v)
	fs := []string{
		v,
		quoted[1 : len(quoted)-1],
		// The unpadded forms also match within the padded ones, and would leave "==".
		base64.StdEncoding.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b),
		base64.URLEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
		escapeJSON(v, true), escapeJSON(v, false),
	}
	for _, e := range []string{url.QueryEscape(v), url.PathEscape(v), url.UserPassword("", v).String()[1:], segment(v), escapeAll(v)} {
		fs = append(fs, e, lowerHex(e))
	}
	return fs
}

// escapeJSON returns v as within a JSON string; html also escapes <, > and &.
func escapeJSON(v string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(v); err != nil {
		return v
	}
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}

// escapeAll escapes all that is not a letter or digit, as the strictest encoders do.
func escapeAll(v string) string {
	var b strings.Builder
	for _, c := range []byte(v) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
	}
	return b.String()
}

// lowerHex writes the escapes of a URL in lower case.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}
