package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/schemas"
)

// What plan -o json prints is what its schema says: the golden plans are of every kind.
func TestPlansFitTheirSchema(t *testing.T) {
	schema, err := jsonschema.CompileString("plan.json", string(schemas.Plan()))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/plans.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".json.golden") {
			continue
		}
		seen++
		var v any
		if err := json.Unmarshal(f.Data, &v); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %#v", f.Name, err)
		}
	}
	if seen != 5 {
		t.Errorf("looked at %d plans, want 5", seen)
	}
}
