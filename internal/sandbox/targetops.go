package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
)

// setPath is /mode or /config of n.
func setPath(what string, n name) string {
	if n == (name{context: defaultContext}) {
		return "/" + what
	}
	return "/" + what + "/" + url.PathEscape(n.String())
}

func (t *target) mode(n name, force bool) error {
	path := setPath("mode", n)
	if force {
		path += "?force=true"
	}
	return t.do(http.MethodPut, path, map[string]string{"mode": modeImport}, nil)
}

// inImport demands that somebody has put a scope into IMPORT.
func (t *target) inImport(scope name) error {
	path := setPath("mode", scope) + "?defaultToGlobal=true"
	var found struct{ Mode string }
	if err := t.do(http.MethodGet, path, nil, &found); err != nil {
		return err
	}
	if found.Mode != modeImport {
		return &refusal{
			http.MethodGet, path, http.StatusUnprocessableEntity, 42205,
			"the target must be in IMPORT mode, and is in " + found.Mode,
		}
	}
	return nil
}

// subjects lists what is in a scope, soft-deleted subjects included.
func (t *target) subjects(scope name) ([]string, error) {
	prefix := ":" + scope.context + ":" + scope.subject
	if scope == (name{context: defaultContext}) {
		prefix = ":*:"
	}
	var list []string
	err := t.do(http.MethodGet, "/subjects?deleted=true&subjectPrefix="+url.QueryEscape(prefix), nil, &list)
	if !scope.isContext() {
		list = filter(list, func(s string) bool { return parseName(s) == scope })
	}
	return list, err
}

func (t *target) config(n name, c Config) error {
	path := setPath("config", n)
	if c != nil {
		return t.do(http.MethodPut, path, c, nil)
	}
	err := t.do(http.MethodDelete, path, nil, nil)
	if answered(err, http.StatusNotFound) {
		return nil
	}
	return err
}

func (t *target) register(to name, refs []Reference, rec record) error {
	path := "/subjects/" + url.PathEscape(to.String()) + "/versions?normalize=false"
	c := rec.content
	return t.do(http.MethodPost, path, submission{
		Schema: c.text, SchemaType: c.schemaType, References: refs,
		Metadata: c.metadata, RuleSet: c.ruleSet, ID: &rec.id, Version: &rec.version,
	}, nil)
}

// id is that of a version, deleted or not; -1 if there is none. The answer may
// be about a subject in another context than the one asked for.
func (t *target) id(to name, version int) (int, error) {
	var found struct {
		Subject string
		ID      int
	}
	err := t.do(http.MethodGet, versionPath(to, version)+"?deleted=true", nil, &found)
	if answered(err, http.StatusNotFound) {
		return -1, nil
	}
	if err != nil || parseName(found.Subject) != to {
		return -1, err
	}
	return found.ID, nil
}

func versionPath(n name, version int) string {
	return "/subjects/" + url.PathEscape(n.String()) + "/versions/" + strconv.Itoa(version)
}

// remove deletes one version; that it is gone already is no error.
func (t *target) remove(to name, version int, permanent bool) error {
	path := versionPath(to, version)
	if permanent {
		path += "?permanent=true"
	}
	err := t.do(http.MethodDelete, path, nil, nil)
	if answered(err, http.StatusNotFound) {
		return nil
	}
	return err
}
