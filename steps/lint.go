package steps

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Linter is a step that can tell dangers from the runbook alone. Lint is called once on load, after Check has found
// nothing wrong with any step, and does no I/O.
type Linter interface{ Lint(s Scope) []Lint }

// Lint is a finding of the runbook alone. Path is a JSON pointer below the step's parameters, to what it rests on.
type Lint struct {
	Path string
	event.Finding
}

// Access is how a registry is reached, as far as the runbook tells.
type Access struct {
	URLs   []string
	Export map[string]registry.Secret // exporter config that reaches it
	OwnTLS bool                       // this program was given certificates for it
}

// Mover is a step after which schemas are under way. Moves returns the registry that they come from.
type Mover interface{ Moves() string }

// Prover is a step that compares. Proves says whether its verdict is one on what was copied.
type Prover interface{ Proves() bool }

// Thawer is a step that gives writes back to the clients of a registry. Thaws returns the registry's name, or "" when
// these parameters do not.
type Thawer interface{ Thaws() string }

// Use is what a step has to do with an exporter.
type Use string

// The uses.
const (
	Makes Use = "makes"
	Needs Use = "needs" // it has to be there
	Knows Use = "knows" // it has to be there unless this run has made it
	Ends  Use = "ends"  // it is gone afterwards
)

// ExporterUser is a step that has to do with an exporter. Uses returns the registry it is on, its name, and what for;
// the name is "" when there is none.
type ExporterUser interface {
	Uses() (registry, name string, use Use)
}

// oneRegistry reports whether the runbook writes the same address for both.
func (s Scope) oneRegistry(a, b string) bool {
	to := s.Access[b].URLs
	if reached := s.Access[b].Export["schema.registry.url"].Reveal(); reached != "" {
		to = append(slices.Clone(to), strings.Split(reached, ",")...)
	}
	for _, u := range s.Access[a].URLs {
		if slices.ContainsFunc(to, func(o string) bool { return sameURL(u, o) }) {
			return true
		}
	}
	return false
}

// sameURL compares what URLs mean. Texts that are none are the same only when they are equal.
func sameURL(a, b string) bool {
	return a != "" && plainURL(a) == plainURL(b)
}

// plainURL is the same for every spelling of a URL.
func plainURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" {
		return s
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port(u) + strings.TrimRight(u.Path, "/")
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// IsLoopback reports whether nobody else can read what goes to the URL.
func IsLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}
