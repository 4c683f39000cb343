package registry

import (
	"context"
	"net/http"
)

// GET /v1/metadata/id
//
// Identity returns "<kafka-cluster>/<schema-registry-cluster>", which two URLs
// of one registry have in common; false when the server has no such route.
func (c *Client) Identity(ctx context.Context) (string, bool, error) {
	var id struct {
		Scope struct {
			Clusters struct {
				Kafka    string `json:"kafka-cluster"`
				Registry string `json:"schema-registry-cluster"`
			} `json:"clusters"`
		} `json:"scope"`
	}
	err := c.do(ctx, call{method: http.MethodGet, path: "/v1/metadata/id", read: into(&id)})
	if isUnknownRoute(err) {
		return "", false, nil
	}
	clusters := id.Scope.Clusters
	if err != nil || clusters.Kafka == "" {
		return "", false, err
	}
	return clusters.Kafka + "/" + clusters.Registry, true, nil
}

// GET /v1/metadata/version
//
// ServerVersion returns the server's version, such as "8.1.1"; false when it
// does not tell.
func (c *Client) ServerVersion(ctx context.Context) (string, bool, error) {
	var v struct {
		Version string `json:"version"`
	}
	err := c.do(ctx, call{method: http.MethodGet, path: "/v1/metadata/version", read: into(&v)})
	if isUnknownRoute(err) {
		return "", false, nil
	}
	return v.Version, err == nil && v.Version != "", err
}
