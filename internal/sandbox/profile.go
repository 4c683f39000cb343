package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Profiles say whose behaviour a registry imitates.
const (
	// ProfileConfluent is Confluent Platform as it is, and the default.
	ProfileConfluent = "confluent"
	// ProfileGuide is a registry as a well-known migration guide describes it:
	// PUT creates exporters, AUTO keeps contexts, * is every subject and /mode
	// covers every context.
	ProfileGuide = "guide"
	// ProfileCommunity is Confluent Platform without the exporter.
	ProfileCommunity = "community"
	// ProfileLax is a registry of another maker, such as AxonOps: exporters are
	// kept, but copy nothing, and hardly anything is checked.
	ProfileLax = "lax"
)

// Profiles lists all profiles, the default first.
func Profiles() []string {
	return []string{ProfileConfluent, ProfileGuide, ProfileCommunity, ProfileLax}
}

// as turns what a version of Confluent Platform can do into what a registry of
// the profile can.
func (f features) as(profile string) (features, error) {
	switch profile {
	case "", ProfileConfluent, ProfileCommunity:
	case ProfileGuide:
		f.knownInImport = false
		f.putCreates, f.widePatterns, f.guideContexts, f.anyTime = true, true, true, true
		f.errorState, f.plainStatus, f.operatorImport = true, true, true
		f.modeForAll, f.freeImport = true, true
	case ProfileLax:
		f.bulkCap, f.knownInImport = false, false
		f.inert, f.literalPrefix, f.bareRows, f.bareImport = true, true, true, true
	default:
		return f, fmt.Errorf("profile %q: want %s", profile, strings.Join(Profiles(), ", "))
	}
	return f, nil
}

// routesOf is what the registry answers to.
func (r *Registry) routesOf() []route {
	routes := r.confluentRoutes()
	if !r.opts.Exporters || r.opts.Profile == ProfileCommunity {
		return routes
	}
	exporters := r.exporterRoutes()
	if r.has.inert {
		exporters = r.inertRoutes()
	}
	return slices.Concat(routes, []route{{http.MethodGet, "/exporters", r.getExporters}}, exporters)
}
