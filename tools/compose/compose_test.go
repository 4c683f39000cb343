// Package compose checks docker-compose.test.yml where there is no Docker: by the schema of compose files, as Compose
// itself reads them, and for what the scripts need of it.
package compose

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const file = "../../docker-compose.test.yml"

// load reads the file as `docker compose` does: schema, interpolation, merge and consistency.
func load(t *testing.T, env ...string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// set is a variable of a service, which must not be missing.
func set(t *testing.T, p *types.Project, service, name string) string {
	t.Helper()
	v := p.Services[service].Environment[name]
	if v == nil || *v == "" {
		t.Errorf("%s: %s is not set", service, name)
		return ""
	}
	return *v
}

func TestServices(t *testing.T) {
	p := load(t)
	if got := strings.Join(p.ServiceNames(), " "); got != "kafka-source kafka-target source target" {
		t.Fatalf("services: %s", got)
	}
	for name, s := range p.Services {
		if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2 {
			t.Errorf("%s: no health check, so `up --wait` does not wait for it", name)
		}
		if s.Hostname != name {
			t.Errorf("%s: hostname %q: listeners and exporters name it by its service", name, s.Hostname)
		}
	}
	for _, side := range []string{"source", "target"} {
		if got := p.Services[side].DependsOn["kafka-"+side].Condition; got != types.ServiceConditionHealthy {
			t.Errorf("%s: waits for its Kafka until %q, want %q", side, got, types.ServiceConditionHealthy)
		}
		if check := strings.Join(p.Services[side].HealthCheck.Test, " "); !strings.Contains(check, "GET /subjects") {
			t.Errorf("%s: health check %q does not ask the registry", side, check)
		}
	}
}

func TestExporterExtension(t *testing.T) {
	p := load(t)
	for name, want := range map[string]string{
		"SCHEMA_REGISTRY_RESOURCE_EXTENSION_CLASS":   "io.confluent.schema.exporter.SchemaExporterResourceExtension",
		"SCHEMA_REGISTRY_KAFKASTORE_UPDATE_HANDLERS": "io.confluent.schema.exporter.storage.SchemaExporterUpdateHandler",
	} {
		if got := set(t, p, "source", name); got != want {
			t.Errorf("source: %s is %q, want %q", name, got, want)
		}
		if got := p.Services["target"].Environment[name]; got != nil {
			t.Errorf("target: %s is %q; a script shows what a registry without exporters says", name, *got)
		}
	}
	set(t, p, "source", "SCHEMA_REGISTRY_PASSWORD_ENCODER_SECRET")
	// It would replace the list above altogether.
	if _, ok := p.Services["source"].Environment["SCHEMA_REGISTRY_SCHEMA_REGISTRY_RESOURCE_EXTENSION_CLASS"]; ok {
		t.Error("source: the old spelling of the extension class is set as well")
	}
}

func TestRegistriesAreTwo(t *testing.T) {
	p := load(t)
	for _, name := range []string{
		"SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_KAFKASTORE_TOPIC",
		"SCHEMA_REGISTRY_SCHEMA_REGISTRY_GROUP_ID", "SCHEMA_REGISTRY_HOST_NAME",
	} {
		if source, target := set(t, p, "source", name), set(t, p, "target", name); source == target {
			t.Errorf("%s is %q on both", name, source)
		}
	}
	if source, target := set(t, p, "kafka-source", "CLUSTER_ID"), set(t, p, "kafka-target", "CLUSTER_ID"); source == target {
		t.Errorf("CLUSTER_ID is %q on both", source)
	}
	for _, side := range []string{"source", "target"} {
		if got := set(t, p, side, "SCHEMA_REGISTRY_MODE_MUTABILITY"); got != "true" {
			t.Errorf("%s: mode mutability is %q", side, got)
		}
		kafka := set(t, p, "kafka-"+side, "KAFKA_ADVERTISED_LISTENERS")
		if got := set(t, p, side, "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS"); got != kafka {
			t.Errorf("%s: asks %q, its Kafka is %q", side, got, kafka)
		}
	}
}

func TestPortsListenOnLoopback(t *testing.T) {
	p := load(t, "SOURCE_PORT=18081", "TARGET_PORT=18082")
	want := map[string]string{"source": "18081", "target": "18082", "kafka-source": "", "kafka-target": ""}
	for name, s := range p.Services {
		published := ""
		for _, port := range s.Ports {
			published += port.Published
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s listens on %q", name, port.Published, port.HostIP)
			}
		}
		if published != want[name] {
			t.Errorf("%s: publishes %q, want %q", name, published, want[name])
		}
	}
	p = load(t)
	if got := p.Services["source"].Ports[0].Published + p.Services["target"].Ports[0].Published; got != "80818082" {
		t.Errorf("without variables the ports are %s", got)
	}
}

func TestVersionIsOne(t *testing.T) {
	for _, c := range []struct{ env, want string }{{"", "8.1.1"}, {"CP_VERSION=7.9.5", "7.9.5"}} {
		for name, s := range load(t, c.env).Services {
			image := "confluentinc/cp-schema-registry:"
			if strings.HasPrefix(name, "kafka") {
				image = "confluentinc/cp-kafka:"
			}
			if s.Image != image+c.want {
				t.Errorf("%q: %s is %s, want %s%s", c.env, name, s.Image, image, c.want)
			}
		}
	}
}

// The check of a registry is a program in bash, which is tried on servers that answer well and badly.
func TestRegistryIsHealthyWhenItAnswers(t *testing.T) {
	check := load(t).Services["source"].HealthCheck.Test
	for status, healthy := range map[int]bool{http.StatusOK: true, http.StatusInternalServerError: false} {
		asked := ""
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			w.WriteHeader(status)
		}))
		script := check[len(check)-1]
		// Compose leaves $$ to the engine's side of the file: it is $ there.
		script = strings.ReplaceAll(script, "127.0.0.1/8081", strings.ReplaceAll(srv.Listener.Addr().String(), ":", "/"))
		script = strings.ReplaceAll(script, "$$", "$")
		out, err := exec.Command(check[1], check[2], script).CombinedOutput()
		srv.Close()
		if (err == nil) != healthy || asked != "/subjects" {
			t.Errorf("server that answers %d: asked for %q, %v, want healthy %t\n%s", status, asked, err, healthy, out)
		}
	}
}
