package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const exporterHeader = "Confluent-Schema-Exporter-Name"

// target is the registry that an exporter writes to, as its config says.
type target struct {
	alive  context.Context // ends with the life of the registry
	name   string
	agent  string
	urls   []string
	sign   func(*http.Request) error
	client *http.Client
	own    bool  // the client is not the registry's
	broken error // why there is no client
}

// newTarget is called with x locked.
func newTarget(x *exporter) *target {
	r, s := x.registry, x.spec
	t := &target{alive: x.alive, name: s.Name}
	t.agent = "schema-exporter " + r.opts.ClusterID + "-" + r.opts.GroupID + "/" + url.PathEscape(s.Name)
	for u := range strings.SplitSeq(s.Config[urlKey], ",") {
		t.urls = append(t.urls, strings.TrimRight(strings.TrimSpace(u), "/"))
	}
	t.client, t.broken = storeClient(s.Config, r.opts.Dial)
	if t.broken == nil {
		t.broken = oneSource(s.Config)
	}
	t.own = t.client != nil
	if !t.own {
		t.client = r.client
	}
	t.sign = signer(s.Config, t.client)
	return t
}

// close lets go of connections that nobody else uses.
func (t *target) close() {
	if t.own {
		t.client.CloseIdleConnections()
	}
}

// setting reads a config key with or without the prefix that the registry
// client strips.
func setting(config map[string]string, key string) string {
	if v := config[key]; v != "" {
		return v
	}
	return config["schema.registry."+key]
}

// do sends one request, to the next address if one does not answer, and
// decodes the answer into out.
func (t *target) do(verb, path string, body, out any) error {
	var err error
	for _, base := range t.urls {
		err = t.try(verb, base, path, body, out)
		if answered(err, 0) || err == nil {
			return err
		}
	}
	return err
}

func (t *target) try(verb, base, path string, body, out any) error {
	q, err := t.request(verb, base+path, body)
	if err != nil {
		return unreachable(verb, path, err)
	}
	if t.broken != nil {
		return configError{t.broken}
	}
	answer, err := t.client.Do(q)
	if err != nil {
		return unreachable(verb, path, err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read from
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return unreachable(verb, path, err)
	}
	if answer.StatusCode/100 != 2 {
		return refusalOf(verb, path, answer.StatusCode, b)
	}
	return decode(b, out)
}

// A configError is about the config itself: no other try changes anything.
type configError struct{ error }

func (e configError) Error() string {
	return "org.apache.kafka.common.config.ConfigException: " + e.error.Error()
}

// decode reads an answer, also one that does not matter: a page of some proxy
// is no success.
func decode(b []byte, out any) error {
	if out == nil {
		out = new(any)
		if len(b) == 0 {
			return nil
		}
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("com.fasterxml.jackson.core.JsonParseException: %w", err)
	}
	return nil
}

func (t *target) request(verb, address string, body any) (*http.Request, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if body == nil {
		b = nil
	}
	// A request that is under way is not cut off by a pause.
	q, err := http.NewRequestWithContext(t.alive, verb, address, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if user := q.URL.User; user != nil {
		password, _ := user.Password()
		q.SetBasicAuth(user.Username(), password)
		q.URL.User = nil // or it would show in traces
	}
	q.Header.Set("Content-Type", mediaV1)
	q.Header.Set("Accept", mediaV1)
	q.Header.Set("User-Agent", t.agent)
	q.Header.Set(exporterHeader, t.name)
	return q, t.sign(q)
}
