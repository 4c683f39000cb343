// Package schemas holds the JSON Schemas (draft-07) of the runbook and of its step types, as they are checked against.
package schemas

import (
	"embed"
	"io/fs"
	"strings"
)

const (
	folder = "steps"
	suffix = ".schema.json"
)

//go:embed document.schema.json state.schema.json result.schema.json plan.schema.json compare.schema.json report.schema.json snapshot.schema.json rehearsal.schema.json steps/*.schema.json
var files embed.FS

// Document returns the schema of the runbook without the parameters of its steps. Objects that it marks with
// "x-step" take one step type as a key besides those that it lists. Texts that the schema of a step marks with "x-late" may refer to
// what is known only when the step is reached.
func Document() []byte { return embedded("document") }

// State returns the schema of the state file.
func State() []byte { return embedded("state") }

// Plan returns the schema of what plan -o json prints.
func Plan() []byte { return embedded("plan") }

// Compare returns the schema of what compare -o json prints.
func Compare() []byte { return embedded("compare") }

// Report returns the schema of what report -o json makes.
func Report() []byte { return embedded("report") }

// Snapshot returns the schema of a line of what snapshot writes.
func Snapshot() []byte { return embedded("snapshot") }

// Rehearsal returns the schema of what rehearse -o json prints.
func Rehearsal() []byte { return embedded("rehearsal") }

// Result returns the schema of what -o json prints at the end of a run.
func Result() []byte { return embedded("result") }

func embedded(name string) []byte {
	b, err := files.ReadFile(name + suffix)
	if err != nil {
		panic(err) // it is embedded
	}
	return b
}

// Step returns the schema of a step type's parameters; false when there is none.
func Step(typ string) ([]byte, bool) {
	b, err := files.ReadFile(folder + "/" + typ + suffix)
	return b, err == nil
}

// Types lists the step types that have a schema, sorted.
func Types() []string {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		panic(err) // it is embedded
	}
	types := make([]string, 0, len(entries))
	for _, e := range entries {
		types = append(types, strings.TrimSuffix(e.Name(), suffix))
	}
	return types
}
