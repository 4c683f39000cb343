package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// features is what a registry of one version can do. Rules ask it, never the
// version, so that other profiles can fill it differently.
type features struct {
	bulkCap              bool // GET /schemas is capped in silence
	metadata             bool // schemas carry metadata and rule sets
	aliases              bool // a subject's alias config redirects its paths
	richAnswer           bool // registering answers more than the id
	guids                bool // schemas have guid, ts and deleted
	avroNamed            bool // schemaType is shown for AVRO too
	deletedOnly          bool // deletedOnly lists nothing but deleted ones
	subjectPages         bool // /subjects and /versions take offset and limit
	contextPages         bool // /contexts takes offset and limit
	contextPrefix        bool // /contexts takes contextPrefix
	deleteContext        bool // DELETE /contexts/{context}
	contextMustBeEmpty   bool // a context with live subjects refuses IMPORT
	effectiveBeforeCheck bool // IMPORT already inherited is no reason to look for subjects
	purge                bool // entering IMPORT purges what is soft-deleted
	clearByNull          bool // {"mode":null} clears a mode
	deleteGlobalMode     bool // DELETE /mode
	deleteRecursive      bool // DELETE /mode?recursive=true
	dotContext           bool // :.: is another name of the default context
	global               bool // :.__GLOBAL: stands behind all contexts
	forward              bool // mode FORWARD exists
	knownInImport        bool // IMPORT accepts a known schema without id
	nextVersion          bool // a version without id must be the next one
	sameTextOtherID      bool // one subject may hold a text under two ids
	allContextsListed    bool // /subjects lists every context by default
	selfReferences       bool // deleting a subject ignores references within it
	softReferrers        bool // a permanent delete also minds soft-deleted referrers
	versionEndpoint      bool // GET /v1/metadata/version
	deks                 bool // exporter status shows the DEK topic
	retriable            bool // exporter status shows retriable

	inert         bool // exporters are kept, but copy nothing
	literalPrefix bool // GET /schemas knows no prefix for every context
	bareRows      bool // its rows have neither deleted nor metadata and rules
	bareImport    bool // an import drops metadata and rules

	putCreates     bool // PUT /exporters creates, POST does not
	widePatterns   bool // exporter subjects * means every context
	guideContexts  bool // AUTO keeps contexts, CUSTOM replaces and NONE strips them
	anyTime        bool // an exporter need not be paused to be changed
	errorState     bool // an exporter in trouble is in ERROR and stays there
	plainStatus    bool // exporter status has five fields, always
	operatorImport bool // IMPORT on the target is the operator's affair
	modeForAll     bool // /mode stands behind all contexts
	freeImport     bool // IMPORT may be entered whatever is there
}

// Servers lists versions of Confluent Platform that were looked at closely; others are taken for what came before them.
func Servers() []string { return []string{"7.4.0", "7.6.2", "8.1.1"} }

// featuresOf lists, per feature, the first release of each branch that has it.
func featuresOf(server string) (features, error) {
	v, err := parseVersion(server)
	if err != nil {
		return features{}, err
	}
	return features{
		bulkCap:              v.since("7.4.1"),
		metadata:             v.since("7.4.0"),
		aliases:              v.since("7.4.0"),
		richAnswer:           v.since("7.4.1"),
		guids:                v.since("8.0.0"),
		avroNamed:            v.since("8.0.0"),
		deletedOnly:          v.since("7.3.1"),
		subjectPages:         v.since("7.7.3", "7.8.2", "7.9.0"),
		contextPages:         v.since("7.7.4", "7.8.3", "7.9.2"),
		contextPrefix:        v.since("7.9.6", "8.0.3", "8.1.1"),
		deleteContext:        v.since("8.0.1"),
		contextMustBeEmpty:   v.since("7.0.10", "7.1.8", "7.2.6", "7.3.4", "7.4.0"),
		effectiveBeforeCheck: v.since("7.0.12", "7.1.10", "7.2.8", "7.3.6", "7.4.3", "7.5.2", "7.6.0"),
		purge:                v.since("7.6.2"),
		clearByNull:          v.since("7.7.4", "7.8.3", "7.9.2", "8.0.0"),
		deleteGlobalMode:     v.since("7.9.5", "8.0.3", "8.1.1", "8.2.0"),
		deleteRecursive:      v.since("7.9.6", "8.0.3", "8.1.1", "8.2.0"),
		dotContext:           v.since("7.6.6", "7.7.4", "7.8.3", "7.9.2", "8.0.0"),
		global:               v.since("7.9.3", "8.0.1"),
		forward:              v.since("7.9.6", "8.1.0"),
		knownInImport:        v.since("7.4.5", "7.5.4", "7.6.1"),
		nextVersion:          v.since("7.4.0"),
		sameTextOtherID:      v.since("7.2.0"),
		allContextsListed:    v.since("7.0.2"),
		selfReferences:       v.since("8.0.6", "8.1.4", "8.2.2"),
		softReferrers:        v.since("8.0.4", "8.1.2", "8.2.2"),
		versionEndpoint:      v.since("7.0.4", "7.1.2", "7.2.0"),
		deks:                 v.since("7.6.0"),
		retriable:            v.since("8.1.0"),
	}, nil
}

// version is major, minor, patch.
type version [3]int

func parseVersion(s string) (version, error) {
	var v version
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("server version %q: want three numbers, such as 8.1.1", s)
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return v, fmt.Errorf("server version %q: want three numbers, such as 8.1.1", s)
		}
		v[i] = n
	}
	if v[0] < 7 {
		return v, fmt.Errorf("server version %q: exporters and contexts came with 7.0.0", s)
	}
	return v, nil
}

// since reports whether v has what each of the releases was the first of its
// minor branch to have; branches after the last one have it too, unlisted
// branches between two of them as of their own start.
func (v version) since(releases ...string) bool {
	has := false
	for _, s := range releases {
		first, err := parseVersion(s)
		if err != nil {
			continue
		}
		if first[0] == v[0] && first[1] == v[1] {
			return v[2] >= first[2]
		}
		has = has || v.after(first)
	}
	return has
}

func (v version) after(w version) bool {
	return v[0] > w[0] || v[0] == w[0] && v[1] > w[1]
}
