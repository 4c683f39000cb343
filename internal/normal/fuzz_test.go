package normal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// holds checks what a form promises for any text: it is its own form, is not
// much longer than the text, and other spellings of the text have it as well.
func holds(t *testing.T, schemaType, text string, spellings func(string) []string) {
	begun := time.Now()
	f, err := Form(schemaType, text)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("%q took %s", text, took)
	}
	if err != nil {
		return
	}
	if again, err := Form(schemaType, string(f)); err != nil || !bytes.Equal(again, f) {
		t.Errorf("text %q\nhas the form %q\nwhich has    %q, %v", text, f, again, err)
	}
	if len(f) > 8*len(text)+1<<17 {
		t.Errorf("the form of %d bytes has %d", len(text), len(f))
	}
	for _, s := range spellings(text) {
		if other, err := Form(schemaType, s); err != nil || !bytes.Equal(other, f) {
			t.Errorf("text %q\nhas the form %q\nthe same as  %q\nhas          %q, %v", text, f, s, other, err)
		}
	}
}

// respelled are JSON texts that stand for the same.
func respelled(text string) []string {
	var wide bytes.Buffer
	_ = json.Indent(&wide, []byte(text), " ", "\t") // a text with a form is JSON
	return []string{wide.String(), string(backwards([]byte(text)))}
}

// backwards writes members from the last to the first, and strings in escapes.
func backwards(b []byte) []byte {
	var out []byte
	b = bytes.TrimSpace(b)
	switch b[0] {
	case '{':
		d := json.NewDecoder(bytes.NewReader(b))
		var members [][]byte
		_, _ = d.Token()
		for d.More() {
			var v json.RawMessage
			k, _ := d.Token()
			_ = d.Decode(&v)
			members = append(members, slices.Concat(escaped(k.(string)), []byte(" : "), backwards(v)))
		}
		slices.Reverse(members)
		out = slices.Concat([]byte("{ "), bytes.Join(members, []byte(" ,")), []byte("}"))
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(b, &items)
		var texts [][]byte
		for _, i := range items {
			texts = append(texts, backwards(i))
		}
		out = slices.Concat([]byte("["), bytes.Join(texts, []byte("\r,\n")), []byte(" ]"))
	case '"':
		var s string
		_ = json.Unmarshal(b, &s)
		out = escaped(s)
	default:
		out = b
	}
	return out
}

func escaped(s string) []byte {
	b := []byte{'"'}
	for _, r := range s {
		if r > 0xffff || r == '\u2028' {
			b = append(b, string(r)...)
			continue
		}
		b = append(b, `\u`...)
		for shift := 12; shift >= 0; shift -= 4 {
			b = append(b, "0123456789ABCDEF"[r>>shift&15])
		}
	}
	return append(b, '"')
}

// spaced are sources of the same tokens.
func spaced(text string) []string {
	file, err := parser.Parse("x.proto", strings.NewReader(text), reporter.NewHandler(nil))
	if err != nil {
		return nil
	}
	var wide, comments strings.Builder
	_ = ast.Walk(file, &ast.SimpleVisitor{DoVisitTerminalNode: func(n ast.TerminalNode) error { // the visitor has no error
		raw := file.NodeInfo(n).RawText()
		wide.WriteString("\n\t" + raw + " ")
		comments.WriteString("/* c */" + raw + "// c\n")
		return nil
	}})
	return []string{wide.String(), comments.String()}
}

func seeds(f *testing.F, texts ...string) {
	for _, s := range texts {
		f.Add(s)
	}
}

func FuzzAvro(f *testing.F) {
	seeds(f, `"string"`, `{"type":"string"}`, `["null",{"type":"int","logicalType":"date"}]`,
		`{"type":"record","name":"R","namespace":"a.b","aliases":["Q",".P","c.O"],"doc":"","fields":[{"name":"f","type":{"type":"enum","name":"E","namespace":"","symbols":["X"]},"order":"Ascending","default":1.50e-3},{"name":"g","type":"E"},{"name":"h","type":"R","aliases":[]}]}`,
		`{"type":"record","name":".R","fields":[{"name":"f","type":".R"}]}`, `{"type":"fixed","name":"a..b","size":1}`, `{"type":{"type":["int"]}}`)
	f.Fuzz(func(t *testing.T, text string) { holds(t, "AVRO", text, respelled) })
}

func FuzzJSONSchema(f *testing.F) {
	seeds(f, `true`, `{"type":["b","a"],"required":["b","a","a"],"properties":{"x":{"required":["b","a"]}},"const":-0.0e5}`,
		`{"allOf":[{"dependencies":{"x":["b","a"],"y":{}}}],"maximum":1e999999999999}`, `[-1.5E+3,0.1e-10,12345678901234567890123]`)
	f.Fuzz(func(t *testing.T, text string) { holds(t, "JSON", text, respelled) })
}

func FuzzProtobuf(f *testing.F) {
	seeds(f, `message A { int32 a = 1; }`, `syntax="proto3"; package p.q; import "b"; import public "a"; message A { oneof o { A b = 2 [deprecated=true]; } map<string,E> m = 1; reserved 5 to 7, 9; enum E { X=0; } }`,
		`option (a).b = {x: [1, -inf, "é\x00"] y<z: 1e3>}; extend google.protobuf.FieldOptions { optional group G = 50000 { } }`,
		`edition="2023"; service S { rpc M(stream a.B) returns (.C) { option (x)=0x10; } }`, `enum E { B = -5; A = 0; option allow_alias=true; C = 0; }`)
	f.Fuzz(func(t *testing.T, text string) { holds(t, "PROTOBUF", text, spaced) })
}
