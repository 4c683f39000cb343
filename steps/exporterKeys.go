package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// readKeys are the keys of an exporter's config that vendors document, without the prefix that they may have or not:
// those of the registry client that works in the source server.
func readKeys() []string {
	return strings.Fields(`
		basic.auth.credentials.source basic.auth.user.info
		bearer.auth.credentials.source bearer.auth.token bearer.auth.issuer.endpoint.url bearer.auth.client.id bearer.auth.client.secret
		bearer.auth.scope bearer.auth.scope.claim.name bearer.auth.sub.claim.name bearer.auth.logical.cluster bearer.auth.identity.pool.id
		bearer.auth.cache.expiry.buffer.seconds bearer.auth.custom.provider.class
		ssl.truststore.location ssl.truststore.password ssl.truststore.type ssl.truststore.certificates
		ssl.keystore.location ssl.keystore.password ssl.keystore.type ssl.keystore.key ssl.keystore.certificate.chain ssl.key.password
		ssl.protocol ssl.provider ssl.cipher.suites ssl.enabled.protocols ssl.keymanager.algorithm ssl.trustmanager.algorithm
		ssl.endpoint.identification.algorithm ssl.secure.random.implementation ssl.engine.factory.class
		proxy.host proxy.port http.connect.timeout.ms http.read.timeout.ms max.retries retries.wait.ms retries.max.wait.ms url.randomize`)
}

const keyPrefix = "schema.registry."

// isRead reports whether a vendor documents the key. What SASL_INHERIT takes over is a family of its own.
func isRead(key string) bool {
	bare := strings.TrimPrefix(key, keyPrefix)
	return key == exporterURL || strings.HasPrefix(bare, "sasl.") || slices.Contains(readKeys(), bare)
}

// unread are the keys that no server is known to read.
func unread(config map[string]registry.Secret) []event.Finding {
	var found []event.Finding
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if isRead(key) {
			continue
		}
		f := event.Finding{
			Code: "SRM024", Severity: "warning", Remedy: "leave it out",
			Text: fmt.Sprintf("no server is known to read %q in the config of an exporter; it is sent as written", key),
		}
		if meant := closest(strings.TrimPrefix(key, keyPrefix), append(readKeys(), "url"), 3); meant != "" {
			f.Remedy = fmt.Sprintf("write %s, if that is meant; else leave it out", customary(meant))
		}
		found = append(found, f)
	}
	return found
}

// customary is a key as it is mostly written, with the prefix or without.
func customary(bare string) string {
	if strings.HasPrefix(bare, "basic.") || strings.HasPrefix(bare, "bearer.") {
		return bare
	}
	return keyPrefix + bare
}

// needs is what a source of credentials wants beside it.
func needs() map[string][]string {
	return map[string][]string{
		"basic.auth.credentials.source USER_INFO":     {"basic.auth.user.info"},
		"bearer.auth.credentials.source STATIC_TOKEN": {"bearer.auth.token"},
		"bearer.auth.credentials.source OAUTHBEARER": {
			"bearer.auth.issuer.endpoint.url", "bearer.auth.client.id", "bearer.auth.client.secret",
		},
	}
}

// bareKeys are the config's keys without the prefix that they may have or not.
func bareKeys(config map[string]registry.Secret) map[string]registry.Secret {
	bare := map[string]registry.Secret{}
	for key, value := range config {
		bare[strings.TrimPrefix(key, keyPrefix)] = value
	}
	return bare
}

// configFindings is what can be told of an exporter's config without its server. Where values are not known yet, a key
// that is there is enough.
func configFindings(config map[string]registry.Secret, values bool) []event.Finding {
	found, bare := unread(config), bareKeys(config)
	has := func(key string) bool {
		v, there := bare[key]
		return there && (!values || v.Reveal() != "")
	}
	for _, wish := range slices.Sorted(maps.Keys(needs())) {
		key, kind, _ := strings.Cut(wish, " ")
		if bare[key].Reveal() != kind {
			continue
		}
		lacks := slices.DeleteFunc(needs()[wish], has)
		if len(lacks) > 0 {
			found = append(found, noLogin(fmt.Sprintf("says %s: %s and lacks %s", key, kind, strings.Join(lacks, ", ")),
				"give it in config, or leave the source of credentials out"))
		}
	}
	return append(found, mismatched(bare, has, values)...)
}

// mismatched is about sources and credentials that are there and do not go together.
func mismatched(bare map[string]registry.Secret, has func(string) bool, values bool) (found []event.Finding) {
	const basic, bearer = "basic.auth.credentials.source", "bearer.auth.credentials.source"
	if has(basic) && has(bearer) {
		found = append(found, noLogin("says both "+basic+" and "+bearer+", and a client takes one of them", "leave one of them out"))
	}
	for _, of := range [][2]string{{"basic.auth.user.info", basic}, {"bearer.auth.token", bearer}, {"bearer.auth.client.secret", bearer}} {
		if has(of[0]) && !has(of[1]) {
			found = append(found, noLogin("has "+of[0]+" and lacks "+of[1]+", without which it is not sent", "give both, or leave both out"))
		}
	}
	const user = "basic.auth.user.info"
	if values && has(user) && !strings.Contains(bare[user].Reveal(), ":") {
		found = append(found, noLogin("has a "+user+" that is not user:password", "write both, with a colon between them"))
	}
	return found
}

func noLogin(text, remedy string) event.Finding {
	return event.Finding{Code: "SRM025", Severity: "error", Text: "the config of the exporter " + text, Remedy: remedy}
}
