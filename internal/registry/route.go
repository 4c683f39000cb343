package registry

import (
	"slices"
	"strings"
)

// words of paths that are no names.
var routeWords = []string{
	"subjects", "versions", "schemas", "ids", "types", "config", "mode", "contexts", "exporters", "status", "pause", "resume",
	"reset", "v1", "metadata", "id", "compatibility", "referencedby", "schema", "latest",
}

// Route is a path without names, so that alike requests can be counted together.
func Route(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if i > 0 && p != "" && !slices.Contains(routeWords, p) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}
