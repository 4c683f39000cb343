package sandbox

import (
	"encoding/json"
	"strings"
)

// shownSchema is one schema as it goes over the wire; each operation leaves
// away what it does not tell.
type shownSchema struct {
	Subject    string          `json:"subject,omitempty"`
	Version    int             `json:"version,omitempty"`
	ID         *int            `json:"id,omitempty"`
	GUID       string          `json:"guid,omitempty"`
	SchemaType string          `json:"schemaType,omitempty"`
	References []Reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Schema     string          `json:"schema,omitempty"`
	TS         int64           `json:"ts,omitempty"`
	Deleted    bool            `json:"deleted,omitempty"`
}

// shown is a version with everything that this server tells about it.
func (r *Registry) shown(e entry) shownSchema {
	s := r.shownContent(e)
	s.Subject, s.Version, s.ID = e.name.String(), e.version, &e.id
	if r.has.guids {
		s.TS, s.Deleted = e.ts, e.deleted
	}
	return s
}

// shownContent is what is the same wherever the schema is registered.
func (r *Registry) shownContent(e entry) shownSchema {
	c := e.content
	s := shownSchema{
		SchemaType: c.schemaType, Schema: c.text, References: c.references,
		Metadata: c.metadata, RuleSet: c.ruleSet,
	}
	if c.schemaType == "AVRO" && !r.has.avroNamed {
		s.SchemaType = ""
	}
	if r.has.guids {
		s.GUID = c.guid
	}
	return s
}

// shownRegistered is the answer to a registration, which tells neither the
// subject nor, on older servers, anything but the id.
func (r *Registry) shownRegistered(e entry) shownSchema {
	if !r.has.richAnswer {
		return shownSchema{ID: &e.id}
	}
	s := r.shown(e)
	s.Subject = ""
	return s
}

// subject reads the first {} of a path below /subjects and follows an alias.
func (r *Registry) subject(q *request) (name, error) {
	n := parseName(q.arg[0])
	if !n.valid() {
		return name{}, invalidSubject(q.arg[0])
	}
	if !r.has.aliases {
		return n, nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	alias, _ := r.store.configs[n]["alias"].(string)
	switch {
	case alias == "":
		return n, nil
	case strings.HasPrefix(alias, ":."):
		return parseName(alias), nil
	}
	return name{n.context, alias}, nil
}
