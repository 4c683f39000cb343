package normal

import "testing"

func TestAvroSpellings(t *testing.T) {
	same{
		"primitive":      {`"string"`, `{"type":"string"}`, `{"type":{"type":"string"}}`, ` { "type" : "\u0073tring" } `},
		"union":          {`["null","string"]`, `[{"type":"null"},"string"]`, `{"type":["null",{"type":"string"}]}`},
		"logical type":   {`{"logicalType":"uuid","type":"string"}`, `{"type":"string","logicalType":"uuid"}`},
		"array":          {`{"items":"int","type":"array"}`, `{"type":"array","items":{"type":"int"}}`, `{"type":{"type":"array","items":"int"}}`},
		"map":            {`{"type":"map","values":"int"}`, `{"values":{"type":"int"},"type":"map"}`},
		"name in parts":  {`{"name":"a.b.E","symbols":["X"],"type":"enum"}`, `{"type":"enum","name":"E","namespace":"a.b","symbols":["X"]}`, `{"type":"enum","name":"a.b.E","namespace":"z","symbols":["X"]}`},
		"fixed":          {`{"name":"F","size":16,"type":"fixed"}`, `{"type":"fixed","name":"F","namespace":"","size":16}`, `{"type":"fixed","name":"F","size":1.6e1}`},
		"order":          {`{"fields":[{"name":"f","type":"int"}],"name":"R","type":"record"}`, `{"type":"record","name":"R","fields":[{"name":"f","type":"int","order":"ascending"}]}`, `{"type":"record","name":"R","fields":[{"name":"f","type":"int","order":"ASCENDING"}]}`},
		"order ignored":  {`{"fields":[{"name":"f","order":"ignore","type":"int"}],"name":"R","type":"record"}`, `{"type":"record","name":"R","fields":[{"name":"f","type":"int","order":"IGNORE"}]}`},
		"aliases":        {`{"aliases":["a.Q","z.P"],"fields":[{"aliases":["g","h"],"name":"f","type":"int"}],"name":"a.R","type":"record"}`, `{"type":"record","namespace":"a","name":"R","aliases":["z.P","Q"],"fields":[{"name":"f","type":"int","aliases":["h","g","h"]}]}`},
		"nothing said":   {`{"fields":[{"name":"f","type":"int"}],"name":"R","type":"record"}`, `{"type":"record","name":"R","doc":"","aliases":[],"fields":[{"name":"f","type":"int","doc":"","aliases":[]}]}`},
		"default":        {`{"fields":[{"default":1,"name":"f","type":"double"}],"name":"R","type":"record"}`, `{"type":"record","name":"R","fields":[{"name":"f","type":"double","default":1.0}]}`},
		"names within":   {`{"fields":[{"name":"x","type":{"name":"a.E","symbols":["X"],"type":"enum"}},{"name":"y","type":"a.E"},{"name":"z","type":["null","a.E"]}],"name":"a.R","type":"record"}`, `{"type":"record","name":"R","namespace":"a","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["X"]}},{"name":"y","type":"E"},{"name":"z","type":["null",{"type":"a.E"}]}]}`},
		"recursion":      {`{"fields":[{"name":"next","type":["null","a.L"]}],"name":"a.L","type":"record"}`, `{"type":"record","name":"a.L","fields":[{"name":"next","type":["null","L"]}]}`},
		"other's name":   {`{"fields":[{"name":"f","type":"a.Address"}],"name":"a.R","type":"record"}`, `{"type":"record","name":"R","namespace":"a","fields":[{"name":"f","type":"Address"}]}`},
		"no namespace":   {`{"fields":[{"name":"f","type":{"name":"E","namespace":"","symbols":[],"type":"enum"}},{"name":"g","type":"E"}],"name":"a.R","type":"record"}`, `{"type":"record","name":"a.R","fields":[{"name":"f","type":{"type":"enum","name":"E","namespace":"","symbols":[]}},{"name":"g","type":"E"}]}`},
		"no schema":      {`{"a":[{"type":5},null],"b":{"c":1,"d":"é"}}`, `{"b":{"d":"\u00e9","c":1},"a":[{"type":5},null]}`},
		"half a schema":  {`{"name":5,"namespace":"a","type":"record"}`},
		"odd properties": {`{"type":"int","x":{"aliases":["b","a"],"doc":"","name":"n","namespace":"a","type":{"type":"int"}}}`},
	}.test(t, "AVRO")
}

