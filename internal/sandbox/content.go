package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Reference names a schema that another one imports.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// content is what makes two schemas the same or not, apart from where they
// are registered.
type content struct {
	schemaType string
	text       string
	references []Reference
	metadata   json.RawMessage
	ruleSet    json.RawMessage
	key        string
	guid       string
}

// submission is the body of a registration or lookup.
type submission struct {
	Schema     string          `json:"schema"`
	SchemaType string          `json:"schemaType"`
	References []Reference     `json:"references"`
	Metadata   json.RawMessage `json:"metadata"`
	RuleSet    json.RawMessage `json:"ruleSet"`
	ID         *int            `json:"id"`
	Version    *int            `json:"version"`
}

// id is the explicit id, or -1. An id of 0 is explicit.
func (s submission) id() int {
	if s.ID == nil || *s.ID < 0 {
		return -1
	}
	return *s.ID
}

// version is the explicit version, or 0.
func (s submission) version() int {
	if s.Version == nil || *s.Version < 0 {
		return 0
	}
	return *s.Version
}

// content checks the schema and gives it its identity. Spaces between JSON
// tokens do not count for that, although the text is kept as it was sent.
func (s submission) content(normalize, metadata bool) (*content, error) {
	c := &content{schemaType: strings.ToUpper(s.SchemaType), text: s.Schema, references: s.References}
	if c.schemaType == "" {
		c.schemaType = "AVRO"
	}
	tight, err := c.check()
	if err != nil {
		return nil, err
	}
	if normalize {
		c.text = tight
	}
	if metadata {
		c.metadata, c.ruleSet = canonical(s.Metadata), canonical(s.RuleSet)
	}
	c.identify(tight)
	return c, nil
}

// check returns the schema without needless space.
func (c *content) check() (string, error) {
	switch c.schemaType {
	case "PROTOBUF":
		if strings.TrimSpace(c.text) == "" {
			return "", c.invalid("the schema is empty")
		}
		return strings.TrimSpace(c.text), nil
	case "AVRO", "JSON":
	default:
		return "", c.invalid("no provider for this schema type")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(c.text)); err != nil {
		return "", c.invalid(err.Error())
	}
	if c.schemaType == "AVRO" && !strings.ContainsRune(`"[{`, rune(b.Bytes()[0])) {
		return "", c.invalid("no type")
	}
	return b.String(), nil
}

func (c *content) invalid(details string) error {
	return refuse(42201, "Invalid schema %s with refs %v of type %s, details: %s", c.text, c.references, c.schemaType, details)
}

func (c *content) identify(tight string) {
	h := md5.New()
	// Encoding these types cannot fail, nor can writing to a hash.
	_ = json.NewEncoder(h).Encode([]any{c.schemaType, tight, c.references, c.metadata, c.ruleSet})
	sum := hex.EncodeToString(h.Sum(nil))
	c.key = sum
	c.guid = strings.Join([]string{sum[:8], sum[8:12], sum[12:16], sum[16:20], sum[20:]}, "-")
}

// canonical sorts and compacts a JSON object; null, {} and nothing are nil.
func canonical(raw json.RawMessage) json.RawMessage {
	var v map[string]any
	if json.Unmarshal(raw, &v) != nil || len(v) == 0 {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
