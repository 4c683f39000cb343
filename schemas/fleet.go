package schemas

import (
	"encoding/json"
	"maps"
)

// Fleet returns the schema of what -o json prints at the end of a run of the cells of a matrix. A cell has what the result
// of a single run has.
func Fleet() []byte {
	return ofCells("srmigrate fleet", "How a call of srmigrate run or rollback ended that worked on the cells of a matrix.", map[string]any{
		"version":  described("integer", "The format of this object."),
		"runbook":  described("string", "The name of the runbook."),
		"result":   described("string", "The result of the cell that is worst off."),
		"exitCode": described("integer", "The exit code: that of the cell that is worst off, in the order of docs/exit-codes.md."),
		"reason":   described("string", "How many cells ended how."),
		"counts": map[string]any{
			"description": "How many cells have each result.", "type": "object", "additionalProperties": map[string]any{"type": "integer"},
		},
		"next":    described("string", "The command that goes on with what is left. Cells that were rolled back are not among it, unless no others are left: theirs need --restart."),
		"seconds": described("number", "How long the call took."),
	}, embedded("result"), "")
}

// FleetPlan returns the schema of what plan -o json prints of the cells of a matrix.
func FleetPlan() []byte {
	return ofCells("srmigrate fleet plan", "What srmigrate run would do with the cells of a matrix, as srmigrate plan -o json prints it.", map[string]any{
		"version":  described("integer", "The format of the plans."),
		"runbook":  described("string", "The name of the runbook."),
		"exitCode": described("integer", "The exit code of the call."),
		"reason":   described("string", "How many cells would do what."),
		"findings": map[string]any{"description": "What is dangerous about cells together.", "type": "array", "items": map[string]any{"$ref": "#/definitions/finding"}},
		"unseen":   map[string]any{"description": "Why it cannot be said of a cell whether it meets others on its target.", "type": "array", "items": map[string]any{"type": "string"}},
	}, embedded("plan"), "plan")
}

// ofCells is the schema of an object with cells. What a cell has stands in it, or under a key of its own.
func ofCells(title, text string, properties map[string]any, cell []byte, under string) []byte {
	var of map[string]any
	if err := json.Unmarshal(cell, &of); err != nil {
		panic(err) // it is embedded
	}
	definitions, _ := of["definitions"].(map[string]any)
	name := described("string", "The name of the cell.")
	if under == "" {
		own, _ := of["properties"].(map[string]any)
		own = maps.Clone(own)
		own["cell"] = name
		of["properties"] = own
	} else {
		if definitions == nil {
			definitions = map[string]any{}
		}
		definitions[under] = map[string]any{
			"description": "What run would do with the cell.", "type": "object", "additionalProperties": false,
			"required": of["required"], "properties": of["properties"],
		}
		of = map[string]any{
			"type": "object", "additionalProperties": false, "required": []string{"cell", "exitCode", "verdict"},
			"properties": map[string]any{
				"cell": name, "exitCode": described("integer", "The exit code that a plan of the cell alone would have."),
				"verdict": described("string", "The plan in a line."), "error": described("string", "Why there is no plan."),
				under: map[string]any{"$ref": "#/definitions/" + under, "description": "The plan."},
			},
		}
	}
	for _, key := range []string{"$schema", "title", "definitions"} {
		delete(of, key)
	}
	of["description"] = "A cell."
	properties["cells"] = map[string]any{"description": "The cells that were meant, in the order of the matrix.", "type": "array", "items": of}
	required := []string{"version", "runbook", "exitCode", "reason", "cells"}
	root := map[string]any{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": title, "description": text,
		"type": "object", "additionalProperties": false, "required": required, "properties": properties,
	}
	if definitions != nil {
		root["definitions"] = definitions
	}
	raw, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // it is made of JSON
	}
	return append(raw, '\n')
}

func described(typ, text string) map[string]any {
	return map[string]any{"type": typ, "description": text}
}
