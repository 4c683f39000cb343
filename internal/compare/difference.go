package compare

import (
	"fmt"
	"strings"
)

// The kinds of differences.
const (
	KindMissingSubject = "missingSubject"
	KindMissingVersion = "missingVersion"
	KindExtraSubject   = "extraSubject"
	KindExtraVersion   = "extraVersion"
	KindID             = "id"
	KindSchema         = "schema"
	KindFormat         = "format" // the same schema in another spelling
	KindReferences     = "references"
	KindMetadata       = "metadata"
	KindRules          = "rules"
	KindDeleted        = "deleted"
	KindCompatibility  = "compatibility"
	KindMode           = "mode"
	KindCollision      = "collision" // two of the source become one on the target
	KindOutside        = "outside"   // no pattern covers the subject
)

// A Difference is one thing in which the sides differ.
type Difference struct {
	Kind          string `json:"kind"`
	Subject       string `json:"subject,omitempty"` // as the source names it; a context is ":.c:", the default one ":.:"
	TargetSubject string `json:"targetSubject,omitempty"`
	Version       int    `json:"version,omitempty"`
	SourceID      int    `json:"sourceId,omitempty"`
	TargetID      int    `json:"targetId,omitempty"`
	Detail        string `json:"detail,omitempty"`
	Level         Level  `json:"level"`
	// Diff is what changes from the source's text to the target's; see Explain.
	Diff []string `json:"diff,omitempty"`
}

// String says the difference in one line, such as
// "orders → :.c:orders version 3: id 7, on the target 9".
func (d Difference) String() string {
	var b strings.Builder
	b.WriteString(d.where())
	if d.Version != 0 {
		fmt.Fprintf(&b, " version %d", d.Version)
	}
	b.WriteString(": " + d.what())
	if d.Level == Report {
		b.WriteString(" (reported only)")
	}
	return b.String()
}

func (d Difference) where() string {
	switch {
	case d.Subject == "":
		return d.TargetSubject
	case d.TargetSubject == "" || d.TargetSubject == d.Subject:
		return spoken(d.Subject)
	}
	return spoken(d.Subject) + " → " + spoken(d.TargetSubject)
}

// spoken calls a context by its name; any other place is a subject.
func spoken(place string) string {
	switch context, name := SplitSubject(place); {
	case name != "":
		return place
	case context == ".":
		return "default context"
	default:
		return "context " + context
	}
}

func (d Difference) what() string {
	text := map[string]string{
		KindMissingSubject: "missing on the target",
		KindMissingVersion: "missing on the target",
		KindExtraSubject:   "on the target only",
		KindExtraVersion:   "on the target only",
		KindSchema:         "schema differs",
		KindFormat:         "the same schema, written in another way",
		KindReferences:     "references differ",
		KindMetadata:       "metadata differs",
		KindRules:          "rules differ",
		KindDeleted:        "soft-deleted versions differ",
		KindOutside:        "no pattern of the exporter covers it",
	}[d.Kind]
	switch {
	case d.Kind == KindID:
		return fmt.Sprintf("id %d, on the target %d", d.SourceID, d.TargetID)
	case text == "":
		return d.Detail
	case d.Detail != "":
		return text + ", " + d.Detail
	}
	return text
}

// level returns what a kind of difference means under the options.
func (o Options) level(kind, target string) Level {
	switch kind {
	case KindExtraVersion:
		return o.Extra["versions"]
	case KindExtraSubject:
		return o.extraSubjectLevel(target)
	case KindOutside:
		return o.Outside
	}
	return o.Check[map[string]string{
		KindMissingSubject: "subjects", KindMissingVersion: "versions", KindID: "ids", KindCollision: "ids", KindSchema: "schemas", KindFormat: "format",
		KindReferences: "references", KindMetadata: "metadata", KindRules: "rules", KindDeleted: "deleted",
		KindCompatibility: "compatibility", KindMode: "modes",
	}[kind]]
}

func (o Options) extraSubjectLevel(target string) Level {
	level := o.Extra["subjects"]
	context, _ := SplitSubject(target)
	for _, fresh := range o.FreshContexts {
		if fresh == context && level != Off {
			return Fail
		}
	}
	return level
}
