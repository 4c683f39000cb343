package compare_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/srmigrate/srmigrate/internal/compare"
	"github.com/srmigrate/srmigrate/internal/registry"
)

func TestIdentical(t *testing.T) {
	r := run(t, &fake{rows: sample()}, &fake{rows: sample()}, compare.Options{})
	if want := "identical: 4 of 4 subjects, 5 versions, contexts ., .eu"; r.Summary() != want {
		t.Errorf("got %s, want %s\n%s", r.Summary(), want, lines(r.Differences))
	}
}

func TestBothSidesEmpty(t *testing.T) {
	r := run(t, &fake{}, &fake{}, compare.Options{})
	if want := "identical: 0 of 0 subjects, 0 versions"; r.Summary() != want {
		t.Errorf("got %s, want %s", r.Summary(), want)
	}
}

// Whatever single thing is changed, on whichever side, is found and named.
func TestOneDifference(t *testing.T) {
	edit := func(subject string, version int, change func(*registry.Schema)) func([]row) []row {
		return func(rows []row) []row {
			for i, s := range rows {
				if s.Subject == subject && s.Version == version {
					change(&rows[i].Schema)
				}
			}
			return rows
		}
	}
	without := func(subject string, version int) func([]row) []row {
		return func(rows []row) []row {
			return slices.DeleteFunc(rows, func(s row) bool { return s.Subject == subject && s.Version == version })
		}
	}
	for name, tc := range map[string]struct {
		change         func([]row) []row
		target, source string // what is said when it happens there
	}{
		"version gone": {
			without("orders", 3),
			"orders version 3: missing on the target", "orders version 3: on the target only",
		},
		"first version gone": {
			without("orders", 1),
			"orders version 1: missing on the target", "orders version 1: on the target only",
		},
		"subject gone": {
			without("address", 1),
			"address: missing on the target, 1 version", "address: on the target only, 1 version (reported only)",
		},
		"last subject gone": {
			without("user/events", 1),
			"user/events: missing on the target, 1 version", "user/events: on the target only, 1 version (reported only)",
		},
		"context's subject gone": {
			without(":.eu:orders", 1),
			":.eu:orders: missing on the target, 1 version", ":.eu:orders: on the target only, 1 version (reported only)",
		},
		"soft-deleted": {
			func(rows []row) []row { rows[1].gone = true; return rows },
			"orders version 1: missing on the target", "orders version 1: on the target only",
		},
		"id": {
			edit("orders", 3, func(s *registry.Schema) { s.ID = 9 }),
			"orders version 3: id 3, on the target 9", "orders version 3: id 9, on the target 3",
		},
		"text": {
			edit("orders", 3, func(s *registry.Schema) { s.Schema = strings.Replace(s.Schema, "r3", "R3", 1) }),
			"orders version 3: schema differs", "orders version 3: schema differs",
		},
		"type": {
			edit("orders", 3, func(s *registry.Schema) { s.SchemaType = "JSON" }),
			"orders version 3: schema differs, type AVRO, on the target JSON", "orders version 3: schema differs, type JSON, on the target AVRO",
		},
		"protobuf text": {
			edit("user/events", 1, func(s *registry.Schema) { s.Schema = `syntax = "proto2";` }),
			"user/events version 1: schema differs", "user/events version 1: schema differs",
		},
		"reference gone": {
			edit("orders", 1, func(s *registry.Schema) { s.References = nil }),
			"orders version 1: references differ", "orders version 1: references differ",
		},
		"reference's version": {
			edit("orders", 1, func(s *registry.Schema) {
				s.References = []registry.Reference{{Name: "Address", Subject: "address", Version: 2}}
			}),
			"orders version 1: references differ", "orders version 1: references differ",
		},
		"reference's context": {
			edit("orders", 1, func(s *registry.Schema) {
				s.References = []registry.Reference{{Name: "Address", Subject: ":.eu:address", Version: 1}}
			}),
			"orders version 1: references differ", "orders version 1: references differ",
		},
		"metadata": {
			edit("orders", 3, func(s *registry.Schema) { s.Metadata = json.RawMessage(`{"properties":{"owner":"b"}}`) }),
			"orders version 3: metadata differs", "orders version 3: metadata differs",
		},
		"metadata gone": {
			edit("orders", 3, func(s *registry.Schema) { s.Metadata = nil }),
			"orders version 3: metadata differs", "orders version 3: metadata differs",
		},
		"rules": {
			edit("orders", 3, func(s *registry.Schema) {
				s.RuleSet = json.RawMessage(`{"domainRules":[{"name":"r","kind":"TRANSFORM"}]}`)
			}),
			"orders version 3: rules differ", "orders version 3: rules differ",
		},
	} {
		for _, cap := range []int{0, 1, 2} {
			t.Run(name, func(t *testing.T) {
				at := func(want string, source, target []row) {
					var said []compare.Difference
					r := run(t, &fake{rows: source, cap: cap}, &fake{rows: target, cap: cap}, compare.Options{
						OnDifference: func(d compare.Difference) error { said = append(said, d); return nil },
					})
					if lines(r.Differences) != want || lines(said) != want {
						t.Errorf("got %s, said %s, want %s", lines(r.Differences), lines(said), want)
					}
					verdict, total := compare.Different, 1
					if strings.HasSuffix(want, "(reported only)") {
						verdict, total = compare.Identical, 0
					}
					if r.Verdict != verdict || r.Total() != total || r.Reported != 1-total {
						t.Errorf("got %s, %+v", r.Summary(), r)
					}
				}
				at(tc.target, sample(), tc.change(sample()))
				at(tc.source, tc.change(sample()), sample())
			})
		}
	}
}

