package snapshot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/normal"
)

// A hider puts digests in the place of what is not to be seen. They are made
// with a key that is forgotten with it, so that nobody can try out what a digest
// may stand for; in one file the same has the same digest.
type hider struct{ key [32]byte }

func newHider() *hider {
	h := new(hider)
	_, _ = rand.Read(h.key[:]) // documented never to fail
	return h
}

func (h *hider) digest(text []byte) string {
	mac := hmac.New(sha256.New, h.key[:])
	_, _ = mac.Write(text) // a hash takes everything
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// standIn is a schema of the same type, without references, the same for texts
// that have one normal form.
func (h *hider) standIn(schemaType, text string) string {
	form, err := normal.Form(schemaType, text)
	if err != nil {
		form = []byte(text)
	}
	name := "S" + h.digest(append([]byte(schemaType+"\x00"), form...))
	switch schemaType {
	case "PROTOBUF":
		return "syntax = \"proto3\";\npackage snapshot;\n\nmessage " + name + " {}\n"
	case "JSON":
		return fmt.Sprintf(`{"title":%q,"type":"object"}`, name)
	}
	return fmt.Sprintf(`{"type":"record","name":%q,"namespace":"snapshot","fields":[]}`, name)
}

// settings hides what may be secret in metadata, rules or a config: properties
// that the metadata itself calls sensitive, and params of rules that a word in
// their name gives away. nil stays nil.
func (h *hider) settings(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	v, err := decoded(raw)
	if err != nil {
		return nil, err
	}
	h.walk(v)
	return json.Marshal(v)
}

func (h *hider) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			h.walk(item)
		}
	case map[string]any:
		sensitive, _ := v["sensitive"].([]any)
		h.hide(v["properties"], func(key string) bool { return slices.Contains(sensitive, any(key)) || telling(key) })
		h.hide(v["params"], telling)
		for _, item := range v {
			h.walk(item)
		}
	}
}

func (h *hider) hide(v any, secret func(key string) bool) {
	members, ok := v.(map[string]any)
	if !ok {
		return
	}
	for key, value := range members {
		text, isText := value.(string)
		switch {
		case secret(key) && isText:
			members[key] = "[hidden " + h.digest([]byte(text)) + "]"
		case secret(key):
			members[key] = "[hidden]"
		}
	}
}

// telling reports whether a name is one that secrets have.
func telling(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{
		"password", "passwd", "passphrase", "secret", "token", "credential", "user.info", "userinfo", "apikey", "api.key", "api_key",
		"access.key", "accesskey", "access_key", "private", "jaas", "authorization",
	}, func(part string) bool { return strings.Contains(key, part) })
}
