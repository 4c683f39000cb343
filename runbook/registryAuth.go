package runbook

import (
	"fmt"
	"maps"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// login reads how the registry lets this program in.
func (l *loader) login(r *Registry, auth *node) {
	basic, bearer, oauth := auth.get("basic"), auth.get("bearer"), auth.get("oauth")
	r.Username, r.Password = plain(basic.get("username")), secretOf(basic.get("password"))
	r.Token = secretOf(bearer.get("token"))
	r.OAuth = registry.OAuth{
		TokenURL: plain(oauth.get("tokenUrl")), ClientID: plain(oauth.get("clientId")),
		ClientSecret: secretOf(oauth.get("clientSecret")), Scope: plain(oauth.get("scope")),
	}
	l.checkTokenURL(oauth.get("tokenUrl"))
	if ca := oauth.get("ca"); ca != nil {
		text, err := l.named(ca)
		if text != "" {
			err = l.wrong(ca, registry.TLS{CA: text}.CheckCA())
		}
		l.reportTLS(err)
		r.OAuth.CA = text
	}
	for _, n := range []*node{bearer, oauth} {
		if n != nil {
			r.LogicalCluster, r.IdentityPool = plain(n.get("logicalCluster")), plain(n.get("identityPool"))
		}
	}
	r.Credentials = origins(basic.get("username"), basic.get("password"), bearer.get("token"), oauth.get("clientId"), oauth.get("clientSecret"))
}

func (l *loader) checkTokenURL(n *node) {
	text, ok := n.str()
	if !ok || n.open || !n.sound() {
		return
	}
	if err := registry.CheckTokenURL(text); err != nil {
		l.report(n, "tokenUrl %v", err) // without the url: credentials may stand in it
	}
}

// origins names where values come from that do not stand in the file.
func origins(list ...*node) string {
	var names []string
	for _, n := range list {
		if n != nil && n.origin != "" {
			names = append(names, n.origin)
		}
	}
	return strings.Join(names, " and ")
}

// renew returns how the credentials that stand in files are read again; nil where none does.
func (l *loader) renew(n *node) func(registry.Config) (registry.Config, error) {
	var again []func(*registry.Config) error
	value := func(n *node, set func(*registry.Config, registry.Secret)) {
		if n == nil || !strings.HasPrefix(n.origin, "file:") {
			return
		}
		again = append(again, func(c *registry.Config) error {
			name := strings.TrimPrefix(n.origin, "file:")
			text, err := l.readLine(name)
			if err == nil && text == "" {
				err = fmt.Errorf("file %s is empty", quote(name))
			}
			set(c, registry.NewSecret(text))
			return err
		})
	}
	auth := n.get("auth")
	value(auth.get("basic").get("username"), func(c *registry.Config, s registry.Secret) { c.Username = s.Reveal() })
	value(auth.get("basic").get("password"), func(c *registry.Config, s registry.Secret) { c.Password = s })
	value(auth.get("bearer").get("token"), func(c *registry.Config, s registry.Secret) { c.Token = s })
	value(auth.get("oauth").get("clientId"), func(c *registry.Config, s registry.Secret) { c.OAuth.ClientID = s.Reveal() })
	value(auth.get("oauth").get("clientSecret"), func(c *registry.Config, s registry.Secret) { c.OAuth.ClientSecret = s })
	for _, f := range n.get("headers").keys() {
		value(f.value, func(c *registry.Config, s registry.Secret) {
			c.Headers = maps.Clone(c.Headers)
			c.Headers[f.key] = s
		})
	}
	if tls := n.get("tls"); tls.get("cert") != nil || tls.get("keystore") != nil {
		again = append(again, func(c *registry.Config) error {
			for _, err := range l.shown(tls, &c.TLS) {
				return err
			}
			return nil
		})
	}
	if len(again) == 0 {
		return nil
	}
	return func(c registry.Config) (registry.Config, error) {
		for _, f := range again {
			if err := f(&c); err != nil {
				return c, err
			}
		}
		return c, nil
	}
}
