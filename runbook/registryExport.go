package runbook

import (
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// export is the exporter config that reaches the registry: derived from its URLs and auth, the explicit keys over it.
// Nothing of tls goes into it: those files lie here, and the exporter runs on the source server.
func export(r Registry, n *node) map[string]registry.Secret {
	as := n.get("asDestination")
	address := strings.Join(append([]string{r.URL}, r.Others...), ",")
	if own := plain(as.get("url")); own != "" {
		address = own
	}
	config := map[string]registry.Secret{"schema.registry.url": registry.NewSecret(address)}
	switch auth := n.get("auth"); {
	case auth.get("basic") != nil:
		config["basic.auth.credentials.source"] = registry.NewSecret("USER_INFO")
		config["basic.auth.user.info"] = registry.NewSecret(r.Username + ":" + r.Password.Reveal())
	case auth.get("bearer") != nil:
		config["bearer.auth.credentials.source"] = registry.NewSecret("STATIC_TOKEN")
		config["bearer.auth.token"] = r.Token
	case auth.get("oauth") != nil:
		config["bearer.auth.credentials.source"] = registry.NewSecret("OAUTHBEARER")
		config["bearer.auth.issuer.endpoint.url"] = registry.NewSecret(r.OAuth.TokenURL)
		config["bearer.auth.client.id"] = registry.NewSecret(r.OAuth.ClientID)
		config["bearer.auth.client.secret"] = r.OAuth.ClientSecret
	}
	for key, value := range map[string]string{
		"bearer.auth.scope": r.OAuth.Scope, "bearer.auth.logical.cluster": r.LogicalCluster, "bearer.auth.identity.pool.id": r.IdentityPool,
	} {
		if value != "" {
			config[key] = registry.NewSecret(value)
		}
	}
	for _, f := range as.get("config").keys() {
		config[f.key] = secretOf(f.value)
	}
	return config
}