func TestAvroContent(t *testing.T) {
	record := func(field string) string { return `{"type":"record","name":"a.R","fields":[` + field + `]}` }
	apart(t, "AVRO", map[string][2]string{
		"type":                 {`"int"`, `"long"`},
		"doc":                  {`{"type":"enum","name":"E","symbols":[],"doc":"x"}`, `{"type":"enum","name":"E","symbols":[]}`},
		"doc's spaces":         {record(`{"name":"f","type":"int","doc":"a b"}`), record(`{"name":"f","type":"int","doc":"a  b"}`)},
		"logical type":         {`{"type":"string","logicalType":"uuid"}`, `"string"`},
		"property":             {`{"type":"string","avro.java.string":"String"}`, `"string"`},
		"property's order":     {`{"type":"string","x":["a","b"]}`, `{"type":"string","x":["b","a"]}`},
		"default":              {record(`{"name":"f","type":"int","default":0}`), record(`{"name":"f","type":"int"}`)},
		"default null":         {record(`{"name":"f","type":"null","default":null}`), record(`{"name":"f","type":"null"}`)},
		"minus zero":           {record(`{"name":"f","type":"float","default":0.0}`), record(`{"name":"f","type":"float","default":-0.0}`)},
		"large numbers":        {record(`{"name":"f","type":"long","default":9007199254740993}`), record(`{"name":"f","type":"long","default":9007199254740992}`)},
		"number as text":       {record(`{"name":"f","type":"int","default":1}`), record(`{"name":"f","type":"int","default":"1"}`)},
		"order of fields":      {record(`{"name":"f","type":"int"},{"name":"g","type":"int"}`), record(`{"name":"g","type":"int"},{"name":"f","type":"int"}`)},
		"order of union":       {`["null","int"]`, `["int","null"]`},
		"union of one":         {`["int"]`, `"int"`},
		"order of symbols":     {`{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["B","A"]}`},
		"order":                {record(`{"name":"f","type":"int","order":"descending"}`), record(`{"name":"f","type":"int"}`)},
		"namespace":            {`{"type":"fixed","name":"a.F","size":1}`, `{"type":"fixed","name":"F","size":1}`},
		"alias":                {`{"type":"fixed","name":"a.F","size":1,"aliases":["b.F"]}`, `{"type":"fixed","name":"a.F","size":1,"aliases":["F"]}`},
		"field's alias":        {record(`{"name":"f","type":"int","aliases":["g"]}`), record(`{"name":"f","type":"int"}`)},
		"namespace within":     {record(`{"name":"f","type":{"type":"enum","name":"E","symbols":[]}}`), record(`{"name":"f","type":{"type":"enum","name":"E","namespace":"","symbols":[]}}`)},
		"error and record":     {`{"type":"error","name":"R","fields":[]}`, `{"type":"record","name":"R","fields":[]}`},
		"null and nothing":     {`{"type":"int","x":null}`, `{"type":"int"}`},
		"empty list, nothing":  {`{"type":"int","x":[]}`, `{"type":"int"}`},
		"quotes in names":      {`{"a\":1,\"b":1}`, `{"a":1,"b":1}`},
		"nested lists":         {`[["a"],["b"]]`, `[["a","b"]]`},
		"wrapped number":       {`{"type":1}`, `1`},
		"a type called record": {`{"type":"record"}`, `"record"`},
	})
}
