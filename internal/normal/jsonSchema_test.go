package normal

import "testing"

func TestJSONSchemaSpellings(t *testing.T) {
	same{
		"order of keys":  {`{"properties":{"a":{},"b":true},"type":"object"}`, `{ "type":"object", "properties":{"b":true,"a":{}} }`},
		"numbers":        {`{"maximum":100,"minimum":0.5,"multipleOf":1e-7}`, `{"maximum":1.0E+2,"minimum":5e-1,"multipleOf":0.0000001}`, `{"maximum":100.00,"minimum":0.50,"multipleOf":1E-07}`},
		"large number":   {`{"const":12345e30}`, `{"const":12345000000000000000000000000000000}`, `{"const":1.2345e34}`},
		"escapes":        {`{"title":"é/\"\\\u0001"}`, `{"title":"\u00e9\/\u0022\u005c\u0001"}`},
		"required":       {`{"required":["a","b"]}`, `{"required":["b","a"]}`},
		"types":          {`{"type":["null","string"]}`, `{"type":["string","null"]}`},
		"within":         {`{"$defs":{"x":{"items":[{"required":["a","b"]}]}},"allOf":[{"not":{"type":["a","b"]}}]}`, `{"allOf":[{"not":{"type":["b","a"]}}],"$defs":{"x":{"items":[{"required":["b","a"]}]}}}`},
		"dependencies":   {`{"dependencies":{"x":["a","b"],"y":{"required":["a","b"]}},"dependentRequired":{"x":["a","b"]}}`, `{"dependentRequired":{"x":["b","a"]},"dependencies":{"y":{"required":["b","a"]},"x":["b","a"]}}`},
		"any schema":     {`true`, ` true `},
		"property names": {`{"properties":{"required":{"type":["a","b"]},"type":{"type":["a","b"]}}}`, `{"properties":{"type":{"type":["b","a"]},"required":{"type":["b","a"]}}}`},
	}.test(t, "JSON")
}

func TestJSONSchemaContent(t *testing.T) {
	apart(t, "JSON", map[string][2]string{
		"enum":             {`{"enum":["a","b"]}`, `{"enum":["b","a"]}`},
		"allOf":            {`{"allOf":[{},true]}`, `{"allOf":[true,{}]}`},
		"const":            {`{"const":{"required":["a","b"]}}`, `{"const":{"required":["b","a"]}}`},
		"default":          {`{"default":{"type":["a","b"]}}`, `{"default":{"type":["b","a"]}}`},
		"examples":         {`{"examples":[{"required":["a","b"]}]}`, `{"examples":[{"required":["b","a"]}]}`},
		"unknown keyword":  {`{"x":{"required":["a","b"]}}`, `{"x":{"required":["b","a"]}}`},
		"twice in a set":   {`{"required":["a","a"]}`, `{"required":["a"]}`},
		"set or not":       {`{"type":["a"]}`, `{"type":"a"}`},
		"number as text":   {`{"maximum":1}`, `{"maximum":"1"}`},
		"last digit":       {`{"maximum":1.0000000000000000000001}`, `{"maximum":1.0000000000000000000002}`},
		"minus":            {`{"minimum":-1}`, `{"minimum":1}`},
		"absurd exponents": {`{"minimum":1e99999999999}`, `{"minimum":1e99999999998}`},
		"true and text":    {`true`, `"true"`},
		"null and nothing": {`{"default":null}`, `{}`},
		"spaces in a text": {`{"title":"a b"}`, `{"title":"a  b"}`},
	})
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ in, settings, metadata string }{
		{``, "", ""},
		{`{}`, "", ""},
		{`null`, "", ""},
		{`{"a":{"b":[null]},"c":{}}`, `{"a":{"b":[null]}}`, `{"a":{"b":[null]}}`},
		{`{"tags":{"x":["b","a"]},"l":[{"b":1.0,"a":[]},"z","y"]}`, `{"l":[{"b":1},"z","y"],"tags":{"x":["a","b"]}}`, `{"l":[{"b":1},"z","y"],"tags":{"x":["a","b"]}}`},
		{`{"properties":{"confluent:version":"3"}}`, `{"properties":{"confluent:version":"3"}}`, ""},
		{`{"properties":{"owner":"a","confluent:version":"3"}}`, `{"properties":{"confluent:version":"3","owner":"a"}}`, `{"properties":{"owner":"a"}}`},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, `{"a":1,"a":2}`},
	} {
		if got := string(Settings([]byte(c.in))); got != c.settings {
			t.Errorf("%s: got %s, want %s", c.in, got, c.settings)
		}
		if got := string(Metadata([]byte(c.in))); got != c.metadata {
			t.Errorf("%s as metadata: got %s, want %s", c.in, got, c.metadata)
		}
	}
}
