package normal

import (
	"strings"
	"testing"
	"time"
)

func form(t *testing.T, schemaType, text string) string {
	t.Helper()
	f, err := Form(schemaType, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(f)
}

// A same lists spellings of one schema, the form first.
type same map[string][]string

func (all same) test(t *testing.T, schemaType string) {
	for name, texts := range all {
		t.Run(name, func(t *testing.T) {
			for _, text := range texts {
				if got := form(t, schemaType, text); got != texts[0] {
					t.Errorf("%s\ngot  %s\nwant %s", text, got, texts[0])
				}
			}
		})
	}
}

// Texts that a server could tell apart, and mean something else by.
func apart(t *testing.T, schemaType string, pairs map[string][2]string) {
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			a, b := form(t, schemaType, pair[0]), form(t, schemaType, pair[1])
			if a == b {
				t.Errorf("%s and %s have one form %s", pair[0], pair[1], a)
			}
		})
	}
}

func TestTextsWithoutForm(t *testing.T) {
	for name, c := range map[string]struct{ schemaType, text, want string }{
		"no JSON":               {"AVRO", `string`, "is no JSON"},
		"nothing":               {"JSON", ``, "is no JSON"},
		"key twice":             {"AVRO", `{"a":1,"a":1}`, `has the key "a" twice in one object`},
		"key twice, escaped":    {"JSON", `{"a":1,"\u0061":1}`, `has the key "a" twice in one object`},
		"half a surrogate":      {"AVRO", `{"doc":"\ud800"}`, "has a string that is no text"},
		"no UTF-8":              {"JSON", "{\"title\":\"\xff\"}", "has a string that is no text"},
		"descriptor in base64":  {"PROTOBUF", "CgZhLnByb3Rv//AB", "schema.proto:1:"},
		"nothing but a comment": {"PROTOBUF", "//AB;", "declares nothing"},
		"cut in a comment":      {"PROTOBUF", "message A {} /* x", "schema.proto:1:"},
		"cut in a string":       {"PROTOBUF", `option a = "x;`, "schema.proto:1:"},
		"not closed":            {"PROTOBUF", "message A {\n", "schema.proto:2:1: syntax error: unexpected $end"},
		"names without end":     {"AVRO", `{"type":"record","name":"` + strings.Repeat("n", 1<<12) + `.r","fields":[` + strings.Repeat(`{"name":"f","type":"t"},`, 1<<12) + `{}]}`, "is too intricate"},
		"messages too deep":     {"PROTOBUF", strings.Repeat("message A{", 200) + strings.Repeat("}", 200), "is too intricate"},
		"options too deep":      {"PROTOBUF", "option (a) = " + strings.Repeat("{a ", 200) + ":1" + strings.Repeat("}", 200) + ";", "is too intricate"},
		"a type of the future":  {"THRIFT", "struct A {}", `type "THRIFT" is unknown`},
		"JSON beyond all depth": {"JSON", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Form(c.schemaType, c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || got != nil {
				t.Errorf("got %.100s, %v, want %s", got, err, c.want)
			}
		})
	}
}

// Nobody can make a comparison hang with a text of the size that servers take.
func TestHostileTextsTakeNoTime(t *testing.T) {
	const size = 1 << 20 / slower
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, c := range map[string]struct{ schemaType, text string }{
		"braces":              {"PROTOBUF", fill("{")},
		"messages":            {"PROTOBUF", fill("message A{")},
		"closed messages":     {"PROTOBUF", fill("message A{}")},
		"options":             {"PROTOBUF", "option (a) = " + fill("{a ")},
		"closed options":      {"PROTOBUF", "option (a) = " + fill("{a ")[:size/2] + ":1" + strings.Repeat("}", size/6) + ";"},
		"many fields":         {"PROTOBUF", "message A{" + fill("A a = 1;") + "}"},
		"one long name":       {"PROTOBUF", "message A{" + fill("a.")[:size-1] + " b = 1;}"},
		"one deep package":    {"PROTOBUF", "package " + fill("a.")[:size/2-1] + "; message A{" + fill("b c=1;")[:size/2] + "}"},
		"strings":             {"PROTOBUF", "option a = " + fill(`"x"`) + ";"},
		"comments":            {"PROTOBUF", fill("/**/") + ";"},
		"values of an enum":   {"PROTOBUF", "enum A{" + fill("A=1;") + "}"},
		"ranges":              {"PROTOBUF", "message A{reserved " + fill("1,") + "1;}"},
		"array":               {"JSON", fill("[")},
		"deep schema":         {"JSON", strings.Repeat(`{"not":`, 9_999) + "{}" + strings.Repeat("}", 9_999)},
		"set":                 {"JSON", `{"required":[` + fill(`"a",`) + `"a"]}`},
		"keys":                {"JSON", "{" + fill(`"a":1,`) + `"b":1}`},
		"number":              {"JSON", fill("1")},
		"exponent":            {"JSON", "1e" + fill("1")},
		"large exponent":      {"JSON", "[" + fill("1e2147483647,") + "0]"},
		"escapes":             {"JSON", `"` + fill(`\u0061`) + `"`},
		"records":             {"AVRO", strings.Repeat(`{"type":"record","name":"a.b","fields":[{"name":"f","type":`, 3_000) + `"int"` + strings.Repeat("}]}", 3_000)},
		"wrapped":             {"AVRO", strings.Repeat(`{"type":`, 9_999) + `"int"` + strings.Repeat("}", 9_999)},
		"union":               {"AVRO", "[" + fill(`"int",`) + `"int"]`},
		"aliases":             {"AVRO", `{"type":"fixed","name":"a.b","aliases":[` + fill(`"c",`) + `"c"]}`},
		"names in a long one": {"AVRO", `{"type":"record","name":"` + fill("a.")[:size/2] + `b","fields":[{"name":"f","type":[` + fill(`"t",`)[:size/2] + `"t"]}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			f, err := Form(c.schemaType, c.text)
			if took := time.Since(begun); took > 10*time.Second { // the slowest takes two, alone
				t.Errorf("took %s", took)
			}
			if len(f) > 8*len(c.text)+1<<17 {
				t.Errorf("the form of %d bytes has %d, %v", len(c.text), len(f), err)
			}
			t.Logf("%s: %d bytes, %v", time.Since(begun), len(f), err)
		})
	}
}
