package runbook

import (
	"net/http"
	"strings"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// headers reads the headers that go with every request.
func (l *loader) headers(n *node) map[string]registry.Secret {
	all := map[string]registry.Secret{}
	lines := map[string]int{}
	for _, f := range n.get("headers").keys() {
		name := http.CanonicalHeaderKey(f.key)
		first, twice := lines[name]
		err := registry.CheckHeaderName(f.key)
		switch {
		case strings.Contains(f.key, begin): // it has been reported
		case err != nil:
			l.add(f.value, f.at, "headers: %v", err)
		case twice:
			l.add(f.value, f.at, "headers: %s is already there in line %d, in other letters; remove one", quote(f.key), first)
		case name == "Authorization" && n.get("auth") != nil:
			l.add(f.value, f.at, "headers: Authorization comes from auth; remove one of them")
		default:
			l.checkHeader(f)
		}
		lines[name], all[f.key] = f.at.line, secretOf(f.value)
	}
	return all
}

func (l *loader) checkHeader(f *field) {
	if _, ok := f.value.str(); !ok || f.value.open {
		return
	}
	if err := registry.CheckHeaderValue(secretOf(f.value)); err != nil {
		l.report(f.value, "headers: %s: %v", f.key, err)
	}
}