// These are two spellings of one schema: worth telling, but no other content.
func TestOtherSpelling(t *testing.T) {
	for name, tc := range map[string][3]string{
		"white space":   {"AVRO", `{"type":"int","x":1}`, "{ \"type\" :\n\"int\",\"x\":1.0}"},
		"order of keys": {"JSON", `{"type":"object","title":"a"}`, `{"title":"\u0061","type":"object"}`},
		"normalized":    {"AVRO", `{"type":"fixed","namespace":"a","name":"F","size":1}`, `{"name":"a.F","type":"fixed","size":1}`},
		"proto":         {"PROTOBUF", "message A { int32 a = 1; }", "// c\nmessage A {\n  int32 a = 01; /* x */\n}\n"},
	} {
		written := func(i int) *fake {
			return &fake{rows: []row{schema("s", 1, 1, func(s *registry.Schema) { s.SchemaType, s.Schema = tc[0], tc[i] })}}
		}
		t.Run(name, func(t *testing.T) {
			r := run(t, written(1), written(2), compare.Options{})
			want := "s version 1: the same schema, written in another way (reported only)"
			if got := lines(r.Differences); r.Verdict != compare.Identical || got != want {
				t.Errorf("got %s\n%s", r.Summary(), got)
			}
			r = run(t, written(1), written(2), compare.Options{Check: map[string]compare.Level{"format": compare.Fail}})
			if r.Verdict != compare.Different || r.Changed != 1 || r.Differing != 1 {
				t.Errorf("where it is to fail: got %s", r.Summary())
			}
			r = run(t, written(1), written(1), compare.Options{Check: map[string]compare.Level{"format": compare.Fail}})
			if r.Verdict != compare.Identical {
				t.Errorf("to the byte the same: got %s", r.Summary())
			}
		})
	}
}

// What is no schema is compared byte by byte, and that is said.
func TestTextsThatCannotBeRead(t *testing.T) {
	const why = "s version 1: schema differs, compared byte by byte, because "
	for want, texts := range map[string][2]string{
		why + "neither text can be read as AVRO":         {`{"type":"int" `, `{"type":"int"  `},
		why + "the source's text cannot be read as AVRO": {`{"type":"int" `, `{"type":"int"}`},
		why + "the target's text cannot be read as AVRO": {`{"type":"int"}`, `{"type":"int","type":"int"}`},
		"": {`{"type":"int" `, `{"type":"int" `},
	} {
		written := func(i int) *fake {
			return &fake{rows: []row{schema("s", 1, 1, func(s *registry.Schema) { s.Schema = texts[i] })}}
		}
		r := run(t, written(0), written(1), compare.Options{})
		if got := lines(r.Differences); got != want || (want == "") != (r.Verdict == compare.Identical) {
			t.Errorf("%q: got %s\n%s", texts, r.Summary(), got)
		}
	}
}

