package registry

import (
	"net/url"
	"strings"
)

// AddConfig makes the secrets of an exporter's config known. Values whose keys say that they are an address or a
// choice are not: hiding those would garble every error that names the target.
func (r *Redactor) AddConfig(config map[string]Secret) {
	for key, value := range config {
		r.addConfigValue(strings.ToLower(key), value.Reveal())
	}
}

func (r *Redactor) addConfigValue(key, value string) {
	for _, plain := range []string{".source", ".location", ".type", ".ms", ".retries", ".port", ".host", ".scope", ".logical.cluster", ".identity.pool.id"} {
		if strings.HasSuffix(key, plain) {
			return
		}
	}
	if strings.HasSuffix(key, ".url") {
		r.addURLs(value)
		return
	}
	r.Add(value)
	if _, password, ok := strings.Cut(value, ":"); ok && strings.HasSuffix(key, "user.info") {
		r.Add(password)
	}
}

// addURLs takes the credentials out of a list of URLs.
func (r *Redactor) addURLs(list string) {
	for s := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil {
			r.Add(s)
			continue
		}
		addUserinfo(r, u)
	}
}
