package steps

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/srmigrate/srmigrate/internal/registry"
)

// Who is told that the target refuses an exporter is told whose credentials those are, and what renews them.
func TestWaitForTellsWhatRenewsCredentials(t *testing.T) {
	const java = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException: "
	const renew = "updateExporter: {exporter: e, target: target} gives it the new ones and keeps its offset"
	created := []Past{{ID: "start", Type: "createExporter", Record: json.RawMessage(`{"source":"source","target":"target","exporter":"e"}`)}}
	for trace, c := range map[string]struct {
		step    WaitFor
		past    []Past
		address string // of the target, as it is declared
		want    string
	}{
		java + "Unauthorized; error code: 401": {past: created, want: "target refuses the credentials of the exporter. It has those that its config was written with, " +
			"from auth of registry target (env:USER and file:password): if they have changed since, " + renew},
		"no token from https://idp.example/token: status 401": {step: WaitFor{FailIf: `status.trace != ""`}, past: created, want: renew},
		"401 Unauthorized": {want: "its target refuses the credentials of the exporter. It has those that its config was written with, from the config that it was given: " +
			"if they have changed since, updateExporter: {exporter: e, config: …} gives it the new ones"},
		java + "User is denied operation Write on Subject: x; error code: 40301": {past: created, want: "target knows the exporter and does not let it write: " +
			"allow that to whom it logs in as, which follows from auth of registry target (env:USER and file:password); or let it log in as somebody else, " +
			"with updateExporter: {exporter: e, target: target}, which keeps its offset"},
		"status: 401, and its config has the address": {address: "http://target.test", want: renew},
		java + "id 401 is taken; error code: 42205":   {past: created, want: ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := scripted(t, always(status("RUNNING", 1, fmt.Sprintf(`"trace":%q`, trace))))
			target, err := registry.New(registry.Config{Name: "target", URL: "http://target.test", Credentials: "env:USER and file:password"})
			if err != nil {
				t.Fatal(err)
			}
			s.env.Registries["target"], s.env.Steps = target, c.past
			s.env.Exports = map[string]map[string]registry.Secret{"target": {exporterURL: registry.NewSecret(c.address)}}
			c.step.Exporter = "e"
			_, err = c.step.Do(t.Context(), s.env)
			if err == nil || !strings.Contains(err.Error(), trace) {
				t.Fatalf("got %v", err)
			}
			told := strings.Join(s.noticed(), "\n")
			for what, text := range map[string]string{"the error": err.Error(), "the notice": told} {
				if c.want == "" && strings.Contains(text, "updateExporter") || !strings.Contains(text, c.want) {
					t.Errorf("%s says %s\nwant %s", what, text, c.want)
				}
			}
			if took := time.Since(s.begun); took > time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}
