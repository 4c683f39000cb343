package runbook

import (
	"net/url"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// registries reads spec.registries, in file order.
func (l *loader) registries() []Registry {
	var all []Registry
	for _, f := range l.root.get("spec").get("registries").keys() {
		n := f.value
		r := Registry{Name: f.key, Line: f.at.line}
		r.URL = plain(n.get("url"))
		l.checkURL(n.get("url"))
		l.checkURL(n.get("asDestination").get("url"))
		basic := n.get("auth").get("basic")
		r.Username = plain(basic.get("username"))
		r.Password = secretOf(basic.get("password"))
		r.Timeout = l.duration(n.get("timeout"), 0)
		r.Export = export(r, n)
		all = append(all, r)
	}
	return all
}

// plain is a text, as the file has it where its value is not known.
func plain(n *node) string {
	s, _ := n.str()
	if s != "" && n.open {
		return n.text
	}
	return s
}

func secretOf(n *node) registry.Secret { return registry.NewSecret(plain(n)) }

// export is the exporter config that reaches the registry: derived from url and auth, the explicit keys over it.
func export(r Registry, n *node) map[string]registry.Secret {
	as := n.get("asDestination")
	address := r.URL
	if own := plain(as.get("url")); own != "" {
		address = own
	}
	config := map[string]registry.Secret{"schema.registry.url": registry.NewSecret(address)}
	if n.get("auth").get("basic") != nil {
		config["basic.auth.credentials.source"] = registry.NewSecret("USER_INFO")
		config["basic.auth.user.info"] = registry.NewSecret(r.Username + ":" + r.Password.Reveal())
	}
	for _, f := range as.get("config").keys() {
		config[f.key] = secretOf(f.value)
	}
	return config
}

// checkURL reports what no registry can be reached at.
func (l *loader) checkURL(n *node) {
	text, ok := n.str()
	if !ok || n.open || !n.sound() {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		l.report(n, "url must be such as https://registry:8081; got %s", n.showURL())
	case u.User != nil:
		l.report(n, "url must not hold credentials: write them under auth.basic")
	case u.RawQuery != "" || u.Fragment != "":
		l.report(n, "url must end with the path; got %s", n.showURL())
	}
}

// showURL is the url unless credentials may stand in it: they come from --var and the environment as well.
func (n *node) showURL() string {
	if text, _ := n.str(); strings.Contains(text+n.text, "@") {
		return "one with credentials, which go under auth.basic"
	}
	return n.show()
}