// These are other ways to say the same.
func TestNoDifference(t *testing.T) {
	for name, tc := range map[string]struct{ a, b func(*registry.Schema) }{
		"empty rules": {
			func(s *registry.Schema) {
				s.RuleSet, s.Metadata = json.RawMessage(`{"domainRules":[],"migrationRules":null}`), json.RawMessage(`{"tags":{},"properties":{}}`)
			},
			nil,
		},
		"confluent:version": {
			func(s *registry.Schema) { s.Metadata = json.RawMessage(`{"properties":{"confluent:version":"3"}}`) },
			nil,
		},
		"order of references": {
			func(s *registry.Schema) {
				s.References = []registry.Reference{{Name: "A", Subject: "a", Version: 1}, {Name: "B", Subject: ":.:b", Version: 1}}
			},
			func(s *registry.Schema) {
				s.References = []registry.Reference{{Name: "B", Subject: "b", Version: 1}, {Name: "A", Subject: "a", Version: 1}}
			},
		},
		"order of tags": {
			func(s *registry.Schema) { s.Metadata = json.RawMessage(`{"sensitive":["b","a"]}`) },
			func(s *registry.Schema) { s.Metadata = json.RawMessage(`{"sensitive":["a","b"]}`) },
		},
		"type in small letters": {func(s *registry.Schema) { s.SchemaType = "avro" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, &fake{rows: []row{schema("s", 1, 1, tc.a)}}, &fake{rows: []row{schema("s", 1, 1, tc.b)}}, compare.Options{})
			if r.Verdict != compare.Identical || r.Reported > 0 {
				t.Errorf("got %s\n%s", r.Summary(), lines(r.Differences))
			}
		})
	}
}

// These look alike and are not the same.
func TestNearlyTheSame(t *testing.T) {
	typed := func(schemaType, text string) func(*registry.Schema) {
		return func(s *registry.Schema) { s.SchemaType, s.Schema = schemaType, text }
	}
	for name, tc := range map[string][2]string{
		"number as text":         {`{"default":1}`, `{"default":"1"}`},
		"large numbers":          {`{"default":9007199254740993}`, `{"default":9007199254740992}`},
		"order of a list":        {`{"symbols":["a","b"]}`, `{"symbols":["b","a"]}`},
		"space in a string":      {`{"doc":"a b"}`, `{"doc":"a  b"}`},
		"key twice":              {`{"a":1,"a":2}`, `{"a":2}`},
		"key twice, other order": {`{"a":1,"a":2}`, `{"a":2,"a":1}`},
		"half surrogates":        {`{"doc":"\ud800"}`, `{"doc":"\ud801"}`},
		"no JSON, spaces":        {`string `, `string`},
		"null and absent":        {`{"default":null}`, `{}`},
		"empty and absent":       {`{"fields":[]}`, `{}`},
		"quotes in names":        {`{"a\":1,\"b":1}`, `{"a":1,"b":1}`},
		"nested lists":           {`[[1],[2]]`, `[[1,2]]`},
		"JSON string and number": {`"1"`, `1`},
	} {
		for _, kind := range []string{"AVRO", "JSON"} {
			t.Run(name, func(t *testing.T) {
				r := run(t, &fake{rows: []row{schema("s", 1, 1, typed(kind, tc[0]))}}, &fake{rows: []row{schema("s", 1, 1, typed(kind, tc[1]))}}, compare.Options{})
				if r.Verdict != compare.Different || r.Changed != 1 {
					t.Errorf("got %s", r.Summary())
				}
			})
		}
	}
	for name, tc := range map[string][2]string{
		"words joined":          {"message A { int32 a = 1; }", "message A { int32a = 1; }"},
		"comment in a string":   {`option a = "x//y";`, `option a = "x//z";`},
		"space in a string":     {`option a = "x y";`, `option a = "x  y";`},
		"descriptor in base64":  {"CgZhLnByb3Rv//AB", "CgZhLnByb3Rv//AC"},
		"cut in a comment":      {"message A {} /* x", "message A {} /* y"},
		"cut in a string":       {`option a = "x`, `option a = "y`},
		"escaped quote":         {`option a = "\"//x";`, `option a = "\"//y";`},
		"field commented out":   {"message A { int32 a = 1; }", "message A { /* int32 a = 1; */ }"},
		"unknown type's spaces": {"x", "x "},
	} {
		t.Run("proto "+name, func(t *testing.T) {
			r := run(t, &fake{rows: []row{schema("s", 1, 1, typed("PROTOBUF", tc[0]))}}, &fake{rows: []row{schema("s", 1, 1, typed("PROTOBUF", tc[1]))}}, compare.Options{})
			if r.Verdict != compare.Different {
				t.Errorf("got %s", r.Summary())
			}
		})
	}
}

