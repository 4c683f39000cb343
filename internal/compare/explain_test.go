package compare_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
	"github.com/srmigrate/srmigrate/schemas"
)

// explained compares and explains; meanwhile is called in between.
func explained(t *testing.T, source, target *fake, meanwhile func()) *compare.Result {
	t.Helper()
	s, d := client(t, source), client(t, target)
	r, err := compare.Run(t.Context(), s, d, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	meanwhile()
	compare.Explain(t.Context(), s, d, r)
	return r
}

func texts(kind string, all ...string) *fake {
	f := &fake{configs: map[string]string{}}
	for i, text := range all {
		f.rows = append(f.rows, schema("s", i+1, i+1, func(s *registry.Schema) { s.SchemaType, s.Schema = kind, text }))
	}
	return f
}

func TestExplainShowsWhatDiffers(t *testing.T) {
	long := `{"type":"enum","name":"E","doc":"` + strings.Repeat("x", 300) + `","symbols":["A"` + strings.Repeat(`,"B"`, 40) + `]}`
	for name, c := range map[string]struct {
		kind, source, target string
		want                 []string
	}{
		"a field": {
			"AVRO", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`, `{"name":"R","type":"record","fields":[{"type":"long","name":"a"}]}`,
			[]string{"--- source", "+++ target", "@@ -2,7 +2,7 @@", `   "fields": [`, "     {", `       "name": "a",`, `-      "type": "int"`, `+      "type": "long"`, "     }", "   ],", `   "name": "R",`},
		},
		"protobuf": {
			"PROTOBUF", "message A { int32 a = 1; }", "message A { int32 b = 1; }",
			[]string{"--- source", "+++ target", "@@ -1,4 +1,4 @@", ` syntax = "proto2";`, " message A {", "-  int32 a = 1;", "+  int32 b = 1;", " }"},
		},
		"no schema":   {"AVRO", "{", "[", []string{"--- source", "+++ target", "@@ -1,1 +1,1 @@", "-{", "+["}},
		"a long text": {"AVRO", long, `"int"`, []string{"--- source", "+++ target", "@@ -1,48 +1,1 @@", "-{", `-  "doc": "` + strings.Repeat("x", 149) + "…", `-  "name": "E",`, `-  "symbols": [`, `-    "A",`, `-    "B",`, `-    "B",`, `-    "B",`, `-    "B",`, `-    "B",`, `-    "B",`, `-    "B",`, `-    "B",`, "… and 36 lines more"}},
		"a huge text": {"AVRO", `{"doc":"` + strings.Repeat("x", 1<<18) + `"}`, `"int"`, []string{"the texts have 262,160 bytes and 6 bytes, too many to show here"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := explained(t, texts(c.kind, c.source), texts(c.kind, c.target), func() {})
			if len(r.Differences) != 1 || len(r.Hints) > 0 {
				t.Fatalf("got %s, %s", lines(r.Differences), r.Hints)
			}
			if d := cmp.Diff(c.want, r.Differences[0].Diff); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExplainTellsOfImportedNames(t *testing.T) {
	const source, target = `import "x"; message A { T a = 1; }`, `import "x"; message A { .T a = 1; }`
	r := explained(t, texts("PROTOBUF", source), texts("PROTOBUF", target), func() {})
	want := "s version 1: schema differs, though only in how it calls types of the schemas that it imports; these may well be the same"
	if got := lines(r.Differences); got != want || r.Verdict != compare.Different {
		t.Errorf("got %s, %s", got, r.Verdict)
	}
}

func TestExplainBearsWhatHappensMeanwhile(t *testing.T) {
	for want, meanwhile := range map[string]func(s, d *fake){
		"the source's text cannot be read again: GET": func(s, _ *fake) { s.rows = nil },
		"the target's text cannot be read again: GET": func(_, d *fake) {
			d.before = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasPrefix(r.URL.Path, "/subjects/") {
					w.WriteHeader(http.StatusForbidden)
				}
				return strings.HasPrefix(r.URL.Path, "/subjects/")
			}
		},
		"the two are the same by now": func(s, d *fake) { d.rows = s.rows },
	} {
		s, d := texts("AVRO", `"int"`), texts("AVRO", `"long"`)
		r := explained(t, s, d, func() { meanwhile(s, d) })
		if got := r.Differences[0].Diff; len(got) != 1 || !strings.HasPrefix(got[0], want) || r.Verdict != compare.Different {
			t.Errorf("got %q, %s, want %s", got, r.Verdict, want)
		}
	}
}

// What a server with the setting makes of a text is the same schema; where it
// is not, the setting is named all the same.
func TestExplainNamesNormalize(t *testing.T) {
	const hint = "the target has normalize: true for %s, so that it stores schemas in a spelling of its own"
	for name, c := range map[string]struct {
		place, body, target string
		want                []string
	}{
		"default context":     {"", `{"compatibilityLevel":"NONE","normalize":true}`, `{"type":"int"}`, []string{fmt.Sprintf(hint, "default context")}},
		"subject":             {"s", `{"normalize":true}`, `{"type":"int"}`, []string{fmt.Sprintf(hint, "s")}},
		"off":                 {"s", `{"normalize":false}`, `{"type":"int"}`, nil},
		"another subject":     {"other", `{"normalize":true}`, `{"type":"int"}`, nil},
		"content":             {"s", `{"normalize":true}`, `"long"`, []string{fmt.Sprintf(hint, "s")}},
		"nothing is in doubt": {"s", `{"normalize":true}`, `"int"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			target := texts("AVRO", c.target)
			target.configs[c.place] = c.body
			asked := 0
			r := explained(t, texts("AVRO", `"int"`), target, func() { asked = target.requests() })
			if d := cmp.Diff(c.want, r.Hints); d != "" {
				t.Error(d)
			}
			if len(r.Differences) == 0 && target.requests() > asked {
				t.Error("asked the target although nothing differs")
			}
		})
	}
}

// Whatever difference is found, other programs can read it.
func TestDifferencesFitTheirSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("compare.json", strings.NewReader(string(schemas.Compare()))); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("compare.json#/definitions/difference")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, seed := range seeds(t, 200) {
		p := somePairing(seed)
		p.differ()
		source, target := p.source.fake(1), p.target.fake(2)
		p.o.OnDifference = func(d compare.Difference) error {
			kinds[d.Kind] = true
			var v any
			if err := json.Unmarshal(encoded(d), &v); err != nil {
				return err
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %#v", encoded(d), err)
			}
			return nil
		}
		if _, err := compare.Run(t.Context(), near(t, direct{source}), near(t, direct{target}), p.o); err != nil {
			t.Fatal(err)
		}
	}
	if len(kinds) < 4 {
		t.Errorf("saw only %v", kinds)
	}
}
