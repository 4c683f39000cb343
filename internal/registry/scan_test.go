package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// scanRows reads a listing as Schemas does.
func scanRows(body io.Reader, expect func(string, int) []byte, do func(*Row) error) (*rowScanner, error) {
	s := newRowScanner(body, new(buffers).get(), expect)
	return s, s.rows(do)
}

// decodeRows reads it with the decoder alone.
func decodeRows(body io.Reader, do func(*Row) error) error {
	reader := rowReader{}
	return rows(body, func(d *jsontext.Decoder) error {
		row, err := reader.read(d)
		if err != nil {
			return err
		}
		return do(row)
	})
}

// gather keeps what is good until the next row only.
func keepRows(to *[]Row) func(*Row) error {
	return func(r *Row) error {
		kept := *r
		kept.Raw, kept.Metadata, kept.RuleSet = bytes.Clone(r.Raw), bytes.Clone(r.Metadata), bytes.Clone(r.RuleSet)
		if r.Deleted != nil {
			kept.Deleted = new(bool)
			*kept.Deleted = *r.Deleted
		}
		kept.References = append([]Reference{}, r.References...)
		*to = append(*to, kept)
		return nil
	}
}

const (
	plainRow = `{"subject":"a","version":1,"id":3,"schema":"\"string\""}`
	fullRow  = `{"subject":":.c:b","version":12,"id":100001,"guid":"6ba7","schemaType":"PROTOBUF","references":[{"name":"n\n","subject":"s","version":1}],` +
		`"metadata":{"properties":{"k":"}]"},"tags":{"a":["x",{}]}},"ruleSet":{"domainRules":[]},"schema":"a\\\"b\u00e9","ts":1770000000000,"deleted":true}`
)

// shapes are listings in which something is unusual, or wrong, about a row or
// what is around it.
func shapes() []string {
	all := []string{"", " ", "[", "[]", " [ ] ", "[]x", "[] []", "{}", "null", "<html>", "[null]", "[0]", `["a"]`, "[{}]", "[[]]", "\xef\xbb\xbf[]"}
	for _, row := range []string{
		plainRow, fullRow,
		`{"id":3,"schema":"x","version":1,"subject":"a"}`,                                      // in another order
		"{ \"subject\" :\t\"a\" ,\n\"version\" : 1 , \"id\": 3 ,\"schema\":\"x\" }",            // spaces
		`{"subject":"a","version":1,"id":3,"schema":"x","deleted":null,"references":null}`,     // nothing, said aloud
		`{"subject":"a","version":1,"id":3,"schema":"x","new":{"deep":[1.5e3,-0,"\""]},"n":1}`, // members that nobody knows
		`{"subject":"a","version":1,"id":3,"schema":"x","id":4}`,                               // members twice
		`{"subject":"a","version":1,"id":3,"id":null,"schema":"x","schema":"y"}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","extra":1,"extra":2}`,
		`{"subj\u0065ct":"b","subject":"a","version":1,"id":3,"schema":"x"}`, // a name with an escape
		`{"subject":"\u0061\/b\\","version":1,"id":3,"schema":"x"}`,
		"{\"subject\":\"a\xff\",\"version\":1,\"id\":3,\"schema\":\"x\xff\xfe\"}", // no UTF-8
		`{"subject":"a","version":1,"id":3,"schema":"\ud800"}`,
		`{"subject":"a","version":1.0,"id":3,"schema":"x"}`, // numbers written otherwise
		`{"subject":"a","version":1e0,"id":3,"schema":"x"}`,
		`{"subject":"a","version":01,"id":3,"schema":"x"}`,
		`{"subject":"a","version":+1,"id":3,"schema":"x"}`,
		`{"subject":"a","version":1,"id":-3,"schema":"x"}`,
		`{"subject":"a","version":1,"id":-0,"schema":"x"}`,
		`{"subject":"a","version":1,"id":99999999999999999999,"schema":"x"}`,
		`{"subject":"a","version":9007199254740993,"id":3,"schema":"x"}`,
		`{"subject":"a","version":"1","id":3,"schema":"x"}`, // of another type
		`{"subject":"a","version":1,"id":3,"schema":{"type":"string"}}`,
		`{"subject":7,"version":1,"id":3,"schema":"x"}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","guid":7}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","deleted":"true"}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","references":{}}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","references":[{"version":"1"}]}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","schemaType":""}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":7,"ruleSet":"x"}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":{"a":[}]}}`, // brackets that do not match
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":[}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":{]}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":{"a":}}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","metadata":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
		`{"version":1,"id":3,"schema":"x"}`, `{"subject":"a","id":3,"schema":"x"}`, // something is missing
		`{"subject":"a","version":1,"schema":"x"}`, `{"subject":"a","version":1,"id":3}`,
		`{"subject":"","version":1,"id":3,"schema":"x"}`, `{"subject":"a","version":0,"id":3,"schema":"x"}`,
		`{"subject":"a","version":1,"id":null,"schema":"x"}`,
		`{"subject":"a","version":1,"id":3,"schema":"x",}`, `{,"subject":"a","version":1,"id":3,"schema":"x"}`, // signs
		`{"subject":"a","version":1 "id":3,"schema":"x"}`, `{"subject":"a","version":1,"id":3,"schema":"x"`,
		`{"subject":"a","version":1,"id":3,"schema":"x";"a":1}`, `{"subject" "a","version":1,"id":3,"schema":"x"}`,
		`{"subject":"a","version":tru,"id":3,"schema":"x"}`, `{"subject":"a","version":1,"id":3,"schema":"x","a":nul}`,
		`{"subject":"a","version":1,"id":3,"schema":"x","a":"\x"}`, "{\"subject\":\"a\",\"version\":1,\"id\":3,\"schema\":\"a\nb\"}",
		`{"subject":"a","version":1,"id":3,"schema":"` + strings.Repeat(`{\"a\":\"\\\\\\\"\n\u00e9\"}`, 50) + `"}`,
	} {
		all = append(all, "["+row+"]", "["+plainRow+","+row+"]", "["+row+" , "+fullRow+"\n]\n", "["+fullRow+","+row+","+plainRow+"]]", "["+row+",]", "["+row, "[,"+row+"]", row)
	}
	return all
}

