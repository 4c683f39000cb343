package sandbox

import "net/http"

// confluentRoutes is what Confluent's registry of this version answers to.
func (r *Registry) confluentRoutes() []route {
	routes := []route{
		{http.MethodGet, "/", r.getRoot},
		{http.MethodGet, "/v1/metadata/id", r.getMetadataID},
		{http.MethodGet, "/contexts", r.getContexts},
	}
	if r.has.versionEndpoint {
		routes = append(routes, route{http.MethodGet, "/v1/metadata/version", r.getMetadataVersion})
	}
	if r.has.deleteContext {
		routes = append(routes, route{http.MethodDelete, "/contexts/{}", r.delContext})
	}
	routes = append(routes, r.subjectRoutes()...)
	routes = append(routes, r.schemaRoutes()...)
	return append(routes, r.settingRoutes()...)
}

func (r *Registry) subjectRoutes() []route {
	return []route{
		{http.MethodGet, "/subjects", r.getSubjects},
		{http.MethodPost, "/subjects/{}", r.postLookup},
		{http.MethodDelete, "/subjects/{}", r.delSubject},
		{http.MethodGet, "/subjects/{}/versions", r.getVersions},
		{http.MethodPost, "/subjects/{}/versions", r.postVersion},
		{http.MethodGet, "/subjects/{}/versions/{}", r.getVersion},
		{http.MethodDelete, "/subjects/{}/versions/{}", r.delVersion},
		{http.MethodGet, "/subjects/{}/versions/{}/schema", r.getVersionText},
		{http.MethodGet, "/subjects/{}/versions/{}/referencedby", r.getReferencedBy},
		{http.MethodPost, "/compatibility/subjects/{}/versions", r.postCompatibility},
		{http.MethodPost, "/compatibility/subjects/{}/versions/{}", r.postCompatibility},
	}
}

func (r *Registry) schemaRoutes() []route {
	routes := []route{
		{http.MethodGet, "/schemas", r.getSchemas},
		{http.MethodGet, "/schemas/types", r.getTypes},
		{http.MethodGet, "/schemas/ids/{}", r.getID},
		{http.MethodGet, "/schemas/ids/{}/schema", r.getIDText},
		{http.MethodGet, "/schemas/ids/{}/subjects", r.getIDSubjects},
		{http.MethodGet, "/schemas/ids/{}/versions", r.getIDVersions},
	}
	if r.has.guids {
		routes = append(routes,
			route{http.MethodGet, "/schemas/guids/{}", r.getGUID},
			route{http.MethodGet, "/schemas/guids/{}/ids", r.getGUIDIDs})
	}
	return routes
}

func (r *Registry) settingRoutes() []route {
	routes := []route{
		{http.MethodGet, "/mode", r.getMode},
		{http.MethodPut, "/mode", r.putMode},
		{http.MethodGet, "/mode/{}", r.getMode},
		{http.MethodPut, "/mode/{}", r.putMode},
		{http.MethodDelete, "/mode/{}", r.delMode},
		{http.MethodGet, "/config", r.getConfig},
		{http.MethodPut, "/config", r.putConfig},
		{http.MethodDelete, "/config", r.delConfig},
		{http.MethodGet, "/config/{}", r.getConfig},
		{http.MethodPut, "/config/{}", r.putConfig},
		{http.MethodDelete, "/config/{}", r.delConfig},
	}
	if r.has.deleteGlobalMode {
		routes = append(routes, route{http.MethodDelete, "/mode", r.delMode})
	}
	return routes
}
