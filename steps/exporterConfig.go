package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// exporterConfig is the config of an exporter as a runbook writes it. It marshals without its secrets, so that a
// digest of it changes with its addresses, store locations and types, and with nothing that must not be seen.
type exporterConfig map[string]registry.Secret

// UnmarshalJSON takes a flat map of strings.
func (c *exporterConfig) UnmarshalJSON(b []byte) error {
	var plain map[string]string
	if err := json.Unmarshal(b, &plain); err != nil {
		return fmt.Errorf("config must be a map of strings") // the decoder's own error may quote a value
	}
	*c = exporterConfig{}
	for k, v := range plain {
		(*c)[k] = registry.NewSecret(v)
	}
	return nil
}

// MarshalJSON shows the values that are addresses, store locations and types.
func (c exporterConfig) MarshalJSON() ([]byte, error) {
	shown := map[string]string{}
	for k, v := range c {
		shown[k] = harmless(k, v)
	}
	return json.Marshal(shown)
}

func harmless(key string, v registry.Secret) string {
	switch key = strings.ToLower(key); {
	case strings.HasSuffix(key, "url"):
		return bareURLs(v.Reveal())
	case strings.HasSuffix(key, "location"), strings.HasSuffix(key, "type"), strings.HasSuffix(key, "credentials.source"):
		return v.Reveal()
	}
	return v.String()
}

// bareURLs takes the credentials out of a list of URLs.
func bareURLs(list string) string {
	var bare []string
	for s := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil {
			return registry.NewSecret(list).String()
		}
		u.User, u.RawQuery = nil, ""
		bare = append(bare, u.String())
	}
	return strings.Join(bare, ",")
}

// over merges the config over one that was derived.
func (c exporterConfig) over(derived map[string]registry.Secret) map[string]registry.Secret {
	all := map[string]registry.Secret{}
	maps.Copy(all, derived)
	maps.Copy(all, c)
	return all
}

// differs returns the first key whose value a server shows otherwise than it was sent. Secrets are not compared:
// servers mask them, and a new password is no other exporter.
func differs(sent, shown map[string]registry.Secret) (key string) {
	for _, k := range slices.Sorted(maps.Keys(sent)) {
		want, got := harmless(k, sent[k]), harmless(k, shown[k])
		if _, there := shown[k]; there && want != got && !isMasked(shown[k].Reveal()) {
			return k
		}
	}
	return ""
}

func isMasked(shown string) bool { return shown == "[hidden]" || strings.Trim(shown, "*") == "" }
