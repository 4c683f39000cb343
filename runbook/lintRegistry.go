package runbook

import (
	"net/url"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/steps"
)

// registries looks at how registries are reached.
func (l *linter) registries() {
	for i, f := range l.root.get("spec").get("registries").keys() {
		r, n := l.rb.Registries[i], f.value
		if u := l.plainHTTP(r, n); u != "" {
			l.aboutRegistry(r, f.at, warning("SRM051", "use https://, or allow it where nobody else is on the network",
				"credentials go to %s in the clear: whoever is on the way can read them", u))
		}
		if r.TLS.InsecureSkipVerify && !slices.ContainsFunc(r.urls(), isLoopback) {
			at := n.get("tls").field("insecureSkipVerify").at
			l.aboutRegistry(r, at, warning("SRM052", "name the certificate to trust in tls.ca, and the host it is for in tls.serverName",
				"insecureSkipVerify believes any server: whoever stands in between reads the credentials, and may answer what they like"))
		}
	}
}

func (r Registry) urls() []string { return append([]string{r.URL}, r.Others...) }

// plainHTTP is the first URL to which credentials go unprotected, "" when there is none.
func (l *linter) plainHTTP(r Registry, n *node) string {
	sent := n.get("auth") != nil
	for _, f := range n.get("headers").keys() {
		sent = sent || isSecret(f.key)
	}
	if !sent {
		return ""
	}
	for _, text := range append(r.urls(), plain(n.get("asDestination").get("url"))) {
		u, err := url.Parse(text)
		if err == nil && u.Scheme == "http" && u.Host != "" && !steps.IsLoopback(u) {
			return text
		}
	}
	return ""
}

func isLoopback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && steps.IsLoopback(u)
}

// isSecret tells by the name of a field whether its value is a secret: credentials have fields for what is none as well.
func isSecret(key string) bool {
	key = strings.ToLower(key)
	if ends(key, "url", "location", "type", "source", "username") {
		return false
	}
	return slices.ContainsFunc(
		[]string{"password", "passwd", "secret", "token", "user.info", "authorization", "api-key", "apikey", "cookie", "jaas", "keystore.key"},
		func(part string) bool { return strings.Contains(key, part) },
	)
}

// literals looks for secrets that stand in the file.
func (l *linter) literals() {
	for i, f := range l.root.get("spec").get("registries").keys() {
		l.eachLiteral(f.key, f.value, isSecret, func(key string, n *node) {
			l.aboutRegistry(l.rb.Registries[i], n.at, warning("SRM050", intoFile, literal, key))
		})
	}
	for _, f := range l.root.get("spec").get("notifications").get("channels").keys() {
		opens := func(key string) bool { return key != "username" } // also a URL: whoever has it may write there
		l.eachLiteral(f.key, f.value, opens, func(key string, n *node) {
			found := warning("SRM050", intoFile, literal, key)
			found.Channel = f.key
			l.all = append(l.all, Finding{found, l.file, n.at.line, n.at.col})
		})
	}
	for i, n := range l.nodes {
		found := func(key string, n *node) { l.about(i, n.at, warning("SRM050", intoFile, literal, key)) }
		l.eachLiteral("", n.step.params, isSecret, found)
		for _, u := range n.get("rollback").entries() {
			if u.step != nil {
				l.eachLiteral("", u.step.params, isSecret, found)
			}
		}
	}
}

const (
	literal  = "%s stands in the runbook as it is: whoever reads the file, or its history in git, has it"
	intoFile = "write {env: NAME} or {file: PATH}, and change the secret if the file has been shared"
)

// eachLiteral calls f with every secret below the node that the file holds, or the default of the var it comes from.
func (l *linter) eachLiteral(key string, n *node, secret func(key string) bool, f func(key string, n *node)) {
	if n == nil {
		return
	}
	if n.kind == scalar && n.text != "" && secret(key) && n.shape.mark("x-secret") && (!n.edited || l.byDefault(n.text)) {
		f(key, n)
	}
	for _, item := range n.items {
		l.eachLiteral(key, item, secret, f)
	}
	for _, field := range n.fields {
		l.eachLiteral(field.key, field.value, secret, f)
	}
}

// byDefault reports whether a text refers to a var whose value stands in the file.
func (l *linter) byDefault(text string) bool {
	for _, f := range l.root.get("spec").get("vars").keys() {
		refers := strings.Contains(strings.ReplaceAll(text, " ", ""), begin+"vars."+f.key+end)
		if d := f.value.get("default"); refers && (f.value.kind == scalar || d != nil && d.text != "") {
			return true
		}
	}
	return false
}
