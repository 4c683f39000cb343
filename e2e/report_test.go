package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/srmigrate/srmigrate/internal/report"
	"github.com/srmigrate/srmigrate/schemas"
)

// reported demands reports of a run, and that the evidence is what its schema says and nobody has touched it.
func reported(t *testing.T, dir string) *report.Evidence {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.CompileString("report.json", string(schemas.Report()))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %#v", dir, err)
	}
	e, err := report.ReadEvidence(raw)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := report.Verify(raw, e.Head, e.Tool)
	if err != nil || len(verified.Problems) > 0 {
		t.Errorf("%s: %v, %v; want it as it was made", dir, verified, err)
	}
	return e
}
