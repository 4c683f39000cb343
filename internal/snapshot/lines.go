// Package snapshot is what registries held, in one file that can be reviewed and
// shared: subjects, versions, ids, references, settings and exporters, and
// nothing that may be a secret.
package snapshot

import "encoding/json"

// Format is that of the files that this program writes, and the newest that it reads.
const Format = 1

// How texts of schemas stand in a file.
const (
	Keep = "keep" // as the registry has them
	Hash = "hash" // stand-ins, the same for texts that are one schema
)

// A line is one object of a file, and says by Kind which of its members it has.
type line struct {
	Kind string `json:"kind"`

	// Of the snapshot itself, the first line.
	Format  int    `json:"format,omitempty"`
	Program string `json:"program,omitempty"`
	Runbook string `json:"runbook,omitempty"`
	Taken   string `json:"taken,omitempty"`
	Schemas string `json:"schemas,omitempty"`

	// Of a registry; what follows up to the next one is of it.
	Name     string `json:"name,omitempty"` // also of a context and of an exporter
	URL      string `json:"url,omitempty"`
	Dialect  string `json:"dialect,omitempty"`
	Server   string `json:"server,omitempty"`
	Identity string `json:"identity,omitempty"`

	Place  *string         `json:"place,omitempty"` // of a mode and of a config
	Mode   string          `json:"mode,omitempty"`
	Config json.RawMessage `json:"config,omitempty"`

	*Version
	*Exporter

	What string `json:"what,omitempty"` // could not be read
	Why  string `json:"why,omitempty"`

	// Of the end of a registry, and of the file.
	Subjects *int    `json:"subjectCount,omitempty"`
	Versions *int    `json:"versionCount,omitempty"`
	Requests int64   `json:"requests,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	Moved    bool    `json:"moved,omitempty"`
	Without  bool    `json:"withoutExporters,omitempty"`
	Complete *bool   `json:"complete,omitempty"`
	Lines    int     `json:"lines,omitempty"`
	SHA256   string  `json:"sha256,omitempty"`
}

// The kinds of lines.
const (
	kindSnapshot = "snapshot"
	kindRegistry = "registry"
	kindContext  = "context"
	kindMode     = "mode"
	kindConfig   = "config"
	kindVersion  = "version"
	kindExporter = "exporter"
	kindUnread   = "unread"
	kindTotal    = "total"
	kindEnd      = "end"
)

// A Version is one version of a subject.
type Version struct {
	Subject    string          `json:"subject"`
	Number     int             `json:"version"`
	ID         int             `json:"id"`
	SchemaType string          `json:"schemaType"`
	Schema     string          `json:"schema"`
	References []Reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Deleted    bool            `json:"deleted,omitempty"` // soft-deleted
}

// A Reference names another version that a schema uses.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// An Exporter is one without the values of its config.
type Exporter struct {
	Covers              []string `json:"subjects"`
	ContextType         string   `json:"contextType,omitempty"`
	Context             string   `json:"context,omitempty"`
	SubjectRenameFormat string   `json:"subjectRenameFormat,omitempty"`
	KekRenameFormat     string   `json:"kekRenameFormat,omitempty"`
	ConfigKeys          []string `json:"configKeys,omitempty"`
	To                  string   `json:"to,omitempty"` // the addresses that it writes to, without credentials
	State               string   `json:"state,omitempty"`
	Failed              bool     `json:"failed,omitempty"` // it showed an error, whose text is not kept
}
