package e2e

import (
	"slices"
	"strings"

	"github.com/srmigrate/srmigrate/internal/sandbox"
)

// naming says into which context a subject of the source is copied, and whether it is.
type naming func(context, subject string) (to string, copied bool)

// The context that AUTO puts in front follows from the ids of the source.
const (
	clusterOfSource  = "cluster-of-source"
	generatedContext = "." + clusterOfSource + "-schema-registry"
)

// mirror is every subject where it was.
func mirror(context, _ string) (string, bool) { return context, true }

// generated is what AUTO and "*" mean where the guide is not right: the default context, moved.
func generated(context, _ string) (string, bool) { return generatedContext, context == "." }

// only is one context, moved to another one.
func only(from, to string) naming {
	return func(context, _ string) (string, bool) { return to, context == from }
}

// prefixed is every context with another one in front.
func prefixed(by string) naming {
	return func(context, _ string) (string, bool) {
		return by + strings.TrimSuffix(context, "."), true
	}
}

// domainsTo is what "user-*" and "order-*" match, in the context that they are copied to.
func domainsTo(to string) naming {
	return func(context, subject string) (string, bool) {
		return to, context == "." && (strings.HasPrefix(subject, "user-") || strings.HasPrefix(subject, "order-"))
	}
}

// of are the versions that the target has to hold. Ids and versions are those of the source, gaps and deletions, too.
func (n naming) of(source sandbox.Snapshot) map[key]sandbox.Version {
	copies := map[key]sandbox.Version{}
	for _, v := range source.Versions {
		if to, ok := n.name(v.Subject); ok {
			v.Subject = to
			v.References = slices.Clone(v.References)
			for i, ref := range v.References {
				if strings.HasPrefix(ref.Subject, ":.") {
					v.References[i].Subject, _ = n.name(ref.Subject)
				}
			}
			copies[key{v.Subject, v.Version}] = v
		}
	}
	return copies
}

// contexts are those that the target has to have.
func (n naming) contexts(source sandbox.Snapshot) []string {
	list := []string{"."}
	for k := range n.of(source) {
		context, _ := split(k.subject)
		list = append(list, context)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (n naming) name(qualified string) (string, bool) {
	context, subject := split(qualified)
	to, ok := n(context, subject)
	if to != "." {
		subject = ":" + to + ":" + subject
	}
	return subject, ok
}

// split takes a subject as registries show it apart.
func split(qualified string) (context, subject string) {
	if !strings.HasPrefix(qualified, ":.") {
		return ".", qualified
	}
	context, subject, _ = strings.Cut(qualified[1:], ":")
	return context, subject
}