// agree reads a listing in both ways, in pieces of any size.
func agree(t *testing.T, body []byte) {
	t.Helper()
	for name, in := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "halved": iotest.HalfReader, "with its end": iotest.DataErrReader,
		"cut": func(r io.Reader) io.Reader { return io.MultiReader(r, iotest.ErrReader(io.ErrUnexpectedEOF)) },
	} {
		var got, want []Row
		errWant := decodeRows(in(bytes.NewReader(body)), keepRows(&want))
		_, err := scanRows(in(bytes.NewReader(body)), nil, keepRows(&got))
		if (err == nil) != (errWant == nil) || !cmp.Equal(got, want) {
			t.Errorf("%s: %q: got %v, for the decoder %v\n%s", name, body, err, errWant, cmp.Diff(want, got))
		}
		if err != nil && errWant != nil && errors.Is(err, io.ErrUnexpectedEOF) != errors.Is(errWant, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %q: got %v, for the decoder %v", name, body, err, errWant)
		}
	}
}

// What the scanner takes, and what it makes of it, is what a decoder does.
func TestScannerAndDecoderAgree(t *testing.T) {
	for _, body := range shapes() {
		agree(t, []byte(body))
	}
}

func FuzzScanner(f *testing.F) {
	for _, body := range shapes() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) < 10_000 {
			agree(t, body)
		}
	})
}

// A text that is expected is taken as it is, one that is nearly so is not.
func TestScannerExpects(t *testing.T) {
	for _, expected := range []string{``, `"x\"y"`, `"x\"`, `"x\"y",`, `"x"`, `"x\"yz"`, `x`} {
		for _, in := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader} {
			var got []Row
			asked := ""
			expect := func(subject string, version int) []byte {
				asked = fmt.Sprint(subject, version)
				return []byte(expected)
			}
			body := `[{"subject":"a","version":1,"id":3,"schema":"x\"y"},{"schema":"x\"y","subject":"a","version":2,"id":3}]`
			_, err := scanRows(in(strings.NewReader(body)), expect, keepRows(&got))
			if expected == `"x\"` || expected == `"x\"y",` || expected == `x` {
				continue // no text ends there: the caller has not read it from a listing
			}
			if err != nil || len(got) != 2 || string(got[0].Raw) != `"x\"y"` || string(got[1].Raw) != `"x\"y"` || asked != "a1" {
				t.Errorf("with %q: got %v, %v, asked for %s", expected, got, err, asked)
			}
		}
	}
}

// A row of any size is read, in time that grows as it does.
func TestScannerTakesLongRows(t *testing.T) {
	long := strings.Repeat(`{\"name\":\"attribute\"},`, 100_000)
	body := `[{"subject":"a","version":1,"id":3,"schema":"` + long + `"},` + plainRow + `]`
	var got []Row
	s, err := scanRows(iotest.HalfReader(strings.NewReader(body)), nil, keepRows(&got))
	if err != nil || len(got) != 2 || len(got[0].Raw) != len(long)+2 || s.count != 2 {
		t.Errorf("got %d rows, %v", len(got), err)
	}
}

func BenchmarkScanner(b *testing.B) {
	text := strings.Repeat(`{\"name\":\"attribute4\",\"type\":[\"null\",\"string\"],\"doc\":\"what it says\",\"default\":null},`, 11)
	var body bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&body, `%c{"subject":"sales.topic-%06d-value","version":%d,"id":%d,"schemaType":"AVRO","schema":"%s","guid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","ts":1770000000000,"deleted":false}`,
			"[,"[min(i, 1)], i/3, i%3+1, i, text)
	}
	body.WriteByte(']')
	known := []byte(`"` + text + `"`)
	for name, expect := range map[string]func(string, int) []byte{"anything": nil, "what is known": func(string, int) []byte { return known }} {
		b.Run(name, func(b *testing.B) {
			pool := new(buffers)
			for b.Loop() {
				s := newRowScanner(bytes.NewReader(body.Bytes()), pool.get(), expect)
				if err := s.rows(func(*Row) error { return nil }); err != nil || s.count != 1000 {
					b.Fatal(err, s.count)
				}
				pool.put(s.buf)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/row")
		})
	}
}