func TestLevels(t *testing.T) {
	source, target := sample(), sample()
	target[2].ID = 9
	target = append(target, schema("orders", 4, 10, nil), schema("strange", 1, 11, nil))
	at := func(o compare.Options, want string) {
		t.Helper()
		if got := run(t, &fake{rows: source}, &fake{rows: target}, o).Summary(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	const scope = "4 of 4 subjects, 5 versions, contexts ., .eu"
	at(compare.Options{}, "different: 1 of 4 subjects differ: 1 changed, 1 version too many; compared "+scope+"; 1 difference reported only: 1 subject on the target alone")
	at(compare.Options{Check: map[string]compare.Level{"ids": compare.Report}, Extra: map[string]compare.Level{"versions": compare.Off}},
		"identical: "+scope+"; 2 differences reported only, among them 1 subject on the target alone")
	at(compare.Options{
		Check: map[string]compare.Level{"ids": compare.Off},
		Extra: map[string]compare.Level{"versions": compare.Off, "subjects": compare.Fail},
	}, "different: 0 of 4 subjects differ: 1 version too many, 1 subject on the target only; compared "+scope)
	at(compare.Options{
		Check: map[string]compare.Level{"ids": compare.Off},
		Extra: map[string]compare.Level{"versions": compare.Off}, FreshContexts: []string{""},
	}, "different: 0 of 4 subjects differ: 1 version too many, 1 subject on the target only; compared "+scope)
}

func TestShowPrefersWhatFails(t *testing.T) {
	source, target := []row{}, []row{schema("a", 1, 100, nil)}
	for i := range 30 {
		target = append(target, schema("extra"+string(rune('A'+i)), 1, i, nil))
	}
	source = append(source, schema("a", 1, 1, nil), schema("z", 1, 2, nil))
	n := 0
	r := run(t, &fake{rows: source}, &fake{rows: target}, compare.Options{Show: 3, OnDifference: func(compare.Difference) error { n++; return nil }})
	if len(r.Differences) != 3 || r.Differences[1].Kind != compare.KindSchema || r.Differences[2].Kind != compare.KindMissingSubject || r.Reported != 30 || n != 33 {
		t.Errorf("got %s, %d", lines(r.Differences), n)
	}
}

func TestUnusableOptions(t *testing.T) {
	for want, o := range map[string]compare.Options{
		`check: "schema" is none of`: {Check: map[string]compare.Level{"schema": compare.Fail}},
		`"warn" is none of`:          {Check: map[string]compare.Level{"ids": "warn"}},
		`extra: "ids" is none of`:    {Extra: map[string]compare.Level{"ids": compare.Fail}},
		`outside: "off"`:             {Outside: compare.Off},
		`contextType "FLAT"`:         {Mapping: &compare.Mapping{ContextType: "FLAT"}},
		`contextType AUTO needs`:     {Mapping: &compare.Mapping{}},
		`contextType CUSTOM needs`:   {Mapping: &compare.Mapping{ContextType: "custom", Context: ":.:"}},
	} {
		f := &fake{}
		if _, err := compare.Run(t.Context(), client(t, f), client(t, f), o); err == nil || !strings.Contains(err.Error(), want) || f.requests() > 0 {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{rows: sample(), before: func(http.ResponseWriter, *http.Request) bool { cancel(); return false }}
	if _, err := compare.Run(ctx, client(t, f), client(t, &fake{}), compare.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCallersError(t *testing.T) {
	full := errors.New("disk full")
	for name, o := range map[string]compare.Options{
		"difference": {OnDifference: func(compare.Difference) error { return full }},
		"pair":       {OnPair: func(compare.Pair) error { return full }},
	} {
		_, err := compare.Run(t.Context(), client(t, &fake{rows: sample()}), client(t, &fake{rows: sample()[1:]}), o)
		if !errors.Is(err, full) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPairsAndProgress(t *testing.T) {
	target := sample()
	target[0].ID = 77
	var pairs []compare.Pair
	rows := 0
	run(t, &fake{rows: sample(), cap: 2}, &fake{rows: target}, compare.Options{
		OnPair:   func(p compare.Pair) error { pairs = append(pairs, p); return nil },
		Progress: func(p compare.Progress) { rows = p.Done },
	})
	want := compare.Pair{Subject: "address", TargetSubject: "address", Version: 1, SourceID: 1, TargetID: 77}
	if len(pairs) != 5 || !slices.Contains(pairs, want) || rows != 10 {
		t.Errorf("got %+v, %d rows", pairs, rows)
	}
}
