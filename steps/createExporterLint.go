package steps

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/event"
	"github.com/srmigrate/srmigrate/internal/registry"
)

// Lint tells what the runbook alone shows of an exporter: two names of one registry, a context of the server's making,
// and a config that cannot work.
func (s *CreateExporter) Lint(scope Scope) []Lint {
	var found []Lint
	m := s.means(scope.Dialects[s.source()])
	if scope.oneRegistry(s.source(), s.target()) {
		found = append(found, Lint{"/target", s.oneRegistry("the same URL")})
		if read := feedsItself(m, nil); read != "" {
			found = append(found, Lint{"/subjects", s.feedsItself(read)})
		}
	}
	if m.ContextType == "AUTO" {
		found = append(found, Lint{"/contextType", s.auto("")})
	}
	for _, f := range configFindings(s.Config.over(scope.Access[s.target()].Export), false) {
		found = append(found, Lint{"/config", f})
	}
	if s.lacksTLS(scope.Access[s.target()]) {
		found = append(found, Lint{"/config", s.noTLS()})
	}
	return found
}

// Lint tells of config keys that nobody reads.
func (u *UpdateExporter) Lint(Scope) []Lint {
	var found []Lint
	for _, f := range unread(u.Config) {
		found = append(found, Lint{"/config", f})
	}
	return found
}

// means is the mapping in the words of package compare.
func (s *CreateExporter) means(dialect string) compare.Mapping {
	return compare.Mapping{
		ContextType: s.ContextType, Context: contextName(s.Context),
		Patterns: s.Subjects, RenameFormat: s.SubjectRenameFormat,
	}.Meant(dialect)
}

func (s *CreateExporter) oneRegistry(because string) event.Finding {
	return event.Finding{
		Code: "SRM004", Severity: "error",
		Text:   fmt.Sprintf("%s and %s are one registry: they have %s", s.source(), s.target(), because),
		Remedy: "give each its own URL; to copy from one context of a registry to another one, allow it",
	}
}

func (s *CreateExporter) feedsItself(context string) event.Finding {
	return event.Finding{
		Code: "SRM005", Severity: "error",
		Text:   fmt.Sprintf("exporter %s reads %s and writes to it, since both are one registry: it would copy its own copies", s.Exporter, contextWord(context)),
		Remedy: "name the contexts to copy in subjects, such as \":.a:*\", and another context to write to",
	}
}

func contextWord(context string) string {
	return placeNames([]string{contextPlace(context)})[0]
}

// generated stands for the context that a server makes up.
const generated = ".generated"

// feedsItself names a context that an exporter within one registry both reads and writes; "" when there is none.
func feedsItself(m compare.Mapping, contexts []string) string {
	if m.ContextType == "AUTO" && m.Context == "" {
		m.Context = generated
	}
	contexts = append([]string{"."}, contexts...)
	for _, p := range m.Patterns {
		c, _ := splitPlace(p)
		contexts = append(contexts, c)
	}
	for _, to := range m.TargetContexts(contexts) {
		if len(m.TargetContexts([]string{to})) > 0 {
			return to
		}
	}
	return ""
}

// auto is the finding for a context that the server makes up; what says which, where that is known.
func (s *CreateExporter) auto(what string) event.Finding {
	return event.Finding{
		Code: "SRM021", Severity: "warning",
		Text:   fmt.Sprintf("contextType AUTO puts a context that %s makes up in front of every subject on %s%s", s.source(), s.target(), what),
		Remedy: "write NONE to keep names as they are, or CUSTOM to choose the context",
	}
}

// lacksTLS reports whether the source server is told nothing of the certificates that this program was given.
func (s *CreateExporter) lacksTLS(target Access) bool {
	config := s.Config.over(target.Export)
	if !target.OwnTLS || !reachedByTLS(config["schema.registry.url"]) {
		return false
	}
	for key := range config {
		if strings.HasPrefix(strings.TrimPrefix(key, "schema.registry."), "ssl.") {
			return false
		}
	}
	return true
}

func reachedByTLS(list registry.Secret) bool {
	return slices.ContainsFunc(strings.Split(list.Reveal(), ","), func(s string) bool {
		u, err := url.Parse(strings.TrimSpace(s))
		return err == nil && u.Scheme == "https"
	})
}

func (s *CreateExporter) noTLS() event.Finding {
	return event.Finding{
		Code: "SRM026", Severity: "warning",
		Text: fmt.Sprintf("%s is declared with tls, which is for this program; the exporter runs on %s, and its config has no ssl key",
			s.target(), s.source()),
		Remedy: fmt.Sprintf("name store files that lie on the source server in asDestination.config of %s, such as "+
			"schema.registry.ssl.truststore.location; if that server trusts %s already, allow it", s.target(), s.target()),
	}
}

// importsBelow reports whether the exporter sets IMPORT somewhere below a place of its target other than on that place:
// on the context where a pattern covers the whole of one, else on the subject.
func (s *CreateExporter) importsBelow(place string) bool {
	m := s.means("")
	if m.ContextType == "AUTO" {
		m.Context = generated
	}
	for _, p := range m.Patterns {
		context, name := splitPlace(strings.Replace(p, ":*:", ":"+somewhere+":*", 1))
		m.Patterns = []string{":*:"}
		to := m.TargetContexts([]string{context})[0]
		whole, here := name == "*", contextPlace(to) == place
		if (here || place == "") && (!whole || !here) {
			return true
		}
	}
	return false
}

// somewhere stands for any context that the source may have.
const somewhere = ".somewhere"
