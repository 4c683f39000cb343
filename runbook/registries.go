package runbook

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// registries reads spec.registries, in file order.
func (l *loader) registries() []Registry {
	var all []Registry
	for _, f := range l.root.get("spec").get("registries").keys() {
		n := f.value
		r := Registry{Name: f.key, Line: f.at.line, Dialect: Confluent}
		r.URL, r.Others = l.urls(n)
		l.checkURL(n.get("asDestination").get("url"))
		if d := plain(n.get("dialect")); d != "" {
			r.Dialect = d
		}
		l.login(&r, n.get("auth"))
		r.Headers = l.headers(n)
		r.TLS = l.tls(n.get("tls"))
		r.OwnTLS = n.get("tls").get("ca") != nil || n.get("tls").get("cert") != nil ||
			n.get("tls").get("truststore") != nil || n.get("tls").get("keystore") != nil
		r.Allow = l.allow(n.get("allow"))
		r.Timeout = l.duration(n.get("timeout"), 0)
		r.RateLimit = number(n.get("rateLimit"))
		r.Concurrency = int(number(n.get("concurrency")))
		r.Export, r.Curl = export(r, n), l.curl(r, n)
		r.Renew = l.renew(n)
		all = append(all, r)
	}
	return all
}

// urls reads url or urls, of which there is one.
func (l *loader) urls(n *node) (first string, others []string) {
	one, several := n.field("url"), n.field("urls")
	switch {
	case n.kind != mapping:
		return "", nil
	case one == nil && several == nil && !n.lost:
		l.report(n, `missing key "url"`)
	case one != nil && several != nil:
		l.add(n, several.at, "url and urls: write one of them; urls is for several URLs of one registry")
	}
	l.checkURL(n.get("url"))
	all := []string{plain(n.get("url"))}
	for i, item := range n.get("urls").entries() {
		l.checkURL(item)
		if i == 0 && one == nil {
			all[0] = plain(item)
			continue
		}
		all = append(all, plain(item))
	}
	return all[0], all[1:]
}

// plain is a text, as the file has it where its value is not known.
func plain(n *node) string {
	s, _ := n.str()
	if s != "" && n.open {
		return n.text
	}
	return s
}

// number is 0 where there is none, or its value is not known.
func number(n *node) float64 {
	if n == nil || n.open {
		return 0
	}
	v, _ := n.value.(json.Number)
	f, _ := v.Float64()
	return f
}

func secretOf(n *node) registry.Secret { return registry.NewSecret(plain(n)) }

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
