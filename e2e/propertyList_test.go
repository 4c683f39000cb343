package e2e

// A property is a key of an exporter's config that the program or its documentation knows.
type property struct {
	name  string
	guide bool   // the migration guide's reference has it
	way   string // how the exporter gets to its target when it has this key: one of ways
	value string // that it has then
	wrong string // another one, as YAML, that does not do; "" where no server is known to read the key
	trace string // what the exporter says then
}

// properties are all of them. TARGET, TOKENS and DIR are put in later.
func properties() []property {
	const refused, unknown, wrong = "error code: 401", "unknown authority", "keystore password was incorrect"
	const ssl, jks, p12 = "schema.registry.ssl.", "mTLS by JKS", "mTLS by PKCS12"
	return []property{
		{"schema.registry.url", true, "nothing", "TARGET", "http://127.0.0.1:1", "connection refused"},

		{"basic.auth.credentials.source", true, "basic", "USER_INFO", "URL", refused},
		{"basic.auth.user.info", true, "basic", "me:" + canary, "{env: A_WRONG_USER}", refused},

		{"bearer.auth.credentials.source", true, "bearer", "STATIC_TOKEN", "SASL_OAUTHBEARER_INHERIT", refused},
		{"bearer.auth.token", true, "bearer", canary, "{env: A_WRONG}", refused},
		{"bearer.auth.logical.cluster", false, "bearer", "lsrc-1", "lsrc-2", refused},

		{"bearer.auth.credentials.source", true, "oauth", "OAUTHBEARER", "SASL_OAUTHBEARER_INHERIT", refused},
		{"bearer.auth.issuer.endpoint.url", false, "oauth", "TOKENS", "http://127.0.0.1:1/token", "connection refused"},
		{"bearer.auth.client.id", false, "oauth", "me", "somebody", "no token from TOKENS: status 401"},
		{"bearer.auth.client.secret", false, "oauth", canary, "{env: A_WRONG}", "no token from TOKENS: status 401"},
		{"bearer.auth.scope", false, "oauth", "all", "nothing", "no token from TOKENS: status 400"},
		{"bearer.auth.logical.cluster", false, "oauth", "lsrc-1", "lsrc-2", refused},
		{"bearer.auth.identity.pool.id", false, "oauth", "pool-1", "pool-2", refused},

		{ssl + "truststore.location", true, jks, "DIR/trust.jks", "DIR/stranger-trust.jks", unknown},
		{ssl + "truststore.password", true, jks, canary, "{env: A_WRONG}", wrong},
		{ssl + "truststore.type", true, jks, "JKS", "BKS", "BKS not found"},
		{ssl + "keystore.location", true, jks, "DIR/client.jks", "DIR/stranger.jks", "certificate required"},
		{ssl + "keystore.password", true, jks, canary, "{env: A_WRONG}", wrong},
		{ssl + "keystore.type", true, jks, "JKS", "BKS", "BKS not found"},
		{ssl + "key.password", true, jks, canary + "key", "{env: A_WRONG}", "Cannot recover key"},

		{ssl + "truststore.location", true, p12, "DIR/trust.p12", "DIR/stranger-trust.p12", unknown},
		{ssl + "truststore.password", true, p12, canary, "{env: A_WRONG}", wrong},
		{ssl + "truststore.type", true, p12, "PKCS12", "BKS", "BKS not found"},
		{ssl + "keystore.location", true, p12, "DIR/client.p12", "DIR/stranger.p12", "certificate required"},
		{ssl + "keystore.password", true, p12, canary, "{env: A_WRONG}", wrong},
		{ssl + "keystore.type", true, p12, "PKCS12", "BKS", "BKS not found"},
		{ssl + "key.password", true, p12, canary, "{env: A_WRONG}", "Cannot recover key"},

		{"schema.registry.exporter.poll.interval.ms", true, "unread", "5000", "", ""},
		{"schema.registry.exporter.batch.size", true, "unread", "1000", "", ""},
	}
}

// ways lead to a target, each with its own part of the config.
func ways() map[string]struct{ login, secure access } {
	type way = struct{ login, secure access }
	none, plain := logins()["nothing"], secured()["http"]
	return map[string]way{
		"nothing": {none, plain}, "basic": {logins()["basic"], plain}, "bearer": {logins()["bearer"], plain}, "oauth": {logins()["oauth"], plain},
		"mTLS by JKS": {none, secured()["mTLS by JKS"]}, "mTLS by PKCS12": {none, secured()["mTLS by PKCS12"]},
		"unread": {none, access{stores: "schema.registry.exporter.poll.interval.ms: '5000', schema.registry.exporter.batch.size: '1000'"}},
	}
}
