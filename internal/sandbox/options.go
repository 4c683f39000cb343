package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"time"
)

// Options decide what one registry of the sandbox is like.
type Options struct {
	// Profile is whose behaviour it imitates, ProfileConfluent by default.
	Profile string
	// Server is the version of Confluent Platform it imitates, which decides
	// the features it has: "7.4.0", "7.6.2", "8.1.1" (default) or another
	// three-part version from 7.0.0 on.
	Server string
	// ClusterID is the Kafka cluster id in GET /v1/metadata/id; by default a
	// random one.
	ClusterID string
	// GroupID is the schema registry group there, "schema-registry" by default.
	GroupID string
	// Exporters says that the exporter extension is loaded. Without it
	// /exporters is an unknown route. ProfileCommunity never has it.
	Exporters bool
	// Starting is how long an exporter stays STARTING at least.
	Starting time.Duration
	// Pace is the time an exporter takes for each record that it copies.
	Pace time.Duration
	// PauseLag is how long an exporter still shows its old state after a pause
	// was accepted. It copies nothing in that time.
	PauseLag time.Duration
	// NoForce makes exporters enter IMPORT without force, so that a target
	// which is not empty refuses them.
	NoForce bool
	// NoImport makes exporters leave the target's modes alone.
	NoImport bool
	// Stall makes exporters stop after StallAfter records of each run, with
	// nothing to show for it: they are RUNNING.
	Stall      bool
	StallAfter int
	// ReassignIDs makes exporters register under ids of their own.
	ReassignIDs bool
	// NoConfigs makes exporters leave configs alone.
	NoConfigs bool
	// PageCap is the default and the maximum of rows in GET /schemas: 0 means
	// 1000 (none up to 7.4.0), a negative value none.
	PageCap int
	// Immutable is mode.mutability=false: every change of a mode is refused.
	Immutable bool
	// Dial is how exporters connect, whatever their config says; nil: as the system does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HTTPClient is what exporters reach their target with, by default one
	// with timeouts and no proxy.
	HTTPClient *http.Client
}

func (o Options) withDefaults() Options {
	if o.Server == "" {
		o.Server = "8.1.1"
	}
	if o.GroupID == "" {
		o.GroupID = "schema-registry"
	}
	if o.ClusterID == "" {
		o.ClusterID = randomClusterID()
	}
	return o
}

// features is what server version and profile amount to.
func (o Options) features() (features, error) {
	has, err := featuresOf(o.withDefaults().Server)
	if err != nil {
		return has, err
	}
	return has.as(o.Profile)
}

// randomClusterID has the form of a Kafka cluster id: 16 bytes in URL-safe
// base64.
func randomClusterID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // documented never to fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// named gives the registry a cluster id that is the same every time; seed has
// 16 characters.
func (o Options) named(seed string) Options {
	if o.ClusterID == "" {
		o.ClusterID = base64.RawURLEncoding.EncodeToString([]byte(seed))
	}
	return o
}
