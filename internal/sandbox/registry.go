// Package sandbox imitates Confluent Schema Registry in memory, with a working
// schema exporter. It is what the demo runs on and what the tests are judged
// by, so it shares no code with the client.
package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Registry is one schema registry in memory. It is an http.Handler and safe
// for concurrent use.
type Registry struct {
	opts   Options
	has    features
	routes []route
	client *http.Client

	// alive ends with Close and with Restart; every exporter lives within one. It
	// is guarded by the lock of the exporters.
	alive context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu    sync.RWMutex
	store *store
	topic topic

	exporters exporterSet
}

// New returns an empty registry that behaves as o says. Close it to end its
// exporters.
func New(o Options) (*Registry, error) {
	o = o.withDefaults()
	has, err := o.features()
	if err != nil {
		return nil, err
	}
	r := &Registry{opts: o, has: has, client: o.HTTPClient, store: newStore(), topic: newTopic()}
	if r.client == nil {
		r.client = newHTTPClient(o.Dial)
	}
	r.exporters.byName = map[string]*exporter{}
	r.routes = r.routesOf()
	r.alive, r.stop = context.WithCancel(context.Background())
	// A registry writes a no-op into its topic when it becomes the leader, so
	// the first schema is never at offset 0.
	r.append(record{kind: recordNoop})
	return r, nil
}

// Close ends all exporters and waits for them. What the registry holds stays
// readable.
func (r *Registry) Close() {
	r.exporters.close()
	r.exporters.mu.Lock()
	r.stop()
	r.exporters.mu.Unlock()
	r.work.Wait()
	if r.opts.HTTPClient == nil {
		r.client.CloseIdleConnections()
	}
}

// Restart loses everything: schemas, modes, configs and exporters, as when a
// registry restarts and finds its topic empty. Who it is stays.
func (r *Registry) Restart() {
	set := &r.exporters
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, x := range set.byName {
		x.shut()
	}
	clear(set.byName)
	r.stop() // nobody waits for the exporters: one of them may have sent the request that ends here
	if !set.closed {
		r.alive, r.stop = context.WithCancel(context.Background())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.topic.grown) // or whoever waits for the next record never would get one
	r.store, r.topic = newStore(), newTopic()
	r.append(record{kind: recordNoop})
}

// newHTTPClient has a transport of its own so that Close can release its
// connections without disturbing anybody else's.
func newHTTPClient(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	t := &http.Transport{
		DialContext:           dial,
		Proxy:                 nil,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       30 * time.Second,
		ResponseHeaderTimeout: 20 * time.Second,
	}
	return &http.Client{Transport: t, Timeout: 30 * time.Second}
}

// append writes one record to the topic. Callers hold mu.
func (r *Registry) append(rec record) {
	rec.ts = time.Now().UnixMilli()
	r.topic.append(rec)
}
