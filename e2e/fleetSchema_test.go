package e2e

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/schemas"
)

// What plan and run print of a fleet as JSON is what their schemas say, whether cells end well or not.
func TestFleetsFitTheirSchemas(t *testing.T) {
	p := newPark(t, 3)
	p.breaks(1)
	for _, c := range []struct {
		verb   string
		schema []byte
		exit   int
	}{{"plan", schemas.FleetPlan(), 0}, {"run", schemas.Fleet(), 1}, {"run", schemas.Fleet(), 1}} {
		schema, err := jsonschema.CompileString(c.verb+".json", string(c.schema))
		if err != nil {
			t.Fatal(err)
		}
		cmd := p.command(c.verb, "fleet.yaml", "-o", "json")
		errs := new(bytes.Buffer)
		cmd.Stderr = errs
		out, err := cmd.Output()
		if got := exit(err); got != c.exit {
			t.Fatalf("%s: exit %d, want %d\n%s%s", c.verb, got, c.exit, out, errs)
		}
		var v any
		if err := json.Unmarshal(out, &v); err != nil {
			t.Fatalf("%s: %v\n%s", c.verb, err, out)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %#v", c.verb, err)
		}
	}
}
