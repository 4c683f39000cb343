package registry

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// GET /exporters/{name}/config
//
// ExporterTarget returns the addresses that an exporter writes to, without credentials, as its config has them; "" when
// it has none.
func (c *Client) ExporterTarget(ctx context.Context, name string) (string, error) {
	var config map[string]json.RawMessage
	err := c.do(ctx, call{method: http.MethodGet, path: exporterPath(name) + "/config", read: into(&config)})
	if err != nil {
		return "", c.exporterError(err)
	}
	raw, there := config["schema.registry.url"]
	if !there || text(raw) == "" {
		return "", nil
	}
	var bare []string
	for address := range strings.SplitSeq(text(raw), ",") {
		bare = append(bare, oneLine(bareURL(strings.TrimSpace(address)), 200))
	}
	return strings.Join(bare, ","), nil
}
